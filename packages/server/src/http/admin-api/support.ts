import type { Direction } from '../../assets/admin/list.ts';
import type { ListFlags } from '../../assets/admin/view.ts';
import { viewContext } from '../../assets/context.ts';
import { isoTime, type ViewContext } from '../../assets/view.ts';
import { ERRORS } from '../../errors.ts';
import type { Page } from '../../listing/cursor.ts';
import type { Call } from '../operation.ts';
import type { Parameters } from '../parameters.ts';

/** A path segment that only the three resource types match: asset IDs and fixed words stand at the same place. */
export const RT = ':resource_type(^(?:image|video|raw)$)';

export const viewOf = (call: Call): Promise<ViewContext> => viewContext(call.app, call);

/** `max_results` (default 10, larger values are cut to the cap of 500) and `next_cursor`. */
export function pageOf(params: Parameters, { initial = 10, cap = 500 } = {}): Page {
  return {
    maxResults: Math.min(params.integer('max_results', { min: 1 }) ?? initial, cap),
    nextCursor: params.text('next_cursor'),
  };
}

const DIRECTIONS: Readonly<Record<string, Direction>> = { asc: 'asc', '1': 'asc', desc: 'desc', '-1': 'desc' };

export function directionOf(params: Parameters, name = 'direction', initial: Direction = 'desc'): Direction {
  const text = params.text(name);
  if (text === undefined) return initial;
  const direction = DIRECTIONS[text.toLowerCase()];
  if (direction === undefined) throw ERRORS.InvalidParameter(name, text);
  return direction;
}

export const listFlagsOf = (params: Parameters): ListFlags => ({
  tags: params.flag('tags') ?? false,
  context: params.flag('context') ?? false,
  metadata: params.flag('metadata') ?? false,
  moderations: params.flag('moderations') ?? false,
  fields: params.list('fields', { commas: true }),
});

/** Up to `max` IDs from a list parameter. */
export function idsOf(params: Parameters, name: string, max = 100): string[] | undefined {
  const ids = params.ids(name);
  if (ids !== undefined && ids.length > max)
    throw ERRORS.BadRequest(`Expected up to ${max} ${name} but received ${ids.length}`);
  return ids;
}

/** A time in any spelling of the SDKs: ISO 8601, RFC 1123, what JavaScript's `Date.toString()` writes, Unix seconds. */
export function timeOf(params: Parameters, name: string): number | undefined {
  const text = params.text(name);
  if (text === undefined) return undefined;
  const time = /^\d{9,11}$/.test(text) ? Number(text) * 1000 : Date.parse(text);
  if (Number.isNaN(time)) throw ERRORS.InvalidParameter(name, text);
  return time;
}

export const withCursor = <T extends object>(
  answer: T,
  nextCursor: string | undefined,
): T & { next_cursor?: string } => (nextCursor === undefined ? answer : { ...answer, next_cursor: nextCursor });

export { isoTime };
