import { useCallback, useRef } from 'react';
import { api, type Found, nameOf } from '../api.ts';
import { countText } from '../format.ts';
import { errorPlace, SearchBox } from '../library/search-box.tsx';
import { Thumbnail } from '../library/tile.tsx';
import { useLoad } from '../load.ts';
import { go, hrefOf, usePlace } from '../router.ts';
import { Empty, Link, Problem, Waiting } from '../ui/parts.tsx';

const PICTURES = '(resource_type:image OR resource_type:video)';

export function Chooser() {
  const { query } = usePlace();
  const q = query.get('q') ?? '';
  const search = useRef<HTMLInputElement>(null);
  const { data, error, reload } = useLoad(
    (signal) =>
      api.post<Found>(
        '/admin/resources/search',
        { expression: q.trim() === '' ? PICTURES : `(${q}) AND ${PICTURES}`, max_results: 60 },
        signal,
      ),
    [q],
  );
  const onSearch = useCallback((text: string) => go(hrefOf(['transform'], { q: text }), { replace: true }), []);
  const unreadable = error !== undefined && errorPlace(error.message, 0) !== undefined;
  const found = error === undefined ? data?.resources : undefined;
  return (
    <div className="page">
      <h1>Transform</h1>
      <SearchBox value={q} error={error?.message} offset={1} inputRef={search} onSearch={onSearch} />
      {error !== undefined && !unreadable && <Problem error={error} onRetry={reload} />}
      {error === undefined && data === undefined && <Waiting />}
      {found?.length === 0 &&
        (q === '' ? (
          <Empty icon="image" title="There is no picture yet">
            <Link className="button primary" href={hrefOf(['library'])}>
              Go to the library
            </Link>
          </Empty>
        ) : (
          <Empty icon="search" title="Nothing matches" />
        ))}
      {found !== undefined && found.length > 0 && (
        <>
          <p className="hint">Choose what to transform.</p>
          <ul className="chooser">
            {found.map((asset) => (
              <li key={asset.asset_id}>
                <Link href={hrefOf(['transform', asset.asset_id])}>
                  <Thumbnail asset={asset} />
                  <span dir="auto">{nameOf(asset)}</span>
                </Link>
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
    </div>
  );
}
