import { memo, useState } from 'react';
import { type Asset, extensionOf, folderOf, nameOf, thumbnailUrl } from '../api.ts';
import { bytesText, dateText, durationText } from '../format.ts';
import { useSession } from '../session.ts';
import { Icon, type IconName } from '../ui/icons.tsx';

const FILE_ICONS: readonly (readonly [IconName, RegExp])[] = [
  ['archive', /^(zip|7z|rar|tar|t?gz|t?bz2|xz|zst|jar|dmg|iso)$/],
  ['table', /^(csv|tsv|xlsx?|ods|numbers|parquet)$/],
  ['text', /^(txt|md|rtf|docx?|odt|pages|pptx?|odp|key|epub|log|srt|vtt)$/],
  ['data', /^(json|xml|ya?ml|toml|html?|css|m?jsx?|tsx?|py|rb|go|rs|java|php|sh|sql|wasm)$/],
];

export function iconOf(asset: Pick<Asset, 'resource_type' | 'width' | 'format' | 'public_id'>): IconName {
  if (asset.resource_type === 'image') return 'image';
  if (asset.resource_type === 'video') return asset.width ? 'film' : 'music';
  const extension = extensionOf(asset).toLowerCase();
  return FILE_ICONS.find(([, extensions]) => extensions.test(extension))?.[0] ?? 'file';
}

export function Thumbnail({
  asset,
  width = 320,
  height = 240,
  whole = false,
}: {
  asset: Asset;
  width?: number;
  height?: number;
  /** Nothing is cut away. */
  whole?: boolean;
}) {
  const session = useSession();
  const url = thumbnailUrl(session, asset, width, height, whole);
  const [broken, setBroken] = useState<string>();
  if (url === undefined || broken === url)
    return (
      <span className="thumbnail none">
        <Icon name={iconOf(asset)} size={34} />
        <span className="format" aria-hidden="true">
          {extensionOf(asset)}
        </span>
      </span>
    );
  return (
    <span className="thumbnail">
      <img
        src={url}
        alt=""
        loading="lazy"
        decoding="async"
        draggable={false}
        onLoad={({ currentTarget }) => {
          currentTarget.dataset.loaded = '';
        }}
        onError={() => setBroken(url)}
      />
    </span>
  );
}

export interface TileProps {
  readonly asset: Asset | undefined;
  readonly index: number;
  readonly total: number;
  readonly selected: boolean;
  readonly active: boolean;
  readonly open: boolean;
}

const facts = (asset: Asset): string =>
  [
    extensionOf(asset).toUpperCase(),
    asset.width ? `${asset.width} × ${asset.height}` : undefined,
    asset.duration ? durationText(asset.duration) : undefined,
    bytesText(asset.bytes),
  ]
    .filter(Boolean)
    .join(' · ');

const classes = ({ selected, active, open }: TileProps, base: string): string =>
  [base, selected && 'selected', active && 'active', open && 'open'].filter(Boolean).join(' ');

/** One option of the list; pointer and keys are handled by the list around it. Drawn again only when it changes itself. */
export const Tile = memo((props: TileProps) => {
  const { asset, index, total, selected } = props;
  if (asset === undefined) return <div className="tile loading" aria-hidden="true" />;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option
    <div
      id={`asset-${index}`}
      role="option"
      data-index={index}
      className={classes(props, 'tile')}
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={total}
    >
      <Thumbnail asset={asset} />
      <span className="tick" data-tick="">
        <Icon name="check" size={16} />
      </span>
      {asset.duration ? (
        <span className="badge" aria-hidden="true">
          {durationText(asset.duration)}
        </span>
      ) : null}
      {asset.type !== 'upload' && <span className="badge left">{asset.type}</span>}
      <span className="tile-name" dir="auto">
        {nameOf(asset)}
      </span>
      <span className="tile-facts">{facts(asset)}</span>
    </div>
  );
});

/** Names of the columns, for the eyes; each row is read as a whole. */
export const ListHead = () => (
  <div className="list-row list-head" aria-hidden="true">
    <span className="cell name">Name</span>
    <span className="cell wide">Folder</span>
    <span className="cell">Type</span>
    <span className="cell wide">Size in pixels</span>
    <span className="cell number">Bytes</span>
    <span className="cell wide">Added</span>
  </div>
);

export const ListRow = memo((props: TileProps) => {
  const { asset, index, total, selected } = props;
  if (asset === undefined) return <div className="list-row loading" aria-hidden="true" />;
  return (
    // biome-ignore lint/a11y/useFocusableInteractive: the list holds the focus and names the active option
    <div
      id={`asset-${index}`}
      role="option"
      data-index={index}
      className={classes(props, 'list-row')}
      aria-selected={selected}
      aria-posinset={index + 1}
      aria-setsize={total}
    >
      <span className="tick" data-tick="">
        <Icon name="check" size={16} />
      </span>
      <Thumbnail asset={asset} width={80} height={60} />
      <span className="cell name" dir="auto">
        {nameOf(asset)}
      </span>
      <span className="cell wide" dir="auto">
        {folderOf(asset)}
      </span>
      <span className="cell">{extensionOf(asset)}</span>
      <span className="cell wide">{asset.width ? `${asset.width} × ${asset.height}` : ''}</span>
      <span className="cell number">{bytesText(asset.bytes)}</span>
      <span className="cell wide">{dateText(asset.created_at)}</span>
    </div>
  );
});
