import { useState } from 'react';
import { api } from '../../api.ts';
import {
  activeEntries,
  asValue,
  isBlank,
  isListed,
  type MetadataField,
  type Value,
  wireValue,
} from '../../metadata/model.ts';
import {
  type Condition,
  conditionText,
  groupOf,
  JOINS,
  newTest,
  type Rule,
  type RuleResult,
  resultText,
  TESTS,
  wireOf,
} from '../../metadata/rules.ts';
import { ValueInput } from '../../metadata/value-input.tsx';
import { EditorDialog } from '../../ui/editor-dialog.tsx';
import { Button, Check, IconButton, SelectField, TextField } from '../../ui/parts.tsx';
import type { EditorProps } from '../editable-list.tsx';

type Fields = readonly MetadataField[];
type Test = Extract<Condition, { kind: 'test' }>;
type Group = Extract<Condition, { kind: 'group' }>;

const testsFor = (field: MetadataField | undefined) =>
  Object.entries(TESTS).filter(([id]) => field?.type === 'set' || (id !== 'includes' && id !== 'excludes'));

const isAboutPresence = (test: Test['test']): boolean => test === 'populated' || test === 'empty';

function TestRow({
  test,
  fields,
  onChange,
  onRemove,
}: {
  test: Test;
  fields: Fields;
  onChange: (test: Test) => void;
  onRemove: () => void;
}) {
  const field = fields.find(({ external_id }) => external_id === test.field);
  return (
    <div className="condition">
      <SelectField
        label="Field"
        value={test.field}
        options={fields.map(({ external_id, label }) => [external_id, label] as const)}
        onValue={(id) => onChange({ kind: 'test', field: id, test: 'populated', value: '' })}
      />
      <SelectField
        label="Test"
        value={test.test}
        options={testsFor(field)}
        onValue={(id) => onChange({ ...test, test: id as Test['test'] })}
      />
      {!isAboutPresence(test.test) && field !== undefined && (
        <ValueInput
          label="Value"
          field={{ ...field, mandatory: false }}
          value={test.value}
          onValue={(value) => onChange({ ...test, value })}
        />
      )}
      <IconButton label="Remove this test" icon="close" onClick={onRemove} />
    </div>
  );
}

function GroupEditor({
  group,
  fields,
  onChange,
  onRemove,
}: {
  group: Group;
  fields: Fields;
  onChange: (group: Group) => void;
  onRemove?: () => void;
}) {
  const parts = (next: readonly Condition[]): void => onChange({ ...group, parts: next });
  return (
    <fieldset className={onRemove === undefined ? 'rule-group' : 'rule-group inner'}>
      <legend className="hidden">{onRemove === undefined ? 'When' : 'A group of tests'}</legend>
      <div className="row">
        <SelectField
          label={onRemove === undefined ? 'When' : 'and when'}
          value={group.join}
          options={Object.entries(JOINS)}
          onValue={(join) => onChange({ ...group, join: join as Group['join'] })}
        />
        {onRemove && <IconButton label="Remove this group" icon="close" onClick={onRemove} />}
      </div>
      {group.parts.map((part, index) => {
        const change = (next: Condition): void => parts(group.parts.with(index, next));
        const remove = (): void => parts(group.parts.toSpliced(index, 1));
        return part.kind === 'group' ? (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part of a condition is known by its place
          <GroupEditor key={index} group={part} fields={fields} onChange={change} onRemove={remove} />
        ) : (
          // biome-ignore lint/suspicious/noArrayIndexKey: a part of a condition is known by its place
          <TestRow key={index} test={part} fields={fields} onChange={change} onRemove={remove} />
        );
      })}
      <div className="row wrap">
        <Button look="quiet" icon="plus" onClick={() => parts([...group.parts, newTest(fields[0]!.external_id)])}>
          Add a test
        </Button>
        <Button
          look="quiet"
          icon="plus"
          onClick={() =>
            parts([...group.parts, { kind: 'group', join: 'or', parts: [newTest(fields[0]!.external_id)] }])
          }
        >
          Add a group
        </Button>
      </div>
    </fieldset>
  );
}

/** What happens to the field, as it stands in the form. */
interface Outcome {
  readonly enable: '' | 'yes' | 'no';
  readonly mandatory: '' | 'yes' | 'no';
  readonly values: '' | 'all' | 'append' | 'override';
  readonly chosen: readonly string[];
  readonly apply: '' | 'default' | 'append';
  readonly value: Value;
}

const choice = (flag: boolean | undefined): '' | 'yes' | 'no' => (flag === undefined ? '' : flag ? 'yes' : 'no');

function outcomeOf(result: RuleResult): Outcome {
  const { activate_values: values, apply_value: apply } = result;
  return {
    enable: choice(result.enable),
    mandatory: choice(result.set_mandatory),
    values:
      values === undefined
        ? ''
        : values === 'all'
          ? 'all'
          : values.mode === 'override' || values.exclusive === true
            ? 'override'
            : 'append',
    chosen: typeof values === 'object' ? values.external_ids : [],
    apply: apply === undefined ? '' : apply.mode === 'append' ? 'append' : 'default',
    value: asValue(apply?.value),
  };
}

