import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Catalog } from '../catalog/catalog.ts';
import type { MetadataFieldsTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type DatasourceEntry, FIELD_TYPES, type FieldType, type MetadataField, type Validation } from './types.ts';
import { readValue } from './values.ts';

/** Fields of an environment (Metadata API reference). */
const MAX_FIELDS = 100;
const MAX_ENTRIES = 3000;

export const fieldOf = (row: Selectable<MetadataFieldsTable>): MetadataField => ({
  type: row.type as FieldType,
  external_id: row.external_id,
  label: row.label,
  mandatory: row.mandatory === 1,
  default_value: row.default_value === null ? null : JSON.parse(row.default_value),
  default_disabled: row.default_disabled === 1,
  validation: row.validation === null ? null : JSON.parse(row.validation),
  restrictions: row.restrictions === null ? null : JSON.parse(row.restrictions),
  allow_dynamic_list_values: row.allow_dynamic_list_values === 1,
  datasource: row.datasource === null ? undefined : JSON.parse(row.datasource),
});

/** The field as every answer carries it; `datasource` only for lists. */
export const fieldView = (field: MetadataField): Record<string, unknown> => ({
  type: field.type,
  external_id: field.external_id,
  label: field.label,
  mandatory: field.mandatory,
  default_value: field.default_value,
  default_disabled: field.default_disabled,
  validation: field.validation,
  restrictions: field.restrictions ?? { readonly_ui: false },
  ...(field.datasource === undefined
    ? {}
    : {
        allow_dynamic_list_values: field.allow_dynamic_list_values,
        datasource: { values: field.datasource.map((entry, position) => ({ ...entry, position })) },
      }),
});

/** Answers of datasource changes: active entries with exactly two keys (the PY suite compares whole entries). */
export const datasourceView = (entries: readonly DatasourceEntry[]) => ({
  values: entries.filter(({ state }) => state === 'active').map(({ external_id, value }) => ({ external_id, value })),
});

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const FITS: Readonly<Record<string, readonly FieldType[]>> = {
  greater_than: ['integer', 'date'],
  less_than: ['integer', 'date'],
  strlen: ['string'],
  strregex: ['string'],
  and: ['string', 'integer', 'date'],
};

/** @throws 400 saying what was expected */
function readValidation(type: FieldType, given: unknown): Validation | null {
  if (given === null || given === undefined) return null;
  const bad = (reason: string) => ERRORS.BadRequest(`validation is invalid: ${reason}`);
  if (!isObject(given) || typeof given.type !== 'string' || !(given.type in FITS))
    throw bad(`expected a type of ${Object.keys(FITS).join(', ')}`);
  if (!FITS[given.type]!.includes(type)) throw bad(`${given.type} does not apply to a field of type ${type}`);
  switch (given.type) {
    case 'and':
      if (!Array.isArray(given.rules) || given.rules.length === 0 || given.rules.length > 20)
        throw bad('expected rules');
      return { type: 'and', rules: given.rules.map((rule) => readValidation(type, rule) as Validation) };
    case 'strlen':
      for (const limit of ['min', 'max'] as const)
        if (given[limit] !== undefined && !Number.isInteger(given[limit]))
          throw bad(`expected an integer for ${limit}`);
      if (given.min === undefined && given.max === undefined) throw bad('expected min or max');
      return given as unknown as Validation;
    case 'strregex': {
      const regex = String(given.regex ?? given.value ?? '');
      // A pattern of a user runs on every upload: no nested repetition, no back references.
      if (regex.length > 200 || /[+*}][+*{]|\([^)]*[+*}][^)]*\)[+*{]|\\[1-9]/.test(regex)) throw bad('unsafe regex');
      try {
        new RegExp(regex, 'u');
      } catch (error) {
        throw bad((error as Error).message);
      }
      return { ...given, type: 'strregex', regex } as Validation;
    }
    default: {
      const value = readValue({ ...BLANK, type }, given.value);
      if (value === undefined) throw bad(`expected a value of type ${type}`);
      return given as unknown as Validation;
    }
  }
}

const BLANK: MetadataField = {
  type: 'string',
  external_id: '',
  label: '',
  mandatory: false,
  default_value: null,
  default_disabled: false,
  validation: null,
  restrictions: null,
  allow_dynamic_list_values: false,
  datasource: undefined,
};

const newEntryId = (): string => randomBytes(32).toString('hex');

