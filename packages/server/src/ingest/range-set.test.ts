import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ERRORS } from '../errors.ts';
import { parseContentRange } from './content-range.ts';
import { addRange, EMPTY, extent, missingWithin, prefix, type RangeSet, size } from './range-set.ts';

const range = fc.tuple(fc.nat(60), fc.nat(20)).map(([from, length]) => [from, from + length] as const);
const bits = (set: RangeSet) =>
  new Set(set.flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i)));

test('a set of ranges is the set of its bytes', () => {
  fc.assert(
    fc.property(fc.array(range, { maxLength: 12 }), range, (ranges, [from, to]) => {
      const set = ranges.reduce<RangeSet>((all, [start, end]) => addRange(all, start, end), EMPTY);
      const expected = bits(ranges);
      assert.deepEqual(bits(set), new Set([...expected].sort((a, b) => a - b)));
      for (let at = 1; at < set.length; at++) assert.ok(set[at - 1]![1] < set[at]![0], 'disjoint and apart');
      assert.equal(size(set), expected.size);
      assert.equal(extent(set), expected.size === 0 ? 0 : Math.max(...expected) + 1);
      let first = 0;
      while (expected.has(first)) first += 1;
      assert.equal(prefix(set), first);
      const wanted = Array.from({ length: to - from }, (_, index) => from + index).filter(
        (byte) => !expected.has(byte),
      );
      assert.deepEqual([...bits(missingWithin(set, from, to))], wanted);
    }),
    { numRuns: 300 },
  );
});

test('Content-Range as SDKs write it', () => {
  const cases: [string, unknown][] = [
    ['bytes 0-3380/3381', { start: 0, end: 3380, total: 3381 }],
    ['bytes 0-19999999/-1', { start: 0, end: 19_999_999, total: undefined }],
    ['bytes 0-19999999', { start: 0, end: 19_999_999, total: undefined }],
    ['bytes 0-19999999/', { start: 0, end: 19_999_999, total: undefined }],
    ['bytes 20000000-39999999/*', { start: 20_000_000, end: 39_999_999, total: undefined }],
    ['Bytes 5-5/6', { start: 5, end: 5, total: 6 }],
  ];
  for (const [header, expected] of cases) assert.deepEqual(parseContentRange(header), expected, header);
});

test('Content-Range that is none says what was expected', () => {
  for (const header of [
    '',
    'bytes',
    'bytes 5-4/10',
    'bytes 0-10/10',
    'items 0-1/2',
    'bytes */10',
    'bytes -5-4/3',
    `bytes 0-${'9'.repeat(30)}`,
  ])
    assert.throws(() => parseContentRange(header), {
      code: ERRORS.BadRequest('').code,
      message: /^Invalid Content-Range: expected bytes <start>-<end>\/<total>/,
    });
});
