import { useState } from 'react';
import { type Asset, api, nameOf } from '../api.ts';
import { bytesText, countText, timeText } from '../format.ts';
import { hrefOf } from '../router.ts';
import { Button, Dialog, Empty, IconButton, Link, Problem } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { AssetPicker } from './asset-picker.tsx';
import type { Details } from './details.ts';

export function Versions({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
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

export function DerivedList({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
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

export function Related({ asset, onChanged }: { asset: Details; onChanged: () => void }) {
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
      {adding && <RelateDialog asset={asset} onClose={() => setAdding(false)} onRelated={onChanged} />}
    </div>
  );
}

/** As many as the API relates in one call. */
const MOST_RELATED = 10;

function RelateDialog({ asset, onClose, onRelated }: { asset: Details; onClose: () => void; onRelated: () => void }) {
  const [q, setQ] = useState('');
  const [chosen, setChosen] = useState<readonly Asset[]>([]);
  const [problem, setProblem] = useState<Error>();
  const [busy, setBusy] = useState(false);
  const others = [asset, ...(asset.related_assets ?? [])].map(({ asset_id }) => `-asset_id=${asset_id}`).join(' AND ');
  const relate = async (): Promise<void> => {
    setBusy(true);
    setProblem(undefined);
    try {
      const { failed = [] } = await api.post<{ failed?: { message: string }[] }>(
        `/admin/resources/related_assets/${asset.asset_id}`,
        { assets_to_relate: chosen.map(({ asset_id }) => asset_id) },
      );
      onRelated();
      if (failed[0] !== undefined) throw new Error(failed[0].message);
      onClose();
    } catch (error) {
      setProblem(error as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog
      title={`Relate to ${nameOf(asset)}`}
      wide
      onClose={onClose}
      actions={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" disabled={busy || chosen.length === 0} onClick={relate}>
            {chosen.length === 0 ? 'Relate' : `Relate ${countText(chosen.length, 'asset')}`}
          </Button>
        </>
      }
    >
      {problem && <Problem error={problem} />}
      <AssetPicker
        q={q}
        only={others}
        hint={`Choose one or more, up to ${MOST_RELATED} at once.`}
        empty={<Empty icon="image" title="There is no other asset to relate" />}
        onSearch={setQ}
        item={(other, content) => {
          const on = chosen.some(({ asset_id }) => asset_id === other.asset_id);
          return (
            <button
              type="button"
              aria-pressed={on}
              disabled={!on && chosen.length >= MOST_RELATED}
              onClick={() =>
                setChosen(on ? chosen.filter(({ asset_id }) => asset_id !== other.asset_id) : [...chosen, other])
              }
            >
              {content}
            </button>
          );
        }}
      />
    </Dialog>
  );
}
