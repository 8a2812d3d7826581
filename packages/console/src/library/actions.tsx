import { useState } from 'react';
import { type Asset, api, nameOf, type Session } from '../api.ts';
import { countText } from '../format.ts';
import { useSession } from '../session.ts';
import { EditorDialog, NameDialog } from '../ui/editor-dialog.tsx';
import { Button, Confirm, IconButton } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { FolderField } from './folder-field.tsx';
import { ValuesDialog } from './values-dialog.tsx';

const BATCH = 100;

const batches = <T,>(items: readonly T[], size = BATCH): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, index) => items.slice(index * size, (index + 1) * size));

const byKind = (assets: readonly Asset[]): Asset[][] => [
  ...Map.groupBy(assets, ({ resource_type, type }) => `${resource_type}/${type}`).values(),
];

async function inTurns<T>(items: readonly T[], work: (item: T) => Promise<unknown>): Promise<void> {
  const left = [...items];
  const lane = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: 4 }, lane));
}

/**
 * One of the Upload API's calls for many assets, in as many requests as it takes.
 *
 * @returns how many of them were there
 */
export async function changeMany(
  assets: readonly Asset[],
  operation: 'tags' | 'context' | 'metadata',
  params: Readonly<Record<string, string>>,
): Promise<number> {
  let found = 0;
  for (const group of byKind(assets))
    for (const part of batches(group, 1000)) {
      const { public_ids } = await api.post<{ public_ids: string[] }>(
        `/upload/${part[0]!.resource_type}/${operation}`,
        { ...params, type: part[0]!.type, public_ids: part.map(({ public_id }) => public_id) },
      );
      found += public_ids.length;
    }
  return found;
}

export const renameAsset = (asset: Asset, to: string): Promise<Asset> =>
  api.post<Asset>(`/upload/${asset.resource_type}/rename`, {
    from_public_id: asset.public_id,
    to_public_id: to,
    type: asset.type,
    invalidate: true,
  });

/** Dynamic folders: the asset's folder changes; fixed folders: its public ID does. */
export async function moveAssets(session: Session, assets: readonly Asset[], folder: string): Promise<void> {
  const target = folder.replace(/^\/+|\/+$/g, '');
  await inTurns(assets, (asset) => {
    if (session.folder_mode === 'dynamic')
      return api.put(`/admin/resources/${asset.asset_id}`, { asset_folder: target });
    const name = asset.public_id.slice(asset.public_id.lastIndexOf('/') + 1);
    const to = target === '' ? name : `${target}/${name}`;
    return to === asset.public_id ? Promise.resolve() : renameAsset(asset, to);
  });
}

export async function deleteAssets(assets: readonly Asset[]): Promise<void> {
  for (const part of batches(assets))
    await api.delete('/admin/resources', { asset_ids: part.map(({ asset_id }) => asset_id), invalidate: true });
}

export async function restoreAssets(ids: readonly string[]): Promise<number> {
  let restored = 0;
  for (const part of batches(ids)) {
    const answer = await api.post<Record<string, { error?: string }>>('/admin/resources/restore', { asset_ids: part });
    restored += Object.values(answer).filter(({ error }) => error === undefined).length;
  }
  return restored;
}

async function download(assets: readonly Asset[]): Promise<void> {
  const { url } = await api.post<{ url: string }>('/archive', {
    fully_qualified_public_ids: assets.map((asset) => `${asset.resource_type}/${asset.type}/${asset.public_id}`),
  });
  const link = document.createElement('a');
  link.href = url;
  link.download = '';
  link.click();
}

const nameOfAll = (assets: readonly Asset[]): string =>
  assets.length === 1 ? nameOf(assets[0]!) : countText(assets.length, 'asset');

/** Asks before deleting, says whether it can be undone, and offers to undo it. */
export function DeleteQuestion({
  assets,
  restorable,
  onClose,
  onDeleted,
  onRestored,
}: {
  assets: readonly Asset[];
  /** How many of them have a backup. */
  restorable: number;
  onClose: () => void;
  onDeleted: () => void;
  onRestored: () => void;
}) {
  const one = nameOfAll(assets);
  const ids = assets.map(({ asset_id }) => asset_id);
  const undo = (): void => {
    restoreAssets(ids).then((count) => {
      toast.show(`Restored ${countText(count, 'asset')}`);
      onRestored();
    }, toast.problem);
  };
  return (
    <Confirm
      title={`Delete ${one}`}
      action="Delete"
      text={
        restorable === assets.length
          ? 'Backups are kept: this can be undone.'
          : restorable === 0
            ? 'There are no backups: this cannot be undone.'
            : `${countText(restorable, 'asset')} can be restored from backups, the others cannot.`
      }
      onClose={onClose}
      onConfirm={async () => {
        await deleteAssets(assets);
        onDeleted();
        toast.show(`Deleted ${one}`, restorable === 0 ? undefined : { label: 'Undo', run: undo });
      }}
    />
  );
}

