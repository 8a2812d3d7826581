import { useState } from 'react';
import { useLoad } from '../load.ts';
import { loadFields } from '../metadata/model.ts';
import { ValueInput } from '../metadata/value-input.tsx';
import { useSession } from '../session.ts';
import { Button, Problem, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { changeMany } from './actions.tsx';
import { type Details, updateAsset } from './details.ts';
import { changesOf, type Draft, draftOf } from './edited.ts';
import { FolderField } from './folder-field.tsx';
import { PairsField } from './pairs-field.tsx';

const stateOf = (asset: Details) => ({ seen: asset, stored: draftOf(asset), draft: draftOf(asset) });

export function EditForm({ asset, onSaved }: { asset: Details; onSaved: () => void }) {
  const session = useSession();
  const fields = useLoad(loadFields, []);
  /** The asset, what is known to be stored of it, and what stands in the form. */
  const [{ seen, stored, draft }, setState] = useState(() => stateOf(asset));
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const dynamic = session.folder_mode === 'dynamic';
  const edit = (change: Partial<Draft>): void =>
    setState((state) => ({ ...state, draft: { ...state.draft, ...change } }));

  // Loaded anew: what others changed is shown, what somebody is writing stays.
  if (seen !== asset) setState(changesOf(stored, draft).length === 0 ? stateOf(asset) : { seen: asset, stored, draft });

  const save = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      for (const { operation, params } of changesOf(stored, draft))
        if (operation === 'update') await updateAsset(asset.asset_id, params);
        else if ((await changeMany([asset], operation, params)) === 0)
          throw new Error('Nothing is stored under this public ID any more. Close the details and open them again.');
      setState((state) => ({ ...state, stored: draft }));
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
      {dynamic && (
        <TextField
          label="Display name"
          // The API keeps a name rather than take it away.
          required={stored.displayName !== ''}
          value={draft.displayName}
          onValue={(displayName) => edit({ displayName })}
        />
      )}
      {dynamic && <FolderField label="Folder" value={draft.folder} onValue={(folder) => edit({ folder })} />}
      <TextField label="Tags" hint="Separated by commas" value={draft.tags} onValue={(tags) => edit({ tags })} />
      <PairsField label="Context" pairs={draft.context} onPairs={(context) => edit({ context })} />
      {(fields.data ?? []).map((field) => (
        <ValueInput
          key={field.external_id}
          field={field}
          disabled={field.restrictions?.readonly_ui === true}
          value={draft.metadata[field.external_id] ?? (field.type === 'set' ? [] : '')}
          onValue={(value) => edit({ metadata: { ...draft.metadata, [field.external_id]: value } })}
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
