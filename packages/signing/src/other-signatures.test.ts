import assert from 'node:assert/strict';
import { test } from 'node:test';
import cloudinary from 'cloudinary';
import fc from 'fast-check';
import { aclMatches, appendAuthToken, createAuthToken, verifyAuthToken } from './auth-token.ts';
import { encodeDeliverySource, signDelivery, verifyDelivery } from './delivery-signature.ts';
import { signDownloadQuery } from './download-url.ts';
import { signNotification, verifyNotification } from './notification-signature.ts';
import { signResponse, verifyResponse } from './response-signature.ts';
import { createSearchPath, verifySearchPath } from './search-url.ts';

test('response signatures: vectors, always version 1', () => {
  const sample = { public_id: 'sample', version: 1312461204 };
  const sha256 = 'd5c22bdf14b88713b860b62622e0ae4a1ee50efb3405d8b454e329b262c437fe';
  assert.equal(signResponse(sample, 'abcd'), '7332b60d1da7033c332c59cb66dac31f72acc44c');
  assert.equal(signResponse(sample, 'abcd', { algorithm: 'sha256' }), sha256);
  assert.equal(signResponse({ public_id: 'a&b', version: 1 }, 'abcd'), '22f9044c9a7a64c6ab084600f196276bb0a53dd9');
  assert.ok(verifyResponse(sample, '7332b60d1da7033c332c59cb66dac31f72acc44c', 'abcd'));
  assert.ok(verifyResponse(sample, sha256, 'abcd'));
  assert.ok(!verifyResponse({ public_id: 'a&b', version: 1 }, 'd86fa640b65de44c60d5b5894e165a16a370f584', 'abcd'));
  assert.ok(!verifyResponse(sample, sha256, 'abce'));
  assert.ok(!verifyResponse(sample, 'x', 'abcd'));
});

test('the SDK accepts our response signature', () => {
  cloudinary.v2.config({ cloud_name: 'demo', api_key: '1', api_secret: 'abcd' });
  // The SDK's type declarations leave this function out.
  const { verify_api_response_signature: verify } = cloudinary.v2.utils as unknown as Record<
    string,
    (publicId: string, version: string, signature: string) => boolean
  >;
  assert.ok(verify!('a&b', '17', signResponse({ public_id: 'a&b', version: 17 }, 'abcd')));
});

const NOTIFICATIONS: [body: string, timestamp: number, secret: string, digest: string, algorithm?: 'sha256'][] = [
  [
    '{"public_id":"117e5550-7bfa-11e4-80d7-f962166bd3be","version":1417727468}',
    1417727468,
    'shhh',
    'bac927006d3ce039ef7632e2c03189348d02924a',
  ],
  ["{public_id: 'sample'}", 1315060510, 'abcd', '25f7e91709c858b97d688ce8da799dedb290d9ef'],
  [
    '{"notification_type":"upload","public_id":"sample","version":1312461204}',
    1315060510,
    'abcd',
    'd3c0ba9666049fd9b38c6ec379f93176b4320d3f',
  ],
  [
    '{"notification_type":"upload","public_id":"sample","version":1312461204}',
    1315060510,
    'abcd',
    'b2be14fe9cad76e868442bbb789f254137bd7aa05d41e2e609cbe8e4c75a452c',
    'sha256',
  ],
  [
    '{"public_id":"b8sjhoslj8cq8ovoa0ma","version":"1555337587","width":1000,"height":800}',
    7952342400000,
    'hardcoded',
    '6c5a29fd8815772fbac2f10ae741e093d0859313947ef8fadeb29126ded6649c',
    'sha256',
  ],
];

test('notification signatures: vectors, age and tampering', () => {
  for (const [body, timestamp, secret, digest, algorithm = 'sha1'] of NOTIFICATIONS) {
    assert.equal(signNotification(body, timestamp, secret, { algorithm }), digest);
    assert.equal(signNotification(new TextEncoder().encode(body), timestamp, secret, { algorithm }), digest);
    const at = (now: number, given = body, one: string | string[] = secret) =>
      verifyNotification(given, timestamp, digest, one, { now });
    assert.deepEqual(at(timestamp), { ok: true, algorithm });
    assert.deepEqual(at(timestamp + 7200, body, ['other', secret]), { ok: true, algorithm });
    assert.deepEqual(at(timestamp + 7201), { ok: false, reason: 'stale' });
    assert.deepEqual(at(timestamp, `${body} `), { ok: false, reason: 'mismatch' });
    assert.ok(verifyNotification(body, timestamp, digest, secret, { now: timestamp + 8000, validFor: 9000 }).ok);
  }
  assert.deepEqual(verifyNotification('x', 1, 'zz', 's'), { ok: false, reason: 'malformed-signature' });
  assert.deepEqual(verifyNotification('x', 'soon', '0'.repeat(40), 's'), { ok: false, reason: 'malformed-timestamp' });
});

