import { createHash } from 'node:crypto';
import { percentDecode } from '@signet/transformation';
import { ERRORS } from '../errors.ts';
import type { Pictures } from './sources.ts';

/** What the URL of an assembled picture shows: the tag, or a hash of the addresses. */
export const sourceName = ({ tag, urls }: Pictures): string =>
  tag ?? createHash('sha1').update(urls.join('\n')).digest('hex');

/** The stored public ID: `cars,gif,c_crop,w_0.5` (from one published sample; for sprites without the format, inferred). */
export const assembledId = (type: string, name: string, format: string, transformation: string): string =>
  [name, type === 'multi' ? format : '', percentDecode(transformation)].filter(Boolean).join(',');

/** The format of the whole: the parameter, else `f_` of the transformation, else the default. */
export const formatWanted = (format: string | undefined, transformation: string, missing: string): string =>
  (format ?? /(?:^|[,/])f_([a-z0-9]+)/.exec(transformation)?.[1] ?? missing).toLowerCase();

/** The tag becomes part of a URL and of a public ID. @throws 400 */
export function checkTagName(tag: string | undefined): string | undefined {
  if (tag !== undefined && (tag.length > 150 || /[?&#\\%<>/]/.test(tag))) throw ERRORS.InvalidParameter('tag', tag);
  return tag;
}
