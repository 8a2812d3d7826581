import { createHmac } from 'node:crypto';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

/** Changes when the meaning of the key part changes; older cursors are then refused like any unknown text. */
const VERSION = 1;
/** Seconds a cursor can be used. A list does not keep anything for it: this is what the answer promises, no more. */
export const CURSOR_LIFETIME = 24 * 3600;

export type CursorKey = readonly (string | number)[];

/** Where a list continues: the environment, what is listed (path, filters, direction), and the time. */
export interface CursorScope {
  readonly cloud: Pick<CloudRow, 'id'>;
  /** Two lists with the same text can continue each other; everything that changes the rows or their order belongs in. */
  readonly list: string;
  /** Milliseconds since 1970. */
  readonly now: number;
}

const check = (scope: CursorScope, payload: string): string =>
  createHmac('sha256', scope.cloud.id).update(`${scope.list}\n${payload}`).digest('base64url').slice(0, 12);

/**
 * An opaque cursor: the sort key of the last row (keyset paging), so it stays right while rows come and go, and costs
 * the same on every page. The check binds it to the environment and the list it came from.
 */
export function writeCursor(scope: CursorScope, key: CursorKey): string {
  const payload = Buffer.from(JSON.stringify([VERSION, Math.floor(scope.now / 1000), ...key])).toString('base64url');
  return `${payload}.${check(scope, payload)}`;
}

/**
 * @returns the sort key to continue after
 * @throws 400 `Invalid value <cursor> for parameter <name>` when it is no cursor of this list; 400 when it has expired
 */
export function readCursor(scope: CursorScope, cursor: string, name = 'next_cursor'): CursorKey {
  const [payload = '', digest = ''] = cursor.split('.');
  if (digest === '' || digest !== check(scope, payload)) throw ERRORS.InvalidParameter(name, cursor);
  const [, madeAt, ...key] = JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')) as [
    number,
    number,
    ...(string | number)[],
  ];
  if (scope.now / 1000 - madeAt > CURSOR_LIFETIME) throw ERRORS.ExpiredCursor(name, CURSOR_LIFETIME / 3600);
  return key;
}

export interface Page {
  readonly maxResults: number;
  readonly nextCursor: string | undefined;
}

/** Splits `maxResults + 1` rows into the page and the cursor of the next one. */
export function cutPage<R>(
  rows: readonly R[],
  { maxResults }: Page,
  scope: CursorScope,
  keyOf: (row: R) => CursorKey,
): { readonly rows: readonly R[]; readonly nextCursor: string | undefined } {
  if (rows.length <= maxResults) return { rows, nextCursor: undefined };
  const page = rows.slice(0, maxResults);
  return { rows: page, nextCursor: writeCursor(scope, keyOf(page.at(-1)!)) };
}

/** The smallest text greater than every text that begins with `prefix` (both in binary order); undefined for none. */
export function afterPrefix(prefix: string): string | undefined {
  const points = [...prefix];
  while (points.length > 0) {
    const last = points.pop()!.codePointAt(0)!;
    // Surrogates are no characters: the next one after U+D7FF is U+E000.
    if (last < 0x10ffff) return points.join('') + String.fromCodePoint(last === 0xd7ff ? 0xe000 : last + 1);
  }
  return undefined;
}
