import {
  fromParams,
  normalize,
  type ParamsObject,
  toParams as paramsOf,
  parseEager,
  parseStored,
  print,
  type StoredTransformation,
} from '@signet/transformation';
import { ERRORS } from '../errors.ts';
import { parseJson } from '../json.ts';

const joinExtension = (text: string, extension: string | null): string =>
  extension === null ? text : `${text}/${extension}`;

/** As written, with the format after a slash (`c_fill,w_75/jpg`). */
export const storedText = ({ transformation, extension }: StoredTransformation): string =>
  joinExtension(print(transformation), extension);

/**
 * The form in which transformations are kept and compared: every component sorted.
 *
 * @throws TransformationError when the text is no transformation
 */
export function normalizedName(text: string): string {
  const { transformation, extension } = parseStored(text);
  return joinExtension(normalize(transformation), extension);
}

/** One object per component, as Admin answers carry it. @throws TransformationError */
export const toParams = (text: string): ParamsObject[] => paramsOf(parseStored(text));

/** The same for every transformation of `eager`. @throws TransformationError */
export const eagerParams = (text: string): ParamsObject[][] => parseEager(text).map(paramsOf);

/**
 * A transformation however a client sent it: the string, one object, or a list of objects with long names, also as JSON.
 *
 * @throws TransformationError when an object or a list is none; a string is taken as it is
 */
export function transformationText(given: unknown): string {
  if (typeof given !== 'string') return storedText(fromParams(given));
  if (!/^\s*[[{]/.test(given)) return given;
  let parsed: unknown;
  try {
    parsed = parseJson(given);
  } catch {
    throw ERRORS.InvalidTransformation(`Invalid transformation - ${given}`);
  }
  return storedText(fromParams(parsed));
}

/** Normalised and without a format, which is how derived results are filed; a named one by its name (`t_name`). */
export const normalizedNames = (texts: readonly string[]): string[] =>
  texts.map((text) => normalize(parseStored(text).transformation));
