import { api } from '../api.ts';

/** Named transformations, without their `t_`. */
export async function loadNames(): Promise<readonly string[]> {
  const { transformations } = await api.get<{ transformations: { name: string }[] }>('/admin/transformations', {
    named: true,
    max_results: 100,
  });
  return transformations.map(({ name }) => name.replace(/^t_/, ''));
}
