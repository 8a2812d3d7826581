import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import fc from 'fast-check';
import { buildCurl } from '../curl/build-curl.ts';
import { shellQuote, shellSplit } from '../curl/shell.ts';
import { signUpload } from '../sign-upload.ts';
import { explainSignature } from './explain.ts';
import { parseFailedRequest } from './parse-failed-request.ts';

const SIGNATURE = 'bfd09f95f331f558cbd1320e67aa8d488770583e';
const PARAMS = [
  ['public_id', 'sample_image'],
  ['timestamp', '1315060510'],
  ['api_key', '1234'],
];
const texts = {
  curl: `$ curl https://api.example.com/v1_1/demo/image/upload -X POST --data 'public_id=sample_image&timestamp=1315060510&api_key=1234&signature=${SIGNATURE}'`,
  'curl form': `curl -X POST "https://h/v1_1/demo/image/upload" \\\n -F "public_id=sample_image" --form timestamp=1315060510 --form-string 'api_key=1234' -F signature=${SIGNATURE} -F 'file=@my photo.jpg;type=image/jpeg'`,
  'curl query': `curl --silent -H 'Accept: x' --url-query public_id=sample_image 'https://h/v1_1/demo/image/upload' --url-query timestamp=1315060510 -Fapi_key=1234 -d signature=${SIGNATURE}`,
  form: `public_id=sample_image&timestamp=1315060510&api_key=1234&signature=${SIGNATURE}`,
  url: `https://h/v1_1/demo/image/upload?public_id=sample_image&timestamp=1315060510&api_key=1234&signature=${SIGNATURE}`,
  json: `{"public_id":"sample_image","timestamp":"1315060510","api_key":"1234","signature":"${SIGNATURE}"}`,
  widget: `{"paramsToSign":{"public_id":"sample_image","timestamp":"1315060510"},"api_key":"1234","signature":"${SIGNATURE}"}`,
  lines: `public_id: sample_image\ntimestamp: 1315060510\napi_key: "1234"\nsignature: ${SIGNATURE}`,
  multipart: multipart('\n'),
  'multipart, copied as cURL': `curl 'https://h/v1_1/demo/image/upload' -H 'content-type: multipart/form-data; boundary=----WebKitFormBoundaryq3Zx' --data-raw $'${multipart('\\r\\n')}'`,
  'multipart, copied as fetch': `fetch("https://h/v1_1/demo/image/upload", {\n  "headers": { "accept": "*/*" },\n  "body": ${JSON.stringify(multipart('\r\n'))},\n  "method": "POST"\n});`,
  'a form, copied as fetch': `fetch("https://h/v1_1/demo/image/upload?public_id=sample_image", { "body": "timestamp=1315060510&api_key=1234&signature=${SIGNATURE}" })`,
};

/** As browsers show a request: with the name of the file, without its bytes. */
function multipart(end: string): string {
  const line = '------WebKitFormBoundaryq3Zx';
  const part = (head: string, value: string) =>
    `${line}${end}Content-Disposition: form-data; ${head}${end}${end}${value}${end}`;
  const fields = [...PARAMS, ['signature', SIGNATURE]].map(([name, value]) => part(`name="${name}"`, value!));
  const file = part(`name="file"; filename="my photo.jpg"${end}Content-Type: image/jpeg`, '');
  return `${fields.join('')}${file}${line}--${end}`;
}