function MoveDialog({
  assets,
  onClose,
  onMoved,
}: {
  assets: readonly Asset[];
  onClose: () => void;
  onMoved: () => void;
}) {
  const session = useSession();
  const [folder, setFolder] = useState('');
  const one = nameOfAll(assets);
  return (
    <EditorDialog
      title={`Move ${one}`}
      action="Move"
      onClose={onClose}
      onSave={async () => {
        await moveAssets(session, assets, folder);
        toast.show(`Moved ${one} ${folder === '' ? 'out of all folders' : `to ${folder}`}`);
        onMoved();
      }}
    >
      <FolderField
        label="To the folder"
        hint={
          session.folder_mode === 'dynamic'
            ? 'Made when it is not there; empty for none'
            : 'Public IDs and addresses change with it; empty for none'
        }
        value={folder}
        onValue={setFolder}
      />
    </EditorDialog>
  );
}

/** What can be done with the chosen assets. */
export function SelectionBar({
  assets,
  total,
  choosingAll,
  onChooseAll,
  deleting,
  onDeleting,
  onClear,
  onChanged,
  onRemoved,
}: {
  assets: readonly Asset[];
  /** How many match in all. */
  total: number;
  choosingAll: boolean;
  onChooseAll: () => void;
  deleting: boolean;
  onDeleting: (deleting: boolean) => void;
  onClear: () => void;
  onChanged: () => void;
  onRemoved: (ids: readonly string[]) => void;
}) {
  const [asking, setAsking] = useState<'tag' | 'untag' | 'values' | 'move'>();
  const one = nameOfAll(assets);
  const close = (): void => setAsking(undefined);
  return (
    <>
      <div className="selection-bar" role="toolbar" aria-label="Actions for the selection">
        <IconButton label="Clear the selection" icon="close" onClick={onClear} />
        <span className="count" role="status">
          {countText(assets.length, 'asset')}
          <span className="wide-only"> selected</span>
        </span>
        {assets.length < total && (
          <Button look="quiet" icon="check" disabled={choosingAll} onClick={onChooseAll}>
            {choosingAll ? 'Selecting …' : `All ${total.toLocaleString()}`}
          </Button>
        )}
        <Button look="quiet" icon="tag" onClick={() => setAsking('tag')}>
          Add tag
        </Button>
        <Button look="quiet" icon="tag" onClick={() => setAsking('untag')}>
          Remove tag
        </Button>
        <Button look="quiet" icon="edit" onClick={() => setAsking('values')}>
          Edit values
        </Button>
        <Button look="quiet" icon="move" onClick={() => setAsking('move')}>
          Move
        </Button>
        <Button
          look="quiet"
          icon="download"
          disabled={assets.length > 1000}
          title={assets.length > 1000 ? 'Up to 1,000 assets go into one zip' : undefined}
          onClick={() => download(assets).catch(toast.problem)}
        >
          Download zip
        </Button>
        <Button look="quiet" icon="trash" onClick={() => onDeleting(true)}>
          Delete
        </Button>
      </div>
      {(asking === 'tag' || asking === 'untag') && (
        <NameDialog
          title={asking === 'tag' ? `Add tags to ${one}` : `Remove tags from ${one}`}
          label="Tags, separated by commas"
          action={asking === 'tag' ? 'Add' : 'Remove'}
          onClose={close}
          onName={async (tags) => {
            await changeMany(assets, 'tags', { command: asking === 'tag' ? 'add' : 'remove', tag: tags });
            toast.show(`${asking === 'tag' ? 'Added' : 'Removed'} ${tags}`);
            onChanged();
          }}
        />
      )}
      {asking === 'values' && (
        <ValuesDialog title={`Edit values of ${one}`} assets={assets} onClose={close} onChanged={onChanged} />
      )}
      {asking === 'move' && (
        <MoveDialog
          assets={assets}
          onClose={close}
          onMoved={() => {
            onClear();
            onChanged();
          }}
        />
      )}
      {deleting && (
        <DeleteQuestion
          assets={assets}
          restorable={assets.filter(({ backup_bytes = 0 }) => backup_bytes > 0).length}
          onClose={() => onDeleting(false)}
          onDeleted={() => onRemoved(assets.map(({ asset_id }) => asset_id))}
          onRestored={onChanged}
        />
      )}
    </>
  );
}
