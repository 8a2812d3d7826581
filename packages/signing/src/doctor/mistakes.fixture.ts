import { createHash, createHmac } from 'node:crypto';
import type { Candidates, FailedRequest } from './types.ts';

export const NOW = 1_790_000_000;
export const SECRET = 'hdcixPpR2iKERPwqvH6sHdK9cyac';
export const KEY = '123456789012345';
export const OTHER = { apiKey: '999999999999999', secret: 'Zq8_otherSecretOfTheAccount1' };
export const ACCOUNT: Candidates = {
  secrets: [{ apiKey: KEY, secret: SECRET }, OTHER],
  cloudName: 'demo',
  presets: ['signed1'],
  folders: ['shop/products'],
  now: NOW,
};

type Sent = Record<string, unknown>;

export const BASE: Sent = {
  timestamp: NOW - 10,
  public_id: 'My photo',
  folder: 'shop/summer',
  tags: 'red,green',
  context: 'alt=A b|caption=x',
  eager: 'w_400,h_300,c_pad|w_260,h_200,c_crop',
  overwrite: 'true',
};

// The wrong signers are written with node:crypto alone, so that a fault of this package cannot hide itself.
const sha1 = (text: string | Buffer): string => createHash('sha1').update(text).digest('hex');
const pairs = (params: Sent): string[] =>
  Object.entries(params)
    .filter(([, v]) => v !== '')
    .map(([k, v]) => `${k}=${v}`);
export const sorted = (params: Sent): string => pairs(params).sort().join('&');
export const sign = (params: Sent, secret = SECRET): string => sha1(sorted(params) + secret);
export const but = (change: Sent, base: Sent = BASE): Sent => ({ ...base, ...change });
export const drop = (...names: string[]): Sent =>
  Object.fromEntries(Object.entries(BASE).filter(([k]) => !names.includes(k)));

/** A request whose signer made one mistake, or two. */
export interface Case {
  kind: string;
  /** Expected identifiers, cause first. */
  ids: string;
  signature: string;
  sent?: Sent;
  names?: string[];
  request?: Partial<FailedRequest>;
  account?: Partial<Candidates>;
}