for (const [name, text] of Object.entries(texts)) {
  test(`reads a pasted request: ${name}`, () => {
    const parsed = parseFailedRequest(text);
    assert.ok(parsed);
    assert.deepEqual(
      parsed.params.filter(([field]) => field !== 'file'),
      PARAMS,
    );
    assert.equal(parsed.signature, SIGNATURE);
    assert.equal(parsed.apiKey, '1234');
    if (text.includes('v1_1')) assert.deepEqual([parsed.cloudName, parsed.resourceType], ['demo', 'image']);
    if (/\bfile[="]/.test(text)) assert.equal(parsed.fileName, 'my photo.jpg');
  });
}

const MESSAGE = `Invalid Signature ${SIGNATURE}. String to sign - 'context=a=1%26b=it's&timestamp=1315060510'.`;

test('reads the error text, alone, in JSON, and after the command', () => {
  for (const text of [MESSAGE, `HTTP 401: ${MESSAGE}`, JSON.stringify({ error: { message: MESSAGE } })]) {
    const parsed = parseFailedRequest(text);
    assert.deepEqual(
      parsed?.params,
      [
        ['context', "a=1&b=it's"],
        ['timestamp', '1315060510'],
      ],
      text,
    );
    assert.equal(parsed.serverStringToSign, "context=a=1%26b=it's&timestamp=1315060510");
    assert.equal(parsed.signature, SIGNATURE);
  }
  const both = parseFailedRequest(`${texts.curl}\n{"error":{"message":"${MESSAGE}"}}`);
  assert.deepEqual([both?.kind, both?.params, both?.cloudName], ['curl', PARAMS, 'demo']);
});

test('other text is not taken for a request, and none makes it throw', () => {
  for (const text of ['', 'hello world', '{', '[1]', 'a b=c', 'https://example.com']) {
    const parsed = parseFailedRequest(text);
    assert.ok(parsed === undefined || parsed.signature === undefined, text);
  }
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom('curl ', "'", '"', '\\', '=', '&', ' ', '-F', '{', '}', 'a', '\n', "$'", '%'),
      }),
      (text) => {
        parseFailedRequest(`curl ${text}`);
        parseFailedRequest(text);
      },
    ),
    { numRuns: 500 },
  );
});

test('what was pasted goes straight to the doctor', () => {
  const { signature } = signUpload({ timestamp: 1315060510 }, 'abcdef');
  const parsed = parseFailedRequest(
    `curl 'http://h/v1_1/demo/image/upload' -F timestamp=1315060510 -F tags=x -F api_key=1 -F signature=${signature}`,
  );
  const found = explainSignature(parsed!, { secrets: [{ apiKey: '1', secret: 'abcdef' }], now: 1315060520 });
  assert.equal(found.text, '"tags" was sent but not signed: sign every parameter that is sent, or do not send "tags".');
});

test('a command that is right while the server saw something else: the transport changed it', () => {
  const params = { public_id: 'a+b', timestamp: 1315060510 };
  const { signature } = signUpload(params, 'abcdef');
  const command = `curl http://h/v1_1/demo/image/upload --form-string public_id=a+b -F timestamp=1315060510 -F signature=${signature}`;
  const error = `Invalid Signature ${signature}. String to sign - 'public_id=a b&timestamp=1315060510'.`;
  const found = explainSignature(parseFailedRequest(`${command}\n${error}`)!, {
    secrets: [{ secret: 'abcdef' }],
    now: 1315060520,
  });
  assert.deepEqual([found.mistakes[0]?.id, found.mistakes[0]?.names], ['changed-in-transit', ['public_id']]);
});

test('any text survives a real shell, and our reading of it', () => {
  const words = fc.array(
    fc.string({ unit: 'grapheme', maxLength: 12 }).filter((text) => !text.includes('\0') && text.isWellFormed()),
    { minLength: 1, maxLength: 6 },
  );
  fc.assert(
    fc.property(words, (given) => {
      const command = given.map(shellQuote).join(' ');
      assert.deepEqual(shellSplit(command), given);
      const printed = execFileSync('sh', ['-c', `printf '%s\\0' ${command}`]).toString();
      assert.deepEqual(printed.split('\0').slice(0, -1), given);
    }),
    { numRuns: 40 },
  );
});

test('a built command reads back as it was meant', () => {
  const params = {
    tags: ['a', 'b'],
    context: `alt=it's; "x"|b=<@`,
    public_id: '@home',
    folder: '',
    timestamp: 1,
    signature: SIGNATURE,
  };
  const command = buildCurl(params, {
    uploadUrl: 'http://h/v1_1/demo/auto/upload?x=1&y=2',
    file: `my, "photo".jpg`,
    apiKey: '1234',
  });
  const parsed = parseFailedRequest(command);
  assert.deepEqual(parsed?.params, [
    ['x', '1'],
    ['y', '2'],
    ['tags[]', 'a'],
    ['tags[]', 'b'],
    ['context', params.context],
    ['public_id', '@home'],
    ['timestamp', '1'],
    ['api_key', '1234'],
    ['file', '@my, "photo".jpg'],
  ]);
  assert.equal(parsed.signature, SIGNATURE);
  assert.ok(!/\n/.test(buildCurl(params, { uploadUrl: 'http://h/', multiline: false })));
  assert.match(
    buildCurl({}, { uploadUrl: 'http://h/', file: 'https://x/y.jpg?a=1&b=2' }),
    /-F 'file=https:\/\/x\/y\.jpg\?a=1&b=2'$/,
  );
});