/** @throws 400 when an entry has no value */
export function readEntries(given: unknown): { external_id: string | undefined; value: string }[] {
  const list = isObject(given) && 'values' in given ? given.values : given;
  const entries = Array.isArray(list) ? list : list === undefined ? [] : [list];
  if (entries.length > MAX_ENTRIES)
    throw ERRORS.BadRequest(`Expected up to ${MAX_ENTRIES} values but received ${entries.length}`);
  return entries.map((entry) => {
    if (!isObject(entry) || entry.value === undefined || entry.value === null || entry.value === '')
      throw ERRORS.BadRequest('datasource is invalid: every entry needs a value');
    return {
      external_id:
        entry.external_id === undefined || entry.external_id === null ? undefined : String(entry.external_id),
      value: String(entry.value),
    };
  });
}

/** Changes entries by their ID in place, brings hidden ones back, appends new ones. */
export function mergeEntries(
  current: readonly DatasourceEntry[],
  given: readonly { external_id: string | undefined; value: string }[],
): DatasourceEntry[] {
  const merged = new Map(current.map((entry) => [entry.external_id, entry]));
  for (const { external_id = newEntryId(), value } of given)
    merged.set(external_id, { external_id, value, state: 'active' });
  return [...merged.values()];
}

/** A field's definition as a client sends it; `undefined` means not given, `null` clears. */
export interface FieldInput {
  readonly type?: string | undefined;
  readonly external_id?: string | undefined;
  readonly label?: string | undefined;
  readonly mandatory?: boolean | undefined;
  readonly default_value?: unknown;
  readonly default_disabled?: boolean | undefined;
  readonly validation?: unknown;
  readonly restrictions?: unknown;
  readonly allow_dynamic_list_values?: boolean | undefined;
  readonly datasource?: unknown;
}

/** Joins a definition with what the field is so far and checks the whole. @throws 400 */
export function defineField(current: MetadataField, input: FieldInput): MetadataField {
  const { type } = current;
  const listed = type === 'enum' || type === 'set';
  const field: MetadataField = {
    ...current,
    label: input.label ?? current.label,
    mandatory: input.mandatory ?? current.mandatory,
    default_disabled: input.default_disabled ?? current.default_disabled,
    validation: input.validation === undefined ? current.validation : readValidation(type, input.validation),
    restrictions:
      input.restrictions === undefined
        ? current.restrictions
        : isObject(input.restrictions)
          ? input.restrictions
          : null,
    allow_dynamic_list_values: input.allow_dynamic_list_values ?? current.allow_dynamic_list_values,
    datasource: !listed
      ? undefined
      : input.datasource === undefined
        ? (current.datasource ?? [])
        : mergeEntries(current.datasource ?? [], readEntries(input.datasource)),
  };
  if (field.label === '') throw ERRORS.MissingParameter('label');
  if (field.label.length > 255) throw ERRORS.BadRequest('label is invalid: expected up to 255 characters');
  const wanted = input.default_value === undefined ? current.default_value : input.default_value;
  if (wanted === null) return { ...field, default_value: null };
  const value = readValue(field, wanted);
  if (value === undefined) throw ERRORS.BadRequest(`default_value is invalid: ${JSON.stringify(wanted)}`);
  return { ...field, default_value: value };
}

const columns = (field: MetadataField) => ({
  label: field.label,
  mandatory: Number(field.mandatory),
  default_value: field.default_value === null ? null : JSON.stringify(field.default_value),
  default_disabled: Number(field.default_disabled),
  validation: field.validation === null ? null : JSON.stringify(field.validation),
  restrictions: field.restrictions === null ? null : JSON.stringify(field.restrictions),
  allow_dynamic_list_values: Number(field.allow_dynamic_list_values),
  datasource: field.datasource === undefined ? null : JSON.stringify(field.datasource),
});

