import { isParamName, normalize, PARAMS, type ParamName, parse } from '@signet/transformation';
import type { App } from '../app.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

/** One chained component with long names, as Admin answers carry it: `{"crop":"scale","width":100}`. */
export type ParamsObject = Record<string, string | number | boolean>;

/** Long name → short name. */
const SHORT: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(PARAMS).map(([short, { long }]) => [long, short])),
  transformation: 't',
  raw_transformation: '',
};

/** A transformation string and the extension after its last slash; `''` is the explicit absence of one. */
export interface NamedTransformation {
  readonly transformation: string;
  readonly extension: string | undefined;
}

/** Words after a last slash that are a format and not a component (`c_fill,w_75/jpg`). */
const isExtension = (text: string): boolean => text === '' || /^[a-z0-9]{2,5}$/.test(text);

/** Takes `c_scale,w_100/jpg` apart; a trailing slash means "no extension" (NPM `lib/utils/build_eager`). */
export function splitExtension(text: string): NamedTransformation {
  const slash = text.lastIndexOf('/');
  const tail = text.slice(slash + 1);
  return slash > 0 && isExtension(tail)
    ? { transformation: text.slice(0, slash), extension: tail }
    : { transformation: text, extension: undefined };
}

const joinExtension = ({ transformation, extension }: NamedTransformation): string =>
  extension === undefined ? transformation : `${transformation}/${extension}`;

/**
 * The form in which transformations are kept and compared: every component sorted.
 *
 * @throws TransformationError when the text is no transformation
 */
export function normalizedName(text: string): string {
  const { transformation, extension } = splitExtension(text.trim());
  return joinExtension({ transformation: normalize(parse(transformation)), extension });
}

const numeric = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;
const typed = (value: string): string | number => (numeric.test(value) ? Number(value) : value);

/**
 * The transformation as one object per component: long names, numbers as numbers, layers and everything else as the text
 * of the URL. An extension stands in the last component, `none` for the explicit absence (NPM `api_spec`).
 */
export function toParams(text: string): ParamsObject[] {
  const { transformation, extension } = splitExtension(text.trim());
  const components = parse(transformation).components.map((component) =>
    Object.fromEntries(
      component.items
        .map(({ name, raw }): [string, string | number] => {
          const value = safeDecode(raw);
          if (name === 'if') return ['if', value];
          if (name === 'if_else' || name === 'if_end') return ['if', name.slice(3)];
          const long = isParamName(name) ? PARAMS[name as ParamName].long : name;
          return [long, typed(value)];
        })
        .sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)),
    ),
  );
  if (extension !== undefined) {
    const last = components.at(-1) ?? {};
    if (components.length === 0) components.push(last);
    last.extension = extension === '' ? 'none' : extension;
  }
  return components;
}

const safeDecode = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A transformation however a client sent it: the string, one object, or a list of objects with long names. */
export function transformationText(given: unknown): string {
  if (typeof given === 'string') {
    if (!/^\s*[[{]/.test(given)) return given;
    try {
      return transformationText(JSON.parse(given));
    } catch {
      throw ERRORS.InvalidTransformation(`Invalid transformation - ${given}`);
    }
  }
  if (Array.isArray(given)) return given.map(transformationText).join('/');
  if (typeof given !== 'object' || given === null)
    throw ERRORS.InvalidTransformation(`Invalid transformation - ${String(given)}`);
  return Object.entries(given)
    .map(([long, value]) => (long === 'raw_transformation' ? String(value) : `${SHORT[long] ?? long}_${String(value)}`))
    .join(',');
}

/** Normalised names; a named one by its name, which is how its derived results are kept (`t_name`). */
export async function normalizedNames(_app: App, _cloud: CloudRow, texts: readonly string[]): Promise<string[]> {
  return texts.map((text) => splitExtension(normalizedName(text)).transformation);
}
