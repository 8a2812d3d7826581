import type { ReactNode } from 'react';
import { extensionOf, folderOf } from '../api.ts';
import { bytesText, durationText, timeText } from '../format.ts';
import { useLoad } from '../load.ts';
import { loadFields, valueText } from '../metadata/model.ts';
import { hrefOf } from '../router.ts';
import { Link } from '../ui/parts.tsx';
import type { Details } from './details.ts';

type Row = readonly [label: string, value: ReactNode];

const kindOf = ({ resource_type, width }: Details): string =>
  resource_type === 'image' ? 'Image' : resource_type === 'raw' ? 'File' : width ? 'Video' : 'Audio';

/** What people ask first, in their words. */
function mainRows(asset: Details): Row[] {
  const { width, height, duration, created_at, uploaded_at } = asset;
  const pages = (asset as { pages?: number }).pages ?? 1;
  const folder = folderOf(asset);
  const rows: (Row | false)[] = [
    ['Kind', [kindOf(asset), extensionOf(asset).toUpperCase()].filter(Boolean).join(', ')],
    Boolean(width) && ['Size in pixels', `${width} × ${height}`],
    Boolean(duration) && ['Duration', durationText(duration!)],
    pages > 1 && ['Pages', String(pages)],
    ['Bytes', `${bytesText(asset.bytes)} (${asset.bytes.toLocaleString()})`],
    [
      'Folder',
      folder === '' ? (
        'None'
      ) : (
        <Link key="folder" href={hrefOf(['library'], { folder })}>
          {folder}
        </Link>
      ),
    ],
    ['Added', timeText(created_at)],
    uploaded_at !== undefined && uploaded_at !== created_at && ['Bytes replaced', timeText(uploaded_at)],
    asset.type !== 'upload' && ['Access', asset.type],
  ];
  return rows.filter((row) => row !== false);
}

/** Told above, in a tab of their own, or of no use to people. */
const ELSEWHERE = new Set(
  (
    'public_id format resource_type bytes width height duration pages created_at uploaded_at folder asset_folder type ' +
    'derived versions related_assets tags context metadata url secure_url colors last_updated display_name image_metadata'
  ).split(' '),
);

function plain(name: string, value: unknown): string {
  if (/_at$/.test(name)) return timeText(String(value));
  if (typeof value !== 'object' || value === null)
    return value === true ? 'yes' : value === false ? 'no' : String(value);
  if (Array.isArray(value)) return value.map((item) => plain('', item)).join(', ');
  return Object.entries(value)
    .map(([key, item]) => `${key.replaceAll('_', ' ')}: ${plain(key, item)}`)
    .join('\n');
}

const plainRows = (from: object): Row[] =>
  Object.entries(from)
    .filter(([, value]) => value !== null && value !== undefined && value !== '')
    .map(([name, value]) => [name.replaceAll('_', ' '), plain(name, value)]);

const Rows = ({ title, rows }: { title?: string; rows: readonly Row[] }) =>
  rows.length === 0 ? null : (
    <section>
      {title && <h3>{title}</h3>}
      <dl className="facts">
        {rows.map(([label, value]) => (
          <div key={label}>
            <dt>{label}</dt>
            <dd dir="auto">{value}</dd>
          </div>
        ))}
      </dl>
    </section>
  );

export function Facts({ asset }: { asset: Details }) {
  const fields = useLoad(loadFields, []);
  const metadata = Object.entries(asset.metadata ?? {}).map(([id, value]): Row => {
    const field = fields.data?.find(({ external_id }) => external_id === id);
    return [field?.label ?? id, valueText(field, value)];
  });
  const others = Object.fromEntries(Object.entries(asset).filter(([name]) => !ELSEWHERE.has(name)));
  const embedded = (asset as { image_metadata?: object }).image_metadata ?? {};
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
      <Rows rows={mainRows(asset)} />
      <Rows title="Context" rows={Object.entries(asset.context?.custom ?? {})} />
      <Rows title="Metadata" rows={metadata} />
      {asset.colors && asset.colors.length > 0 && (
        <section>
          <h3>Colours</h3>
          <ul className="colors" aria-label="Colours">
            {asset.colors.slice(0, 10).map(([color, share]) => (
              <li
                key={color}
                style={{ background: color, flexGrow: Math.max(share, 4) }}
                title={`${color} ${share} %`}
              />
            ))}
          </ul>
        </section>
      )}
      <details className="more">
        <summary>Everything else</summary>
        <Rows rows={plainRows(others)} />
        <Rows title="From inside the file" rows={plainRows(embedded)} />
      </details>
    </div>
  );
}
