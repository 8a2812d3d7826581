import { useCallback, useEffect, useMemo, useRef, useState } from 'react';
import type { Asset } from '../api.ts';
import { countText } from '../format.ts';
import { go, hrefOf, usePlace } from '../router.ts';
import { useSession } from '../session.ts';
import { Button, Empty, IconButton, Problem, Waiting } from '../ui/parts.tsx';
import { isForPage } from '../ui/shortcuts.tsx';
import { toast } from '../ui/toast.tsx';
import { UploadDialog } from '../upload/dialog.tsx';
import { filesOf } from '../upload/drop.ts';
import { NO_CHOICE, type Queue } from '../upload/queue.ts';
import { SelectionBar } from './actions.tsx';
import { type AssetList, useAssets } from './assets.ts';
import { Drawer } from './drawer.tsx';
import { Filters } from './filters.tsx';
import { Folders } from './folders.tsx';
import { AssetGrid } from './grid.tsx';
import { expressionOf, readView, type View, viewQuery } from './query.ts';
import { errorPlace, SearchBox } from './search-box.tsx';

const NONE: ReadonlySet<string> = new Set();

const isFiltered = ({ q, kind, since }: View): boolean => q !== '' || kind !== '' || since !== '';

/** Why no asset is shown, and what to do next. */
function NothingToShow({
  list,
  view,
  onShow,
  onUpload,
}: {
  list: AssetList;
  view: View;
  onShow: (change: Partial<View>) => void;
  onUpload: () => void;
}) {
  if (list.loading) return <Waiting />;
  // What cannot be read is said below the search box, with the place.
  if (list.error !== undefined)
    return errorPlace(list.error.message, 0) === undefined ? (
      <Problem error={list.error} onRetry={list.reload} />
    ) : null;
  if (isFiltered(view))
    return (
      <Empty icon="search" title="Nothing matches">
        <p>{view.folder ? `Only ${view.folder} was searched.` : 'Try fewer words, or another filter.'}</p>
        <Button onClick={() => onShow({ q: '', kind: '', since: '' })}>Clear search and filters</Button>
      </Empty>
    );
  return (
    <Empty icon="upload" title={view.folder ? 'This folder is empty' : 'Nothing here yet'}>
      <p>Drop files here, paste a picture, or choose files.</p>
      <Button look="primary" onClick={onUpload}>
        Choose files
      </Button>
    </Empty>
  );
}

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
  const { reload, remove, items } = list;

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
      if (!isForPage(event)) return;
      if (event.key === '/') search.current?.focus();
      else if (event.key === 'u') setUploading(true);
      else return;
      event.preventDefault();
    };
    window.addEventListener('paste', paste);
    window.addEventListener('keydown', key);
    return () => {
      window.removeEventListener('paste', paste);
      window.removeEventListener('keydown', key);
    };
  }, [queue, view.folder]);

  // Everything that matches is loaded first, so that what is done to the selection is done to all of it.
  const [choosingAll, setChoosingAll] = useState(false);
  const { range, known } = list;
  const total = items.length;
  const chooseAll = async (): Promise<void> => {
    setChoosingAll(true);
    try {
      setSelection(new Set((await range(0, total - 1)).map(({ asset_id }) => asset_id)));
    } catch (error) {
      toast.problem(error);
    } finally {
      setChoosingAll(false);
    }
  };

  // biome-ignore lint/correctness/useExhaustiveDependencies: what is known of the chosen changes with what is loaded
  const chosen = useMemo(() => [...selection].flatMap((id) => known(id) ?? []), [items, selection, known]);

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
          <h1 id="library-title" dir="auto">
            {view.folder ?? 'All assets'}
          </h1>
          <span className="hint" role="status">
            {list.error === undefined && (list.loading && total === 0 ? '' : countText(total, 'asset'))}
          </span>
          <span className="grow" />
          <Button look="primary" icon="upload" onClick={() => setUploading(true)}>
            Upload
          </Button>
        </div>
        <div className="library-tools">
          <SearchBox value={view.q} error={list.error?.message} offset={offset} inputRef={search} onSearch={onSearch} />
          <Filters view={view} onChange={show} />
        </div>
        {chosen.length > 0 && (
          <SelectionBar
            assets={chosen}
            total={total}
            choosingAll={choosingAll}
            onChooseAll={chooseAll}
            deleting={deleting}
            onDeleting={setDeleting}
            onClear={() => setSelection(NONE)}
            onChanged={changed}
            onRemoved={(ids) => {
              const gone = new Set(ids);
              setSelection(NONE);
              remove(gone);
              if (openId !== undefined && gone.has(openId)) open(undefined);
            }}
          />
        )}
        {total === 0 ? (
          <NothingToShow list={list} view={view} onShow={show} onUpload={() => setUploading(true)} />
        ) : (
          <AssetGrid
            list={list}
            layout={view.layout}
            selection={selection}
            openId={openId}
            onSelection={setSelection}
            onChooseAll={chooseAll}
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
