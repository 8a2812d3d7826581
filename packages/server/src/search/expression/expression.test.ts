import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SignetError } from '../../errors.ts';
import { LIMITS, parseExpression } from './parse.ts';
import { printExpression } from './print.ts';
import type { Expression } from './tree.ts';

const printed = (text: string): string => printExpression(parseExpression(text)!);
const withoutPositions = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value, (key, member) => (key === 'at' ? undefined : member)));

test('the grammar, spelling → canonical spelling', () => {
  for (const [text, expected] of [
    ['cat', '"cat"'],
    [
      'resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m',
      'resource_type:"image" AND tags="kitten" AND uploaded_at>"1d" AND bytes>"1m"',
    ],
    ['a b', '"a" AND "b"'],
    ['a OR b c', '"a" OR ("b" AND "c")'],
    ['a && b || !c', '("a" AND "b") OR -"c"'],
    ['NOT a AND -b +c', '-"a" AND -"b" AND "c"'],
    ['NOT (a OR b)', '-("a" OR "b")'],
    ['--a', '--"a"'],
    ['status:(active OR pending)', 'status:"active" OR status:"pending"'],
    ['tags:(a AND (b OR -c))', 'tags:"a" AND (tags:"b" OR -tags:"c")'],
    ['public_id: foo', 'public_id:"foo"'],
    ['folder:"a b/*" AND x', 'folder:"a b/*" AND "x"'],
    ['folder:"*"', 'folder:"*"'],
    ['tags:*x*', 'tags:"*x*"'],
    ['name=testFolder*', 'name="testFolder*"'],
    ['name:"a\\*"', 'name:"a\\*"'],
    ['a\\ b\\:c', '"a b:c"'],
    ['width:[10 TO 20}', 'width:["10" TO "20"}'],
    ['width:{-5 TO *]', 'width:{"-5" TO *]'],
    ['created_at:[4w TO 1w]', 'created_at:["4w" TO "1w"]'],
    ['created_at>2024-01-02T03:04:05Z', 'created_at>"2024-01-02T03:04:05Z"'],
    ['created_at:[2024-01-02T03:04 TO 2024-02-01]', 'created_at:["2024-01-02T03:04" TO "2024-02-01"]'],
    ['created_at=>4w', 'created_at>="4w"'],
    ['context.my\\ key:v', 'context.my\\ key:"v"'],
    ['metadata.a.b-c="v"', 'metadata.a.b-c="v"'],
    ['a-b', '"a-b"'],
    ['ORDER', '"ORDER"'],
    ['or', '"or"'],
  ] as const)
    assert.equal(printed(text), expected, text);
  for (const blank of ['', '  \n']) assert.equal(parseExpression(blank), undefined);
});

test('a syntax error is a 400 with position and expectation', () => {
  for (const [text, position, expected] of [
    ['tags:', 6, /a value for tags/],
    ['(a', 3, /"\)"/],
    ['a)', 2, /end of the expression/],
    ['a AND', 6, /a field, a term/],
    ['a OR OR b', 6, /a term/],
    ['"abc', 5, /closing quote of position 1/],
    ['width:[1 5]', 10, /TO/],
    ['width:[1 TO 5', 14, /\] or \}/],
    ['width>[1 TO 5]', 7, /single value/],
    ['*', 1, /in quotes/],
    ['a*b', 3, /end of the term/],
    ['tags:a:b', 7, /end of the expression/],
    ['tags:a ^', 8, /end of the expression/],
    ['a & b', 3, /end of the expression/],
    ['a\\', 3, /a character after/],
    ['ta*gs:a', 4, /end of the term/],
    ['tags*:a', 6, /end of the term/],
  ] as const)
    assert.throws(
      () => parseExpression(text),
      (error) => {
        assert.ok(error instanceof SignetError, text);
        assert.equal(error.status, 400);
        assert.match(error.message, new RegExp(`at position ${position}[ :,]`), text);
        assert.match(error.message, expected, text);
        return true;
      },
    );
});

test('length, depth and number of clauses are limited', () => {
  for (const text of [
    'a'.repeat(LIMITS.length + 1),
    `${'('.repeat(LIMITS.depth + 1)}a${')'.repeat(LIMITS.depth + 1)}`,
    `${'-'.repeat(10_000)}a`,
    'a '.repeat(LIMITS.clauses + 1),
  ])
    assert.throws(() => parseExpression(text), SignetError);
  assert.ok(parseExpression(`${'('.repeat(LIMITS.depth)}a${')'.repeat(LIMITS.depth)}`));
});

test('any text parses or answers 400, nothing else', () => {
  const piece = fc.constantFrom(
    '(',
    ')',
    '[',
    ']',
    '{',
    '}',
    '"',
    '\\',
    '*',
    ':',
    '=',
    '>',
    '<',
    '-',
    '+',
    '!',
    '&&',
    '||',
    ' AND ',
    ' OR ',
    'NOT ',
    ' TO ',
    ' ',
    'tags',
    'bytes',
    '1m',
    '2024-01-01',
    'é',
    '\u{1f600}',
    '\0',
  );
  const check = (text: string) => {
    try {
      const tree = parseExpression(text);
      if (tree !== undefined)
        assert.deepEqual(withoutPositions(parseExpression(printExpression(tree))), withoutPositions(tree));
    } catch (error) {
      if (!(error instanceof SignetError)) throw error;
      assert.equal(error.status, 400);
    }
  };
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => check(pieces.join(''))),
    { numRuns: 3000 },
  );
  fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 40 }), check), { numRuns: 500 });
});

test('printing a tree and parsing it gives the tree', () => {
  const value = fc.record({
    text: fc.string({ minLength: 1, maxLength: 8 }),
    prefix: fc.boolean(),
    anywhere: fc.boolean(),
    at: fc.constant(0),
  });
  const bound = fc.record({
    value: fc.option(
      value.map((one) => ({ ...one, prefix: false, anywhere: false })),
      { nil: undefined },
    ),
    inclusive: fc.boolean(),
  });
  const field = fc.record({
    name: fc.stringMatching(/^[^.]{1,6}$/),
    path: fc.string({ maxLength: 6 }),
    at: fc.constant(0),
  });
  const { tree } = fc.letrec<{ tree: Expression; list: Expression[] }>((tie) => ({
    list: fc.array(tie('tree'), { minLength: 2, maxLength: 3 }),
    tree: fc.oneof(
      { maxDepth: 4, withCrossShrink: true },
      fc.record({ kind: fc.constant('term' as const), value }),
      fc.record({
        kind: fc.constant('match' as const),
        field,
        operator: fc.constantFrom(':', '=', '>=', '<=', '>', '<'),
        value,
      }),
      fc.record({ kind: fc.constant('range' as const), field, from: bound, to: bound }),
      fc.record({ kind: fc.constantFrom('and' as const, 'or' as const), items: tie('list') }),
      fc.record({ kind: fc.constant('not' as const), item: tie('tree') }),
    ) as fc.Arbitrary<Expression>,
  }));
  fc.assert(
    fc.property(tree, (expression) => {
      assert.deepEqual(withoutPositions(parseExpression(printExpression(expression))), withoutPositions(expression));
    }),
    { numRuns: 1000 },
  );
});

test('time grows with the length', () => {
  const long = `(${'tags:a OR '.repeat(LIMITS.clauses - 1)}b)${' '.repeat(20_000)}`;
  const started = performance.now();
  for (let run = 0; run < 10; run++) parseExpression(long);
  assert.ok(performance.now() - started < 2000);
});
