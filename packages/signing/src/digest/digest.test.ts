import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { hmacHex } from '../hmac.ts';
import * as native from './node.ts';
import * as pure from './pure.ts';

const ALGORITHMS = ['sha1', 'sha256'] as const;

test('both digests give the vectors of FIPS 180', () => {
  for (const { digestHex } of [native, pure]) {
    assert.equal(digestHex('sha1', 'abc'), 'a9993e364706816aba3e25717850c26c9cd0d89d');
    assert.equal(digestHex('sha1', ''), 'da39a3ee5e6b4b0d3255bfef95601890afd80709');
    assert.equal(digestHex('sha256', 'abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
  }
});

test('the pure digest equals the one of Node for every length around a block', () => {
  for (const algorithm of ALGORITHMS) {
    for (let length = 0; length < 200; length++) {
      const text = 'x'.repeat(length);
      assert.equal(pure.digestHex(algorithm, text), native.digestHex(algorithm, text));
    }
  }
});

test('the pure digest equals the one of Node for any text and bytes', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ALGORITHMS),
      fc.oneof(fc.string({ unit: 'binary', maxLength: 300 }), fc.uint8Array({ maxLength: 300 })),
      (algorithm, data) => {
        assert.equal(pure.digestHex(algorithm, data), native.digestHex(algorithm, data));
        assert.deepEqual([...pure.digestBytes(algorithm, data)], [...native.digestBytes(algorithm, data)]);
      },
    ),
    { numRuns: 400 },
  );
  assert.equal(pure.digestHex('sha1', 'a\ud800b'), native.digestHex('sha1', 'a\ud800b'), 'a lone surrogate');
});

test('HMAC equals the one of Node', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...ALGORITHMS),
      fc.uint8Array({ maxLength: 100 }),
      fc.string({ unit: 'grapheme', maxLength: 100 }),
      (algorithm, key, text) => {
        assert.equal(hmacHex(algorithm, key, text), createHmac(algorithm, key).update(text).digest('hex'));
      },
    ),
    { numRuns: 200 },
  );
});
