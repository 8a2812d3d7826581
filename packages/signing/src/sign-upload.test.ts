import assert from 'node:assert/strict';
import { test } from 'node:test';
import cloudinary from 'cloudinary';
import fc from 'fast-check';
import { apiSignRequest, signUpload } from './sign-upload.ts';
import { type Params, type SignatureVersion, signableParams, stringToSign } from './string-to-sign.ts';

const ML = { secret: 'hdcixPpR2iKERPwqvH6sHdK9cyac', cloud: { cloud_name: 'dn6ot3ged', timestamp: 1568810420 } };

interface Vector {
  name: string;
  params: Params;
  secret?: string;
  version?: SignatureVersion;
  text?: string;
  sha1?: string;
  sha256?: string;
}

const VECTORS: Vector[] = [
  {
    name: 'S1',
    params: { timestamp: 1315060510, public_id: 'sample_image', eager: 'w_400,h_300,c_pad|w_260,h_200,c_crop' },
    text: 'eager=w_400,h_300,c_pad|w_260,h_200,c_crop&public_id=sample_image&timestamp=1315060510',
    sha1: 'bfd09f95f331f558cbd1320e67aa8d488770583e',
  },
  {
    name: 'S2',
    params: { timestamp: 1315060510, public_id: 'sample_image' },
    text: 'public_id=sample_image&timestamp=1315060510',
    sha1: 'b4ad47fb4e25c7bf5f92a20089f9db59bc302313',
  },
  {
    name: 'S3',
    params: { public_id: 'folder/file', version: '1234' },
    secret: 'b',
    text: 'public_id=folder/file&version=1234',
    sha1: '7a3349cbb373e4812118d625047ede50b90e7b67',
    sha256: 'b44b80278ea257b3696a4337813abe901c2a2de124a7dae4ce74a5acc075cf3a',
  },
  {
    name: 'S4',
    params: { public_ids: ['a', 'b', 'c'], type: '', context: null, tag: 't1', command: 'add', timestamp: 1315060510 },
    text: 'command=add&public_ids=a,b,c&tag=t1&timestamp=1315060510',
    sha1: '1edc6c0210d5b1bcf76a5e20288e9e037af371f5',
  },
  {
    name: 'S5',
    params: { faces: 1, invalidate: true, overwrite: 0, timestamp: 1315060510 },
    text: 'faces=1&invalidate=true&overwrite=0&timestamp=1315060510',
    sha1: 'c3cb8f271bc5b31b20b11dce8a2bec210be17e7f',
  },
  {
    name: 'S6',
    params: { tags: 'tag3Å', public_id: 'עברית', timestamp: 1315060510 },
    text: 'public_id=עברית&tags=tag3Å&timestamp=1315060510',
    sha1: '4d4d27bee1871175dc3205b20574994ce462cffe',
  },
  {
    name: 'S7',
    params: { context: 'a=1&b=2|c=100%25', timestamp: 1315060510 },
    text: 'context=a=1%26b=2|c=100%25&timestamp=1315060510',
    sha1: '711c6295f6f7b959b2de4fefb6c2b56dddbaf0a5',
  },
  {
    name: 'S8',
    params: { folder: 'x/y', source: 'uw', timestamp: 1315060510, upload_preset: 'signed1' },
    text: 'folder=x/y&source=uw&timestamp=1315060510&upload_preset=signed1',
    sha1: 'e69e65e985a265c67489344672afc8eb65ef6902',
  },
  {
    name: 'S9',
    params: { ...ML.cloud, username: 'user@cloudinary.com' },
    secret: ML.secret,
    text: 'cloud_name=dn6ot3ged&timestamp=1568810420&username=user@cloudinary.com',
    sha1: '14c00ba6d0dfdedbc86b316847d95b9e6cd46d94',
    sha256: '45ddaa4fa01f0c2826f32f669d2e4514faf275fe6df053f1a150e7beae58a3bd',
  },
  {
    name: 'S10',
    params: { ...ML.cloud, notification_url: 'https://fake.com/callback?a=1&tags=hello,world' },
    secret: ML.secret,
    version: 2,
    sha1: '4fdf465dd89451cc1ed8ec5b3e314e8a51695704',
  },
  {
    name: 'S11',
    params: { ...ML.cloud, notification_url: 'https://fake.com/callback?a=1', tags: 'hello,world' },
    secret: ML.secret,
    version: 2,
    sha1: '7b4e3a539ff1fa6e6700c41b3a2ee77586a025f9',
  },
  {
    name: 'S12, the values of S10',
    params: { ...ML.cloud, notification_url: 'https://fake.com/callback?a=1&tags=hello,world' },
    secret: ML.secret,
    version: 1,
    sha1: '7b4e3a539ff1fa6e6700c41b3a2ee77586a025f9',
  },
  {
    name: 'S12, the values of S11',
    params: { ...ML.cloud, notification_url: 'https://fake.com/callback?a=1', tags: ['hello', 'world'] },
    secret: ML.secret,
    version: 1,
    sha1: '7b4e3a539ff1fa6e6700c41b3a2ee77586a025f9',
  },
];

