import { ERRORS } from '../errors.ts';

/** What a caller may ask of a search, whatever SDK wrote it; JSON members as received. */
export interface SearchRequest {
  readonly expression?: unknown;
  readonly sort_by?: unknown;
  readonly max_results?: unknown;
  readonly next_cursor?: unknown;
  readonly aggregate?: unknown;
  readonly with_field?: unknown;
  readonly fields?: unknown;
}

export interface Sort {
  readonly field: string;
  readonly direction: 'asc' | 'desc';
}

export interface RangeAggregation {
  readonly type: string;
  readonly ranges: readonly {
    readonly key: string;
    readonly from: number | undefined;
    readonly to: number | undefined;
  }[];
}

export interface SearchQuery {
  readonly expression: string;
  readonly sort: readonly Sort[];
  /** 0…500. */
  readonly maxResults: number;
  readonly nextCursor: string | undefined;
  readonly aggregate: readonly (string | RangeAggregation)[];
  readonly withField: readonly string[];
  readonly fields: readonly string[] | undefined;
}

const MAX_RESULTS = 500;
const MAX_SORTS = 8;
const WITH_FIELDS = [
  'context',
  'tags',
  'metadata',
  'image_metadata',
  'image_analysis',
  'quality_analysis',
  'accessibility_analysis',
] as const;
export const SIMPLE_AGGREGATIONS: Readonly<Record<string, string>> = {
  format: 'a.format',
  resource_type: 'a.resource_type',
  type: 'a.type',
};
/** Range aggregations; the column, and what rows they are about. */
export const RANGE_AGGREGATIONS: Readonly<Record<string, { readonly column: string; readonly only?: string }>> = {
  bytes: { column: 'a.bytes' },
  image_pixels: { column: 'a.pixels', only: 'image' },
  video_pixels: { column: 'a.pixels', only: 'video' },
  duration: { column: 'a.duration' },
};

const isBlank = (value: unknown): boolean => value === undefined || value === null || value === '';
const show = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value)) ?? '';
const invalid = (name: string, value: unknown): never => {
  throw ERRORS.InvalidParameter(name, show(value).slice(0, 200));
};

/** A list, a single item, a comma list, or JSON text of a list. */
function listOf(value: unknown, name: string): unknown[] {
  if (isBlank(value)) return [];
  if (Array.isArray(value)) return value.flatMap((item) => listOf(item, name));
  if (typeof value !== 'string') return [value];
  const text = value.trim();
  if (!/^[[{]/.test(text))
    return text
      .split(',')
      .map((item) => item.trim())
      .filter((item) => item !== '');
  try {
    return [JSON.parse(text)].flat();
  } catch {
    return invalid(name, value);
  }
}

const names = (value: unknown, name: string): string[] => [
  ...new Set(listOf(value, name).map((item) => (typeof item === 'string' ? item : invalid(name, item)))),
];

/** `{"created_at":"desc"}`, `"created_at desc"`, `"created_at:desc"`, `"created_at"` (descending, as the SDKs' builders). */
function readSort(value: unknown): Sort[] {
  const sorts = listOf(value, 'sort_by').flatMap((item): [string, unknown][] => {
    if (typeof item === 'object' && item !== null) return Object.entries(item);
    const [field, direction] = String(item).split(/[\s:]+/);
    return [[field!, direction]];
  });
  const byField = new Map<string, 'asc' | 'desc'>();
  for (const [field, given] of sorts) {
    const direction = isBlank(given) ? 'desc' : String(given).toLowerCase();
    if (direction !== 'asc' && direction !== 'desc') return invalid('sort_by', value);
    byField.set(field, direction);
  }
  if (byField.size > MAX_SORTS)
    throw ERRORS.BadRequest(`Expected up to ${MAX_SORTS} sort_by keys but received ${byField.size}`);
  return [...byField].map(([field, direction]) => ({ field, direction }));
}

function readInteger(value: unknown, initial: number): number {
  if (isBlank(value)) return initial;
  const number = typeof value === 'number' || typeof value === 'string' ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number) || number < 0) return invalid('max_results', value);
  // Above the cap: unknown in the cloud; cut, as in the lists.
  return Math.min(number, MAX_RESULTS);
}

function readRange(item: object): RangeAggregation {
  const { type, ranges } = item as { type?: unknown; ranges?: unknown };
  if (
    typeof type !== 'string' ||
    !Object.hasOwn(RANGE_AGGREGATIONS, type) ||
    !Array.isArray(ranges) ||
    ranges.length > 50
  )
    return invalid('aggregate', item);
  return {
    type,
    ranges: ranges.map((range: unknown) => {
      const { key, from, to } = (range ?? {}) as { key?: unknown; from?: unknown; to?: unknown };
      const bound = (value: unknown): number | undefined => {
        if (isBlank(value)) return undefined;
        const number = Number(value);
        return Number.isFinite(number) ? number : invalid('aggregate', range);
      };
      if (typeof key !== 'string' || !/^[A-Za-z0-9_-]{1,20}$/.test(key)) return invalid('aggregate', range);
      return { key, from: bound(from), to: bound(to) };
    }),
  };
}

/** @throws 400 for what has the wrong form or a name that does not exist */
export function readSearchQuery(request: SearchRequest): SearchQuery {
  const { expression } = request;
  if (!isBlank(expression) && typeof expression !== 'string' && typeof expression !== 'number')
    return invalid('expression', expression);
  const withField = names(request.with_field, 'with_field');
  const unknown = withField.find((name) => !(WITH_FIELDS as readonly string[]).includes(name));
  if (unknown !== undefined) return invalid('with_field', unknown);
  const fields = names(request.fields, 'fields');
  return {
    expression: isBlank(expression) ? '' : String(expression),
    sort: readSort(request.sort_by),
    maxResults: readInteger(request.max_results, 50),
    nextCursor: isBlank(request.next_cursor) ? undefined : String(request.next_cursor),
    aggregate: listOf(request.aggregate, 'aggregate').map((item) => {
      if (typeof item === 'object' && item !== null) return readRange(item);
      return Object.hasOwn(SIMPLE_AGGREGATIONS, String(item)) ? String(item) : invalid('aggregate', item);
    }),
    withField,
    fields: fields.length === 0 ? undefined : fields,
  };
}
