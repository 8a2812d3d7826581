import { TransformationError } from '../errors.ts';
import { evaluateExpression } from '../expression.ts';
import type { Offset } from '../film-values.ts';
import { formatSpec } from '../formats.ts';
import { hasFlag } from '../print.ts';
import type { Instruction, Program } from '../structure.ts';
import type { Component } from '../syntax.ts';
import { roundPixels } from '../text.ts';
import { MAX_PAGES, type PageValue } from '../values.ts';
import type { State, Surroundings } from './context.ts';
import { environment, invalidParam, numberOf } from './environment.ts';
import type { Decode, PageSelection, Size, SourceFacts } from './types.ts';

/** Parameters of a chain that act before its first step, wherever they stand in it. The last one wins. */
export interface Early {
  readonly page: Component | null;
  readonly density: Component | null;
  readonly offset: Component | null;
  readonly ignoreOrientation: boolean;
  readonly clip: Component | null;
  readonly ignoreMaskChannels: boolean;
}

/** Beside `fl_clip` a page is the clipping path (SDKs: `ClipAction`). */
export const clips = (component: Component): boolean =>
  hasFlag(component, 'clip') || hasFlag(component, 'clip_evenodd');

export function readEarly(program: Program): Early {
  const components = program
    .filter((instruction): instruction is Extract<Instruction, { op: 'run' }> => instruction.op === 'run')
    .map((instruction) => instruction.component);
  const last = (test: (component: Component) => boolean) => components.findLast(test) ?? null;
  return {
    page: last((component) => component.values.pg !== undefined && !clips(component)),
    density: last((component) => component.values.dn !== undefined),
    offset: last((component) => component.values.so !== undefined),
    ignoreOrientation: components.some((component) => component.values.a?.includes('ignore')),
    clip: last((component) => hasFlag(component, 'clip_evenodd')) ?? last(clips),
    ignoreMaskChannels: components.some((component) => hasFlag(component, 'ignore_mask_channels')),
  };
}

/**
 * How the source is read. `state` is the one that will run the program: its current size is set from the result.
 *
 * @throws TransformationError for a page that is not there.
 */
export function planDecode(state: State, facts: SourceFacts, early: Early, around: Surroundings): Decode {
  const pages = early.page ? selectPages(state, early.page, facts) : DEFAULT_PAGES[around.animated ? 'all' : 'first'];
  const vector = formatSpec(facts.format)?.vector ?? false;
  const given = early.density ? densityOf(state, early.density) : null;
  const density = vector ? (given ?? (facts.points ? around.settings.density : null)) : null;
  let out = pageSize(facts, pages);
  if (facts.points || (vector && density)) {
    const points = out;
    const factor = (density ?? 72) / 72;
    out = { width: roundPixels(points.width * factor), height: roundPixels(points.height * factor) };
  }
  if (early.ignoreOrientation && (facts.orientation ?? 1) >= 5) out = { width: out.height, height: out.width };
  if (early.clip) state.current.alpha = true;
  const still = facts.resourceType === 'video' && around.kind === 'image' && !around.animated;
  return {
    pages,
    ...(density === null ? {} : { density }),
    ...(still ? { at: stillOffset(state, early.offset, facts) } : {}),
    autoOrient: !early.ignoreOrientation,
    ...(early.ignoreMaskChannels ? { ignoreMaskChannels: true } : {}),
    ...(early.clip ? clipping(state, early.clip) : {}),
    out,
  };
}

const DEFAULT_PAGES = { first: { kind: 'first' }, all: { kind: 'all' } } as const satisfies Record<
  string,
  PageSelection
>;

function densityOf(state: State, component: Component): number | null {
  const { dn } = component.values;
  if (!dn) return null;
  const value = evaluateExpression(dn, environment(state));
  // `idn` of a source without density: the default applies.
  if (!value && dn.k === 'id') return null;
  return Math.round(numberOf(state, component, 'dn', dn, 1, 2400).v);
}

