import { useVirtualizer } from '@tanstack/react-virtual';
import { type KeyboardEvent, type PointerEvent, useEffect, useLayoutEffect, useRef, useState } from 'react';
import type { Asset } from '../api.ts';
import { toast } from '../ui/toast.tsx';
import type { AssetList } from './assets.ts';
import { ListHead, ListRow, Tile } from './tile.tsx';

const TILE = { width: 176, text: 48, gap: 14 };
const LIST_ROW = 56;
const HOLD = 500;

interface Props {
  readonly list: AssetList;
  readonly layout: 'grid' | 'list';
  readonly selection: ReadonlySet<string>;
  readonly openId: string | undefined;
  onSelection(selection: ReadonlySet<string>): void;
  onChooseAll(): void;
  onOpen(asset: Asset): void;
  onDelete(): void;
}

/** All assets in one scrolling list; only what is in sight is in the page. One focus stop, arrows move inside. */
export function AssetGrid({ list, layout, selection, openId, onSelection, onChooseAll, onOpen, onDelete }: Props) {
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(800);
  const [active, setActive] = useState(0);
  const anchor = useRef(0);
  const hold = useRef<{ timer: ReturnType<typeof setTimeout>; fired: boolean } | undefined>(undefined);
  const rangeAsked = useRef(0);
  const { items, key: listKey, epoch, look, indexOf: placeOf } = list;
  const total = items.length;

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = (): void => setWidth(element.clientWidth - 2 * TILE.gap);
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);

  const columns = layout === 'list' ? 1 : Math.max(2, Math.floor((width + TILE.gap) / (TILE.width + TILE.gap)));
  const tileWidth = (width - TILE.gap * (columns - 1)) / columns;
  const rowHeight = layout === 'list' ? LIST_ROW : Math.round(tileWidth * 0.75) + TILE.text + TILE.gap;
  const rows = Math.ceil(total / columns);
  const virtual = useVirtualizer({
    count: rows,
    getScrollElement: () => scroller.current,
    estimateSize: () => rowHeight,
    overscan: 3,
    paddingStart: layout === 'list' ? 0 : TILE.gap,
    paddingEnd: 80,
  });
  // biome-ignore lint/correctness/useExhaustiveDependencies: the height decides
  useLayoutEffect(() => virtual.measure(), [rowHeight, layout]);

  // Another list begins at its top. In the same one, what is in sight stays there when others come or go before it.
  const shown = useRef({ items, listKey, epoch });
  useLayoutEffect(() => {
    const before = shown.current;
    const element = scroller.current;
    shown.current = { items, listKey, epoch };
    if (element === null) return;
    if (before.listKey !== listKey) {
      element.scrollTo(0, 0);
      anchor.current = 0;
      return setActive(0);
    }
    if (before.epoch === epoch) return;
    const now = (index: number): number | undefined => placeOf(before.items[index]?.asset_id ?? '');
    const top = Math.floor(element.scrollTop / rowHeight) * columns;
    const bottom = Math.ceil((element.scrollTop + element.clientHeight) / rowHeight) * columns;
    const stays = Array.from({ length: bottom - top }, (_, at) => top + at).find((at) => now(at) !== undefined);
    if (stays === undefined) return;
    const shift = now(stays)! - stays;
    if (element.scrollTop > rowHeight / 2)
      element.scrollTop += (Math.floor((stays + shift) / columns) - Math.floor(stays / columns)) * rowHeight;
    const moved = (index: number): number => Math.max(0, Math.min(now(index) ?? index + shift, items.length - 1));
    setActive(moved);
    anchor.current = moved(anchor.current);
  }, [items, listKey, epoch, placeOf, rowHeight, columns]);

  const inSight = virtual.getVirtualItems();
  const firstInSight = Math.max(0, (inSight[0]?.index ?? 0) * columns);
  const lastInSight = Math.max(0, Math.min(((inSight.at(-1)?.index ?? 0) + 1) * columns, total) - 1);
  useEffect(() => look(firstInSight, lastInSight), [look, firstInSight, lastInSight]);

  /** Selects all from one place to another, whether they are loaded or not. */
  const selectRange = (from: number, to: number, also: ReadonlySet<string> = new Set()): void => {
    rangeAsked.current += 1;
    const asked = rangeAsked.current;
    list.range(Math.min(from, to), Math.max(from, to)).then((assets) => {
      if (asked === rangeAsked.current) onSelection(new Set([...also, ...assets.map(({ asset_id }) => asset_id)]));
    }, toast.problem);
  };

  const toggle = (index: number): void => {
    const id = items[index]?.asset_id;
    if (id === undefined) return;
    rangeAsked.current += 1;
    const next = new Set(selection);
    if (!next.delete(id)) next.add(id);
    anchor.current = index;
    onSelection(next);
  };

  const indexOf = (target: EventTarget): number | undefined => {
    const option = (target as Element).closest<HTMLElement>('[data-index]');
    return option === null ? undefined : Number(option.dataset.index);
  };

  const press = (event: PointerEvent): void => {
    const index = indexOf(event.target);
    clearTimeout(hold.current?.timer);
    hold.current = undefined;
    if (index === undefined || event.pointerType === 'mouse') return;
    // A long touch begins to select, as on phones everywhere.
    const held = { fired: false, timer: setTimeout(() => {}, 0) };
    held.timer = setTimeout(() => {
      held.fired = true;
      toggle(index);
    }, HOLD);
    hold.current = held;
  };

  const click = (event: React.MouseEvent): void => {
    const index = indexOf(event.target);
    clearTimeout(hold.current?.timer);
    if (index === undefined || hold.current?.fired) return;
    setActive(index);
    const asset = items[index];
    if (event.shiftKey) selectRange(anchor.current, index, selection);
    else if (event.ctrlKey || event.metaKey || (event.target as Element).closest('[data-tick]')) toggle(index);
    else if (selection.size > 0 && event.detail > 0 && matchMedia('(pointer: coarse)').matches) toggle(index);
    else if (asset) {
      anchor.current = index;
      onOpen(asset);
    }
  };

  const move = (to: number, select: boolean): void => {
    const index = Math.max(0, Math.min(to, total - 1));
    setActive(index);
    virtual.scrollToIndex(Math.floor(index / columns), { align: 'auto' });
    if (select) selectRange(anchor.current, index);
    else anchor.current = index;
  };

  const key = (event: KeyboardEvent): void => {
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? 0) / rowHeight)) * columns;
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: active + 1,
      ArrowLeft: active - 1,
      ArrowDown: active + columns,
      ArrowUp: active - columns,
      PageDown: active + page,
      PageUp: active - page,
      Home: 0,
      End: total - 1,
    };
    const to = steps[event.key];
    const asset = items[active];
    if (to !== undefined) move(to, event.shiftKey);
    else if (event.key === ' ') toggle(active);
    else if (event.key === 'Enter' && asset) onOpen(asset);
    else if (event.key === 'Delete') onDelete();
    else if (event.key === 'Escape' && selection.size > 0) {
      rangeAsked.current += 1;
      onSelection(new Set());
    } else if (event.key === 'a' && (event.ctrlKey || event.metaKey)) onChooseAll();
    else return;
    event.preventDefault();
  };

  const Item = layout === 'list' ? ListRow : Tile;
  return (
    <>
      {layout === 'list' && <ListHead />}
      <div
        ref={scroller}
        className={selection.size > 0 ? `assets ${layout} selecting` : `assets ${layout}`}
        role="listbox"
        tabIndex={0}
        aria-label="Assets"
        aria-multiselectable="true"
        aria-activedescendant={items[active] ? `asset-${active}` : undefined}
        onClick={click}
        onPointerDown={press}
        onPointerMove={() => clearTimeout(hold.current?.timer)}
        onKeyDown={key}
      >
        <div role="presentation" className="assets-space" style={{ height: virtual.getTotalSize() }}>
          {inSight.map((row) => (
            <div
              key={row.key}
              role="presentation"
              className="assets-row"
              style={{
                transform: `translateY(${row.start}px)`,
                height: layout === 'list' ? LIST_ROW : rowHeight - TILE.gap,
                gridTemplateColumns: `repeat(${columns}, minmax(0, 1fr))`,
              }}
            >
              {Array.from({ length: Math.min(columns, total - row.index * columns) }, (_, column) => {
                const index = row.index * columns + column;
                const asset = items[index];
                return (
                  <Item
                    key={asset?.asset_id ?? `at ${index}`}
                    asset={asset}
                    index={index}
                    total={total}
                    selected={asset !== undefined && selection.has(asset.asset_id)}
                    active={index === active}
                    open={asset !== undefined && asset.asset_id === openId}
                  />
                );
              })}
            </div>
          ))}
        </div>
      </div>
    </>
  );
}
