import { useState } from 'react';
import { type Asset, api, nameOf, type Session } from '../api.ts';
import { countText } from '../format.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Button, Confirm, IconButton } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';

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

/** `add` or `remove` tags. */
export async function changeTags(assets: readonly Asset[], command: 'add' | 'remove', tag: string): Promise<void> {
  for (const group of byKind(assets))
    for (const part of batches(group, 1000))
      await api.post(`/upload/${part[0]!.resource_type}/tags`, {
        command,
        tag,
        type: part[0]!.type,
        public_ids: part.map(({ public_id }) => public_id),
      });
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

/** What can be done with the chosen assets. */
export function SelectionBar({
  assets,
  deleting,
  onDeleting,
  onClear,
  onChanged,
  onRemoved,
}: {
  assets: readonly Asset[];
  deleting: boolean;
  onDeleting: (deleting: boolean) => void;
  onClear: () => void;
  onChanged: () => void;
  onRemoved: (ids: readonly string[]) => void;
}) {
  const session = useSession();
  const [asking, setAsking] = useState<'tag' | 'untag' | 'move'>();
  const backedUp = assets.filter(({ backup_bytes = 0 }) => backup_bytes > 0).length;
  const one = assets.length === 1 ? nameOf(assets[0]!) : countText(assets.length, 'asset');
  const close = (): void => setAsking(undefined);
  return (
    <div className="selection-bar" role="toolbar" aria-label="Actions for the selection">
      <IconButton label="Clear the selection" icon="close" onClick={onClear} />
      <span className="count" role="status">
        {countText(assets.length, 'asset')} selected
      </span>
      <Button look="quiet" icon="tag" onClick={() => setAsking('tag')}>
        Add tag
      </Button>
      <Button look="quiet" icon="tag" onClick={() => setAsking('untag')}>
        Remove tag
      </Button>
      <Button look="quiet" icon="move" onClick={() => setAsking('move')}>
        Move
      </Button>
      <Button
        look="quiet"
        icon="download"
        disabled={assets.length > 1000}
        onClick={() => download(assets).catch(toast.problem)}
      >
        Download zip
      </Button>
      <Button look="quiet" icon="trash" onClick={() => onDeleting(true)}>
        Delete
      </Button>
      {(asking === 'tag' || asking === 'untag') && (
        <NameDialog
          title={asking === 'tag' ? `Add tags to ${one}` : `Remove tags from ${one}`}
          label="Tags, separated by commas"
          action={asking === 'tag' ? 'Add' : 'Remove'}
          onClose={close}
          onName={async (tags) => {
            await changeTags(assets, asking === 'tag' ? 'add' : 'remove', tags);
            toast.show(`${asking === 'tag' ? 'Added' : 'Removed'} ${tags}`);
            onChanged();
          }}
        />
      )}
      {asking === 'move' && (
        <NameDialog
          title={`Move ${one}`}
          label={
            session.folder_mode === 'dynamic'
              ? 'To the folder'
              : 'To the folder (public IDs and addresses change with it)'
          }
          action="Move"
          onClose={close}
          onName={async (folder) => {
            await moveAssets(session, assets, folder);
            toast.show(`Moved ${one} to ${folder}`);
            onClear();
            onChanged();
          }}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete ${one}`}
          action="Delete"
          text={
            backedUp === assets.length
              ? 'Backups are kept: this can be undone.'
              : backedUp === 0
                ? 'There are no backups: this cannot be undone.'
                : `${countText(backedUp, 'asset')} can be restored from backups, the others cannot.`
          }
          onClose={() => onDeleting(false)}
          onConfirm={async () => {
            const ids = assets.map(({ asset_id }) => asset_id);
            await deleteAssets(assets);
            onRemoved(ids);
            toast.show(
              `Deleted ${one}`,
              backedUp === 0
                ? undefined
                : {
                    label: 'Undo',
                    run: () => {
                      restoreAssets(ids).then((count) => {
                        toast.show(`Restored ${countText(count, 'asset')}`);
                        onChanged();
                      }, toast.problem);
                    },
                  },
            );
          }}
        />
      )}
    </div>
  );
}