const DELIVERIES: [
  signature: string,
  source: string,
  transformation?: string,
  how?: { algorithm?: 'sha256'; long?: boolean },
][] = [
  ['Ai4Znfl3', 'image.jpg', 'c_crop,h_20,w_10'],
  ['--SjmNDA', 'image.jpg'],
  ['hH_YcbiS', 'http://google.com/path/to/image.png'],
  ['v2fTPYTu', 'sample.jpg'],
  ['2hbrSMPO', 'sample.jpg', undefined, { algorithm: 'sha256' }],
  ['2hbrSMPOjj5BJ4xV7SgFbRDevFaQNUFf', 'sample.jpg', undefined, { long: true }],
  ['w_rP3ugM', 'folder/my%20image.jpg', 'c_scale,w_100'],
  ['P8lvz97P', '%C3%BC/%C3%A9.jpg'],
  ['wsQOpeZe', 'sample.webp', 'c_fill,w_100/e_sepia'],
  ['IOt1f5gD', 'docs/a.pdf'],
  ['ERa0LYJd', 'dog.mp4'],
];

test('delivery signatures: vectors, create and verify', () => {
  for (const [signature, source, transformation, how = {}] of DELIVERIES) {
    const what = { source, ...(transformation !== undefined && { transformation }) };
    const made = signDelivery(what, 'b', how);
    assert.equal(made, signature, source);
    const expected = { ok: true, algorithm: how.algorithm ?? (how.long ? 'sha256' : 'sha1'), long: how.long ?? false };
    assert.deepEqual(verifyDelivery(what, signature, 'b'), expected);
    assert.deepEqual(verifyDelivery(what, `s--${signature}--`, ['a', 'b']), expected);
    assert.deepEqual(verifyDelivery({ ...what, source: `x${source}` }, signature, 'b'), {
      ok: false,
      reason: 'mismatch',
    });
  }
  assert.deepEqual(verifyDelivery({ source: 'sample.jpg' }, 's--short--', 'b'), { ok: false, reason: 'malformed' });
  const decoded = { source: 'folder/my%20image.jpg', transformation: 'c_scale,w_100' };
  assert.ok(verifyDelivery(decoded, '05D84-aP', 'b').ok, 'signed before encoding');
});

test('delivery signatures equal those in the URLs of the SDK', () => {
  const sources = fc.oneof(
    fc.constantFrom('http://google.com/path/to/image.png', 'a//b', 'folder/my image', 'ü/é', 'a:b', "it's (1)!"),
    fc
      .string({ unit: fc.constantFrom(...'abc/ é:_-.'), minLength: 1, maxLength: 12 })
      .filter((id) => !/^[/.]|^v\d|\/$/.test(id)),
  );
  fc.assert(
    fc.property(sources, fc.boolean(), fc.constantFrom('sha1' as const, 'sha256' as const), (id, long, algorithm) => {
      const remote = /^https?:/.test(id);
      const url = cloudinary.v2.url(id, {
        cloud_name: 'test123',
        api_secret: 'b',
        sign_url: true,
        type: remote ? 'fetch' : 'authenticated',
        width: 100,
        crop: 'scale',
        long_url_signature: long,
        signature_algorithm: algorithm,
        urlAnalytics: false,
        ...(remote ? {} : { format: 'jpg' }),
      });
      const source = remote ? encodeDeliverySource(id) : encodeDeliverySource(id, 'jpg');
      const signature = signDelivery({ source, transformation: 'c_scale,w_100' }, 'b', { long, algorithm });
      assert.ok(url.includes(`/s--${signature}--/`), `${url} for ${id} → ${source}`);
    }),
    { numRuns: 300 },
  );
});

const KEY = '00112233FF99';
const TOKENS: [options: object, hmac: string, path: string][] = [
  [
    { startTime: 1111111111, duration: 300, acl: '/image/*' },
    '1751370bcc6cfe9e03f30dd1a9722ba0f2cdca283fa3e6df3342a00a7528cc51',
    '/image/x/y.jpg',
  ],
  [
    { startTime: 222222222, duration: 300, acl: '/*/t_foobar' },
    '8e39600cc18cec339b21fe2b05fcb64b98de373355f8ce732c35710d8b10259f',
    '/a/b/t_foobar',
  ],
  [
    { startTime: 1111111111, duration: 300, acl: ['/i/a/*', '/i/b/*'] },
    'fe31216f52a2e6926e32eae2fb41beeb8660299e9794e3852cf14b3c25b91399',
    '/i/b/1',
  ],
  [
    { ip: '1.2.3.4', startTime: 1111111111, expiration: 1111111411, acl: '/image/*' },
    'a8834dfb20def4744261f1b611933d33dbc0da9dde031c7b5bdfb83b0a126755',
    '/image/a',
  ],
  [
    { startTime: 11111111, duration: 300, url: '/image/authenticated/v1486020273/sample.jpg' },
    '8db0d753ee7bbb9e2eaf8698ca3797436ba4c20e31f44527e43b6a6e995cfdb3',
    '/image/authenticated/v1486020273/sample.jpg',
  ],
  [
    { startTime: 11111111, duration: 300, url: '/test123/image/authenticated/v1486020273/sample.jpg' },
    '9bd6f41e2a5893da8343dc8eb648de8bf73771993a6d1457d49851250caf3b80',
    '/test123/image/authenticated/v1486020273/sample.jpg',
  ],
];

