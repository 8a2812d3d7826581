import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';
import { sign, signed } from '../support/upload.ts';

/** Every text that SDKs and their users read when a call of the Upload API fails, asked for over the wire. */

let server: SignetServer;
let png: Buffer;
const refusing = createServer((_, response) => response.writeHead(403).end());
let remote: string;

before(async () => {
  refusing.listen(0, '127.0.0.1');
  await once(refusing, 'listening');
  remote = `http://127.0.0.1:${(refusing.address() as AddressInfo).port}/x.png`;
  const presets = [
    { name: 'open', unsigned: true, settings: {} },
    { name: 'closed', unsigned: false, settings: {} },
  ];
  server = await startSignet({
    env: { SIGNET_UPLOAD_PRESETS: JSON.stringify(presets) },
    flags: ['--allow-private-sources', '--max-raw-bytes', '2MB', '--max-request-bytes', '12MB'],
  });
  png = await sharp({ create: { width: 8, height: 8, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
  for (const public_id of ['one', 'two']) await send({ params: { public_id } });
});
after(async () => {
  await server.stop();
  refusing.close();
});

interface Call {
  /** Below `/v1_1/<cloud>`. Default `/image/upload`. */
  readonly path?: string;
  readonly params?: Readonly<Record<string, string>>;
  /** `null`: none. Default a small PNG. */
  readonly file?: Buffer | string | null;
  readonly field?: string;
  readonly filename?: string;
  readonly unsigned?: boolean;
  readonly cloud?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Changes what has been signed. */
  readonly spoil?: (fields: Record<string, string>) => Record<string, string>;
}

async function send(call: Call) {
  const { path = '/image/upload', params = {}, file = png, field = 'file', filename = 'x.png', headers = {} } = call;
  let fields = call.unsigned ? { ...params } : signed(server, params);
  if (call.spoil) fields = call.spoil(fields);
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.append(name, value);
  if (typeof file === 'string') form.append(field, file);
  else if (file !== null) form.append(field, new Blob([new Uint8Array(file)]), filename);
  const url = `${server.url}/v1_1/${call.cloud ?? server.cloud}${path}`;
  const answer = await fetch(url, { method: 'POST', body: form, headers });
  const body = (await answer.json()) as { error?: { message: string } };
  return {
    status: answer.status,
    message: body.error?.message,
    header: answer.headers.get('x-cld-error'),
    diagnosis: answer.headers.get('x-signet-diagnosis'),
    body,
  };
}

const basic = (pair: string) => ({ authorization: `Basic ${Buffer.from(pair).toString('base64')}` });
const signedWithoutTime = () => {
  const params = { public_id: 'x' };
  return { ...params, api_key: server.apiKey, signature: sign(params, server.apiSecret) };
};
const without = (name: string) => (fields: Record<string, string>) => {
  const { [name]: _gone, ...rest } = fields;
  return rest;
};
const ADDON = /^You don't have an active subscription for .+\. Go to Cloudinary add-ons page to subscribe\.$/;
const ALLOWED =
  'upload_preset,callback,public_id,folder,asset_folder,tags,context,metadata,face_coordinates,custom_coordinates,source,filename_override,manifest_transformation,manifest_json,template,template_vars,regions,public_id_prefix';
const chunk = (range: string) => ({ 'content-range': range, 'x-unique-upload-id': `errors-${range}` });

const ROWS: readonly (readonly [what: string, call: () => Call, status: number, message: string | RegExp])[] = [
  [
    'a wrong signature',
    () => ({ params: { timestamp: '1439054775' }, spoil: (fields) => ({ ...fields, signature: 'f'.repeat(40) }) }),
    401,
    `Invalid Signature ${'f'.repeat(40)}. String to sign - 'timestamp=1439054775'.`,
  ],
  [
    'an old timestamp',
    () => ({ params: { timestamp: '1481775293' } }),
    400,
    'Stale request - reported time is 2016-12-15 04:14:53 +0000 which is more than 1 hour ago',
  ],
  [
    'milliseconds as timestamp',
    () => ({ params: { timestamp: '1795750623000' } }),
    400,
    'Invalid timestamp - reported time is 58875-01-26 17:30:00 +0000 which is in the future',
  ],
  ['an unknown key', () => ({ spoil: (fields) => ({ ...fields, api_key: '42' }) }), 401, 'Unknown API key 42'],
  [
    'Basic with a wrong secret',
    () => ({ unsigned: true, headers: basic(`${server.apiKey}:wrong`) }),
    401,
    'api_secret mismatch',
  ],
  ['an unknown cloud', () => ({ cloud: 'nowhere' }), 401, 'Invalid cloud_name nowhere'],
  ['a bad bearer token', () => ({ unsigned: true, headers: { authorization: 'Bearer x' } }), 401, /Invalid token/],
  ['no api_key', () => ({ spoil: without('api_key') }), 400, 'Missing required parameter - api_key'],
  [
    'no timestamp',
    () => ({ unsigned: true, params: signedWithoutTime() }),
    400,
    'Missing required parameter - timestamp',
  ],
  ['no file', () => ({ file: null }), 400, 'Missing required parameter - file'],
  [
    'no signature where one is needed',
    () => ({ path: '/image/destroy', unsigned: true, params: { public_id: 'one' }, file: null }),
    400,
    /^Missing required parameter - (signature|api_key)$/,
  ],
  ['no public_id', () => ({ path: '/image/destroy', file: null }), 400, 'Missing required parameter - public_id'],
  [
    'no from_public_id',
    () => ({ path: '/image/rename', params: { to_public_id: 'x' }, file: null }),
    400,
    'Missing required parameter - from_public_id',
  ],
  [
    'no to_public_id',
    () => ({ path: '/image/rename', params: { from_public_id: 'x' }, file: null }),
    400,
    'Missing required parameter - to_public_id',
  ],
  [
    'neither signature nor preset',
    () => ({ unsigned: true }),
    400,
    'Upload preset must be specified when using unsigned upload',
  ],
  [
    'a signed preset used unsigned',
    () => ({ unsigned: true, params: { upload_preset: 'closed' } }),
    400,
    'Upload preset must be whitelisted for unsigned uploads',
  ],
  [
    'an unknown preset, unsigned',
    () => ({ unsigned: true, params: { upload_preset: 'lost' } }),
    400,
    'Upload preset not found',
  ],
  ['an unknown preset, signed', () => ({ params: { upload_preset: 'lost' } }), 400, 'Upload preset not found'],
  ...['Eager', 'Return delete token', 'Access mode'].map(
    (name) =>
      [
        `${name} in an unsigned upload`,
        () => ({ unsigned: true, params: { upload_preset: 'open', [name.toLowerCase().replaceAll(' ', '_')]: 'w_1' } }),
        400,
        `${name} parameter is not allowed when using unsigned upload. Only ${ALLOWED} upload parameters are allowed.`,
      ] as const,
  ),
  ['no image', () => ({ file: Buffer.from('hello') }), 400, 'Invalid image file'],
  ['half an image', () => ({ file: png.subarray(0, 20) }), 400, 'Invalid image file'],
  ['no video', () => ({ path: '/video/upload', file: Buffer.from('hello') }), 400, 'Unsupported video format or file'],
  [
    'an image where another format is wanted',
    () => ({ params: { allowed_formats: 'jpg' } }),
    400,
    'Image file format png not allowed',
  ],
  [
    'a raw file where another format is wanted',
    () => ({ path: '/raw/upload', file: Buffer.from('x'), filename: 'a.txt', params: { allowed_formats: 'pdf' } }),
    400,
    'Raw file format txt not allowed',
  ],
  ['an empty file', () => ({ file: Buffer.alloc(0) }), 400, 'Empty file'],
  [
    'a data URI that curl -F has cut',
    () => ({ file: 'data:image/png' }),
    400,
    'Unsupported source URL: data:image/png… (curl -F cuts a data URI at ";": use --form-string)',
  ],
  [
    'an endless value',
    () => ({ params: { type: 'x'.repeat(5000) } }),
    400,
    /^Invalid value x{1000}… for parameter type$/,
  ],
  ['an empty data URI', () => ({ file: 'data:image/png;base64,' }), 400, 'Empty file'],
  [
    'a file over the limit',
    () => ({ path: '/raw/upload', file: Buffer.alloc(2_000_001) }),
    400,
    /^File size too large\. Got \d+\. Maximum is 2000000\.$/,
  ],
  [
    'a small chunk that is not the last',
    () => ({ path: '/raw/upload', file: Buffer.alloc(40_000), headers: chunk('bytes 0-39999/-1') }),
    400,
    'All parts except EOF-chunk must be larger than 5mb',
  ],
  ['a request over the limit', () => ({ file: Buffer.alloc(13_000_000) }), 413, 'Request entity too large'],
  [
    'an address that refuses',
    () => ({ file: remote }),
    400,
    /^Error in loading http:\/\/127\.0\.0\.1:\d+\/x\.png - 403 Forbidden$/,
  ],
  ['a text that is no address', () => ({ file: '[object Object]' }), 400, 'Unsupported source URL: [object Object]'],
  ['an address without a host', () => ({ file: 'http://' }), 400, 'Invalid URL for upload'],
  [
    'file[]',
    () => ({ field: 'file[]' }),
    400,
    "Invalid file parameter. Make sure your file parameter does not include '[]'",
  ],
  ...['a#b', '/a', 'a?b', 'a&b', 'a%b', 'a<b', ' a', 'a/', 'a\\b', 'a+b'].map(
    (id) =>
      [`the public ID ${id}`, () => ({ params: { public_id: id } }), 400, `public_id (${id}) is invalid`] as const,
  ),
  [
    'a rename to a name that is taken',
    () => ({ path: '/image/rename', file: null, params: { from_public_id: 'one', to_public_id: 'two' } }),
    400,
    'to_public_id two already exists',
  ],
  [
    'a rename of nothing',
    () => ({ path: '/image/rename', file: null, params: { from_public_id: 'no', to_public_id: 'x' } }),
    404,
    'Resource not found - no',
  ],
  [
    'explicit of nothing',
    () => ({ path: '/image/explicit', file: null, params: { public_id: 'no', type: 'upload' } }),
    404,
    'Resource not found - no',
  ],
  [
    'a wrong transformation',
    () => ({ params: { transformation: 'w_100,foo' } }),
    400,
    'Invalid transformation component - w_100,foo',
  ],
  ['a wrong eager', () => ({ params: { eager: 'zz_1' } }), 400, /^Invalid transformation component - zz_1$/],
  ['raw_convert', () => ({ params: { raw_convert: 'illegal' } }), 400, 'Raw convert is invalid'],
  ['background_removal', () => ({ params: { background_removal: 'illegal' } }), 400, 'Background removal is invalid'],
  [
    'categorization',
    () => ({ params: { categorization: 'illegal' } }),
    400,
    'Categorization item illegal is not valid',
  ],
  ['detection', () => ({ params: { detection: 'illegal' } }), 400, "Detection invalid model 'illegal'"],
  ['moderation', () => ({ params: { moderation: 'illegal' } }), 400, 'Moderation illegal moderation is not valid'],
  ['ocr', () => ({ params: { ocr: 'illegal' } }), 400, 'Ocr is invalid'],
  ...(
    [
      ['ocr', 'adv_ocr'],
      ['detection', 'adv_face'],
      ['categorization', 'google_tagging'],
      ['moderation', 'webpurify'],
      ['raw_convert', 'aspose'],
      ['background_removal', 'pixelz'],
      ['auto_transcription', '1'],
    ] as const
  ).map(([name, value]) => [`the add-on of ${name}`, () => ({ params: { [name]: value } }), 400, ADDON] as const),
  [
    'live with async',
    () => ({ params: { live: 'true', async: 'true' } }),
    400,
    'live is not currently supported with async',
  ],
  ['live', () => ({ params: { live: 'true' } }), 400, 'live streams are not available on this server'],
  [
    'a webhook that is no address',
    () => ({ params: { notification_url: 'not a url' } }),
    400,
    'Invalid value not a url for parameter notification_url',
  ],
  [
    'a webhook of a rename that is no address',
    () => ({
      path: '/image/rename',
      file: null,
      params: { from_public_id: 'one', to_public_id: 'x', notification_url: 'ftp://a/' },
    }),
    400,
    'Invalid value ftp://a/ for parameter notification_url',
  ],
  ['a wrong boolean', () => ({ params: { overwrite: 'maybe' } }), 400, 'Invalid value maybe for parameter overwrite'],
  [
    'a proxy',
    () => ({ params: { proxy: 'http://user:pass@proxy:3128' } }),
    400,
    'Parameter proxy is not supported: this server loads remote files itself',
  ],
  [
    'a delivery type nobody knows',
    () => ({ params: { type: 'secret' } }),
    400,
    'Invalid value secret for parameter type',
  ],
  ['an FTP source', () => ({ file: 'ftp://u:p@host/x.png' }), 400, /^Error in loading ftp:\/\/host\/x\.png - FTP/],
  ['an S3 source', () => ({ file: 's3://bucket/x.png' }), 400, /^Error in loading s3:\/\/bucket\/x\.png - .*S3/],
  ['a GCS source', () => ({ file: 'gs://bucket/x.png' }), 400, /^Error in loading gs:\/\/bucket\/x\.png - .*Google/],
];

for (const [what, call, status, expected] of ROWS)
  test(what, async () => {
    const answer = await send(call());
    assert.equal(answer.status, status, String(answer.message));
    if (typeof expected === 'string') assert.equal(answer.message, expected);
    else assert.match(String(answer.message), expected);
    // Header fields are Latin-1: what does not fit is escaped.
    assert.equal(decodeURI(String(answer.header).replaceAll(/%(?![0-9A-F]{2})/g, '%25')), answer.message);
  });

test('a video in the wrong format says which', async () => {
  const film = await sharp([png, png], { join: { animated: true } })
    .gif({ delay: [100, 100] })
    .toBuffer();
  const answer = await send({ path: '/video/upload', file: film, params: { format: 'jpg' } });
  assert.deepEqual([answer.status, answer.message], [400, 'Invalid value jpg for parameter video_file_type']);
});

test('the secret is in no answer, and a signature in upper case or of SHA-256 is one', async () => {
  const wrong = await send({ spoil: (fields) => ({ ...fields, signature: 'x' }) });
  assert.ok(!JSON.stringify(wrong).includes(server.apiSecret));
  const upper = await send({ spoil: (fields) => ({ ...fields, signature: fields.signature!.toUpperCase() }) });
  assert.equal(upper.status, 200);
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = createHash('sha256').update(`timestamp=${timestamp}${server.apiSecret}`).digest('hex');
  const long = await send({ unsigned: true, params: { timestamp, signature, api_key: server.apiKey } });
  assert.equal(long.status, 200);
  const smuggled = { timestamp, notification_url: 'https://a/?a=1&tags=x' };
  assert.notEqual(sign(smuggled, 's'), sign({ ...smuggled, notification_url: 'https://a/?a=1', tags: 'x' }, 's'));
});

test('a parameter may have any name', async () => {
  for (const name of [
    'constructor',
    'toString',
    '__proto__',
    'hasOwnProperty',
    'valueOf',
    'a b',
    'ü',
    'x'.repeat(200),
  ]) {
    const params = Object.defineProperty({}, name, { value: 'x', enumerable: true }) as Record<string, string>;
    const answer = await send({ params });
    assert.equal(answer.status, 200, `${name}: ${answer.message}`);
  }
});

test('the diagnosis knows the file that came with the request', async () => {
  const fileSigned = (file: string) => (fields: Record<string, string>) => {
    const { api_key, signature: _right, ...params } = fields;
    return { ...params, api_key: api_key!, signature: sign({ ...params, file }, server.apiSecret) };
  };
  for (const file of [remote, png]) {
    const { status, diagnosis } = await send({ file, spoil: fileSigned(typeof file === 'string' ? file : 'x.png') });
    assert.equal(status, 401);
    assert.match(diagnosis ?? '', /^"file" was signed, but never is part of the string to sign/);
  }
});

test('a timestamp that is a date says what it should be', async () => {
  const { message, diagnosis } = await send({ params: { timestamp: '2026-01-31T12:00:00Z' } });
  assert.equal(message, 'Invalid value 2026-01-31T12:00:00Z for parameter timestamp');
  assert.match(diagnosis ?? '', /not a number of seconds/);
});

test('a path that cannot be decoded is answered like everything else', async () => {
  for (const path of ['/v1_1/demo/%ff/upload', '/demo/image/upload/%ff.png']) {
    const answer = await fetch(server.url + path);
    assert.equal(answer.status, 400);
    assert.match(answer.headers.get('x-cld-error') ?? '', /URL/);
    assert.match(answer.headers.get('content-type') ?? '', /json/);
    assert.match(((await answer.json()) as { error: { message: string } }).error.message, /percent-encod/);
  }
});

test('a body that is no form says what was expected', async () => {
  const deep = (depth: number) => `{"tags":${'['.repeat(depth)}${']'.repeat(depth)}}`;
  const cases: [type: string, body: string, message: RegExp][] = [
    ['image/png', 'x', /^Expected multipart\/form-data, .* but received image\/png$/],
    ['application/json', '{"a":', /^Expected JSON in the request body: /],
    ['application/json', '[1]', /^Expected a JSON object/],
    ['application/json', deep(200), /^Expected JSON in the request body: nested more than 100 deep$/],
    ['application/json', deep(100_000), /^Expected JSON in the request body: nested more than 100 deep$/],
  ];
  const credentials = basic(`${server.apiKey}:${server.apiSecret}`);
  for (const path of ['image/upload', 'upload_presets', 'resources/search']) {
    for (const [type, body, message] of cases.slice(path === 'image/upload' ? 0 : 1)) {
      const url = `${server.url}/v1_1/${server.cloud}/${path}`;
      const answer = await fetch(url, { method: 'POST', body, headers: { 'content-type': type, ...credentials } });
      assert.equal(answer.status, 400, `${path} ${body.slice(0, 20)}`);
      assert.match(((await answer.json()) as { error: { message: string } }).error.message, message);
    }
  }
});

test('a flood of wrong signatures is refused without the search for what made each wrong', async () => {
  const other = await startSignet();
  try {
    const findings: string[] = [];
    const wrong = async (n: number) => {
      const fields = {
        ...signed(other, { public_id: `p${n}`, tags: 'a,b', context: 'a=b|c=d', eager: 'w_300' }),
        file: 'x',
      };
      const body = new URLSearchParams({ ...fields, signature: createHash('sha1').update(`${n}`).digest('hex') });
      const answer = await fetch(`${other.url}/v1_1/${other.cloud}/image/upload`, { method: 'POST', body });
      assert.equal(answer.status, 401);
      findings.push(decodeURIComponent(answer.headers.get('x-signet-diagnosis') ?? ''));
    };
    for (let n = 0; n < 150; n += 5) await Promise.all([0, 1, 2, 3, 4].map((more) => wrong(n + more)));
    assert.match(findings[0]!, /^No known mistake/);
    assert.ok(findings.some((text) => /^Not looked into: .*`signet explain`/.test(text)));
  } finally {
    await other.stop();
  }
});
