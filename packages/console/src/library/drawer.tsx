import { useEffect, useRef, useState } from 'react';
import { api, deliveryUrl, nameOf } from '../api.ts';
import { bytesText, durationText, timeText } from '../format.ts';
import { useLoad } from '../load.ts';
import { hrefOf } from '../router.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Button, Code, Confirm, copyText, Dialog, IconButton, Link, Problem, Waiting } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { renameAsset } from './actions.tsx';
import { type Details, loadDetails } from './details.ts';
import { EditForm } from './edit-form.tsx';
import { Thumbnail } from './tile.tsx';

const TABS = [
  ['facts', 'Facts'],
  ['edit', 'Edit'],
  ['versions', 'Versions'],
  ['derived', 'Derived'],
  ['related', 'Related'],
] as const;
type Tab = (typeof TABS)[number][0];

export function embedCode(origin: string, cloud: string, publicId: string): string {
  const query = new URLSearchParams({ cloud_name: cloud, public_id: publicId });
  return `<iframe
  src="${origin}/player/embed?${query}"
  width="640"
  height="360"
  title="Video player"
  allow="autoplay; fullscreen; encrypted-media; picture-in-picture"
  allowfullscreen
  frameborder="0"
></iframe>`;
}

function Preview({ asset }: { asset: Details }) {
  const session = useSession();
  if (asset.resource_type === 'video' && !asset.placeholder)
    return (
      // biome-ignore lint/a11y/useMediaCaption: captions are not stored with the asset
      <video className="preview" controls preload="metadata" src={deliveryUrl(session, asset)} />
    );
  return (
    <div className="preview">
      <Thumbnail asset={asset} width={640} height={480} />
    </div>
  );
}

const SHOWN = new Set([
  'derived',
  'versions',
  'related_assets',
  'tags',
  'context',
  'metadata',
  'url',
  'secure_url',
  'colors',
  'last_updated',
]);

const valueText = (name: string, value: unknown): string => {
  if (name === 'bytes') return `${bytesText(Number(value))} (${Number(value).toLocaleString()} B)`;
  if (name === 'duration') return durationText(Number(value));
  if (/_at$/.test(name)) return timeText(String(value));
  return typeof value === 'object' ? JSON.stringify(value, null, 1) : String(value);
};

