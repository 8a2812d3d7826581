import { type ReactNode, useRef } from 'react';
import { type Asset, api, type Found, nameOf } from '../api.ts';
import { countText } from '../format.ts';
import { useLoad } from '../load.ts';
import { Empty, Problem, Waiting } from '../ui/parts.tsx';
import { errorPlace, SearchBox } from './search-box.tsx';
import { Thumbnail } from './tile.tsx';

const SHOWN = 60;

/** Assets to choose from, with the search of the library. `item` makes what is clicked: a link or a button. */
export function AssetPicker({
  q,
  only,
  hint,
  empty,
  item,
  onSearch,
}: {
  q: string;
  /** An expression that all of them match. */
  only: string;
  hint: string;
  /** Shown when there is none at all. */
  empty: ReactNode;
  item: (asset: Asset, content: ReactNode) => ReactNode;
  onSearch: (q: string) => void;
}) {
  const search = useRef<HTMLInputElement>(null);
  const { data, error, reload } = useLoad(
    (signal) =>
      api.post<Found>(
        '/admin/resources/search',
        { expression: q.trim() === '' ? only : `(${q}) AND ${only}`, max_results: SHOWN },
        signal,
      ),
    [q, only],
  );
  const unreadable = error !== undefined && errorPlace(error.message, 0) !== undefined;
  const found = error === undefined ? data?.resources : undefined;
  return (
    <>
      <SearchBox value={q} error={error?.message} offset={1} inputRef={search} onSearch={onSearch} />
      {error !== undefined && !unreadable && <Problem error={error} onRetry={reload} />}
      {error === undefined && data === undefined && <Waiting />}
      {found?.length === 0 && (q === '' ? empty : <Empty icon="search" title="Nothing matches" />)}
      {found !== undefined && found.length > 0 && (
        <>
          <p className="hint">{hint}</p>
          <ul className="chooser">
            {found.map((asset) => (
              <li key={asset.asset_id}>
                {item(
                  asset,
                  <>
                    <Thumbnail asset={asset} />
                    <span dir="auto">{nameOf(asset)}</span>
                  </>,
                )}
              </li>
            ))}
          </ul>
          {data !== undefined && data.total_count > found.length && (
            <p className="hint">
              The newest {found.length} of {countText(data.total_count, 'asset')}; search for the others.
            </p>
          )}
        </>
      )}
    </>
  );
}
