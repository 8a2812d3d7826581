import { useRef, useState } from 'react';
import { api } from '../../api.ts';
import {
  asValue,
  type Entry,
  type FieldType,
  isListed,
  type Limits,
  limitsOf,
  type MetadataField,
  TYPE_WORDS,
  type Value,
  validationOf,
  wireValue,
} from '../../metadata/model.ts';
import { ValueInput } from '../../metadata/value-input.tsx';
import { EditorDialog } from '../../ui/editor-dialog.tsx';
import { Button, Check, IconButton, SelectField, TextField } from '../../ui/parts.tsx';
import type { EditorProps } from '../editable-list.tsx';

/** An entry of a list while it is edited; a new one has no external ID yet. */
type Draft = {
  readonly key: number;
  readonly id: string;
  readonly value: string;
  readonly known: boolean;
  readonly off: boolean;
};

const draftsOf = (entries: readonly Entry[]): Draft[] =>
  entries.map(({ external_id, value, state }, key) => ({
    key,
    id: external_id,
    value,
    known: true,
    off: state === 'inactive',
  }));

const idOf = ({ id, value }: Draft): string =>
  id ||
  value
    .trim()
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, '_');

const usable = (drafts: readonly Draft[]): Draft[] => drafts.filter(({ value }) => value.trim() !== '');

/** Changes the list in the order the API needs: texts and new entries first, then what was taken out or brought back. */
async function saveEntries(path: string, drafts: readonly Draft[], before: readonly Entry[]): Promise<void> {
  const kept = usable(drafts).filter(({ off }) => !off);
  await api.put(`${path}/datasource`, {
    values: kept.map((draft) => ({ external_id: idOf(draft), value: draft.value.trim() })),
  });
  const left = new Set(kept.map(idOf));
  const gone = before.filter(({ external_id, state }) => state !== 'inactive' && !left.has(external_id));
  if (gone.length > 0)
    await api.delete(`${path}/datasource`, { external_ids: gone.map(({ external_id }) => external_id) });
}

function Entries({ drafts, onDrafts }: { drafts: readonly Draft[]; onDrafts: (drafts: readonly Draft[]) => void }) {
  const shown = useRef(drafts.length);
  const add = (): void =>
    onDrafts([
      ...drafts,
      { key: Math.max(-1, ...drafts.map(({ key }) => key)) + 1, id: '', value: '', known: false, off: false },
    ]);
  /** A row that was asked for takes the focus. */
  const focusNew = (row: HTMLDivElement | null): void => {
    if (drafts.length > shown.current) row?.querySelector('input')?.focus();
    shown.current = drafts.length;
  };
  const change = (index: number, change: Partial<Draft>): void =>
    onDrafts(drafts.with(index, { ...drafts[index]!, ...change }));
  return (
    <fieldset className="field">
      <legend>Values</legend>
      {drafts.map((draft, index) => (
        <div
          className={draft.off ? 'pair off' : 'pair'}
          key={draft.key}
          ref={index === drafts.length - 1 ? focusNew : undefined}
        >
          <input
            className="input"
            aria-label={`Value ${index + 1}`}
            placeholder="Value"
            disabled={draft.off}
            value={draft.value}
            onChange={(event) => change(index, { value: event.target.value })}
            onKeyDown={(event) => {
              if (event.key !== 'Enter') return;
              event.preventDefault();
              add();
            }}
          />
          <input
            className="input mono"
            aria-label={`ID of value ${index + 1}`}
            placeholder={idOf(draft) || 'id'}
            disabled={draft.known}
            value={draft.id}
            onChange={(event) => change(index, { id: event.target.value })}
          />
          <IconButton
            label={`${draft.off ? 'Bring back' : 'Take out'} ${draft.value || `value ${index + 1}`}`}
            icon={draft.off ? 'undo' : 'close'}
            onClick={() => (draft.known ? change(index, { off: !draft.off }) : onDrafts(drafts.toSpliced(index, 1)))}
          />
        </div>
      ))}
      <div>
        <Button look="quiet" icon="plus" onClick={add}>
          Add a value
        </Button>
      </div>
      <div className="hint">Assets that have a value keep it when it is taken out; nobody can choose it any more.</div>
    </fieldset>
  );
}

