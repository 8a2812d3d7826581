import { type ReactNode, useState } from 'react';
import type { Loaded } from '../load.ts';
import { Button, Confirm, Empty, IconButton } from '../ui/parts.tsx';
import { Section, Table } from './shared.tsx';

/** What an editor gets: the item, or `undefined` for a new one. */
export interface EditorProps<T> {
  readonly item: T | undefined;
  onClose(): void;
  onSaved(): void;
}

interface Props<T> {
  readonly title: string;
  readonly text: ReactNode;
  /** In the singular, small letters: `preset`. */
  readonly noun: string;
  readonly loaded: Loaded<readonly T[]>;
  readonly head: readonly string[];
  id(item: T): string;
  label(item: T): string;
  /** The cells after the first, which is the label. */
  cells(item: T): readonly ReactNode[];
  /** Without it an item is made and deleted, never changed. */
  readonly editable?: boolean;
  /** Renders an element; it is no component itself. */
  editor(props: EditorProps<T>): ReactNode;
  readonly deletion: { readonly text: string; run(item: T): Promise<unknown> };
  /** Puts an item at a position counted from 0; the rows get buttons for it. */
  move?(item: T, position: number): void;
  /** Says why nothing can be made now. */
  readonly blocked?: string | undefined;
}

/** A list of named things with an editor and a question before deleting. */
export function EditableList<T>(props: Props<T>) {
  const { title, text, noun, loaded, head, id, label, cells, editable = true, editor, deletion, move } = props;
  const [editing, setEditing] = useState<{ item: T | undefined }>();
  const [deleting, setDeleting] = useState<T>();
  const items = loaded.data ?? [];
  const add = (
    <Button
      look="primary"
      icon="plus"
      disabled={props.blocked !== undefined}
      title={props.blocked}
      onClick={() => setEditing({ item: undefined })}
    >
      New {noun}
    </Button>
  );
  return (
    <>
      <Section title={title} text={text} loaded={loaded} action={add}>
        {() =>
          items.length === 0 ? (
            <Empty icon="list" title={`No ${noun}s yet`}>
              {props.blocked !== undefined && <p>{props.blocked}</p>}
            </Empty>
          ) : (
            <Table label={title} head={[...head, '']}>
              {items.map((item, index) => (
                <tr key={id(item)}>
                  <th scope="row" className="break" dir="auto">
                    {label(item)}
                  </th>
                  {cells(item).map((cell, column) => (
                    <td key={head[column + 1]} className="break">
                      {cell}
                    </td>
                  ))}
                  <td className="actions">
                    {move !== undefined && (
                      <>
                        <IconButton
                          label={`Move ${label(item)} up`}
                          icon="up"
                          disabled={index === 0}
                          onClick={() => move(item, index - 1)}
                        />
                        <IconButton
                          label={`Move ${label(item)} down`}
                          icon="down"
                          disabled={index === items.length - 1}
                          onClick={() => move(item, index + 1)}
                        />
                      </>
                    )}
                    {editable && (
                      <IconButton label={`Edit ${label(item)}`} icon="edit" onClick={() => setEditing({ item })} />
                    )}
                    <IconButton label={`Delete ${label(item)}`} icon="trash" onClick={() => setDeleting(item)} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Section>
      {editing !== undefined &&
        editor({ item: editing.item, onClose: () => setEditing(undefined), onSaved: loaded.reload })}
      {deleting !== undefined && (
        <Confirm
          title={`Delete the ${noun} ${label(deleting)}`}
          text={deletion.text}
          action="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={async () => {
            await deletion.run(deleting);
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
