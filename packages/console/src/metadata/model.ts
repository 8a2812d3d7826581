import { api } from '../api.ts';

/** Structured metadata as the Metadata API tells it. */
export type FieldType = 'string' | 'integer' | 'date' | 'enum' | 'set';

export type Validation =
  | { readonly type: 'greater_than' | 'less_than'; readonly equals?: boolean; readonly value: number | string }
  | { readonly type: 'strlen'; readonly min?: number; readonly max?: number }
  | { readonly type: 'strregex'; readonly regex: string }
  | { readonly type: 'and'; readonly rules: readonly Validation[] };

export interface Entry {
  readonly external_id: string;
  readonly value: string;
  readonly state?: string;
}

export interface MetadataField {
  readonly external_id: string;
  readonly label: string;
  readonly type: FieldType;
  readonly mandatory: boolean;
  readonly default_value?: unknown;
  readonly default_disabled?: boolean;
  readonly validation?: Validation | null;
  readonly restrictions?: { readonly readonly_ui?: boolean } | null;
  readonly allow_dynamic_list_values?: boolean;
  readonly datasource?: { readonly values: readonly Entry[] };
}

export const loadFields = async (): Promise<readonly MetadataField[]> =>
  (await api.get<{ metadata_fields: MetadataField[] }>('/admin/metadata_fields')).metadata_fields;

export const TYPE_WORDS: Readonly<Record<FieldType, string>> = {
  string: 'Text',
  integer: 'Whole number',
  date: 'Date',
  enum: 'One of a list',
  set: 'Several of a list',
};

export const isListed = (type: FieldType): boolean => type === 'enum' || type === 'set';

export const activeEntries = (field: Pick<MetadataField, 'datasource'>): readonly Entry[] =>
  (field.datasource?.values ?? []).filter(({ state }) => state !== 'inactive');

/** A value while it is edited: text, or the external IDs of a set. */
export type Value = string | readonly string[];

export const asValue = (value: unknown): Value =>
  Array.isArray(value) ? value.map(String) : value === null || value === undefined ? '' : String(value);

export const isBlank = (value: Value): boolean => value.length === 0;

/** What the API takes for a value that was edited; `null` for none. */
export function wireValue(type: FieldType, value: Value): unknown {
  if (isBlank(value)) return null;
  if (type === 'set') return Array.isArray(value) ? value : [value];
  return type === 'integer' ? Number(value) : String(value);
}

/** Labels in place of external IDs. */
export function valueText(field: MetadataField | undefined, value: unknown): string {
  const label = (id: unknown): string =>
    field?.datasource?.values.find(({ external_id }) => external_id === id)?.value ?? String(id);
  return Array.isArray(value) ? value.map(label).join(', ') : label(value);
}

/** The limits of a field as they stand in its form; texts, empty when there is none. */
export interface Limits {
  readonly from: string;
  readonly fromItself: boolean;
  readonly to: string;
  readonly toItself: boolean;
  readonly shortest: string;
  readonly longest: string;
  readonly pattern: string;
}

export const NO_LIMITS: Limits = {
  from: '',
  fromItself: true,
  to: '',
  toItself: true,
  shortest: '',
  longest: '',
  pattern: '',
};

export function limitsOf(validation: Validation | null | undefined): Limits {
  switch (validation?.type) {
    case 'and':
      return Object.assign({ ...NO_LIMITS }, ...validation.rules.map((rule) => changed(limitsOf(rule))));
    case 'greater_than':
      return { ...NO_LIMITS, from: String(validation.value), fromItself: validation.equals === true };
    case 'less_than':
      return { ...NO_LIMITS, to: String(validation.value), toItself: validation.equals === true };
    case 'strlen':
      return { ...NO_LIMITS, shortest: String(validation.min ?? ''), longest: String(validation.max ?? '') };
    case 'strregex':
      return { ...NO_LIMITS, pattern: validation.regex };
    default:
      return NO_LIMITS;
  }
}

const changed = (limits: Limits): Partial<Limits> =>
  Object.fromEntries(
    Object.entries(limits).filter(([name, value]) => value !== NO_LIMITS[name as keyof Limits]),
  ) as Partial<Limits>;

/** One rule for each limit that was given, joined by `and`; `null` for none. */
export function validationOf(type: FieldType, limits: Limits): Validation | null {
  const bound = (text: string): number | string => (type === 'integer' ? Number(text) : text);
  const rules: Validation[] = [];
  if (type === 'integer' || type === 'date') {
    if (limits.from !== '') rules.push({ type: 'greater_than', value: bound(limits.from), equals: limits.fromItself });
    if (limits.to !== '') rules.push({ type: 'less_than', value: bound(limits.to), equals: limits.toItself });
  }
  if (type === 'string') {
    const [min, max] = [limits.shortest, limits.longest].map((text) => (text === '' ? undefined : Number(text)));
    if (min !== undefined || max !== undefined)
      rules.push({ type: 'strlen', ...(min === undefined ? {} : { min }), ...(max === undefined ? {} : { max }) });
    if (limits.pattern !== '') rules.push({ type: 'strregex', regex: limits.pattern });
  }
  return rules.length === 0 ? null : rules.length === 1 ? rules[0]! : { type: 'and', rules };
}

/** `1 to 5`, `up to 20 letters`; empty when everything goes. */
export function limitsText(validation: Validation | null | undefined): string {
  const { from, fromItself, to, toItself, shortest, longest, pattern } = limitsOf(validation);
  return [
    from && `${fromItself ? 'from' : 'above'} ${from}`,
    to && `${toItself ? 'up to' : 'below'} ${to}`,
    shortest && `at least ${shortest} letters`,
    longest && `at most ${longest} letters`,
    pattern && `like ${pattern}`,
  ]
    .filter(Boolean)
    .join(', ');
}