function Bounds({ type, limits, set }: { type: FieldType; limits: Limits; set: (change: Partial<Limits>) => void }) {
  const input = type === 'date' ? 'date' : 'number';
  if (type === 'string')
    return (
      <>
        <div className="form-grid two">
          <TextField
            label="At least letters"
            type="number"
            min={0}
            value={limits.shortest}
            onValue={(shortest) => set({ shortest })}
          />
          <TextField
            label="At most letters"
            type="number"
            min={1}
            value={limits.longest}
            onValue={(longest) => set({ longest })}
          />
        </div>
        <TextField
          label="Pattern"
          className="input mono"
          hint="A regular expression, for instance ^[A-Z]{3}-[0-9]+$"
          spellCheck={false}
          value={limits.pattern}
          onValue={(pattern) => set({ pattern })}
        />
      </>
    );
  return (
    <div className="form-grid two">
      <div className="stack tight">
        <TextField label="From" type={input} value={limits.from} onValue={(from) => set({ from })} />
        <Check
          label="This value itself too"
          checked={limits.fromItself}
          disabled={limits.from === ''}
          onChecked={(fromItself) => set({ fromItself })}
        />
      </div>
      <div className="stack tight">
        <TextField label="To" type={input} value={limits.to} onValue={(to) => set({ to })} />
        <Check
          label="This value itself too"
          checked={limits.toItself}
          disabled={limits.to === ''}
          onChecked={(toItself) => set({ toItself })}
        />
      </div>
    </div>
  );
}

export function FieldEditor({ item: field, onClose, onSaved }: EditorProps<MetadataField>) {
  const [label, setLabel] = useState(field?.label ?? '');
  const [id, setId] = useState('');
  const [type, setType] = useState<FieldType>(field?.type ?? 'string');
  const [flags, setFlags] = useState({
    mandatory: field?.mandatory ?? false,
    default_disabled: field?.default_disabled ?? false,
    allow_dynamic_list_values: field?.allow_dynamic_list_values ?? false,
    readonly_ui: field?.restrictions?.readonly_ui === true,
  });
  const [initial, setInitial] = useState<Value>(asValue(field?.default_value));
  const [limits, setLimits] = useState(limitsOf(field?.validation));
  const before = field?.datasource?.values ?? [];
  const [drafts, setDrafts] = useState<readonly Draft[]>(draftsOf(before));
  const listed = isListed(type);
  const kept = usable(drafts).filter(({ off }) => !off);
  const entries = kept.map((draft) => ({ external_id: idOf(draft), value: draft.value.trim() }));

  const save = async (): Promise<void> => {
    const body = {
      label,
      mandatory: flags.mandatory,
      default_value: wireValue(type, initial),
      default_disabled: flags.default_disabled,
      validation: listed ? null : validationOf(type, limits),
      restrictions: { ...field?.restrictions, readonly_ui: flags.readonly_ui },
      ...(listed ? { allow_dynamic_list_values: flags.allow_dynamic_list_values } : {}),
    };
    if (listed && entries.length === 0) throw new Error('Expected at least one value in the list');
    if (field === undefined)
      await api.post('/admin/metadata_fields', {
        ...body,
        type,
        ...(id && { external_id: id }),
        ...(listed && { datasource: { values: entries } }),
      });
    else {
      const path = `/admin/metadata_fields/${encodeURIComponent(field.external_id)}`;
      // New values first, so that one of them may be the default.
      if (listed) await saveEntries(path, drafts, before);
      await api.put(path, body);
    }
    onSaved();
  };

  const flag = (name: keyof typeof flags, text: string) => (
    <Check label={text} checked={flags[name]} onChecked={(value) => setFlags({ ...flags, [name]: value })} />
  );
  return (
    <EditorDialog title={field ? field.label : 'New metadata field'} onClose={onClose} onSave={save} wide>
      <TextField label="Label" required value={label} onValue={setLabel} />
      {!field && (
        <div className="form-grid two">
          <TextField
            label="External ID"
            hint="Made up when empty; never changes"
            className="input mono"
            value={id}
            onValue={setId}
          />
          <SelectField
            label="Type"
            value={type}
            onValue={(value) => {
              setType(value as FieldType);
              setInitial('');
            }}
            options={Object.entries(TYPE_WORDS)}
          />
        </div>
      )}
      {listed ? (
        <Entries drafts={drafts} onDrafts={setDrafts} />
      ) : (
        <Bounds type={type} limits={limits} set={(change) => setLimits({ ...limits, ...change })} />
      )}
      <ValueInput
        label="Default value"
        field={{ type, label, mandatory: false, datasource: { values: entries } }}
        value={initial}
        onValue={setInitial}
      />
      <div className="checks">
        {flag('mandatory', 'Every asset must have a value')}
        {flag('default_disabled', 'Do not give the default to new assets')}
        {flag('readonly_ui', 'Shown here, changed by programs only')}
        {listed && flag('allow_dynamic_list_values', 'Uploads may add values to the list')}
      </div>
    </EditorDialog>
  );
}
