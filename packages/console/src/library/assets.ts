import { useCallback, useEffect, useRef, useState } from 'react';
import { type Asset, api, type Found } from '../api.ts';

const PAGE = 500;

export interface AssetList {
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
  readonly items: Asset[];
  readonly total: number;
  readonly cursor: string | undefined;
  readonly error: Error | undefined;
  readonly loading: boolean;
  readonly time: number | undefined;
}

/** All assets that match, by cursor, as far as somebody has looked. */
export function useAssets(expression: string, sort: string): AssetList {
  const key = `${sort} ${expression}`;
  const empty: State = {
    key,
    items: [],
    total: 0,
    cursor: undefined,
    error: undefined,
    loading: true,
    time: undefined,
  };
  const [, redraw] = useState(0);
  const state = useRef<State>(empty);
  const wanted = useRef(0);
  const running = useRef<AbortController | undefined>(undefined);

  const set = useCallback((value: State) => {
    state.current = value;
    redraw((count) => count + 1);
  }, []);

  const load = useCallback(
    async (first: boolean) => {
      running.current?.abort();
      const abort = new AbortController();
      running.current = abort;
      const [field, direction] = sort.split(':') as [string, string];
      let cursor = first ? undefined : state.current.cursor;
      let begin = first;
      try {
        do {
          const page: Found = await api.post<Found>(
            '/admin/resources/search',
            {
              expression,
              sort_by: [{ [field]: direction }],
              max_results: begin ? 100 : PAGE,
              with_field: ['tags'],
              ...(cursor === undefined ? {} : { next_cursor: cursor }),
            },
            abort.signal,
          );
          const before = state.current;
          cursor = page.next_cursor;
          set({
            key,
            items: begin ? [...page.resources] : before.items.concat(page.resources),
            total: page.total_count,
            cursor,
            error: undefined,
            loading:
              cursor !== undefined && wanted.current >= (begin ? 0 : before.items.length) + page.resources.length,
            time: begin ? page.time : before.time,
          });
          begin = false;
        } while (cursor !== undefined && wanted.current >= state.current.items.length);
      } catch (error) {
        if (abort.signal.aborted) return;
        set({ ...state.current, key, error: error as Error, loading: false });
      } finally {
        if (running.current === abort) running.current = undefined;
      }
    },
    [expression, sort, key, set],
  );

  // biome-ignore lint/correctness/useExhaustiveDependencies: `empty` is made from the key
  useEffect(() => {
    wanted.current = 0;
    if (state.current.key !== key) set({ ...empty, items: [], total: 0 });
    void load(true);
    return () => running.current?.abort();
  }, [key]);

  const ensure = useCallback(
    (index: number) => {
      wanted.current = index;
      const { items, cursor, error } = state.current;
      if (index < items.length || cursor === undefined || error !== undefined || running.current !== undefined) return;
      void load(false);
    },
    [load],
  );

  const reload = useCallback(() => {
    wanted.current = 0;
    void load(true);
  }, [load]);

  const patch = useCallback(
    (change: (asset: Asset) => Asset | undefined) => {
      const before = state.current;
      const items = before.items.map(change).filter((asset): asset is Asset => asset !== undefined);
      set({ ...before, items, total: before.total - (before.items.length - items.length) });
    },
    [set],
  );

  const { items, total, error, loading, time } = state.current;
  return { items, total, error, loading, time, ensure, reload, patch };
}
