import type { Asset, Found } from '../api.ts';

/** Assets of one request for what is in sight. */
export const PAGE = 100;
const MOST_IN_FLIGHT = 2;
/** Milliseconds between looks at what is wanted while somebody drags the bar. */
const PAUSE = 50;
/** Assets of one request when all of a stretch are wanted. */
const STRETCH = 500;

export interface Place {
  readonly offset?: number;
  readonly next_cursor?: string;
  readonly max_results: number;
}

export type LoadAssets = (place: Place, signal: AbortSignal) => Promise<Found>;

export interface ListState {
  /** One for every place of the list; `undefined` where nothing is loaded. */
  readonly items: readonly (Asset | undefined)[];
  readonly error: Error | undefined;
  readonly loading: boolean;
  /** Milliseconds the server took for the first page. */
  readonly time: number | undefined;
  /** Counts how often the assets moved to other places because others came or went. */
  readonly epoch: number;
}

export const EMPTY: ListState = { items: [], error: undefined, loading: true, time: undefined, epoch: 0 };

const pagesOf = (first: number, last: number): number[] => {
  const from = Math.floor(Math.max(0, first) / PAGE);
  const to = Math.floor(Math.max(0, last) / PAGE);
  return Array.from({ length: to - from + 1 }, (_, at) => from + at);
};

const sized = (items: readonly (Asset | undefined)[], total: number): (Asset | undefined)[] =>
  Array.from({ length: total }, (_, index) => items[index]);

/**
 * A list of any length of which only the pages in sight, and those beside them, are loaded: any place is as near as the
 * top. At most two requests run; what was scrolled past is no longer asked for. When an answer shows that assets came or
 * went (another total, an asset at two places), what is in sight is loaded anew, all at once, and `epoch` counts on.
 */
