import { useCallback, useEffect, useRef, useState } from 'react';
import { type Asset, api, type Found } from '../api.ts';

const FIRST = 100;
const PAGE = 500;
/** Only what the list shows and does: a page of it is less than half as large. */
const SHOWN =
  'public_id format version bytes width height duration created_at display_name folder asset_folder backup_bytes status'.split(
    ' ',
  );

export interface AssetList {
  /** Of what is shown: another one, another list. */
  readonly key: string;
  /** In order; what is not loaded yet is missing at the end. */
  readonly items: readonly Asset[];
  readonly total: number;
  readonly error: Error | undefined;
  readonly loading: boolean;
  /** Milliseconds the server took for the first page. */
  readonly time: number | undefined;
  /** Loads on until the item at this index is there. */
  ensure(index: number): void;
  reload(): void;
  /** Shows a change at once, before the next load. */
  patch(change: (asset: Asset) => Asset | undefined): void;
}

interface State {
  readonly key: string;
  readonly items: readonly Asset[];
  readonly total: number;
  readonly cursor: string | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
  readonly time: number | undefined;
}

const EMPTY: State = {
  key: '',
  items: [],
  total: 0,
  cursor: undefined,
  error: undefined,
  loading: true,
  time: undefined,
};

/** All assets that match, by cursor, as far as somebody has looked. */
export function useAssets(expression: string, sort: string): AssetList {
  const key = `${sort} ${expression}`;
  const [, redraw] = useState(0);
  const state = useRef<State>(EMPTY);
  const wanted = useRef(0);
  const running = useRef<AbortController | undefined>(undefined);

  const set = useCallback((value: State) => {
    state.current = value;
    redraw((count) => count + 1);
  }, []);

  /** `first` shows the first page at once, `next` goes on, `again` shows nothing until all is there that was shown. */
  const load = useCallback(
    async (how: 'first' | 'next' | 'again') => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      const [field, direction] = sort.split(':') as [string, string];
      let { cursor, items, time } = how === 'next' ? state.current : EMPTY;
      let loaded: State;
      try {
        do {
          const page: Found = await api.post<Found>(
            '/admin/resources/search',
            {
              expression,
              sort_by: [{ [field]: direction }],
              max_results: how === 'first' && items.length === 0 ? FIRST : PAGE,
              fields: SHOWN,
              ...(cursor === undefined ? {} : { next_cursor: cursor }),
            },
            abort.signal,
          );
          cursor = page.next_cursor;
          time ??= page.time;
          items = items.concat(page.resources);
          const more = cursor !== undefined && wanted.current >= items.length;
          loaded = { key, items, total: page.total_count, cursor, error: undefined, loading: more, time };
          if (how !== 'again') set(loaded);
        } while (loaded.loading);
        set(loaded);
      } catch (error) {
        if (abort.signal.aborted) return;
        const before = how === 'first' ? EMPTY : state.current;
        set({ ...before, key, error: error as Error, loading: false });
      } finally {
        if (running.current === abort) running.current = undefined;
      }
    },
    [expression, sort, key, set],
  );

  // What was shown stays until the new is there: no flicker while somebody types.
  useEffect(() => {
    wanted.current = 0;
    set({ ...state.current, error: undefined, loading: true });
    void load('first');
    return () => running.current?.abort();
  }, [load, set]);

  const ensure = useCallback(
    (index: number) => {
      wanted.current = index;
      const { items, cursor, error } = state.current;
      if (index < items.length || cursor === undefined || error !== undefined || running.current !== undefined) return;
      void load('next');
    },
    [load],
  );

  const reload = useCallback(() => {
    void load('again');
  }, [load]);

  const patch = useCallback(
    (change: (asset: Asset) => Asset | undefined) => {
      const before = state.current;
      const items = before.items.map(change).filter((asset): asset is Asset => asset !== undefined);
      set({ ...before, items, total: before.total - (before.items.length - items.length) });
    },
    [set],
  );

  return { ...state.current, ensure, reload, patch };
}
