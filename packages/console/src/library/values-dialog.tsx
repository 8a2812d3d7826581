import { useState } from 'react';
import type { Asset } from '../api.ts';
import { countText } from '../format.ts';
import { useLoad } from '../load.ts';
import { loadFields, type Value } from '../metadata/model.ts';
import { ValueInput } from '../metadata/value-input.tsx';
import { EditorDialog } from '../ui/editor-dialog.tsx';
import { Check, Problem, Waiting } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { changeMany } from './actions.tsx';
import { metadataText, pairsText } from './details.ts';
import { type Pairs, PairsField } from './pairs-field.tsx';

/** Context and structured metadata of many assets at once: only what is chosen here changes. */
export function ValuesDialog({
  title,
  assets,
  onClose,
  onChanged,
}: {
  title: string;
  assets: readonly Asset[];
  onClose: () => void;
  onChanged: () => void;
}) {
  const fields = useLoad(loadFields, []);
  const [context, setContext] = useState<Pairs>([['', '']]);
  const [anew, setAnew] = useState(false);
  /** Of the fields that are to change; an empty value takes it away. */
  const [metadata, setMetadata] = useState<ReadonlyMap<string, Value>>(new Map());
  const editable = (fields.data ?? []).filter(({ restrictions }) => restrictions?.readonly_ui !== true);
  const save = async (): Promise<void> => {
    const pairs = pairsText(Object.fromEntries(context));
    if (pairs === '' && !anew && metadata.size === 0) throw new Error('Nothing was chosen to change.');
    if (metadata.size > 0) await changeMany(assets, 'metadata', { metadata: metadataText([...metadata]) });
    if (anew) await changeMany(assets, 'context', { command: 'remove_all' });
    if (pairs !== '') await changeMany(assets, 'context', { command: 'add', context: pairs });
    toast.show(`Changed ${countText(assets.length, 'asset')}`);
    onChanged();
  };
  return (
    <EditorDialog title={title} action="Change" onClose={onClose} onSave={save}>
      <PairsField label="Context to add or replace" pairs={context} onPairs={setContext} />
      <Check label="Take away all context they have first" checked={anew} onChecked={setAnew} />
      {fields.error !== undefined && <Problem error={fields.error} onRetry={fields.reload} />}
      {fields.data === undefined && fields.error === undefined && <Waiting />}
      {editable.map((field) => {
        const { external_id, label, type } = field;
        const value = metadata.get(external_id);
        return (
          <div key={external_id} className="stack">
            <Check
              label={`Change ${label}`}
              checked={value !== undefined}
              onChecked={(checked) => {
                const next = new Map(metadata);
                if (checked) next.set(external_id, type === 'set' ? [] : '');
                else next.delete(external_id);
                setMetadata(next);
              }}
            />
            {value !== undefined && (
              <ValueInput
                field={field}
                label={label}
                value={value}
                onValue={(to) => setMetadata(new Map(metadata).set(external_id, to))}
              />
            )}
          </div>
        );
      })}
    </EditorDialog>
  );
}
