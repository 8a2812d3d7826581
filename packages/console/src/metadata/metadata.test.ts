import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limitsOf, limitsText, type MetadataField, NO_LIMITS, validationOf } from './model.ts';
import {
  type Condition,
  conditionOf,
  conditionText,
  groupOf,
  resultText,
  type WireCondition,
  wireOf,
} from './rules.ts';

const FIELDS: readonly MetadataField[] = [
  {
    external_id: 'licence',
    label: 'Licence',
    type: 'enum',
    mandatory: false,
    datasource: { values: [{ external_id: 'own', value: 'Own work' }] },
  },
  { external_id: 'rating', label: 'Rating', type: 'integer', mandatory: false },
  {
    external_id: 'channels',
    label: 'Channels',
    type: 'set',
    mandatory: false,
    datasource: {
      values: [
        { external_id: 'web', value: 'Web' },
        { external_id: 'print', value: 'Print' },
      ],
    },
  },
];

test('limits become a validation and come back from it', () => {
  const between = { ...NO_LIMITS, from: '1', to: '5', toItself: false };
  assert.deepEqual(validationOf('integer', between), {
    type: 'and',
    rules: [
      { type: 'greater_than', value: 1, equals: true },
      { type: 'less_than', value: 5, equals: false },
    ],
  });
  assert.deepEqual(limitsOf(validationOf('integer', between)), between);
  const text = { ...NO_LIMITS, longest: '20', pattern: '^[a-z]' };
  assert.deepEqual(limitsOf(validationOf('string', text)), text);
  assert.equal(validationOf('string', between), null, 'limits of another type do not count');
  assert.equal(limitsText(validationOf('integer', between)), 'from 1, below 5');
  assert.equal(limitsText(null), '');
});

const wire: WireCondition = {
  and: [
    { metadata_field_id: 'licence', equals: 'own' },
    {
      not: {
        or: [
          { metadata_field_id: 'rating', populated: false },
          { metadata_field_id: 'rating', equals: 5 },
        ],
      },
    },
    { metadata_field_id: 'channels', includes: ['web', 'print'] },
  ],
};

test('a rule is told in words and written as it came', () => {
  const group = groupOf(wire);
  assert.equal(
    conditionText(group, FIELDS),
    'Licence is Own work and not (Rating has no value or Rating is 5) and Channels includes Web, Print',
  );
  assert.deepEqual(wireOf(group, FIELDS), wire);
  assert.equal(
    resultText({ enable: true, set_mandatory: true, activate_values: { external_ids: ['web'] } }, FIELDS[2]),
    'is shown, is required, takes only Web',
  );
  assert.equal(resultText({ apply_value: { value: 'own', mode: 'default' } }, FIELDS[0]), 'gets Own work');
});

test('a test without its value is refused by name', () => {
  assert.throws(
    () => wireOf({ kind: 'test', field: 'rating', test: 'equals', value: '' }, FIELDS),
    /compare Rating with/,
  );
});

test('whatever the form can say survives being kept', () => {
  const leaf = fc.oneof(
    fc
      .constantFrom('populated', 'empty')
      .map((test) => ({ kind: 'test', field: 'rating', test, value: '' }) as Condition),
    fc
      .tuple(fc.constantFrom('equals', 'differs'), fc.integer())
      .map(([test, value]) => ({ kind: 'test', field: 'rating', test, value: String(value) }) as Condition),
    fc
      .constantFrom('includes', 'excludes')
      .map((test) => ({ kind: 'test', field: 'channels', test, value: ['web'] }) as Condition),
  );
  const { tree } = fc.letrec<{ tree: Condition }>((tie) => ({
    tree: fc.oneof(
      { depthSize: 'small' },
      leaf,
      fc.record(
        {
          kind: fc.constant('group' as const),
          join: fc.constantFrom('and', 'or', 'none', 'not-all'),
          parts: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
        },
        { noNullPrototype: true },
      ) as fc.Arbitrary<Condition>,
    ),
  }));
  fc.assert(fc.property(tree, (condition) => assert.deepEqual(conditionOf(wireOf(condition, FIELDS)), condition)));
});
