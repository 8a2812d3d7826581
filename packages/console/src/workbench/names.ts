import { api } from '../api.ts';
import { storedText } from './stored.ts';

/** Named transformations, without their `t_`. */
export async function loadNames(): Promise<readonly string[]> {
  const { transformations } = await api.get<{ transformations: { name: string }[] }>('/admin/transformations', {
    named: true,
    max_results: 100,
  });
  return transformations.map(({ name }) => name.replace(/^t_/, ''));
}

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
