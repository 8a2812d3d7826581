import { useEffect, useMemo, useState } from 'react';
import { api, type Found } from '../api.ts';
import { type AssetStore, createAssetStore, EMPTY, type ListState } from './asset-store.ts';

/** Only what the list shows and does: a page of it is less than half as large. */
const SHOWN =
  'public_id format version bytes width height duration created_at display_name folder asset_folder backup_bytes status'.split(
    ' ',
  );

export interface AssetList extends ListState, Omit<AssetStore, 'end'> {
  /** Of what is shown: another one, another list. */
  readonly key: string;
}

/** All assets that match, loaded where somebody looks. */
export function useAssets(expression: string, sort: string): AssetList {
  const key = `${sort} ${expression}`;
  const [state, setState] = useState<ListState & { key: string }>({ ...EMPTY, key: '' });
  const store = useMemo(() => {
    const [field, direction] = sort.split(':') as [string, string];
    return createAssetStore(
      (place, signal) =>
        api.post<Found>('/assets', { expression, sort_by: [{ [field]: direction }], fields: SHOWN, ...place }, signal),
      (next) => setState({ ...next, key }),
    );
  }, [expression, sort, key]);

  // What was shown stays until the new is there: no flicker while somebody types.
  useEffect(() => {
    setState((before) => ({ ...before, error: undefined, loading: true }));
    store.reload();
    return store.end;
  }, [store]);

  return { ...state, ...store };
}
