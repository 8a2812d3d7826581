import { ERRORS } from '../errors.ts';
import type { MetadataField, MetadataRule, MetadataValue, MetadataValues, RuleCondition, Validation } from './types.ts';

/** Values that a `set` takes at most (Metadata API reference). */
const MAX_SET_VALUES = 3000;
const MAX_STRING = 500_000;

const isDate = (text: string): boolean =>
  /^\d{4}-\d{2}-\d{2}$/.test(text) && new Date(`${text}T00:00:00Z`).toISOString().startsWith(text);

const safeIsDate = (text: string): boolean => {
  try {
    return isDate(text);
  } catch {
    return false;
  }
};

const asText = (value: unknown): string | undefined =>
  typeof value === 'string'
    ? value
    : typeof value === 'number' || typeof value === 'boolean'
      ? String(value)
      : undefined;

/** The active entry a text names: by external ID, else by its value (the PHP suite sends values, inferred). */
const entryOf = (field: MetadataField, value: unknown): string | undefined => {
  const text = asText(value);
  const active = field.datasource?.filter(({ state }) => state === 'active') ?? [];
  return (active.find(({ external_id }) => external_id === text) ?? active.find((entry) => entry.value === text))
    ?.external_id;
};

const asList = (value: unknown): unknown[] => {
  if (Array.isArray(value)) return value;
  if (typeof value === 'string' && /^\s*\[/.test(value)) {
    try {
      const parsed: unknown = JSON.parse(value);
      if (Array.isArray(parsed)) return parsed;
    } catch {
      return [value];
    }
  }
  return [value];
};

/** Text or JSON value → value of the field's type; `undefined` when it does not fit. */
const READERS: Readonly<
  Record<MetadataField['type'], (field: MetadataField, value: unknown) => MetadataValue | undefined>
> = {
  string: (_field, value) => {
    const text = asText(value);
    return text !== undefined && text.length <= MAX_STRING ? text : undefined;
  },
  integer: (_field, value) => {
    const text = asText(value);
    const number = Number(text);
    return text !== undefined && /^\s*[-+]?\d+\s*$/.test(text) && Number.isSafeInteger(number) ? number : undefined;
  },
  date: (_field, value) => {
    const text = asText(value)?.trim();
    return text !== undefined && safeIsDate(text) ? text : undefined;
  },
  enum: (field, value) => entryOf(field, Array.isArray(value) && value.length === 1 ? value[0] : value),
  set: (field, value) => {
    const entries = asList(value).map((item) => entryOf(field, item));
    return entries.length <= MAX_SET_VALUES && entries.every((entry) => entry !== undefined)
      ? [...new Set(entries as string[])]
      : undefined;
  },
};

/** Dates compare as text: `YYYY-MM-DD` sorts as time does. */
const compare = (value: MetadataValue, limit: number | string): number =>
  typeof value === 'number'
    ? value - Number(limit)
    : String(value) < String(limit)
      ? -1
      : String(value) > String(limit)
        ? 1
        : 0;

export function passes(value: MetadataValue, validation: Validation | null): boolean {
  if (validation === null) return true;
  switch (validation.type) {
    case 'and':
      return validation.rules.every((rule) => passes(value, rule));
    case 'greater_than': {
      const order = compare(value, validation.value);
      return order > 0 || (validation.equals === true && order === 0);
    }
    case 'less_than': {
      const order = compare(value, validation.value);
      return order < 0 || (validation.equals === true && order === 0);
    }
    case 'strlen': {
      const length = [...String(value)].length;
      return length >= (validation.min ?? 0) && length <= (validation.max ?? Number.POSITIVE_INFINITY);
    }
    case 'strregex':
      return new RegExp(validation.regex, 'u').test(String(value));
  }
}

/** A value as the field keeps it, or `undefined` when the field does not take it. */
export function readValue(field: MetadataField, value: unknown): MetadataValue | undefined {
  const read = READERS[field.type](field, value);
  return read !== undefined && passes(read, field.validation) ? read : undefined;
}

const isBlank = (value: unknown): boolean =>
  value === null ||
  value === undefined ||
  value === '' ||
  (Array.isArray(value) && value.length === 0) ||
  value === '[]';

const itemsOf = (value: MetadataValue | undefined): string[] =>
  value === undefined ? [] : (Array.isArray(value) ? value : [value]).map(String);

/** Whether a rule's condition holds for these values. */
export function holds(condition: RuleCondition, values: MetadataValues): boolean {
  if ('and' in condition) return condition.and.every((part) => holds(part, values));
  if ('or' in condition) return condition.or.some((part) => holds(part, values));
  if ('not' in condition) return !holds(condition.not, values);
  const items = itemsOf(values[condition.metadata_field_id]);
  if (condition.populated !== undefined && items.length > 0 !== condition.populated) return false;
  if (condition.equals !== undefined) {
    const wanted = (Array.isArray(condition.equals) ? condition.equals : [condition.equals]).map(String);
    if (items.length !== wanted.length || !wanted.every((item) => items.includes(item))) return false;
  }
  return condition.includes === undefined || condition.includes.every((item) => items.includes(String(item)));
}

export interface ApplyOptions {
  /** Drop values a field does not take in place of refusing them. */
  readonly clearInvalid?: boolean;
  /** A new asset: defaults are filled in and mandatory fields must have a value. */
  readonly isNew?: boolean;
}

const invalid = (value: unknown, id: string) =>
  ERRORS.BadRequest(`'${typeof value === 'string' ? value : JSON.stringify(value)}' is not valid for field '${id}'`);

/**
 * The metadata of an asset after a call: `given` merged into `current` field by field (a blank value clears a field),
 * defaults for a new asset, then the conditional rules.
 *
 * @param given external ID → text as in `id=value|set=["a","b"]`, or JSON values
 * @throws 400 `Invalid value  for parameter kind` for a field nobody defined (two spaces, as the cloud writes it)
 * @throws 400 `'<value>' is not valid for field '<id>'`, unless `clearInvalid`
 * @throws 400 when a mandatory field would have no value
 */
export function applyMetadata(
  fields: readonly MetadataField[],
  rules: readonly MetadataRule[],
  current: MetadataValues,
  given: Readonly<Record<string, unknown>>,
  { clearInvalid = false, isNew = false }: ApplyOptions = {},
): Record<string, MetadataValue> {
  const byId = new Map(fields.map((field) => [field.external_id, field]));
  const values: Record<string, MetadataValue> = { ...current };
  const cleared = new Set<string>();
  for (const [id, raw] of Object.entries(given)) {
    const field = byId.get(id);
    if (field === undefined) {
      if (clearInvalid) continue;
      throw ERRORS.InvalidParameter('kind', '');
    }
    if (isBlank(raw)) {
      delete values[id];
      cleared.add(id);
      continue;
    }
    const value = readValue(field, raw);
    if (value !== undefined) values[id] = value;
    else if (clearInvalid) delete values[id];
    else throw invalid(raw, id);
  }
  if (isNew)
    for (const field of fields)
      if (
        field.default_value !== null &&
        !field.default_disabled &&
        !(field.external_id in values) &&
        !cleared.has(field.external_id)
      )
        values[field.external_id] = field.default_value;

  const mandatory = new Set(fields.filter((field) => field.mandatory).map((field) => field.external_id));
  applyRules(byId, rules, values, mandatory, { given, clearInvalid });
  for (const id of mandatory)
    if (!(id in values) && (isNew || cleared.has(id)))
      throw ERRORS.BadRequest(`Missing required metadata field - ${id}`);
  return values;
}

type Apply = { readonly field: MetadataField; readonly result: MetadataRule['result'] };

/** Adds to `allowed` which entries of a list a rule leaves. */
function narrow(allowed: Map<string, Set<string>>, { field: { external_id: id }, result }: Apply): void {
  const activate = result.activate_values;
  if (activate === undefined || activate === 'all') return;
  const override = activate.mode === 'override' || activate.exclusive === true;
  allowed.set(id, new Set([...(override ? [] : (allowed.get(id) ?? [])), ...activate.external_ids]));
}

/** Fills in what a rule applies: to what a set holds already, or where there is nothing. */
function fill(values: Record<string, MetadataValue>, { field, result }: Apply): void {
  if (result.apply_value === undefined) return;
  const id = field.external_id;
  const value = readValue(field, result.apply_value.value);
  if (value === undefined) return;
  if (result.apply_value.mode === 'append' && field.type === 'set')
    values[id] = [...new Set([...itemsOf(values[id]), ...itemsOf(value)])];
  else if (!(id in values)) values[id] = value;
}

/** Active rules in their order: values filled in, values allowed, fields made mandatory. Changes `values` and `mandatory`. */
function applyRules(
  byId: ReadonlyMap<string, MetadataField>,
  rules: readonly MetadataRule[],
  values: Record<string, MetadataValue>,
  mandatory: Set<string>,
  { given, clearInvalid }: { given: Readonly<Record<string, unknown>>; clearInvalid: boolean },
): void {
  const allowed = new Map<string, Set<string>>();
  for (const { metadata_field_id: id, condition, result, state } of rules) {
    const field = byId.get(id);
    if (state !== 'active' || field === undefined || !holds(condition, values)) continue;
    if (result.enable === false) {
      if (id in given && id in values && !clearInvalid) throw invalid(given[id], id);
      delete values[id];
      mandatory.delete(id);
      continue;
    }
    narrow(allowed, { field, result });
    fill(values, { field, result });
    if (result.set_mandatory) mandatory.add(id);
  }
  for (const [id, entries] of allowed) {
    const refused = itemsOf(values[id]).filter((item) => !entries.has(item));
    if (refused.length === 0 || !(id in given)) continue;
    if (!clearInvalid) throw invalid(given[id], id);
    delete values[id];
  }
}
