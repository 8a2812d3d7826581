import { useState } from 'react';
import { folderOf } from '../api.ts';
import { useLoad } from '../load.ts';
import { asValue, loadFields, type Value } from '../metadata/model.ts';
import { ValueInput } from '../metadata/value-input.tsx';
import { useSession } from '../session.ts';
import { Button, Problem, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { type Details, metadataText, pairsText, updateAsset } from './details.ts';
import { FolderField } from './folder-field.tsx';
import { type Pairs, PairsField } from './pairs-field.tsx';

export function EditForm({ asset, onSaved }: { asset: Details; onSaved: () => void }) {
  const session = useSession();
  const fields = useLoad(loadFields, []);
  const [tags, setTags] = useState((asset.tags ?? []).join(', '));
  const [displayName, setDisplayName] = useState(asset.display_name ?? '');
  const [folder, setFolder] = useState(folderOf(asset));
  const [context, setContext] = useState<Pairs>(Object.entries(asset.context?.custom ?? {}));
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
              metadata: metadataText(changed),
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
      {dynamic && <FolderField label="Folder" value={folder} onValue={setFolder} />}
      <TextField label="Tags" hint="Separated by commas" value={tags} onValue={setTags} />
      <PairsField label="Context" pairs={context} onPairs={setContext} />
      {(fields.data ?? []).map((field) => (
        <ValueInput
          key={field.external_id}
          field={field}
          disabled={field.restrictions?.readonly_ui === true}
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
