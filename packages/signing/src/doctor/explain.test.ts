import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { test } from 'node:test';
import fc from 'fast-check';
import { apiSignRequest } from '../sign-upload.ts';
import { explainSignature } from './explain.ts';
import {
  ACCOUNT,
  BASE,
  but,
  CASES,
  type Case,
  drop,
  KEY,
  NOW,
  OTHER,
  SECRET,
  sign,
  sorted,
} from './mistakes.fixture.ts';

const diagnose = ({
  sent = BASE,
  signature,
  request,
  account,
}: Pick<Case, 'sent' | 'signature' | 'request' | 'account'>) =>
  explainSignature(
    { params: { ...sent, api_key: KEY, signature }, ...request },
    { maxMilliseconds: 10_000, ...ACCOUNT, ...account },
  );

for (const one of CASES) {
  test(`names the mistake: ${one.kind}`, () => {
    const found = diagnose(one);
    assert.equal(found.mistakes.map(({ id }) => id).join(' ') || found.verdict, one.ids, found.text);
    assert.equal(found.verdict, 'mistake');
    if (one.names) assert.deepEqual(found.mistakes[0]!.names, one.names);
    assert.ok(
      !JSON.stringify(found).includes(SECRET) && !JSON.stringify(found).includes(OTHER.secret),
      'no secret in the text',
    );
    assert.match(found.text, /^[A-Z"][^\n]*\.$/);
  });
}

test('an error text names no key: that of the account is meant', () => {
  const fromError = (signature: string) => {
    const serverStringToSign = sorted(BASE);
    return explainSignature({ params: BASE, signature, serverStringToSign }, ACCOUNT).mistakes.map(({ id }) => id);
  };
  assert.deepEqual(fromError(sign(BASE, KEY)), ['api-key-as-secret']);
  assert.deepEqual(fromError(sign(but({ api_key: KEY }))), ['excluded-signed']);
  assert.deepEqual(fromError(sign(BASE, `${KEY}:${SECRET}`)), ['secret-from-url']);
});

test('at least 30 kinds are in the table', () => {
  assert.ok(new Set(CASES.flatMap(({ ids }) => ids.split(' '))).size >= 30);
});

test('a right signature is never called a mistake', () => {
  fc.assert(
    fc.property(
      fc.dictionary(
        fc.constantFrom('tags', 'folder', 'context', 'public_id', 'eager', 'callback'),
        fc.string({ unit: 'grapheme', maxLength: 15 }),
        { noNullPrototype: true },
      ),
      fc.constantFrom('sha1' as const, 'sha256' as const),
      fc.constantFrom(1 as const, 2 as const),
      (given, algorithm, version) => {
        const sent = { ...given, timestamp: NOW - 5 };
        assert.equal(
          diagnose({ sent, signature: apiSignRequest(sent, SECRET, { algorithm, version }) }).verdict,
          'valid',
        );
      },
    ),
    { numRuns: 200 },
  );
});

test('garbage is never given a name, and the search stays bounded', () => {
  for (let n = 0; n < 12; n++) {
    const found = diagnose({ signature: randomBytes(n % 2 ? 20 : 32).toString(n % 3 ? 'hex' : 'base64') });
    assert.deepEqual([found.verdict, found.mistakes], ['unknown', []]);
    assert.ok(found.tried.digests <= 20_200, `${found.tried.digests} digests`);
    assert.match(found.text, /tried \d+ ways of signing: parameters left out/);
  }
  for (const signature of ['', 'garbage!', 'xyz', '12ab'])
    assert.equal(diagnose({ signature }).verdict, 'not-a-digest');
  const few = diagnose({ signature: '0'.repeat(40), account: { maxDigests: 100 } });
  assert.ok(few.tried.digests < 400 && !few.tried.complete);
});

test('a digest of another kind is named by its length', () => {
  for (const [algorithm, name] of [
    ['md5', 'MD5'],
    ['sha384', 'SHA-384'],
    ['sha512', 'SHA-512'],
  ] as const) {
    const signature = createHash(algorithm)
      .update(sorted(BASE) + SECRET)
      .digest('hex');
    const { text, verdict } = diagnose({ signature });
    assert.equal(verdict, 'not-a-digest');
    assert.match(
      text,
      new RegExp(`^The signature has ${signature.length} hex digits, as many as ${name} gives: .*SHA-1`),
    );
  }
});

test('names are listed and agree with their verb', () => {
  const three = diagnose({ signature: sign(drop('tags', 'folder', 'eager')) });
  assert.match(three.text, /^"folder", "tags" and "eager" were sent but not signed: /);
  const encoded = Object.fromEntries(Object.entries(BASE).map(([k, v]) => [k, encodeURIComponent(String(v))]));
  assert.match(diagnose({ signature: sign(encoded) }).text, /^"public_id", .* and "\w+" were signed URL-encoded/);
});

test('hostile requests neither throw nor take long', () => {
  const many = Object.fromEntries(Array.from({ length: 300 }, (_, n) => [`p${n}`, '%'.repeat(200)]));
  const started = performance.now();
  diagnose({ sent: { ...many, timestamp: '\ud800' }, signature: '0'.repeat(40), account: { maxMilliseconds: 300 } });
  diagnose({
    sent: { tags: ','.repeat(50_000), context: '|'.repeat(50_000) },
    signature: '0'.repeat(40),
    account: { maxMilliseconds: 300 },
  });
  assert.ok(performance.now() - started < 10_000);
});

test('a secret sent as a parameter does not come back', () => {
  const found = diagnose({ sent: but({ api_secret: SECRET }), signature: sign(BASE) });
  assert.deepEqual(found.mistakes[0]!.names, ['api_secret']);
  assert.ok(!JSON.stringify(found).includes(SECRET));
});

test('an API key that the account does not have', () => {
  const found = diagnose({ signature: sign(BASE), request: { apiKey: '5' } });
  assert.deepEqual(
    found.mistakes.map(({ id }) => id),
    ['unknown-api-key'],
  );
});

test('without a secret it says so', () => {
  assert.equal(diagnose({ signature: sign(BASE), account: { secrets: [] } }).verdict, 'no-secret');
});
