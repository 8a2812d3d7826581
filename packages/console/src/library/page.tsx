import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Asset } from '../api.ts';
import { countText } from '../format.ts';
import { go, hrefOf, usePlace } from '../router.ts';
import { useSession } from '../session.ts';
import { Button, Empty, IconButton, Problem, Waiting } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { UploadDialog } from '../upload/dialog.tsx';
import { filesOf } from '../upload/drop.ts';
import { NO_CHOICE, type Queue } from '../upload/queue.ts';
import { SelectionBar } from './actions.tsx';
import { useAssets } from './assets.ts';
import { Drawer } from './drawer.tsx';
import { Folders } from './folders.tsx';
import { AssetGrid } from './grid.tsx';
import { expressionOf, KINDS, readView, SORTS, type View, viewQuery } from './query.ts';
import { SearchBox } from './search-box.tsx';

const NONE: ReadonlySet<string> = new Set();

export default function Library({ queue }: { queue: Queue }) {
  const session = useSession();
  const { path, query } = usePlace();
  const view = useMemo(() => readView(query), [query]);
  const { expression, offset } = expressionOf(session, view);
  const list = useAssets(expression, view.sort);
  const [selection, setSelection] = useState<ReadonlySet<string>>(NONE);
  const [uploading, setUploading] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const [stamp, setStamp] = useState(0);
  const [dropping, setDropping] = useState(false);
  const [foldersOpen, setFoldersOpen] = useState(false);
  const search = useRef<HTMLInputElement>(null);
  const openId = path[1];
  const { reload, patch, items } = list;

  const show = useCallback(
    (change: Partial<View>) => {
      setSelection(NONE);
      go(hrefOf(['library'], viewQuery({ ...view, ...change })));
    },
    [view],
  );
  const onSearch = useCallback(
    (q: string) => {
      if (q !== view.q) go(hrefOf(['library'], viewQuery({ ...view, q })), { replace: view.q !== '' });
    },
    [view],
  );
  const open = (asset: Asset | undefined): void =>
    go(hrefOf(asset ? ['library', asset.asset_id] : ['library'], viewQuery(view)), { replace: openId !== undefined });

  const changed = useCallback(() => {
    setStamp((count) => count + 1);
    reload();
  }, [reload]);

  // New assets appear a moment after the last upload, in one load.
  useEffect(() => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const stop = queue.onDone(() => {
      clearTimeout(timer);
      timer = setTimeout(changed, 400);
    });
    return () => {
      stop();
      clearTimeout(timer);
    };
  }, [queue, changed]);

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      if (event.clipboardData === null || event.clipboardData.files.length === 0) return;
      event.preventDefault();
      void filesOf(event.clipboardData).then((files) => queue.add(files, { ...NO_CHOICE, folder: view.folder ?? '' }));
    };
    const key = (event: KeyboardEvent): void => {
      const typing = (event.target as Element).closest('input, textarea, select, [contenteditable]');
      if (event.key !== '/' || typing !== null || document.querySelector('dialog[open]') !== null) return;
      event.preventDefault();
      search.current?.focus();
    };
    window.addEventListener('paste', paste);
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('paste', paste);
      window.removeEventListener('keydown', key);
    };
  }, [queue, view.folder]);

  const chosen = useMemo(() => items.filter(({ asset_id }) => selection.has(asset_id)), [items, selection]);

  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: dropping files; the upload button does the same by keyboard
    <div
      className={openId === undefined ? 'library' : 'library with-drawer'}
      onDragOver={(event) => {
        if (!event.dataTransfer.types.includes('Files')) return;
        event.preventDefault();
        setDropping(true);
      }}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDropping(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setDropping(false);
        filesOf(event.dataTransfer).then(
          (files) => queue.add(files, { ...NO_CHOICE, folder: view.folder ?? '' }),
          toast.problem,
        );
      }}
    >
      <div className={foldersOpen ? 'folders-pane open' : 'folders-pane'}>
        <Folders
          current={view.folder}
          stamp={stamp}
          onChanged={changed}
          onChoose={(folder) => {
            setFoldersOpen(false);
            show({ folder });
          }}
        />
      </div>
      <section className="library-main" aria-labelledby="library-title">
        <div className="library-head">
          <IconButton
            className="folders-toggle"
            label="Folders"
            icon="folder"
            aria-expanded={foldersOpen}
            onClick={() => setFoldersOpen(!foldersOpen)}
          />
          <h1 id="library-title">{view.folder ?? 'All assets'}</h1>
          <span className="hint" role="status">
            {list.error === undefined && (list.loading && items.length === 0 ? '' : countText(list.total, 'asset'))}
          </span>
          <span className="grow" />
          <Button look="primary" icon="upload" onClick={() => setUploading(true)}>
            Upload
          </Button>
        </div>
        <div className="library-tools">
          <SearchBox value={view.q} error={list.error?.message} offset={offset} inputRef={search} onSearch={onSearch} />
          <select
            className="input slim"
            aria-label="Type"
            value={view.kind}
            onChange={(event) => show({ kind: event.target.value })}
          >
            {KINDS.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
          <select
            className="input slim"
            aria-label="Order"
            value={view.sort}
            onChange={(event) => show({ sort: event.target.value })}
          >
            {SORTS.map(([id, label]) => (
              <option key={id} value={id}>
                {label}
              </option>
            ))}
          </select>
          {view.folder !== null && (
            <label className="check">
              <input type="checkbox" checked={view.below} onChange={(event) => show({ below: event.target.checked })} />
              <span>With subfolders</span>
            </label>
          )}
          <IconButton
            label={view.layout === 'grid' ? 'Show as a list' : 'Show as a grid'}
            icon={view.layout === 'grid' ? 'list' : 'grid'}
            onClick={() => show({ layout: view.layout === 'grid' ? 'list' : 'grid' })}
          />
        </div>
        {chosen.length > 0 && (
          <SelectionBar
            assets={chosen}
            deleting={deleting}
            onDeleting={setDeleting}
            onClear={() => setSelection(NONE)}
            onChanged={changed}
            onRemoved={(ids) => {
              const gone = new Set(ids);
              setSelection(NONE);
              patch((asset) => (gone.has(asset.asset_id) ? undefined : asset));
              if (openId !== undefined && gone.has(openId)) open(undefined);
            }}
          />
        )}
        {list.error !== undefined && items.length === 0 && !/position \d+/.test(list.error.message) ? (
          <Problem error={list.error} onRetry={reload} />
        ) : list.total === 0 ? (
          list.loading ? (
            <Waiting />
          ) : list.error !== undefined ? null : view.q !== '' || view.kind !== '' ? (
            <Empty icon="search" title="Nothing matches">
              <Button onClick={() => show({ q: '', kind: '' })}>Show everything</Button>
            </Empty>
          ) : (
            <Empty icon="upload" title="Nothing here yet">
              <p>Drop files here, paste a picture, or choose files.</p>
              <Button look="primary" onClick={() => setUploading(true)}>
                Upload
              </Button>
            </Empty>
          )
        ) : (
          <AssetGrid
            list={list}
            layout={view.layout}
            selection={selection}
            openId={openId}
            onSelection={setSelection}
            onOpen={open}
            onDelete={() => chosen.length > 0 && setDeleting(true)}
          />
        )}
        {dropping && (
          <div className="drop-hint" aria-hidden="true">
            Drop to upload{view.folder ? ` to ${view.folder}` : ''}
          </div>
        )}
      </section>
      {openId !== undefined && (
        <Drawer key={openId} assetId={openId} onClose={() => open(undefined)} onChanged={changed} />
      )}
      {uploading && <UploadDialog queue={queue} folder={view.folder ?? ''} onClose={() => setUploading(false)} />}
    </div>
  );
}