function selectPages(state: State, component: Component, facts: SourceFacts): PageSelection {
  const value = component.values.pg as PageValue;
  if (value.kind === 'expr') {
    const page = Math.round(numberOf(state, component, 'pg', value.expr, 1, 1e6).v);
    return checkPages([page], component, facts);
  }
  if (value.kind === 'embedded') return embeddedFile(value.which, component, facts);
  if (value.kind === 'names') return namedPages(value.names, component, facts);
  const pages: number[] = [];
  for (const [from, to] of value.ranges) {
    const end = to ?? facts.pages ?? from;
    if (end - from >= MAX_PAGES || pages.length + (end - from) >= MAX_PAGES) {
      throw new TransformationError(`Too many pages in transformation, at most ${MAX_PAGES}`);
    }
    for (let page = from; page <= end; page++) pages.push(page);
  }
  return checkPages(pages, component, facts);
}

function clipping(state: State, component: Component): Pick<Decode, 'clip' | 'clippingPath'> {
  const clip = hasFlag(component, 'clip_evenodd') ? 'evenodd' : 'nonzero';
  const { pg } = component.values;
  if (pg === undefined) return { clip };
  if (pg.kind === 'expr')
    return { clip, clippingPath: Math.round(numberOf(state, component, 'pg', pg.expr, 1, 1e6).v) };
  const [first, ...others] = pg.kind === 'names' ? pg.names : pg.kind === 'ranges' ? pg.ranges : [];
  const which = typeof first === 'string' ? first : first?.[0] === first?.[1] ? first?.[0] : undefined;
  if (which === undefined || others.length > 0) throw invalidParam(component, 'pg');
  return { clip, clippingPath: which };
}

function embeddedFile(which: number | string, component: Component, facts: SourceFacts): PageSelection {
  const files = facts.embedded ?? [];
  const index = typeof which === 'number' ? which - 1 : files.findIndex(({ layers }) => layers.includes(which));
  // Files that are no pictures have no size.
  if (!files[index]?.width) throw invalidParam(component, 'pg');
  return { kind: 'embedded', number: index + 1 };
}

/** Layers of a PSD by their names. */
function namedPages(names: readonly string[], component: Component, facts: SourceFacts): PageSelection {
  const pages = names.map((name) => (facts.pageNames?.indexOf(name) ?? -1) + 1);
  if (pages.includes(0)) throw invalidParam(component, 'pg');
  return { kind: 'list', pages };
}

/** Pages of a document may differ in size: the first one that is read decides. */
function pageSize({ pageSizes, points, width, height, embedded }: SourceFacts, pages: PageSelection): Size {
  if (pages.kind === 'embedded') {
    const file = embedded![pages.number - 1]!;
    return { width: file.width, height: file.height };
  }
  const page = pages.kind === 'list' ? (pages.pages[0] ?? 1) : 1;
  return pageSizes?.[page - 1] ?? points ?? { width, height };
}

function checkPages(pages: readonly number[], component: Component, facts: SourceFacts): PageSelection {
  const count = facts.pages ?? 1;
  if (pages.length === 0 || pages.some((page) => page > count)) throw invalidParam(component, 'pg');
  return { kind: 'list', pages };
}

/** The frame of a still: `so`, else the middle (spec 4.1). Seconds. */
function stillOffset(state: State, component: Component | null, facts: SourceFacts): number | 'auto' {
  const duration = facts.duration ?? 0;
  const value = component?.values.so;
  if (!component || !value) return Math.round((duration / 2) * 1000) / 1000;
  const at = secondsOf(state, component, 'so', value, duration);
  return at === 'auto' ? at : duration > 0 ? Math.min(at, duration) : at;
}

/** An offset in seconds; per cents are of `duration`. */
export function secondsOf(
  state: State,
  component: Component,
  name: 'so' | 'eo' | 'du',
  value: Offset,
  duration: number,
): number | 'auto' {
  if (value.kind === 'auto') return 'auto';
  if (value.kind === 'percent') return (value.value / 100) * duration;
  return numberOf(state, component, name, value.expr, 0, 1e6).v;
}