for (const { name, params, secret = 'abcd', version = 2, text, sha1, sha256 } of VECTORS) {
  test(`vector ${name}`, () => {
    const signed = signUpload(params, secret, { version });
    if (text !== undefined) assert.equal(signed.stringToSign, text);
    assert.equal(signed.signature, sha1);
    assert.deepEqual(signed.params, { ...params, signature: sha1 });
    if (sha256 !== undefined) assert.equal(apiSignRequest(params, secret, { version, algorithm: 'sha256' }), sha256);
  });
}

const scalar = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: fc.constantFrom('&', '=', '%', '+', '|', ',', ' ', 'a', 'é', '😀', '"', '\n'), maxLength: 12 }),
  fc.integer(),
  fc.double(),
  fc.boolean(),
  fc.constantFrom(null, undefined, '', 0, -0, '0', 'false'),
);
const value = fc.oneof(
  { weight: 4, arbitrary: scalar },
  fc.array(scalar, { maxLength: 4 }),
  fc.array(fc.array(scalar, { maxLength: 3 }), { maxLength: 3 }),
  fc.dictionary(fc.string({ maxLength: 3 }), scalar, { maxKeys: 2, noNullPrototype: true }),
);
const parameterName = fc.oneof(
  fc.constantFrom('timestamp', 'public_id', 'public_ids', 'eager', 'eager_async', 'tags', 'context', 'folder', 'type'),
  fc.string({ unit: fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz_'), minLength: 1, maxLength: 8 }),
);
const anyName = fc.string({ unit: 'binary', maxLength: 6 });

function sdk(params: Params, secret: string, algorithm: string, version: number): string {
  const sign = cloudinary.v2.utils.api_sign_request as unknown as (...args: unknown[]) => string;
  return sign({ ...params }, secret, algorithm, version);
}

const result = (make: () => string): string => {
  try {
    return make();
  } catch (error) {
    return `throws ${(error as Error).name}`;
  }
};

const secrets = fc.string({ unit: 'binary', minLength: 1, maxLength: 30 });
const algorithms = fc.constantFrom('sha1' as const, 'sha256' as const);
const versions = fc.constantFrom(1 as const, 2 as const);

test('equals the official SDK for any values under parameter names', () => {
  const params = fc.dictionary(parameterName, value, { maxKeys: 8, noNullPrototype: true });
  fc.assert(
    fc.property(params, secrets, algorithms, versions, (given, secret, algorithm, version) => {
      const ours = result(() => signUpload(given, secret, { algorithm, version }).signature);
      assert.equal(
        ours,
        result(() => sdk(given, secret, algorithm, version)),
      );
    }),
    { numRuns: 3000 },
  );
});

test('equals the official SDK for any names at all in its locale order', () => {
  const params = fc.dictionary(anyName, value, { maxKeys: 6, noNullPrototype: true });
  fc.assert(
    fc.property(params, secrets, algorithms, versions, (given, secret, algorithm, version) => {
      const ours = result(() => apiSignRequest(given, secret, { algorithm, version, order: 'locale' }));
      assert.equal(
        ours,
        result(() => sdk(given, secret, algorithm, version)),
      );
    }),
    { numRuns: 1000 },
  );
});

test('SHA-1 and version 2 are the defaults, as in the SDK', () => {
  const params = { tags: 'a&b', timestamp: 1 };
  assert.equal(signUpload(params, 's').signature, sdk(params, 's', 'sha1', 2));
});

test('keys sort by their characters, whatever the locale', () => {
  assert.equal(stringToSign({ a_b: 1, aB: 2, a1: 3, Z: 4 }), 'Z=4&a1=3&aB=2&a_b=1');
});

test('parameters that are never signed are left out on request', () => {
  const all = { file: 'x', cloud_name: 'c', resource_type: 'raw', api_key: '1', signature: 's', timestamp: 1 };
  assert.deepEqual(signableParams(all), { timestamp: 1 });
});

test('a missing secret is refused instead of signing without one', () => {
  assert.throws(() => signUpload({ timestamp: 1 }, ''), /Expected the API secret as text but received an empty text/);
  assert.throws(() => signUpload({ timestamp: 1 }, undefined as unknown as string), /received undefined/);
});