export function createAssetStore(load: LoadAssets, onChange: (state: ListState) => void) {
  const ended = new AbortController();
  const running = new Map<number, AbortController>();
  const known = new Map<string, Asset>();
  const places = new Map<string, number>();
  let state = EMPTY;
  let estimated = false;
  let view = { first: 0, last: 0 };
  let pause: ReturnType<typeof setTimeout> | undefined;
  let refreshing: AbortController | undefined;

  const set = (change: Partial<ListState>): void => {
    state = { ...state, ...change };
    if (!ended.signal.aborted) onChange(state);
  };

  const setItems = (items: readonly (Asset | undefined)[], change: Partial<ListState> = {}): void => {
    places.clear();
    for (const [index, asset] of items.entries()) if (asset) places.set(asset.asset_id, index);
    set({ ...change, items });
  };

  const remember = (assets: readonly Asset[]): void => {
    for (const asset of assets) known.set(asset.asset_id, asset);
  };

  const ask = async (page: number, signal: AbortSignal): Promise<Found> => {
    const found = await load({ offset: page * PAGE, max_results: PAGE }, AbortSignal.any([signal, ended.signal]));
    remember(found.resources);
    return found;
  };

  /** The pages that are not whole yet: in sight first, then half a page around. */
  const wanted = (): number[] => {
    const { items } = state;
    const near = [
      ...pagesOf(view.first, view.last),
      ...pagesOf(view.last, view.last + PAGE / 2),
      ...pagesOf(view.first - PAGE / 2, view.first),
    ];
    return [...new Set(near)].filter(
      (page) => page * PAGE < items.length && items.slice(page * PAGE, (page + 1) * PAGE).includes(undefined),
    );
  };

  const stop = (): void => {
    for (const request of running.values()) request.abort();
    running.clear();
  };

  const pump = (): void => {
    if (refreshing !== undefined || state.error !== undefined || ended.signal.aborted) return;
    const pages = wanted();
    for (const [page, request] of running)
      if (!pages.includes(page)) {
        request.abort();
        running.delete(page);
      }
    for (const page of pages) if (running.size < MOST_IN_FLIGHT && !running.has(page)) void loadPage(page);
  };

  const fail = (error: unknown): void => set({ error: error as Error, loading: false });

  async function loadPage(page: number): Promise<void> {
    const request = new AbortController();
    running.set(page, request);
    try {
      const found = await ask(page, request.signal);
      if (request.signal.aborted) return;
      running.delete(page);
      put(page, found);
      pump();
    } catch (error) {
      if (request.signal.aborted || ended.signal.aborted) return;
      running.delete(page);
      fail(error);
    }
  }

  /** How long the list is as far as is known; an exact number of the server wins over what was estimated. */
  const totalOf = (page: number, found: Found): number =>
    found.estimated ? Math.max(state.items.length, page * PAGE + found.resources.length) : found.total_count;

  function put(page: number, found: Found): void {
    const offset = page * PAGE;
    const elsewhere = found.resources.some(({ asset_id }, at) => {
      const place = places.get(asset_id);
      return place !== undefined && place !== offset + at;
    });
    const other = !estimated && !found.estimated && found.total_count !== state.items.length;
    if (elsewhere || other) return void refresh();
    estimated = estimated && found.estimated === true;
    const total = totalOf(page, found);
    const items = total === state.items.length ? state.items.slice() : sized(state.items, total);
    for (const [at, asset] of found.resources.entries()) {
      items[offset + at] = asset;
      places.set(asset.asset_id, offset + at);
    }
    set({ items });
  }

  /** Pages of one moment: asked again when the list changed between them. */
  async function snapshot(pages: readonly number[], signal: AbortSignal): Promise<Map<number, Found>> {
    for (let tries = 1; ; tries += 1) {
      const answers = new Map<number, Found>();
      for (let at = 0; at < pages.length; at += MOST_IN_FLIGHT)
        for (const [page, found] of await Promise.all(
          pages.slice(at, at + MOST_IN_FLIGHT).map(async (page) => [page, await ask(page, signal)] as const),
        ))
          answers.set(page, found);
      const found = [...answers.values()];
      const ids = found.flatMap(({ resources }) => resources.map(({ asset_id }) => asset_id));
      const totals = found.filter(({ estimated: about }) => !about).map(({ total_count }) => total_count);
      if (tries === 3 || (new Set(ids).size === ids.length && new Set(totals).size <= 1)) return answers;
    }
  }

  /** Loads what is in sight anew and forgets the places of all else. */
  async function refresh(): Promise<void> {
    stop();
    refreshing?.abort();
    const request = new AbortController();
    refreshing = request;
    try {
      const { first, last } = view;
      const before = state.items.slice(first, last + 1).flatMap((asset) => asset?.asset_id ?? []);
      const answers = await snapshot(pagesOf(first, last), request.signal);
      const shows = (): boolean => {
        const ids = new Set([...answers.values()].flatMap(({ resources }) => resources.map((asset) => asset.asset_id)));
        return before.some((id) => ids.has(id));
      };
      const shift = [...answers.values()].at(-1)!.total_count - state.items.length;
      // As many came or went before what is in sight: it is looked for where it must be now.
      if (before.length > 0 && shift !== 0 && first + shift >= 0 && !shows())
        for (const [page, found] of await snapshot(pagesOf(first + shift, last + shift), request.signal))
          answers.set(page, found);
      if (request.signal.aborted) return;
      const newest = [...answers].at(-1)!;
      estimated = newest[1].estimated === true;
      const items = sized([], estimated ? totalOf(...newest) : newest[1].total_count);
      for (const [page, { resources }] of answers)
        for (const [at, asset] of resources.entries())
          if (page * PAGE + at < items.length) items[page * PAGE + at] = asset;
      refreshing = undefined;
      setItems(items, {
        error: undefined,
        loading: false,
        time: state.time ?? newest[1].time,
        epoch: state.epoch + 1,
      });
      pump();
    } catch (error) {
      if (request.signal.aborted || ended.signal.aborted) return;
      refreshing = undefined;
      fail(error);
    }
  }

  return {
    /** Loads what is in sight again; what is shown stays until then. */
    reload: () => void refresh(),
    /** Says which places are in sight. */
    look(first: number, last: number): void {
      if (view.first === first && view.last === last) return;
      view = { first, last };
      if (state.error !== undefined && state.items.length > 0) set({ error: undefined });
      if (pause !== undefined) return;
      pump();
      pause = setTimeout(() => {
        pause = undefined;
        pump();
      }, PAUSE);
    },
    /** An asset that was loaded at any time, as it was told last. */
    known: (id: string): Asset | undefined => known.get(id),
    indexOf: (id: string): number | undefined => places.get(id),
    /**
     * All assets from one place to another, both included, loaded where they are not. By cursor: none is missed when
     * others come or go meanwhile.
     */
    async range(first: number, last: number): Promise<readonly Asset[]> {
      const here = state.items.slice(first, last + 1);
      if (!here.includes(undefined)) return here as Asset[];
      const whole = first === 0 && last >= state.items.length - 1;
      const left = (): number => (whole ? STRETCH : last + 1 - first - found.length);
      const found: Asset[] = [];
      let place: Pick<Place, 'offset' | 'next_cursor'> | undefined = { offset: first };
      while (place !== undefined && left() > 0) {
        const page: Found = await load({ ...place, max_results: Math.min(STRETCH, left()) }, ended.signal);
        found.push(...page.resources);
        place = page.next_cursor === undefined ? undefined : { next_cursor: page.next_cursor };
      }
      remember(found);
      return found;
    },
    /** Takes assets out at once, before the server is asked again. */
    remove(ids: ReadonlySet<string>): void {
      stop();
      for (const id of ids) known.delete(id);
      const total = Math.max(0, state.items.length - ids.size);
      const kept = state.items.filter((asset) => asset === undefined || !ids.has(asset.asset_id));
      setItems(sized(kept, total));
      // Some were not in a place that is loaded: only the server knows which places are left.
      if (kept.length > total) void refresh();
      else pump();
    },
    end(): void {
      ended.abort();
      clearTimeout(pause);
    },
  };
}

export type AssetStore = ReturnType<typeof createAssetStore>;