test('auth tokens: vectors, create and verify', () => {
  for (const [options, hmac, path] of TOKENS) {
    const token = createAuthToken({ key: KEY, ...options });
    assert.ok(token.startsWith('__cld_token__=') && token.endsWith(`~hmac=${hmac}`), token);
    const start = (options as { startTime: number }).startTime;
    const check = (more: object = {}) => {
      const result = verifyAuthToken(token, { key: KEY, path, ip: '1.2.3.4', now: start + 10, ...more });
      return result.ok ? 'ok' : result.reason;
    };
    assert.equal(check(), 'ok');
    assert.equal(check({ key: ['aa', KEY] }), 'ok');
    assert.equal(check({ now: start - 1 }), 'not-yet');
    assert.equal(check({ now: start + 301 }), 'expired');
    assert.equal(check({ key: 'ff' }), 'mismatch');
    assert.equal(check({ path: '/elsewhere' }), 'acl' in options ? 'path-not-allowed' : 'mismatch');
    if ('ip' in options) assert.equal(check({ ip: '1.2.3.5' }), 'wrong-ip');
    const longer = token.replace(/exp=(\d+)/, 'exp=9999999999');
    assert.deepEqual(verifyAuthToken(longer, { key: KEY, path, ip: '1.2.3.4', now: start + 10 }), {
      ok: false,
      reason: 'mismatch',
    });
  }
});

test('auth tokens: options that are missing, texts that are none', () => {
  assert.throws(() => createAuthToken({ key: KEY, acl: '/*' }), /Must provide either expiration or duration/);
  assert.throws(
    () => createAuthToken({ key: KEY, duration: 1 }),
    /authToken must contain either an acl or a url property/,
  );
  assert.throws(() => createAuthToken({ key: 'not hex', duration: 1, acl: '/*' }), /hexadecimal/);
  for (const text of [
    '',
    'x',
    'exp=1',
    `exp=1~hmac=${'0'.repeat(64)}~exp=2`,
    `exp=x~hmac=${'0'.repeat(64)}`,
    `a=1~exp=1~hmac=${'0'.repeat(64)}`,
  ]) {
    assert.deepEqual(verifyAuthToken(text, { key: KEY, path: '/' }), { ok: false, reason: 'malformed' });
  }
});

test('auth tokens: the URL form equals the one of the SDK', () => {
  const authToken = { key: KEY, start_time: 11111111, duration: 300 };
  const theirs = cloudinary.v2.url('sample.jpg', {
    cloud_name: 'test123',
    type: 'authenticated',
    version: '1486020273',
    sign_url: true,
    auth_token: authToken as never,
    urlAnalytics: false,
  });
  const bare = 'https://res.cloudinary.com/test123/image/authenticated/v1486020273/sample.jpg';
  assert.equal(appendAuthToken(bare, { key: KEY, startTime: 11111111, duration: 300 }), theirs);
});

test('access lists match with * for anything', () => {
  const cases: [string, string, boolean][] = [
    ['/image/*', '/image/a/b.jpg', true],
    ['/image/*', '/images/a', false],
    ['/image/*', '/x/image/a', false],
    ['/*/t_foobar', '/a/b/t_foobar', true],
    ['/*/t_foobar', '/a/t_foobar/x', false],
    ['/a/b.jpg', '/a/b.jpg?x=1', true],
    ['/a/b.jpg', '/a/bxjpg', false],
    ['/a*a', '/a', false],
    ['*', '/', true],
    ['/a*b*c', '/a1b2c', true],
    ['/a*b*c', '/a1c2b', false],
  ];
  for (const [pattern, path, expected] of cases)
    assert.equal(aclMatches(pattern, path), expected, `${pattern} ${path}`);
});

const QUERY = {
  sort_by: [{ public_id: 'desc' }],
  max_results: 30,
  expression: 'resource_type:image AND tags=kitten AND uploaded_at>1d AND bytes>1m',
};
const ENCODED =
  'eyJleHByZXNzaW9uIjoicmVzb3VyY2VfdHlwZTppbWFnZSBBTkQgdGFncz1raXR0ZW4gQU5EIHVwbG9hZGVkX2F0PjFkIEFORCBieXRlcz4xbSIsIm1heF9yZXN1bHRzIjozMCwic29ydF9ieSI6W3sicHVibGljX2lkIjoiZGVzYyJ9XX0=';