export const CASES: Case[] = [
  // --- which parameters
  { kind: 'one parameter sent, not signed', ids: 'sent-not-signed', names: ['tags'], signature: sign(drop('tags')) },
  {
    kind: 'two sent, not signed',
    ids: 'sent-not-signed',
    names: ['folder', 'eager'],
    signature: sign(drop('folder', 'eager')),
  },
  { kind: 'only the timestamp signed', ids: 'sent-not-signed', signature: sign({ timestamp: BASE.timestamp }) },
  {
    kind: 'upload preset signed, not sent',
    ids: 'signed-not-sent',
    names: ['upload_preset'],
    signature: sign(but({ upload_preset: 'signed1' })),
  },
  { kind: 'type signed, not sent', ids: 'signed-not-sent', names: ['type'], signature: sign(but({ type: 'upload' })) },
  {
    kind: 'folder signed, not sent',
    ids: 'signed-not-sent',
    names: ['folder'],
    sent: drop('folder'),
    signature: sign(but({ folder: 'shop/products' })),
  },
  {
    kind: 'blank parameter signed',
    ids: 'blank-signed',
    names: ['callback'],
    sent: but({ callback: '' }),
    signature: sha1(`callback=&${sorted(BASE)}${SECRET}`),
  },
  {
    kind: 'null signed as text',
    ids: 'blank-signed',
    names: ['callback'],
    sent: but({ callback: '' }),
    signature: sign(but({ callback: 'null' })),
  },
  {
    kind: 'null of a JSON body signed as text',
    ids: 'blank-signed',
    names: ['callback'],
    sent: but({ callback: null }),
    signature: sign(but({ callback: 'null' })),
  },
  {
    kind: 'an unset parameter signed as text, not sent',
    ids: 'unset-signed',
    names: ['upload_preset'],
    signature: sign(but({ upload_preset: 'undefined' })),
  },
  {
    kind: 'an empty parameter signed, not sent',
    ids: 'unset-signed',
    names: ['notification_url'],
    signature: sha1(`${['notification_url=', ...pairs(BASE)].sort().join('&')}${SECRET}`),
  },
  {
    kind: 'file signed',
    ids: 'excluded-signed',
    names: ['file'],
    request: { fileName: 'photo.jpg' },
    signature: sign(but({ file: 'photo.jpg' })),
  },
  {
    kind: 'address of the file signed',
    ids: 'excluded-signed',
    names: ['file'],
    request: { fileName: 'https://photos.example/a.jpg' },
    signature: sign(but({ file: 'https://photos.example/a.jpg' })),
  },
  { kind: 'api_key signed', ids: 'excluded-signed', names: ['api_key'], signature: sign(but({ api_key: KEY })) },
  {
    kind: 'resource_type signed',
    ids: 'excluded-signed',
    names: ['resource_type'],
    signature: sign(but({ resource_type: 'image' })),
  },
  {
    kind: 'cloud_name signed',
    ids: 'excluded-signed',
    names: ['cloud_name'],
    signature: sign(but({ cloud_name: 'demo' })),
  },
  {
    kind: 'signature_algorithm signed',
    ids: 'excluded-signed',
    names: ['signature_algorithm'],
    signature: sign(but({ signature_algorithm: 'sha256' })),
  },
  {
    kind: 'api_key and cloud_name signed',
    ids: 'excluded-signed',
    names: ['api_key', 'cloud_name'],
    signature: sign(but({ api_key: KEY, cloud_name: 'demo' })),
  },
  {
    kind: 'names in camel case',
    ids: 'name-spelled-otherwise',
    names: ['public_id'],
    signature: sha1(sorted(BASE).replace('public_id', 'publicId') + SECRET),
  },
  // --- values
  {
    kind: 'value trimmed in transit',
    ids: 'value-trimmed',
    names: ['public_id'],
    signature: sign(but({ public_id: 'My photo ' })),
  },
  {
    kind: 'value padded in transit',
    ids: 'value-padded',
    names: ['folder'],
    sent: but({ folder: 'shop ' }),
    signature: sign(but({ folder: 'shop' })),
  },
  {
    kind: 'value signed URL-encoded',
    ids: 'value-url-encoded',
    names: ['folder'],
    signature: sign(but({ folder: 'shop%2Fsummer' })),
  },
  {
    kind: 'all values signed URL-encoded',
    ids: 'value-url-encoded',
    signature: sign(Object.fromEntries(Object.entries(BASE).map(([k, v]) => [k, encodeURIComponent(String(v))]))),
  },
  {
    kind: 'value encoded twice when sent',
    ids: 'value-url-decoded',
    names: ['public_id'],
    sent: but({ public_id: 'My%20photo' }),
    signature: sign(BASE),
  },
  {
    kind: '+ became a space',
    ids: 'space-or-plus',
    names: ['public_id'],
    sent: but({ public_id: 'a b' }),
    signature: sign(but({ public_id: 'a+b' })),
  },
  {
    kind: 'space became +',
    ids: 'space-or-plus',
    names: ['public_id'],
    sent: but({ public_id: 'My+photo' }),
    signature: sign(BASE),
  },
  {
    kind: 'array joined by comma and space',
    ids: 'array-joined-otherwise',
    names: ['tags'],
    signature: sign(but({ tags: 'red, green' })),
  },
  {
    kind: 'array joined by |',
    ids: 'array-joined-otherwise',
    names: ['tags'],
    sent: but({ tags: ['red', 'green'] }),
    signature: sign(but({ tags: 'red|green' })),
  },
  {
    kind: 'eager joined by commas',
    ids: 'array-joined-otherwise',
    names: ['eager'],
    sent: but({ eager: 'w_1|w_2' }),
    signature: sign(but({ eager: 'w_1,w_2' })),
  },
  {
    kind: 'components in another order',
    ids: 'components-in-other-order',
    names: ['eager'],
    signature: sign(but({ eager: 'c_pad,h_300,w_400|c_crop,h_200,w_260' })),
  },
  { kind: 'array as JSON', ids: 'array-as-json', names: ['tags'], signature: sign(but({ tags: '["red","green"]' })) },
  {
    kind: 'array as Python prints it',
    ids: 'array-as-json',
    names: ['tags'],
    signature: sign(but({ tags: "['red', 'green']" })),
  },
  {
    kind: 'array signed as name[]',
    ids: 'list-fields-signed',
    names: ['public_ids'],
    sent: but({ 'public_ids[]': ['a', 'b'] }),
    signature: sha1(`${pairs(BASE).concat(['public_ids[]=a', 'public_ids[]=b']).sort().join('&')}${SECRET}`),
  },
  {
    kind: 'context as JSON',
    ids: 'json-for-pairs',
    names: ['context'],
    signature: sign(but({ context: '{"alt":"A b","caption":"x"}' })),
  },
  {
    kind: 'context as [object Object]',
    ids: 'json-for-pairs',
    names: ['context'],
    signature: sign(but({ context: '[object Object]' })),
  },
  {
    kind: 'JSON sent, pairs signed',
    ids: 'pairs-for-json',
    names: ['context'],
    sent: but({ context: '{"alt":"A b","caption":"x"}' }),
    signature: sign(BASE),
  },
  {
    kind: 'boolean as Python writes it',
    ids: 'boolean-format',
    names: ['overwrite'],
    signature: sign(but({ overwrite: 'True' })),
  },
  { kind: 'boolean as 1', ids: 'boolean-format', names: ['overwrite'], signature: sign(but({ overwrite: '1' })) },
  {
    kind: 'number with decimals',
    ids: 'number-format',
    names: ['width'],
    sent: but({ width: '1.50' }),
    signature: sign(but({ width: '1.5' })),
  },
  {
    kind: 'value with quotes signed',
    ids: 'value-quoted',
    names: ['public_id'],
    signature: sign(but({ public_id: '"My photo"' })),
  },
  {
    kind: 'value with quotes sent',
    ids: 'value-quotes-sent',
    names: ['public_id'],
    sent: but({ public_id: "'My photo'" }),
    signature: sign(BASE),
  },
  {
    kind: 'other Unicode form',
    ids: 'unicode-form',
    names: ['public_id'],
    sent: but({ public_id: 'é' }),
    signature: sign(but({ public_id: 'é'.normalize('NFD') })),
  },
  {
    kind: 'line ends',
    ids: 'line-ends',
    names: ['context'],
    sent: but({ context: 'alt=a\r\nb' }),
    signature: sign(but({ context: 'alt=a\nb' })),
  },
  {
    kind: 'HTML entities',
    ids: 'html-escaped',
    names: ['public_id'],
    sent: but({ public_id: 'a<b' }),
    signature: sign(but({ public_id: 'a&lt;b' })).slice(0, 0) + sha1(sorted(but({ public_id: 'a&lt;b' })) + SECRET),
  },
  { kind: 'leading slash', ids: 'slash-at-end', names: ['folder'], signature: sign(but({ folder: '/shop/summer' })) },
  {
    kind: 'file extension',
    ids: 'file-extension',
    names: ['public_id'],
    signature: sign(but({ public_id: 'My photo.jpg' })),
  },
  { kind: 'letter case', ids: 'letter-case', names: ['public_id'], signature: sign(but({ public_id: 'my photo' })) },
  {
    kind: '& fell apart in transit',
    ids: 'ampersand-split',
    names: ['context', 'b'],
    sent: { context: 'a=1', b: '2', timestamp: NOW },
    signature: sha1(`context=a=1%26b=2&timestamp=${NOW}${SECRET}`),
  },
  // --- the string
  { kind: 'not sorted', ids: 'not-sorted', signature: sha1(pairs(BASE).join('&') + SECRET) },
  {
    kind: 'some other order',
    ids: 'not-sorted',
    sent: { timestamp: NOW, folder: 'f', tags: 't', public_id: 'p' },
    signature: sha1(`tags=t&folder=f&timestamp=${NOW}&public_id=p${SECRET}`),
  },
  {
    kind: 'query string signed',
    ids: 'string-url-encoded',
    signature: sha1(
      new URLSearchParams(
        pairs(BASE)
          .sort()
          .map((p) => p.split(/=(.*)/s).slice(0, 2) as [string, string]),
      ).toString() + SECRET,
    ),
  },
  {
    kind: 'pairs joined by commas',
    ids: 'pairs-joined-otherwise',
    signature: sha1(pairs(BASE).sort().join(',') + SECRET),
  },
  {
    kind: 'JSON of the parameters signed, spaced as Python does',
    ids: 'json-signed',
    sent: { public_id: 'a', timestamp: NOW },
    signature: sha1(`{"public_id": "a", "timestamp": ${NOW}}${SECRET}`),
  },
  { kind: 'JSON of the parameters signed', ids: 'json-signed', signature: sha1(JSON.stringify(BASE) + SECRET) },
  { kind: 'echo without -n, line end inside', ids: 'stray-character', signature: sha1(`${sorted(BASE)}\n${SECRET}`) },
  { kind: 'string in quotes', ids: 'string-quoted', signature: sha1(`'${sorted(BASE)}'${SECRET}`) },
  // --- the secret
  { kind: 'secret missing', ids: 'secret-missing', signature: sign(BASE, '') },
  { kind: 'secret prefixed', ids: 'secret-prefixed', signature: sha1(SECRET + sorted(BASE)) },
  { kind: 'secret after &', ids: 'secret-separated', signature: sha1(`${sorted(BASE)}&${SECRET}`) },
  { kind: 'secret as &api_secret=', ids: 'secret-separated', signature: sha1(`${sorted(BASE)}&api_secret=${SECRET}`) },
  { kind: 'secret in quotes', ids: 'secret-quoted', signature: sign(BASE, `"${SECRET}"`) },
  { kind: 'secret with line end', ids: 'secret-whitespace', signature: sign(BASE, `${SECRET}\n`) },
  { kind: 'API key as secret', ids: 'api-key-as-secret', signature: sign(BASE, KEY) },
  { kind: 'another key of the account', ids: 'other-key', signature: sign(BASE, OTHER.secret) },
  { kind: 'secret undefined', ids: 'secret-placeholder', signature: sign(BASE, 'undefined') },
  { kind: 'key:secret', ids: 'secret-from-url', signature: sign(BASE, `${KEY}:${SECRET}`) },
  { kind: 'cloud name as secret', ids: 'cloud-name-as-secret', signature: sign(BASE, 'demo') },
  { kind: 'secret in lower case', ids: 'secret-altered', signature: sign(BASE, SECRET.toLowerCase()) },
  { kind: 'secret sent as signature', ids: 'secret-as-signature', signature: SECRET },
  // --- the digest
  {
    kind: 'SHA-256 for SHA-1',
    ids: 'sha256-for-sha1',
    account: { algorithm: 'sha1' },
    signature: createHash('sha256')
      .update(sorted(BASE) + SECRET)
      .digest('hex'),
  },
  { kind: 'SHA-1 for SHA-256', ids: 'sha1-for-sha256', account: { algorithm: 'sha256' }, signature: sign(BASE) },
  { kind: 'HMAC', ids: 'hmac', signature: createHmac('sha1', SECRET).update(sorted(BASE)).digest('hex') },
  { kind: 'HMAC-SHA-256', ids: 'hmac', signature: createHmac('sha256', SECRET).update(sorted(BASE)).digest('hex') },
  {
    kind: 'base64',
    ids: 'digest-base64',
    signature: createHash('sha1')
      .update(sorted(BASE) + SECRET)
      .digest('base64'),
  },
  { kind: 'base64 of the hex', ids: 'digest-base64', signature: Buffer.from(sign(BASE)).toString('base64') },
  { kind: 'upper-case hex', ids: 'digest-upper-case', signature: sign(BASE).toUpperCase() },
  { kind: 'digest cut off', ids: 'digest-cut', signature: sign(BASE).slice(0, 32) },
  { kind: 'line end after the digest', ids: 'signature-decorated', signature: `${sign(BASE)}\n` },
  {
    kind: 'Latin-1',
    ids: 'text-encoding',
    sent: but({ public_id: 'é' }),
    signature: sha1(Buffer.from(sorted(but({ public_id: 'é' })) + SECRET, 'latin1')),
  },
  { kind: 'hashed twice', ids: 'hashed-twice', signature: sha1(sign(BASE)) },
  // --- versions
  {
    kind: 'version 1 where 2 is wanted',
    ids: 'version-1',
    account: { versions: [2] },
    sent: but({ context: 'a=1&b=2' }),
    signature: sign(but({ context: 'a=1&b=2' })),
  },
  {
    kind: 'version 2 where 1 is wanted',
    ids: 'version-2',
    account: { versions: [1] },
    sent: but({ context: 'a=1&b=2' }),
    signature: sign(but({ context: 'a=1%26b=2' })),
  },
  // --- time
  {
    kind: 'timestamp in milliseconds',
    ids: 'timestamp-milliseconds',
    sent: but({ timestamp: NOW * 1000 }),
    signature: sign(but({ timestamp: NOW * 1000 })),
  },
  {
    kind: 'milliseconds signed, seconds sent',
    ids: 'timestamp-milliseconds',
    signature: sign(but({ timestamp: (NOW - 10) * 1000 + 417 })),
  },
  {
    kind: 'seconds signed, milliseconds sent',
    ids: 'timestamp-milliseconds',
    sent: but({ timestamp: NOW * 1000 + 3 }),
    signature: sign(but({ timestamp: NOW })),
  },
  { kind: 'two clocks readings', ids: 'timestamp-not-the-same', signature: sign(but({ timestamp: NOW - 12 })) },
  { kind: 'timestamp as a fraction', ids: 'timestamp-format', signature: sign(but({ timestamp: `${NOW - 10}.0` })) },
  {
    kind: 'stale',
    ids: 'stale',
    sent: but({ timestamp: NOW - 3600 - 600 }),
    signature: sign(but({ timestamp: NOW - 3600 - 600 })),
  },
  {
    kind: 'clock ahead',
    ids: 'clock-ahead',
    sent: but({ timestamp: NOW + 1200 }),
    signature: sign(but({ timestamp: NOW + 1200 })),
  },
  {
    kind: 'timestamp signed, not sent',
    ids: 'signed-not-sent',
    names: ['timestamp'],
    sent: drop('timestamp'),
    signature: sign(but({ timestamp: NOW - 40 })),
  },
  { kind: 'no timestamp', ids: 'timestamp-missing', sent: drop('timestamp'), signature: sign(drop('timestamp')) },
  // --- two at once
  {
    kind: 'not signed, and another key',
    ids: 'sent-not-signed other-key',
    signature: sign(drop('tags'), OTHER.secret),
  },
  {
    kind: 'not signed, and HMAC',
    ids: 'sent-not-signed hmac',
    signature: createHmac('sha1', SECRET)
      .update(sorted(drop('tags')))
      .digest('hex'),
  },
  { kind: 'not sorted, and secret missing', ids: 'not-sorted secret-missing', signature: sha1(pairs(BASE).join('&')) },
  {
    kind: 'API key signed, JSON for context',
    ids: 'excluded-signed json-for-pairs',
    signature: sign(but({ api_key: KEY, context: '{"alt":"A b","caption":"x"}' })),
  },
  {
    kind: 'not signed, and a boolean',
    ids: 'sent-not-signed boolean-format',
    signature: sign(but({ overwrite: '1' }, drop('tags'))),
  },
  {
    kind: 'HMAC in base64',
    ids: 'hmac digest-base64',
    signature: createHmac('sha256', SECRET).update(sorted(BASE)).digest('base64'),
  },
  {
    kind: 'another key, and stale',
    ids: 'other-key stale',
    sent: but({ timestamp: NOW - 4000 }),
    signature: sign(but({ timestamp: NOW - 4000 }), OTHER.secret),
  },
  {
    kind: 'boolean, and secret with line end',
    ids: 'boolean-format secret-whitespace',
    signature: sign(but({ overwrite: 'True' }), `${SECRET}\n`),
  },
];
