import { fromParams, print } from '@signet/transformation';
import { api } from '../api.ts';

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

/** What named transformations stand for; those that are not there are left out. */
export async function loadDefinitions(names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const found = await Promise.all(
    names.map(async (name) => {
      const one = await api
        .get<{ info: unknown }>('/admin/transformations', { transformation: `t_${name}` })
        .catch(() => undefined);
      return [name, one && storedText(one.info)] as const;
    }),
  );
  return new Map(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined));
}

/** A component that is only a name becomes its definition. */
export const expandNames = (transformation: string, definitions: ReadonlyMap<string, string>): string =>
  transformation
    .split('/')
    .map((component) => (component.startsWith('t_') && definitions.get(component.slice(2))) || component)
    .join('/');
