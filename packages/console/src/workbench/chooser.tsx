import { useCallback } from 'react';
import { AssetPicker } from '../library/asset-picker.tsx';
import { go, hrefOf, usePlace } from '../router.ts';
import { Empty, Link } from '../ui/parts.tsx';

export function Chooser() {
  const { query } = usePlace();
  const onSearch = useCallback((text: string) => go(hrefOf(['transform'], { q: text }), { replace: true }), []);
  return (
    <div className="page">
      <h1>Transform</h1>
      <AssetPicker
        q={query.get('q') ?? ''}
        only="(resource_type:image OR resource_type:video)"
        hint="Choose what to transform."
        empty={
          <Empty icon="image" title="There is no picture yet">
            <Link className="button primary" href={hrefOf(['library'])}>
              Go to the library
            </Link>
          </Empty>
        }
        onSearch={onSearch}
        item={(asset, content) => <Link href={hrefOf(['transform', asset.asset_id])}>{content}</Link>}
      />
    </div>
  );
}