/** Reading and writing the fields of environments. */
export function fieldStore(catalog: Catalog, clock: () => number) {
  const { db } = catalog;
  const rows = (cloud: string) =>
    db
      .selectFrom('metadata_fields')
      .selectAll()
      .where('cloud', '=', cloud)
      .where('deleted', '=', 0)
      .orderBy('position')
      .orderBy('external_id')
      .execute();

  const store = {
    all: async (cloud: string): Promise<MetadataField[]> => (await rows(cloud)).map(fieldOf),

    /** @throws 404 */
    async one(cloud: string, id: string): Promise<MetadataField> {
      const row = await db
        .selectFrom('metadata_fields')
        .selectAll()
        .where('cloud', '=', cloud)
        .where('external_id', '=', id)
        .where('deleted', '=', 0)
        .executeTakeFirst();
      if (row === undefined) throw ERRORS.NoSuchItem(`Metadata field with external id ${id} was not found`);
      return fieldOf(row);
    },

    /** @throws 400 for a bad definition, a used or formerly used external ID, or the 101st field */
    async create(cloud: string, input: FieldInput): Promise<MetadataField> {
      const type = FIELD_TYPES.find((name) => name === input.type);
      if (input.type === undefined) throw ERRORS.MissingParameter('type');
      if (type === undefined) throw ERRORS.InvalidParameter('type', input.type);
      if (input.label === undefined) throw ERRORS.MissingParameter('label');
      const external_id = input.external_id ?? randomBytes(16).toString('hex');
      if (external_id.length > 255 || !/^[\p{L}\p{N}_-]+$/u.test(external_id))
        throw ERRORS.InvalidParameter('external_id', external_id);
      const field = defineField({ ...BLANK, type, external_id }, input);
      if ((type === 'enum' || type === 'set') && input.datasource === undefined)
        throw ERRORS.MissingParameter('datasource');
      return catalog.transaction(async (tx) => {
        const known = await tx
          .selectFrom('metadata_fields')
          .select(['external_id', 'position', 'deleted'])
          .where('cloud', '=', cloud)
          .execute();
        if (known.some((row) => row.external_id === external_id))
          throw ERRORS.BadRequest(`external id ${external_id} already exists`);
        if (known.filter((row) => row.deleted === 0).length >= MAX_FIELDS)
          throw ERRORS.BadRequest(`Expected up to ${MAX_FIELDS} metadata fields in an environment`);
        const now = clock();
        await tx
          .insertInto('metadata_fields')
          .values({
            cloud,
            external_id,
            type,
            ...columns(field),
            position: Math.max(-1, ...known.map(({ position }) => position)) + 1,
            created_at: now,
            updated_at: now,
          })
          .execute();
        return field;
      });
    },

    async save(cloud: string, field: MetadataField): Promise<MetadataField> {
      await db
        .updateTable('metadata_fields')
        .set({ ...columns(field), updated_at: clock() })
        .where('cloud', '=', cloud)
        .where('external_id', '=', field.external_id)
        .execute();
      return field;
    },

    /** Takes the field and its values on all assets away; its external ID stays used. */
    async remove(cloud: string, id: string): Promise<void> {
      await store.one(cloud, id);
      await catalog.transaction(async (tx) => {
        await tx
          .updateTable('metadata_fields')
          .set({ deleted: 1, updated_at: clock() })
          .where('cloud', '=', cloud)
          .where('external_id', '=', id)
          .execute();
        await tx.deleteFrom('metadata_rules').where('cloud', '=', cloud).where('metadata_field_id', '=', id).execute();
        const holders = await tx
          .selectFrom('assets')
          .select(['seq', 'metadata'])
          .where('seq', 'in', (select) =>
            select
              .selectFrom('asset_metadata')
              .select('asset_metadata.seq')
              .where('asset_metadata.cloud', '=', cloud)
              .where('field', '=', id),
          )
          .execute();
        for (const { seq, metadata } of holders) {
          const { [id]: _gone, ...rest } = JSON.parse(metadata) as Record<string, unknown>;
          await catalog.assets.update(tx, seq, { metadata: JSON.stringify(rest) });
        }
      });
    },

    async order(cloud: string, by: 'label' | 'external_id' | 'created_at', direction: 'asc' | 'desc'): Promise<void> {
      const sorted = (await rows(cloud)).sort((a, b) =>
        a[by] < b[by] ? -1 : a[by] > b[by] ? 1 : a.position - b.position,
      );
      if (direction === 'desc') sorted.reverse();
      await store.place(
        cloud,
        sorted.map(({ external_id }) => external_id),
      );
    },

    async place(cloud: string, ids: readonly string[]): Promise<void> {
      await catalog.transaction(async (tx) => {
        for (const [position, id] of ids.entries())
          await tx
            .updateTable('metadata_fields')
            .set({ position })
            .where('cloud', '=', cloud)
            .where('external_id', '=', id)
            .execute();
      });
    },
  };
  return store;
}
