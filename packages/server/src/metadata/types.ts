/** Structured metadata as data; the wire shapes are those of the Metadata API. */
export const FIELD_TYPES = ['string', 'integer', 'date', 'enum', 'set'] as const;
export type FieldType = (typeof FIELD_TYPES)[number];

export type MetadataValue = string | number | readonly string[];
export type MetadataValues = Readonly<Record<string, MetadataValue>>;

export type Validation =
  | { readonly type: 'greater_than' | 'less_than'; readonly equals?: boolean; readonly value: number | string }
  | { readonly type: 'strlen'; readonly min?: number; readonly max?: number }
  | { readonly type: 'strregex'; readonly regex: string }
  | { readonly type: 'and'; readonly rules: readonly Validation[] };

export interface DatasourceEntry {
  readonly external_id: string;
  readonly value: string;
  readonly state: 'active' | 'inactive';
}

export interface MetadataField {
  readonly type: FieldType;
  readonly external_id: string;
  readonly label: string;
  readonly mandatory: boolean;
  readonly default_value: MetadataValue | null;
  readonly default_disabled: boolean;
  readonly validation: Validation | null;
  readonly restrictions: Readonly<Record<string, unknown>> | null;
  readonly allow_dynamic_list_values: boolean;
  /** In order; `undefined` for types without a list. */
  readonly datasource: readonly DatasourceEntry[] | undefined;
}

export type RuleCondition =
  | { readonly and: readonly RuleCondition[] }
  | { readonly or: readonly RuleCondition[] }
  | { readonly not: RuleCondition }
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

export interface MetadataRule {
  readonly external_id: string;
  readonly metadata_field_id: string;
  readonly name: string;
  readonly state: string;
  readonly position: number;
  readonly condition: RuleCondition;
  readonly condition_signature: string;
  readonly result: RuleResult;
}
