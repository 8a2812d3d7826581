import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { collectParams } from './collect-params.ts';
import { apiSignRequest } from './sign-upload.ts';
import { verifyUpload } from './verify-upload.ts';

const NOW = 1_315_060_510;
const SECRET = 'hdcixPpR2iKERPwqvH6sHdK9cyac';
const params = { public_id: 'sample_image', timestamp: NOW, api_key: '1234', file: '@x', resource_type: 'auto' };
const signed = { public_id: 'sample_image', timestamp: NOW };
const STRING = 'public_id=sample_image&timestamp=1315060510';

test('a right signature is accepted and says how it was made', () => {
  assert.deepEqual(verifyUpload(params, apiSignRequest(signed, SECRET), SECRET, { now: NOW }), {
    ok: true,
    version: 2,
    algorithm: 'sha1',
    secretIndex: 0,
    stringToSign: STRING,
  });
  const sha256 = apiSignRequest(signed, SECRET, { algorithm: 'sha256' });
  const found = verifyUpload(params, sha256.toUpperCase(), ['other', '', SECRET], { now: NOW });
  assert.deepEqual(found.ok && [found.algorithm, found.secretIndex], ['sha256', 2]);
});

test('what fails says why', () => {
  const good = apiSignRequest(signed, SECRET);
  const reason = (signature: unknown, given: object = params, now = NOW) => {
    const result = verifyUpload(given as Record<string, unknown>, signature, SECRET, { now });
    return result.ok ? 'ok' : result.seconds === undefined ? result.reason : `${result.reason} ${result.seconds}`;
  };
  assert.equal(reason(good.replace(/^./, (c) => (c === '0' ? '1' : '0'))), 'mismatch');
  assert.equal(reason(good, { ...params, tags: 'x' }), 'mismatch');
  assert.equal(reason(undefined), 'missing-signature');
  assert.equal(reason(''), 'missing-signature');
  assert.equal(reason('zz'), 'malformed-signature');
  assert.equal(reason([good]), 'malformed-signature');
  assert.equal(reason(good, params, NOW + 3600), 'ok');
  assert.equal(reason(good, params, NOW + 3660), 'stale 60');
  assert.equal(reason(good, params, NOW - 300), 'ok');
  assert.equal(reason(good, params, NOW - 310), 'future 10');
  assert.equal(reason(apiSignRequest({ tags: 'a' }, SECRET), { tags: 'a' }), 'missing-timestamp');
  assert.equal(reason(apiSignRequest({ timestamp: 'soon' }, SECRET), { timestamp: 'soon' }), 'malformed-timestamp');
  const failed = verifyUpload(params, '0'.repeat(40), SECRET, { now: NOW });
  assert.equal(failed.stringToSign, STRING);
});

test('the secret is never in the result', () => {
  for (const signature of ['x', '0'.repeat(40), apiSignRequest(signed, SECRET)]) {
    assert.ok(!JSON.stringify(verifyUpload(params, signature, SECRET, { now: NOW })).includes(SECRET));
  }
});

test('version 1 is accepted with & in a value unless refused', () => {
  const given = { context: 'a=1&b=2', timestamp: NOW };
  const v1 = apiSignRequest(given, SECRET, { version: 1 });
  const accepted = verifyUpload(given, v1, SECRET, { now: NOW });
  assert.equal(accepted.ok && accepted.version, 1);
  const refused = verifyUpload(given, v1, SECRET, { now: NOW, refuseV1WithAmpersand: true });
  assert.equal(!refused.ok && refused.reason, 'version-1-refused');
  const v2 = apiSignRequest(given, SECRET);
  assert.ok(verifyUpload(given, v2, SECRET, { now: NOW, refuseV1WithAmpersand: true }).ok);
});

test('an empty secret never verifies, not even a digest made without one', () => {
  const forged = apiSignRequest(signed, 'x');
  assert.equal(verifyUpload(params, forged, '', { now: NOW }).ok, false);
  assert.equal(verifyUpload(params, forged, [], { now: NOW }).ok, false);
});

test('whatever is signed verifies, and any other value does not', () => {
  const names = fc.constantFrom('tags', 'context', 'public_id', 'Zed_1', 'zed1', 'é');
  const texts = fc.string({ unit: 'grapheme', maxLength: 12 });
  fc.assert(
    fc.property(
      fc.dictionary(names, texts, { noNullPrototype: true }),
      texts,
      fc.constantFrom(1 as const, 2 as const),
      fc.constantFrom('bytes' as const, 'locale' as const),
      (given, other, version, order) => {
        const all = { ...given, timestamp: NOW };
        const signature = apiSignRequest(all, SECRET, { version, order });
        assert.ok(verifyUpload(all, signature, SECRET, { now: NOW }).ok);
        if (other !== (given.tags ?? '') && !other.includes('&') && !`${Object.values(given)}`.includes('&')) {
          assert.ok(!verifyUpload({ ...all, tags: other }, signature, SECRET, { now: NOW }).ok);
        }
      },
    ),
    { numRuns: 500 },
  );
});

test('fields of every SDK become one set of parameters', () => {
  const cases: [Iterable<[string, unknown]> | Record<string, unknown>, Record<string, string>][] = [
    [
      [
        ['tags', 'a'],
        ['tags', 'b'],
      ],
      { tags: 'a,b' },
    ],
    [
      [
        ['public_ids[]', 'a'],
        ['x', '1'],
        ['public_ids[]', 'b'],
      ],
      { public_ids: 'a,b', x: '1' },
    ],
    [
      [
        ['public_ids[0]', 'a'],
        ['public_ids[1]', 'b'],
        ['public_ids[10]', 'k'],
        ['public_ids[2]', 'c'],
      ],
      { public_ids: 'a,b,k,c' },
    ],
    [
      [
        ['expires_at', '1315064110.50'],
        ['eager', ' '],
      ],
      { expires_at: '1315064110.50', eager: ' ' },
    ],
    [
      { faces: true, n: 1.5, off: false, list: ['a', 1, true], none: null },
      { faces: 'true', n: '1.5', off: 'false', list: 'a,1,true' },
    ],
    [{ context: { a: 'b' } }, { context: '{"a":"b"}' }],
    [
      [
        ['metadata[key]', 'x'],
        ['[]', 'y'],
        ['a[', 'z'],
      ],
      { 'metadata[key]': 'x', '[]': 'y', 'a[': 'z' },
    ],
    [new URLSearchParams('a=1&b[]=2&b[]=3'), { a: '1', b: '2,3' }],
  ];
  for (const [fields, expected] of cases) assert.deepEqual(collectParams(fields), expected);
});

test('a name such as __proto__ stays data', () => {
  const collected = collectParams([['__proto__', 'x']]);
  assert.deepEqual(Object.entries(collected), [['__proto__', 'x']]);
  assert.equal(Object.getPrototypeOf(collected), Object.prototype);
});
