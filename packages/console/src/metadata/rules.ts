import { asValue, isBlank, type MetadataField, type Value, valueText, wireValue } from './model.ts';

/** A condition as the Metadata API tells it. */
export type WireCondition =
  | { readonly and: readonly WireCondition[] }
  | { readonly or: readonly WireCondition[] }
  | { readonly not: WireCondition }
  | {
      readonly metadata_field_id: string;
      readonly populated?: boolean;
      readonly equals?: unknown;
      readonly includes?: readonly unknown[];
    };

export interface RuleResult {
  readonly enable?: boolean;
  readonly activate_values?:
    | 'all'
    | { readonly external_ids: readonly string[]; readonly mode?: string; readonly exclusive?: boolean };
  readonly apply_value?: { readonly value: unknown; readonly mode?: string };
  readonly set_mandatory?: boolean;
}

export interface Rule {
  readonly external_id: string;
  readonly name: string;
  readonly metadata_field_id: string;
  readonly state: string;
  readonly condition: WireCondition;
  readonly result: RuleResult;
}

export const TESTS = {
  populated: 'has a value',
  empty: 'has no value',
  equals: 'is',
  differs: 'is not',
  includes: 'includes',
  excludes: 'does not include',
} as const;

export const JOINS = {
  and: 'all of these hold',
  or: 'any of these holds',
  none: 'none of these holds',
  'not-all': 'not all of these hold',
} as const;

/** A condition as it stands in the form: a test of one field, or a group. */
export type Condition =
  | { readonly kind: 'test'; readonly field: string; readonly test: keyof typeof TESTS; readonly value: Value }
  | { readonly kind: 'group'; readonly join: keyof typeof JOINS; readonly parts: readonly Condition[] };

const OPPOSITE = {
  populated: 'empty',
  empty: 'populated',
  equals: 'differs',
  differs: 'equals',
  includes: 'excludes',
  excludes: 'includes',
  and: 'not-all',
  'not-all': 'and',
  or: 'none',
  none: 'or',
} as const;

export const newTest = (field: string): Condition => ({ kind: 'test', field, test: 'populated', value: '' });

const opposite = (condition: Condition): Condition =>
  condition.kind === 'test'
    ? { ...condition, test: OPPOSITE[condition.test] }
    : { ...condition, join: OPPOSITE[condition.join] };

export function conditionOf(wire: WireCondition): Condition {
  if ('and' in wire) return { kind: 'group', join: 'and', parts: wire.and.map(conditionOf) };
  if ('or' in wire) return { kind: 'group', join: 'or', parts: wire.or.map(conditionOf) };
  if ('not' in wire) return opposite(conditionOf(wire.not));
  const { metadata_field_id: field, populated, equals, includes } = wire;
  const tests: Condition[] = [
    ...(populated === undefined ? [] : [{ ...newTest(field), test: populated ? 'populated' : 'empty' } as Condition]),
    ...(equals === undefined ? [] : [{ kind: 'test', field, test: 'equals', value: asValue(equals) } as const]),
    ...(includes === undefined
      ? []
      : [{ kind: 'test', field, test: 'includes', value: includes.map(String) } as const]),
  ];
  return tests.length === 1 ? tests[0]! : { kind: 'group', join: 'and', parts: tests };
}

/** The form always begins with a group, so that tests can be added. */
export const groupOf = (wire: WireCondition): Condition & { kind: 'group' } => {
  const condition = conditionOf(wire);
  return condition.kind === 'group' ? condition : { kind: 'group', join: 'and', parts: [condition] };
};

type Fields = readonly MetadataField[];
const find = (fields: Fields, id: string): MetadataField | undefined =>
  fields.find(({ external_id }) => external_id === id);

/** @throws saying which test lacks its value */
export function wireOf(condition: Condition, fields: Fields): WireCondition {
  if (condition.kind === 'group') {
    const parts = condition.parts.map((part) => wireOf(part, fields));
    if (parts.length === 0) throw new Error('Expected a test in every group: add one, or remove the group');
    switch (condition.join) {
      case 'and':
        return parts.length === 1 ? parts[0]! : { and: parts };
      case 'or':
        return { or: parts };
      case 'none':
        return { not: { or: parts } };
      case 'not-all':
        return { not: { and: parts } };
    }
  }
  const { field: id, test, value } = condition;
  const field = find(fields, id);
  if (test === 'populated' || test === 'empty') return { metadata_field_id: id, populated: test === 'populated' };
  if (isBlank(value)) throw new Error(`Expected a value to compare ${field?.label ?? id} with`);
  const positive =
    test === 'equals' || test === 'differs'
      ? { metadata_field_id: id, equals: wireValue(field?.type ?? 'string', value) }
      : { metadata_field_id: id, includes: Array.isArray(value) ? value : [value] };
  return test === 'equals' || test === 'includes' ? positive : { not: positive };
}

const JOIN_WORDS = { and: ' and ', or: ' or ', none: ' or ', 'not-all': ' and ' } as const;

/** `Licence is Own work and (Rating has no value or Rating is 5)` */
export function conditionText(condition: Condition, fields: Fields, inside = false): string {
  if (condition.kind === 'test') {
    const field = find(fields, condition.field);
    const name = field?.label ?? condition.field;
    const words = `${name} ${TESTS[condition.test]}`;
    return condition.test === 'populated' || condition.test === 'empty'
      ? words
      : `${words} ${valueText(field, condition.value)}`;
  }
  const { join, parts } = condition;
  const negated = join === 'none' || join === 'not-all';
  const text = parts.map((part) => conditionText(part, fields, parts.length > 1 || negated)).join(JOIN_WORDS[join]);
  if (negated) return `not (${text})`;
  return inside && parts.length > 1 ? `(${text})` : text;
}

/** `is required, takes only Web, Print` */
export function resultText(result: RuleResult, field: MetadataField | undefined): string {
  const { enable, set_mandatory, activate_values: values, apply_value } = result;
  return (
    [
      enable !== undefined && (enable ? 'is shown' : 'is hidden'),
      set_mandatory !== undefined && (set_mandatory ? 'is required' : 'is optional'),
      values !== undefined &&
        (values === 'all' ? 'takes all values' : `takes only ${valueText(field, values.external_ids)}`),
      apply_value !== undefined &&
        `${apply_value.mode === 'append' ? 'gets also' : 'gets'} ${valueText(field, apply_value.value)}`,
    ]
      .filter(Boolean)
      .join(', ') || 'stays as it is'
  );
}