/** @throws saying what is missing */
function resultOf(outcome: Outcome, field: MetadataField): RuleResult {
  if (outcome.apply !== '' && isBlank(outcome.value)) throw new Error(`Expected the value that ${field.label} gets`);
  if ((outcome.values === 'append' || outcome.values === 'override') && outcome.chosen.length === 0)
    throw new Error(`Expected at least one value that ${field.label} takes`);
  const result: RuleResult = {
    ...(outcome.enable === '' ? {} : { enable: outcome.enable === 'yes' }),
    ...(outcome.mandatory === '' ? {} : { set_mandatory: outcome.mandatory === 'yes' }),
    ...(outcome.values === ''
      ? {}
      : {
          activate_values:
            outcome.values === 'all' ? ('all' as const) : { external_ids: outcome.chosen, mode: outcome.values },
        }),
    ...(outcome.apply === ''
      ? {}
      : { apply_value: { value: wireValue(field.type, outcome.value), mode: outcome.apply } }),
  };
  if (Object.keys(result).length === 0) throw new Error(`Expected something that happens to ${field.label}`);
  return result;
}

function OutcomeEditor({
  field,
  outcome,
  set,
}: {
  field: MetadataField;
  outcome: Outcome;
  set: (change: Partial<Outcome>) => void;
}) {
  return (
    <fieldset className="rule-group">
      <legend className="hidden">Then</legend>
      <div className="form-grid two">
        <SelectField
          label={`Then ${field.label}`}
          value={outcome.enable}
          options={[
            ['', 'is shown or hidden as before'],
            ['yes', 'is shown'],
            ['no', 'is hidden and has no value'],
          ]}
          onValue={(enable) => set({ enable: enable as Outcome['enable'] })}
        />
        <SelectField
          label="and"
          value={outcome.mandatory}
          options={[
            ['', 'is required as the field says'],
            ['yes', 'is required'],
            ['no', 'is optional'],
          ]}
          onValue={(mandatory) => set({ mandatory: mandatory as Outcome['mandatory'] })}
        />
        {isListed(field.type) && (
          <SelectField
            label="takes"
            value={outcome.values}
            options={[
              ['', 'the values as before'],
              ['all', 'all values'],
              ['append', 'these, with what other rules allow'],
              ['override', 'only these'],
            ]}
            onValue={(values) => set({ values: values as Outcome['values'] })}
          />
        )}
        <SelectField
          label="gets"
          value={outcome.apply}
          options={[
            ['', 'no value by this rule'],
            ['default', 'a value when it has none'],
            ...(field.type === 'set' ? ([['append', 'values besides those it has']] as const) : []),
          ]}
          onValue={(apply) => set({ apply: apply as Outcome['apply'] })}
        />
      </div>
      {(outcome.values === 'append' || outcome.values === 'override') && (
        <ValueInput
          label="Values it takes"
          field={{ type: 'set', label: field.label, mandatory: false, datasource: { values: activeEntries(field) } }}
          value={outcome.chosen}
          onValue={(chosen) => set({ chosen: chosen as readonly string[] })}
        />
      )}
      {outcome.apply !== '' && (
        <ValueInput
          label="Value it gets"
          field={{ ...field, mandatory: false }}
          value={outcome.value}
          onValue={(value) => set({ value })}
        />
      )}
    </fieldset>
  );
}

export function RuleEditor({ item: rule, fields, onClose, onSaved }: EditorProps<Rule> & { fields: Fields }) {
  const [name, setName] = useState(rule?.name ?? '');
  const [target, setTarget] = useState(rule?.metadata_field_id ?? fields[0]!.external_id);
  const [active, setActive] = useState(rule?.state !== 'inactive');
  const [group, setGroup] = useState<Group>(
    rule ? groupOf(rule.condition) : { kind: 'group', join: 'and', parts: [newTest(fields[0]!.external_id)] },
  );
  const [outcome, setOutcome] = useState(outcomeOf(rule?.result ?? {}));
  const field = fields.find(({ external_id }) => external_id === target) ?? fields[0]!;
  let summary: string;
  try {
    wireOf(group, fields);
    summary = `When ${conditionText(group, fields)}, ${field.label} ${resultText(resultOf(outcome, field), field)}.`;
  } catch (error) {
    summary = (error as Error).message;
  }
  return (
    <EditorDialog
      title={rule ? rule.name : 'New rule'}
      onClose={onClose}
      wide
      onSave={async () => {
        const body = {
          name,
          metadata_field_id: target,
          state: active ? 'active' : 'inactive',
          condition: wireOf(group, fields),
          result: resultOf(outcome, field),
        };
        if (rule) await api.put(`/admin/metadata_rules/${encodeURIComponent(rule.external_id)}`, body);
        else await api.post('/admin/metadata_rules', body);
        onSaved();
      }}
    >
      <div className="form-grid two">
        <TextField label="Name" required value={name} onValue={setName} />
        <SelectField
          label="Field it acts on"
          value={target}
          onValue={(id) => {
            setTarget(id);
            setOutcome({ ...outcome, values: '', chosen: [], apply: '', value: '' });
          }}
          options={fields.map(({ external_id, label }) => [external_id, label] as const)}
        />
      </div>
      <GroupEditor group={group} fields={fields} onChange={setGroup} />
      <OutcomeEditor field={field} outcome={outcome} set={(change) => setOutcome({ ...outcome, ...change })} />
      <p className="notice" role="status">
        {summary}
      </p>
      <Check label="The rule is in force" checked={active} onChecked={setActive} />
    </EditorDialog>
  );
}
