import type { Catalog } from '../catalog/catalog.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { defineField, type FieldInput, fieldStore, mergeEntries, readEntries } from './fields.ts';
import { type RuleInput, ruleStore } from './rules.ts';
import type { DatasourceEntry, MetadataField, MetadataRule, MetadataValue, MetadataValues } from './types.ts';
import { type ApplyOptions, applyMetadata } from './values.ts';

type Named = Pick<CloudRow, 'name'>;

/** Structured metadata: fields, their lists, rules, and what they make of the values of an asset. */
export function createMetadata(catalog: Catalog, clock: () => number) {
  const fields = fieldStore(catalog, clock);
  const rules = ruleStore(catalog, clock);
  // Every upload asks for the definitions; they change rarely.
  const known = new Map<string, { fields: MetadataField[]; rules: MetadataRule[]; seenAt: number }>();
  const definitions = async ({ name }: Named) => {
    const found = known.get(name);
    const seenAt = catalog.changesOf('metadata');
    if (found?.seenAt === seenAt) return found;
    const fresh = { fields: await fields.all(name), rules: await rules.all(name), seenAt };
    known.set(name, fresh);
    return fresh;
  };
  const changing = async <T>({ name }: Named, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } finally {
      known.delete(name);
    }
  };
  const changeEntries = (
    cloud: Named,
    id: string,
    change: (entries: readonly DatasourceEntry[]) => DatasourceEntry[],
  ) =>
    changing(cloud, async () => {
      const field = await fields.one(cloud.name, id);
      if (field.datasource === undefined) throw ERRORS.BadRequest(`Metadata field ${id} has no datasource`);
      const datasource = change(field.datasource);
      if (!datasource.some(({ state }) => state === 'active'))
        throw ERRORS.BadRequest('datasource is invalid: it needs an active value');
      await fields.save(cloud.name, { ...field, datasource });
      return datasource;
    });
  const withState = (ids: readonly string[], state: 'active' | 'inactive') => (entries: readonly DatasourceEntry[]) => {
    const unknown = ids.find((id) => !entries.some(({ external_id }) => external_id === id));
    if (unknown !== undefined) throw ERRORS.BadRequest(`external id ${unknown} does not exist in the datasource`);
    return entries.map((entry) => (ids.includes(entry.external_id) ? { ...entry, state } : entry));
  };

  return {
    /** The environment was renamed or deleted. */
    forget: ({ name }: Named): void => void known.delete(name),
    fields: async (cloud: Named): Promise<readonly MetadataField[]> => (await definitions(cloud)).fields,
    field: (cloud: Named, id: string): Promise<MetadataField> => fields.one(cloud.name, id),
    createField: (cloud: Named, input: FieldInput) => changing(cloud, () => fields.create(cloud.name, input)),
    updateField: (cloud: Named, id: string, input: FieldInput) =>
      changing(cloud, async () => fields.save(cloud.name, defineField(await fields.one(cloud.name, id), input))),
    deleteField: (cloud: Named, id: string) => changing(cloud, () => fields.remove(cloud.name, id)),

    orderFields: (cloud: Named, by: 'label' | 'external_id' | 'created_at', direction: 'asc' | 'desc') =>
      changing(cloud, () => fields.order(cloud.name, by, direction)),
    /** Puts one field at a position counted from 0. */
    moveField: (cloud: Named, id: string, position: number) =>
      changing(cloud, async () => {
        await fields.one(cloud.name, id);
        const others = (await fields.all(cloud.name))
          .map(({ external_id }) => external_id)
          .filter((other) => other !== id);
        others.splice(Math.max(0, Math.min(position, others.length)), 0, id);
        await fields.place(cloud.name, others);
      }),

    updateEntries: (cloud: Named, id: string, values: unknown) =>
      changeEntries(cloud, id, (entries) => mergeEntries(entries, readEntries(values))),
    deleteEntries: (cloud: Named, id: string, ids: readonly string[]) =>
      changeEntries(cloud, id, withState(ids, 'inactive')),
    restoreEntries: (cloud: Named, id: string, ids: readonly string[]) =>
      changeEntries(cloud, id, withState(ids, 'active')),
    orderEntries: (cloud: Named, id: string, direction: 'asc' | 'desc') =>
      changeEntries(cloud, id, (entries) => {
        const sorted = [...entries].sort((a, b) => a.value.localeCompare(b.value, 'en', { sensitivity: 'variant' }));
        return direction === 'asc' ? sorted : sorted.reverse();
      }),

    rules: async (cloud: Named): Promise<readonly MetadataRule[]> => (await definitions(cloud)).rules,
    createRule: (cloud: Named, input: RuleInput) =>
      changing(cloud, async () => {
        if (input.metadata_field_id !== undefined) await fields.one(cloud.name, input.metadata_field_id);
        return rules.create(cloud.name, input);
      }),
    updateRule: (cloud: Named, id: string, input: RuleInput) =>
      changing(cloud, () => rules.update(cloud.name, id, input)),
    deleteRule: (cloud: Named, id: string) => changing(cloud, () => rules.remove(cloud.name, id)),

    /**
     * The values of an asset after a call; see {@link applyMetadata}. Ask before opening a transaction.
     *
     * @throws 400 with the cloud's texts
     */
    async apply(
      cloud: Named,
      current: MetadataValues,
      given: Readonly<Record<string, unknown>>,
      options: ApplyOptions = {},
    ): Promise<Record<string, MetadataValue>> {
      const { fields: all, rules: active } = await definitions(cloud);
      return applyMetadata(all, active, current, given, options);
    },
  };
}

export type Metadata = ReturnType<typeof createMetadata>;
