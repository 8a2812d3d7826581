import { useState } from 'react';
import { folderOf } from '../api.ts';
import { useLoad } from '../load.ts';
import { useSession } from '../session.ts';
import { Button, Field, IconButton, Problem, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { type Details, loadFields, type MetadataField, pairsText, updateAsset } from './details.ts';

type Value = string | readonly string[];

/** One structured value, by the type of its field. */
export function MetadataInput({
  field,
  value,
  onValue,
}: {
  field: MetadataField;
  value: Value;
  onValue: (value: Value) => void;
}) {
  const label = field.mandatory ? `${field.label} (required)` : field.label;
  const options = (field.datasource?.values ?? []).filter(({ state }) => state !== 'inactive');
  const disabled = field.restrictions?.readonly_ui === true;
  if (field.type === 'set') {
    const chosen = Array.isArray(value) ? (value as readonly string[]) : [];
    return (
      <fieldset className="field" disabled={disabled}>
        <legend>{label}</legend>
        {options.map((option) => (
          <label key={option.external_id} className="check">
            <input
              type="checkbox"
              checked={chosen.includes(option.external_id)}
              onChange={(event) =>
                onValue(
                  event.target.checked
                    ? [...chosen, option.external_id]
                    : chosen.filter((id) => id !== option.external_id),
                )
              }
            />
            <span>{option.value}</span>
          </label>
        ))}
      </fieldset>
    );
  }
  return (
    <Field label={label}>
      {(props) =>
        field.type === 'enum' ? (
          <select
            className="input"
            disabled={disabled}
            value={String(value)}
            onChange={(event) => onValue(event.target.value)}
            {...props}
          >
            <option value="">None</option>
            {options.map((option) => (
              <option key={option.external_id} value={option.external_id}>
                {option.value}
              </option>
            ))}
          </select>
        ) : (
          <input
            className="input"
            disabled={disabled}
            type={field.type === 'integer' ? 'number' : field.type === 'date' ? 'date' : 'text'}
            value={String(value)}
            onChange={(event) => onValue(event.target.value)}
            {...props}
          />
        )
      }
    </Field>
  );
}

const asValue = (value: unknown): Value =>
  Array.isArray(value) ? value.map(String) : value === null || value === undefined ? '' : String(value);

export function EditForm({ asset, onSaved }: { asset: Details; onSaved: () => void }) {
  const session = useSession();
  const fields = useLoad(loadFields, []);
  const [tags, setTags] = useState((asset.tags ?? []).join(', '));
  const [displayName, setDisplayName] = useState(asset.display_name ?? '');
  const [folder, setFolder] = useState(folderOf(asset));
  const [context, setContext] = useState<readonly (readonly [string, string])[]>(
    Object.entries(asset.context?.custom ?? {}),
  );
  const [metadata, setMetadata] = useState<Record<string, Value>>(
    Object.fromEntries(Object.entries(asset.metadata ?? {}).map(([id, value]) => [id, asValue(value)])),
  );
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const dynamic = session.folder_mode === 'dynamic';

  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    const changed = Object.entries(metadata).filter(
      ([id, value]) => JSON.stringify(value) !== JSON.stringify(asValue(asset.metadata?.[id])),
    );
    try {
      await updateAsset(asset.asset_id, {
        tags: tags
          .split(',')
          .map((tag) => tag.trim())
          .filter(Boolean)
          .join(','),
        context: pairsText(Object.fromEntries(context)),
        ...(dynamic ? { display_name: displayName, asset_folder: folder } : {}),
        ...(changed.length === 0
          ? {}
          : {
              metadata: pairsText(
                Object.fromEntries(
                  changed.map(([id, value]) => [id, Array.isArray(value) ? JSON.stringify(value) : String(value)]),
                ),
              ),
            }),
      });
      toast.show('Saved');
      onSaved();
    } catch (error) {
      setProblem(error as Error);
    } finally {
      setBusy(false);
    }
  };

  return (
    <form
      className="stack"
      aria-label="Edit the asset"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      {dynamic && <TextField label="Display name" value={displayName} onValue={setDisplayName} />}
      {dynamic && <TextField label="Folder" value={folder} onValue={setFolder} />}
      <TextField label="Tags" hint="Separated by commas" value={tags} onValue={setTags} />
      <fieldset className="field">
        <legend>Context</legend>
        {context.map(([name, value], index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows have no other name
          <div className="pair" key={index}>
            <input
              className="input"
              aria-label="Name"
              placeholder="Name"
              value={name}
              onChange={(event) => setContext(context.with(index, [event.target.value, value]))}
            />
            <input
              className="input"
              aria-label={`Value of ${name || 'the new name'}`}
              placeholder="Value"
              value={value}
              onChange={(event) => setContext(context.with(index, [name, event.target.value]))}
            />
            <IconButton label={`Remove ${name}`} icon="close" onClick={() => setContext(context.toSpliced(index, 1))} />
          </div>
        ))}
        <div>
          <Button look="quiet" icon="plus" onClick={() => setContext([...context, ['', '']])}>
            Add a value
          </Button>
        </div>
      </fieldset>
      {(fields.data ?? []).map((field) => (
        <MetadataInput
          key={field.external_id}
          field={field}
          value={metadata[field.external_id] ?? (field.type === 'set' ? [] : '')}
          onValue={(value) => setMetadata({ ...metadata, [field.external_id]: value })}
        />
      ))}
      {problem && <Problem error={problem} />}
      <div className="row end">
        <Button look="primary" type="submit" disabled={busy}>
          Save
        </Button>
      </div>
    </form>
  );
}
