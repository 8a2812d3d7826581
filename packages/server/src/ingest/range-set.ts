/** Disjoint, sorted, half-open ranges `[from, to)` of bytes that are there. Pure: each operation gives a new set. */
export type RangeSet = readonly (readonly [from: number, to: number])[];

export const EMPTY: RangeSet = [];

/** The set with `[from, to)` in it; neighbours that touch become one. */
export function addRange(set: RangeSet, from: number, to: number): RangeSet {
  if (to <= from) return set;
  const apart = set.filter((range) => range[1] < from || range[0] > to);
  const joined = set.filter((range) => range[1] >= from && range[0] <= to);
  const all: [number, number] = [
    Math.min(from, ...joined.map((range) => range[0])),
    Math.max(to, ...joined.map((range) => range[1])),
  ];
  return [...apart, all].sort((a, b) => a[0] - b[0]);
}

/** What of `[from, to)` is not in the set, in order. */
export function missingWithin(set: RangeSet, from: number, to: number): RangeSet {
  const gaps: [number, number][] = [];
  let at = from;
  for (const [start, end] of set) {
    if (end <= at) continue;
    if (start >= to) break;
    if (start > at) gaps.push([at, start]);
    at = end;
  }
  if (at < to) gaps.push([at, to]);
  return gaps;
}

export const size = (set: RangeSet): number => set.reduce((sum, [from, to]) => sum + (to - from), 0);

/** How many bytes are there without a gap from the first one on. */
export const prefix = (set: RangeSet): number => (set[0]?.[0] === 0 ? set[0][1] : 0);

/** Where the last range ends; 0 for an empty set. */
export const extent = (set: RangeSet): number => set.at(-1)?.[1] ?? 0;
