import { fromParams, print } from '@signet/transformation';

/** The Admin API tells transformations as objects with long names; people read and type them as in an address. */
export function storedText(value: unknown): string {
  if (typeof value === 'string') return value;
  const { transformation, extension } = fromParams(value);
  const text = print(transformation);
  return extension === null ? text : `${text}/${extension}`;
}

/** `t1|t2` of a preset's `eager`: a text, or an array with one array of objects for each. */
export const eagerText = (value: unknown): string =>
  Array.isArray(value) ? value.map(storedText).join('|') : storedText(value);
