import { ERRORS } from '../errors.ts';

/** Bytes of a file that one request carries. */
export interface ContentRange {
  readonly start: number;
  /** Inclusive, as in RFC 9110, section 14.4. */
  readonly end: number;
  /** `undefined` while the sender does not know it. */
  readonly total: number | undefined;
}

/**
 * The unknown total is written as `-1` by the Node SDK's streams (`lib/upload_stream.js` and `lib/uploader.js`), left
 * out with its slash by PHP, and `*` by RFC 9110.
 */
const HEADER = /^bytes[ =]+(\d{1,15})-(\d{1,15})(?:\/(\d{1,15}|-1|\*)?)?$/i;

/** Reads `Content-Range: bytes <start>-<end>[/<total>]`. @throws 400 saying what was expected */
export function parseContentRange(header: string): ContentRange {
  const match = HEADER.exec(header.trim());
  const bad = (reason: string) =>
    ERRORS.BadRequest(
      `Invalid Content-Range: expected bytes <start>-<end>/<total>${reason} but received ${header.slice(0, 100)}`,
    );
  if (match === null) throw bad('');
  const start = Number(match[1]);
  const end = Number(match[2]);
  const total = match[3] === undefined || match[3] === '-1' || match[3] === '*' ? undefined : Number(match[3]);
  if (end < start) throw bad(' with end not before start');
  if (total !== undefined && end >= total) throw bad(' with end below total');
  return { start, end, total };
}