test('search URLs: vectors, create and verify', () => {
  const path = `search/431454b74cefa342e2f03e2d589b2e901babb8db6e6b149abf25bc0dd7ab20b7/300/${ENCODED}`;
  assert.equal(createSearchPath(QUERY, 'secret'), path);
  assert.equal(createSearchPath({ ...QUERY, with_field: [], next_cursor: null }, 'secret'), path);
  assert.equal(createSearchPath(QUERY, 'secret', { nextCursor: 'abc' }), `${path}/abc`);
  assert.match(
    createSearchPath(QUERY, 'secret', { ttl: 1000 }),
    /^search\/25b91426a37d4f633a9b34383c63889ff8952e7ffecef29a17d600eeb3db0db7\/1000\//,
  );
  assert.deepEqual(verifySearchPath(path, 'secret'), { ok: true, query: QUERY, ttl: 300 });
  assert.deepEqual(verifySearchPath(`/${path.replace('=', '%3D')}/abc`, ['x', 'secret']), {
    ok: true,
    query: QUERY,
    ttl: 300,
    nextCursor: 'abc',
  });
  assert.deepEqual(verifySearchPath(path, 'other'), { ok: false, reason: 'mismatch' });
  assert.deepEqual(verifySearchPath(path.replace('/300/', '/301/'), 'secret'), { ok: false, reason: 'mismatch' });
  assert.deepEqual(verifySearchPath('search/x/300/abc', 'secret'), { ok: false, reason: 'malformed' });
  assert.deepEqual(verifySearchPath(`search/${'0'.repeat(64)}/300/abc`, 'secret'), { ok: false, reason: 'malformed' });
});

test('search URLs: any query comes back, with slashes in its base64 too', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (expression) => {
      const result = verifySearchPath(
        createSearchPath({ expression: `${expression}???>>>` }, 's', { nextCursor: 'c' }),
        's',
      );
      assert.deepEqual(result, { ok: true, query: { expression: `${expression}???>>>` }, ttl: 300, nextCursor: 'c' });
    }),
    { numRuns: 200 },
  );
});

const T = 1315060510;
const DOWNLOADS: [params: Record<string, unknown>, signature: string][] = [
  [
    { public_id: 'sample', format: 'jpg', type: 'authenticated', attachment: true, expires_at: 1315064110 },
    'e0b3326b3384917a8ab1d4a2a038e6e666fb9cf7',
  ],
  [
    { public_ids: ['a', 'b'], mode: 'download', target_format: 'zip', flatten_folders: 1 },
    'd49702b47cf0f08b5f63608952eb1b0a8ef4afbe',
  ],
  [{ prefixes: ['samples/'], mode: 'download' }, '37a9fb044b2e31d249e17339e19e0b27fbbd7f5f'],
  [{ tag: 'mytag', mode: 'download' }, 'd87b03fa7fd6119b1717fb74b6bdc6d55b4e40a4'],
  [
    { asset_id: '62c2a18d622be7e190d21df8e05b1416', version_id: '26fe6d95df856f6ae12f5678be94516a' },
    'b2ed66bad16cf09ddacc07c1dd319f921e105575',
  ],
  [{ tag: 'logo', transformation: '' }, 'e0bed181c804975c2b03753d6afc2d31e45bf5cc'],
];

test('signed downloads: vectors', () => {
  for (const [params, signature] of DOWNLOADS) {
    const made = signDownloadQuery(params, { apiKey: '1234', secret: 'abcd', now: T });
    assert.equal(made.signature, signature);
    const query = new URLSearchParams(made.query);
    assert.deepEqual(
      [query.get('signature'), query.get('api_key'), query.get('timestamp')],
      [signature, '1234', String(T)],
    );
  }
  const archive = signDownloadQuery(DOWNLOADS[1]![0], { apiKey: '1234', secret: 'abcd', now: T }).query;
  assert.ok(archive.includes('public_ids%5B%5D=a&public_ids%5B%5D=b'));
});

test('signed downloads: the same parameters as the SDK sends', () => {
  const theirs = cloudinary.v2.utils.private_download_url('my file', 'jpg', {
    cloud_name: 'demo',
    api_key: '1234',
    api_secret: 'abcd',
    timestamp: T,
    expires_at: 1315064110,
  } as never);
  const ours = signDownloadQuery(
    { timestamp: T, public_id: 'my file', format: 'jpg', expires_at: 1315064110 },
    { apiKey: '1234', secret: 'abcd' },
  );
  assert.deepEqual(new URLSearchParams(ours.query), new URL(theirs).searchParams);
});
