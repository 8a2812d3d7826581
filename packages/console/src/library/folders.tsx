import { useState } from 'react';
import { api } from '../api.ts';
import { useLoad } from '../load.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Icon } from '../ui/icons.tsx';
import { Confirm, IconButton, Menu } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';

interface Folder {
  readonly name: string;
  readonly path: string;
}

export const folderPath = (path: string): string => path.split('/').map(encodeURIComponent).join('/');

interface Props {
  readonly current: string | null;
  /** Changes when folders may have changed. */
  readonly stamp: number;
  onChoose(path: string | null): void;
  onChanged(): void;
}

function Branch({ path, depth, ...props }: Props & { path: string; depth: number }) {
  const { data, error } = useLoad(
    () =>
      api.get<{ folders: Folder[] }>(path === '' ? '/admin/folders' : `/admin/folders/${folderPath(path)}`, {
        max_results: 500,
      }),
    [path, props.stamp],
  );
  if (error !== undefined && data === undefined) return <p className="hint">{error.message}</p>;
  const folders = data?.folders ?? [];
  if (folders.length === 0) return path === '' ? <p className="hint pad">No folders yet</p> : null;
  return (
    <ul>
      {folders.map((folder) => (
        <Node key={folder.path} folder={folder} depth={depth} {...props} />
      ))}
    </ul>
  );
}

function Node({ folder, depth, ...props }: Props & { folder: Folder; depth: number }) {
  const inside = props.current?.startsWith(`${folder.path}/`) ?? false;
  const [open, setOpen] = useState(inside);
  return (
    <li>
      <div className="folder" style={{ paddingInlineStart: depth * 14 }}>
        <IconButton
          className={open ? 'turn open' : 'turn'}
          label={`${open ? 'Fold' : 'Unfold'} ${folder.name}`}
          icon="chevron"
          aria-expanded={open}
          onClick={() => setOpen(!open)}
        />
        <button
          type="button"
          className="folder-name"
          aria-current={props.current === folder.path ? 'true' : undefined}
          onClick={() => props.onChoose(folder.path)}
        >
          <Icon name="folder" size={18} />
          <span>{folder.name}</span>
        </button>
      </div>
      {open && <Branch path={folder.path} depth={depth + 1} {...props} />}
    </li>
  );
}

export function Folders(props: Props) {
  const [asking, setAsking] = useState<'create' | 'rename' | 'delete'>();
  const { current, onChoose, onChanged } = props;
  const clean = (path: string): string => path.replace(/^\/+|\/+$/g, '');
  return (
    <nav className="folders" aria-label="Folders">
      <header>
        <h2>Folders</h2>
        <IconButton label="New folder" icon="plus" onClick={() => setAsking('create')} />
        {current && (
          <Menu
            label="Folder actions"
            icon="more"
            items={[
              { label: 'Rename or move', icon: 'move', onSelect: () => setAsking('rename') },
              { label: 'Delete', icon: 'trash', onSelect: () => setAsking('delete') },
            ]}
          />
        )}
      </header>
      <button
        type="button"
        className="folder-name all"
        aria-current={current === null ? 'true' : undefined}
        onClick={() => onChoose(null)}
      >
        <Icon name="library" size={18} />
        <span>All assets</span>
      </button>
      <Branch path="" depth={0} {...props} />
      {asking === 'create' && (
        <NameDialog
          title="New folder"
          label="Path"
          initial={current ? `${current}/` : ''}
          action="Create"
          onClose={() => setAsking(undefined)}
          onName={async (name) => {
            await api.post(`/admin/folders/${folderPath(clean(name))}`);
            onChanged();
            onChoose(clean(name));
          }}
        />
      )}
      {asking === 'rename' && current && (
        <NameDialog
          title={`Rename or move ${current}`}
          label="New path"
          initial={current}
          action="Rename"
          onClose={() => setAsking(undefined)}
          onName={async (name) => {
            await api.put(`/admin/folders/${folderPath(current)}`, { to_folder: clean(name) });
            onChanged();
            onChoose(clean(name));
          }}
        />
      )}
      {asking === 'delete' && current && (
        <Confirm
          title="Delete the folder"
          text={`The folder ${current} and its empty subfolders go away. A folder with assets stays.`}
          action="Delete"
          onClose={() => setAsking(undefined)}
          onConfirm={async () => {
            await api.delete(`/admin/folders/${folderPath(current)}`);
            toast.show(`Deleted the folder ${current}`);
            onChanged();
            onChoose(null);
          }}
        />
      )}
    </nav>
  );
}