function Facts({ asset }: { asset: Details }) {
  const rows = Object.entries(asset).filter(
    ([name, value]) => !SHOWN.has(name) && value !== null && value !== undefined && value !== '',
  );
  const context = Object.entries(asset.context?.custom ?? {});
  return (
    <div className="stack">
      {asset.tags && asset.tags.length > 0 && (
        <ul className="tags" aria-label="Tags">
          {asset.tags.map((tag) => (
            <li key={tag}>
              <Link href={hrefOf(['library'], { q: `tags="${tag.replace(/["\\]/g, '\\$&')}"` })}>{tag}</Link>
            </li>
          ))}
        </ul>
      )}
      {asset.colors && asset.colors.length > 0 && (
        <ul className="colors" aria-label="Colours">
          {asset.colors.slice(0, 10).map(([color, share]) => (
            <li key={color} style={{ background: color, flexGrow: Math.max(share, 4) }} title={`${color} ${share} %`} />
          ))}
        </ul>
      )}
      <dl className="facts">
        {[...rows, ...context.map(([name, value]) => [`context.${name}`, value] as const)].map(([name, value]) => (
          <div key={name}>
            <dt>{name.replaceAll('_', ' ')}</dt>
            <dd>{valueText(name, value)}</dd>
          </div>
        ))}
        {Object.entries(asset.metadata ?? {}).map(([name, value]) => (
          <div key={`metadata ${name}`}>
            <dt>metadata {name}</dt>
            <dd>{valueText(name, value)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}

function Versions({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
  const versions = asset.versions ?? [];
  if (versions.length === 0)
    return <p className="hint">No versions are kept. Upload with backup to keep what is replaced.</p>;
  return (
    <ul className="rows">
      {versions.map((version) => (
        <li key={version.version_id}>
          <div className="grow">
            <strong>{timeText(version.time)}</strong>
            <div className="hint">
              {bytesText(version.size)} · version {version.version}
              {String(version.version) === String(asset.version) && !asset.placeholder && ' · current'}
            </div>
          </div>
          <Button
            icon="undo"
            disabled={!version.restorable || (String(version.version) === String(asset.version) && !asset.placeholder)}
            onClick={async () => {
              try {
                const answer = await api.post<Record<string, { error?: string }>>('/admin/resources/restore', {
                  asset_ids: [asset.asset_id],
                  versions: [version.version_id],
                });
                const problem = answer[asset.asset_id]?.error;
                if (problem !== undefined) throw new Error(`The version could not be restored: ${problem}`);
                toast.show('Restored');
                onChanged();
              } catch (error) {
                toast.problem(error);
              }
            }}
          >
            Restore
          </Button>
        </li>
      ))}
    </ul>
  );
}

function DerivedList({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
  const derived = asset.derived ?? [];
  if (derived.length === 0) return <p className="hint">Nothing is derived from it yet.</p>;
  return (
    <ul className="rows">
      {derived.map((item) => (
        <li key={item.id}>
          <div className="grow">
            <a href={item.secure_url ?? item.url} target="_blank" rel="noreferrer" className="mono break">
              {item.transformation || 'original'}
            </a>
            <div className="hint">
              {item.format} · {bytesText(item.bytes)}
            </div>
          </div>
          <IconButton
            label={`Delete ${item.transformation}`}
            icon="trash"
            onClick={() =>
              api.delete('/admin/derived_resources', { derived_resource_ids: [item.id] }).then(onChanged, toast.problem)
            }
          />
        </li>
      ))}
    </ul>
  );
}

function Related({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
  const [adding, setAdding] = useState(false);
  const related = asset.related_assets ?? [];
  return (
    <div className="stack">
      {related.length === 0 && <p className="hint">No related assets.</p>}
      <ul className="rows">
        {related.map((item) => (
          <li key={item.asset_id}>
            <Link className="grow break" href={hrefOf(['library', item.asset_id])}>
              {item.resource_type}/{item.type}/{item.public_id}
            </Link>
            <IconButton
              label={`Unrelate ${item.public_id}`}
              icon="close"
              onClick={() =>
                api
                  .delete(`/admin/resources/related_assets/${asset.asset_id}`, { assets_to_unrelate: [item.asset_id] })
                  .then(onChanged, toast.problem)
              }
            />
          </li>
        ))}
      </ul>
      <div>
        <Button icon="plus" onClick={() => setAdding(true)}>
          Relate an asset
        </Button>
      </div>
      {adding && (
        <NameDialog
          title="Relate an asset"
          label="As type/delivery type/public ID, for instance image/upload/dog"
          action="Relate"
          onClose={() => setAdding(false)}
          onName={async (name) => {
            const path = encodeURIComponent(asset.public_id);
            const answer = await api.post<{ failed?: { message: string }[] }>(
              `/admin/resources/related_assets/${asset.resource_type}/${asset.type}/${path}`,
              { assets_to_relate: [name] },
            );
            const problem = answer.failed?.[0]?.message;
            if (problem) throw new Error(problem);
            onChanged();
          }}
        />
      )}
    </div>
  );
}

/** Everything about one asset, beside the list. */
export function Drawer({
  assetId,
  onClose,
  onChanged,
}: {
  assetId: string;
  onClose: () => void;
  onChanged: () => void;
}) {
  const session = useSession();
  const { data: asset, error, reload } = useLoad((signal) => loadDetails(assetId, signal), [assetId]);
  const [tab, setTab] = useState<Tab>('facts');
  const [asking, setAsking] = useState<'rename' | 'delete' | 'embed'>();
  const heading = useRef<HTMLHeadingElement>(null);
  const loaded = asset !== undefined;
  useEffect(() => {
    if (loaded) heading.current?.focus();
  }, [loaded]);
  const changed = (): void => {
    reload();
    onChanged();
  };
  const step = (by: number): void => {
    const at = TABS.findIndex(([id]) => id === tab);
    const next = TABS[(at + by + TABS.length) % TABS.length]![0];
    setTab(next);
    document.getElementById(`tab-${next}`)?.focus();
  };
  return (
    <aside
      className="drawer"
      aria-label="Details"
      onKeyDown={(event) => {
        if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onClose();
      }}
    >
      <header>
        <h2 ref={heading} tabIndex={-1}>
          {asset ? nameOf(asset) : 'Details'}
        </h2>
        <IconButton label="Close details" icon="close" onClick={onClose} />
      </header>
      {asset === undefined ? (
        error === undefined ? (
          <Waiting />
        ) : (
          <Problem error={error} onRetry={reload} />
        )
      ) : (
        <div className="drawer-body">
          <Preview asset={asset} />
          <div className="row wrap">
            <Button
              icon="link"
              onClick={async () => {
                await copyText(asset.secure_url ?? asset.url ?? deliveryUrl(session, asset));
                toast.show('Address copied');
              }}
            >
              Copy URL
            </Button>
            <Link
              className="button plain"
              href={hrefOf(['transform', asset.asset_id])}
              hidden={asset.resource_type === 'raw'}
            >
              Transform
            </Link>
            {asset.resource_type === 'video' && (
              <Button icon="code" onClick={() => setAsking('embed')}>
                Embed
              </Button>
            )}
            <a className="button plain" href={deliveryUrl(session, asset)} download>
              Download
            </a>
            <IconButton label="Change the public ID" icon="tag" onClick={() => setAsking('rename')} />
            <IconButton label="Delete this asset" icon="trash" onClick={() => setAsking('delete')} />
          </div>
          <div className="public-id mono break">{asset.public_id}</div>
          <div
            className="tabs"
            role="tablist"
            aria-label="Details"
            onKeyDown={(event) => {
              if (event.key === 'ArrowRight') step(1);
              if (event.key === 'ArrowLeft') step(-1);
            }}
          >
            {TABS.map(([id, label]) => (
              <button
                key={id}
                id={`tab-${id}`}
                type="button"
                role="tab"
                aria-selected={tab === id}
                aria-controls="drawer-panel"
                tabIndex={tab === id ? 0 : -1}
                onClick={() => setTab(id)}
              >
                {label}
              </button>
            ))}
          </div>
          <div id="drawer-panel" role="tabpanel" aria-labelledby={`tab-${tab}`}>
            {tab === 'facts' && <Facts asset={asset} />}
            {tab === 'edit' && <EditForm asset={asset} onSaved={changed} />}
            {tab === 'versions' && <Versions asset={asset} onChanged={changed} />}
            {tab === 'derived' && <DerivedList asset={asset} onChanged={changed} />}
            {tab === 'related' && <Related asset={asset} onChanged={changed} />}
          </div>
          {asking === 'rename' && (
            <NameDialog
              title="Change the public ID"
              label="Public ID (addresses change with it)"
              initial={asset.public_id}
              action="Change"
              onClose={() => setAsking(undefined)}
              onName={async (name) => {
                if (name !== asset.public_id) await renameAsset(asset, name);
                changed();
              }}
            />
          )}
          {asking === 'delete' && (
            <Confirm
              title={`Delete ${nameOf(asset)}`}
              text={
                (asset.versions?.length ?? 0) > 0
                  ? 'A backup is kept: it can be restored.'
                  : 'There is no backup: this cannot be undone.'
              }
              action="Delete"
              onClose={() => setAsking(undefined)}
              onConfirm={async () => {
                await api.delete('/admin/resources', { asset_ids: [asset.asset_id], invalidate: true });
                toast.show(`Deleted ${nameOf(asset)}`);
                onClose();
                onChanged();
              }}
            />
          )}
          {asking === 'embed' && (
            <Dialog title="Embed the player" onClose={() => setAsking(undefined)}>
              <p>Put this where the film shall be on your page.</p>
              <Code
                label="embed code"
                text={embedCode(session.public_url || location.origin, session.cloud, asset.public_id)}
              />
            </Dialog>
          )}
        </div>
      )}
    </aside>
  );
}
