import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { createServer, request as httpRequest, type IncomingMessage } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer, text } from 'node:stream/consumers';
import { after, before, describe, it } from 'node:test';
import { collectParams } from '@signet/signing';
import { openDiskStore } from '../blobs/disk.ts';
import type { BlobStore } from '../blobs/store.ts';
import { ERRORS, SignetError } from '../errors.ts';
import { type Form, type ReadFormOptions, readForm } from './form.ts';

let folder: string;
let store: BlobStore;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-form-'));
  store = await openDiskStore(folder);
});
after(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

interface Outcome {
  form?: Form;
  bytes?: Buffer | undefined;
  error?: unknown;
}

/** A real server that reads one form with `readForm` and hands it to the test. */
async function serve(options: Partial<ReadFormOptions>) {
  const outcomes: Outcome[] = [];
  const server = createServer(async (request: IncomingMessage, response) => {
    try {
      const form = await readForm(request, { store, ...options });
      const bytes = form.file?.kind === 'bytes' ? await buffer(form.file.file.openRead()) : undefined;
      outcomes.push({ form, bytes });
      await form.discard();
      response.end('ok');
    } catch (error) {
      outcomes.push({ error });
      response.statusCode = error instanceof SignetError ? error.status : 500;
      response.end(String((error as Error).message));
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `http://127.0.0.1:${port}`,
    outcomes,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function send(
  body: BodyInit | undefined,
  init: { type?: string | null; path?: string; options?: Partial<ReadFormOptions> } = {},
) {
  const server = await serve(init.options ?? {});
  try {
    const payload =
      body instanceof FormData
        ? {
            type: new Response(body).headers.get('content-type')!,
            bytes: Buffer.alloc(0),
          }
        : undefined;
    const response = new Response(body);
    const type = init.type === undefined ? (response.headers.get('content-type') ?? payload?.type) : init.type;
    const bytes = Buffer.from(await response.arrayBuffer());
    const answer = await new Promise<{ status: number; body: string }>((resolve, reject) => {
      const request = httpRequest(
        `${server.url}${init.path ?? '/'}`,
        { method: 'POST', headers: { 'content-length': bytes.length, ...(type ? { 'content-type': type } : {}) } },
        async (reply) => resolve({ status: reply.statusCode!, body: await text(reply) }),
      );
      request.on('error', reject);
      request.end(bytes);
    });
    assert.equal(server.outcomes.length, 1);
    assert.deepEqual(await readdir(join(folder, 'tmp')), [], 'temporary files left behind');
    return { ...server.outcomes[0]!, answer };
  } finally {
    await server.close();
  }
}

const pairs = (form: Form | undefined) => form!.fields.map(({ name, value }) => [name, value]);
const formData = (...entries: [string, string | Blob, string?][]) => {
  const data = new FormData();
  for (const [name, value, filename] of entries)
    if (typeof value === 'string') data.append(name, value);
    else data.append(name, value, filename);
  return data;
};

describe('multipart', () => {
  const small = randomBytes(100_000);
  const large = randomBytes(3_500_000);

  for (const [title, bytes] of [
    ['a small file stays in memory', small],
    ['a large file goes to disk', large],
    ['an empty file is a file', Buffer.alloc(0)],
  ] as const)
    it(title, async () => {
      const file = new Blob([bytes]);
      const { form, bytes: got } = await send(formData(['public_id', 'sample'], ['file', file, 'größe.jpg']));
      assert.equal(form!.file?.kind, 'bytes');
      if (form!.file?.kind !== 'bytes') return;
      assert.equal(form!.file.filename, 'größe.jpg');
      assert.equal(form!.file.dataUri, false);
      assert.equal(form!.file.file.memory !== undefined, bytes.length < 1_000_000);
      assert.deepEqual(got, bytes);
    });

  it('takes parts in any order', async () => {
    const file: [string, Blob, string] = ['file', new Blob([large]), 'a.bin'];
    const fields: [string, string][] = [
      ['timestamp', '1'],
      ['tags[]', 'a'],
      ['tags[]', 'b'],
    ];
    for (let at = 0; at <= fields.length; at++) {
      const { form, bytes } = await send(formData(...fields.slice(0, at), file, ...fields.slice(at)));
      assert.deepEqual(pairs(form), fields);
      assert.equal(form!.fieldsBeforeFile, at);
      assert.deepEqual(bytes, large);
    }
  });

  it('a part file without a file name is an address', async () => {
    const { form } = await send(formData(['file', 'https://example.com/ä.jpg']));
    assert.deepEqual(form!.file, { kind: 'text', field: 'file', text: 'https://example.com/ä.jpg' });
  });

  it('a data URI is decoded while it comes in, newlines and spaces ignored', async () => {
    const base64 = large.toString('base64').replace(/(.{76})/g, '$1\r\n ');
    const { form, bytes } = await send(formData(['file', `data:image/png;charset=utf8;base64,${base64}`]));
    assert.equal(form!.file?.kind === 'bytes' && form!.file.dataUri, true);
    assert.deepEqual(bytes, large);
  });

  it('refuses broken base64 and leaves nothing behind', async () => {
    const { answer } = await send(formData(['file', `data:image/png;base64,${'A'.repeat(2_000_000)}*`]));
    assert.deepEqual(answer, { status: 400, body: 'Invalid data URI: expected base64 after the comma' });
  });

  it('file[] gets the error that names the mistake', async () => {
    for (const data of [formData(['file[]', new Blob([small]), 'x']), formData(['file[0]', 'https://a.example'])]) {
      const { answer } = await send(data);
      assert.equal(answer.body, ERRORS.FileArray().message);
    }
  });

  it('refuses two files', async () => {
    const { answer } = await send(formData(['file', new Blob([small]), 'a'], ['file', new Blob([small]), 'b']));
    assert.deepEqual(answer, { status: 400, body: 'Expected one file but received several' });
  });

  it('has a limit for everything', async () => {
    const many = formData(...Array.from({ length: 30 }, (_, index): [string, string] => [`p${index}`, 'x']));
    const cases: [FormData, ReadFormOptions['limits'], number, RegExp][] = [
      [many, { fields: 20 }, 400, /Too many parameters. Maximum is 20/],
      [many, { parts: 20 }, 400, /Too many parts. Maximum is 20/],
      [many, { allFieldsBytes: 10 }, 400, /Parameters are too long/],
      [formData(['a', 'x'.repeat(101)]), { fieldBytes: 100 }, 400, /Parameter a is too long. Maximum is 100 bytes/],
      [formData(['n'.repeat(300), 'x']), {}, 400, /Parameter name n+… is too long/],
      [formData(['file', new Blob([large]), 'x']), { fileBytes: 2_000_000 }, 400, /File size too large. Got \d+. Max/],
      [formData(['file', new Blob([large]), 'x']), { requestBytes: 2_000_000 }, 413, /Request entity too large/],
      [formData(['file', 'x'.repeat(600_000)]), {}, 400, /Unsupported source URL: x+…/],
      [formData(['a', 'x']), { boundary: 10 }, 400, /boundary of 1 to 10 characters/],
    ];
    for (const [data, limits, status, message] of cases) {
      const { answer } = await send(data, { options: { limits: limits! } });
      assert.equal(answer.status, status, answer.body);
      assert.match(answer.body, message);
    }
  });

  it('refuses bodies that are no multipart', async () => {
    for (const [body, type] of [
      ['hello', 'multipart/form-data'],
      ['hello', 'multipart/form-data; boundary=x'],
      [
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nabc',
        'multipart/form-data; boundary=x',
      ],
      ['--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nabc', 'multipart/form-data; boundary=x'],
    ] as const) {
      const { answer } = await send(body, { type });
      assert.equal(answer.status, 400, body);
    }
  });

  it('accepts a closing boundary without a line end, as the Node SDK writes it', async () => {
    const body = '--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--';
    const { form } = await send(body, { type: 'multipart/form-data; boundary=x' });
    assert.deepEqual(pairs(form), [['a', 'b']]);
  });
});

describe('other encodings', () => {
  it('urlencoded', async () => {
    const { form } = await send('tags[]=a&tags[]=b+c&x=%26%3D%zz&empty=&flag&file=https%3A%2F%2Fa.example%2F', {
      type: 'application/x-www-form-urlencoded',
    });
    assert.deepEqual(pairs(form), [
      ['tags[]', 'a'],
      ['tags[]', 'b c'],
      ['x', '&=%zz'],
      ['empty', ''],
      ['flag', ''],
    ]);
    assert.deepEqual(form!.file, { kind: 'text', field: 'file', text: 'https://a.example/' });
  });

  it('no content type is urlencoded (PHP)', async () => {
    const { form } = await send('public_id=a&timestamp=1', { type: null });
    assert.deepEqual(pairs(form), [
      ['public_id', 'a'],
      ['timestamp', '1'],
    ]);
  });

  for (const type of ['application/octet-stream', 'image/png'])
    it(`a body of ${type} is refused with what is taken`, async () => {
      const { error, answer } = await send('public_id=a&timestamp=1', { type });
      assert.equal((error as SignetError).code, 'UnsupportedBody');
      assert.deepEqual(answer, {
        status: 400,
        body: `Expected multipart/form-data, application/x-www-form-urlencoded or application/json but received ${type}`,
      });
    });

  it('without a body its type is no matter', async () => {
    const { form } = await send('', { type: 'image/png', path: '/?public_id=a' });
    assert.deepEqual(pairs(form), [['public_id', 'a']]);
  });

  it('JSON keeps the values beside their text', async () => {
    const { form } = await send('{"a":true,"n":1.5,"urls":["x","y"],"none":null,"o":{"k":[1]}}', {
      type: 'application/json; charset=utf-8',
    });
    assert.deepEqual(form!.fields, [
      { name: 'a', value: 'true', json: true, from: 'body' },
      { name: 'n', value: '1.5', json: 1.5, from: 'body' },
      { name: 'urls', value: 'x', json: 'x', from: 'body' },
      { name: 'urls', value: 'y', json: 'y', from: 'body' },
      { name: 'none', value: '', json: null, from: 'body' },
      { name: 'o', value: '{"k":[1]}', json: { k: [1] }, from: 'body' },
    ]);
  });

  it('JSON that is none is refused', async () => {
    for (const body of ['{"a":', '[1]', '"a"', 'null']) {
      const { answer } = await send(body, { type: 'application/json' });
      assert.equal(answer.status, 400);
      assert.match(answer.body, /Expected (a )?JSON/);
    }
  });

  it('an empty JSON body is no parameters (Python)', async () => {
    const { form } = await send('', { type: 'application/json' });
    assert.deepEqual(form!.fields, []);
  });

  it('the query string comes on top; the body wins', async () => {
    const { form } = await send('timestamp=2&x=1', {
      path: '/?timestamp=1&api_key=k&a[]=1&a[]=2',
      type: 'application/x-www-form-urlencoded',
    });
    assert.deepEqual(Object.entries(collectParams(form!.fields.map(({ name, value }) => [name, value] as const))), [
      ['api_key', 'k'],
      ['a', '1,2'],
      ['timestamp', '2'],
      ['x', '1'],
    ]);
  });
});

describe('judging the parameters', () => {
  const refuse = ERRORS.InvalidSignature('bad', 'timestamp=1');
  const head = (fields: Record<string, string>) =>
    `${Object.entries(fields)
      .map(([name, value]) => `--x\r\nContent-Disposition: form-data; name="${name}"\r\n\r\n${value}\r\n`)
      .join('')}--x\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\n`;

  it('refuses a bad signature before the file is read', async () => {
    const moments: string[] = [];
    const server = await serve({
      onFieldsComplete: (_fields, moment) => {
        moments.push(moment);
        throw refuse;
      },
    });
    try {
      const socket = connect(server.port, '127.0.0.1');
      const answer = new Promise<string>((resolve) => socket.once('data', (chunk) => resolve(String(chunk))));
      // Two gigabytes are announced, ten bytes of them are sent.
      socket.write(
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2000000000\r\n\r\n',
      );
      socket.write(`${head({ timestamp: '1', signature: 'bad' })}0123456789`);
      assert.match(await answer, /^HTTP\/1.1 401/);
      assert.deepEqual(moments, ['before-file']);
      socket.destroy();
    } finally {
      await server.close();
    }
  });

  it('a client in the middle of a large upload gets to read the refusal', async () => {
    const { answer } = await send(formData(['signature', 'bad'], ['file', new Blob([randomBytes(20_000_000)]), 'x']), {
      options: {
        onFieldsComplete: () => {
          throw refuse;
        },
      },
    });
    assert.equal(answer.status, 401);
  });

  it('a short body is read to its end: parameters may follow the file', async () => {
    const seen: [string, number][] = [];
    const { form } = await send(
      formData(['signature', 's'], ['file', new Blob([randomBytes(1000)]), 'x'], ['timestamp', '1']),
      {
        options: {
          onFieldsComplete(fields, moment) {
            seen.push([moment, fields.length]);
            if (fields.length < 2) throw refuse;
          },
        },
      },
    );
    assert.equal(form!.fields.length, 2);
    assert.deepEqual(seen, [
      ['before-file', 1],
      ['end', 2],
    ]);
  });

  it('is asked once when everything came before the file, and at the end when nothing did', async () => {
    for (const [data, expected] of [
      [formData(['signature', 's'], ['file', new Blob(['x']), 'x']), ['before-file']],
      [formData(['file', new Blob(['x']), 'x'], ['signature', 's']), ['end']],
      [formData(['timestamp', '1'], ['file', new Blob(['x']), 'x']), ['end']],
    ] as const) {
      const moments: string[] = [];
      await send(data, { options: { onFieldsComplete: (_fields, moment) => void moments.push(moment) } });
      assert.deepEqual(moments, expected);
    }
  });

  it('a refusal at the end leaves nothing of a spooled file', async () => {
    const { answer } = await send(formData(['file', new Blob([randomBytes(3_000_000)]), 'x'], ['signature', 'bad']), {
      options: {
        onFieldsComplete: () => {
          throw refuse;
        },
      },
    });
    assert.equal(answer.status, 401);
  });

  it('an aborted upload leaves nothing behind', async () => {
    const server = await serve({});
    try {
      const socket = connect(server.port, '127.0.0.1');
      socket.write(
        'POST / HTTP/1.1\r\nHost: x\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: 2000000000\r\n\r\n',
      );
      socket.write(head({ timestamp: '1' }));
      for (let sent = 0; sent < 5; sent++)
        await new Promise<void>((resolve) => socket.write(randomBytes(1_000_000), () => resolve()));
      while ((await readdir(join(folder, 'tmp'))).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      socket.destroy();
      while (server.outcomes.length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
      assert.ok(server.outcomes[0]!.error instanceof SignetError);
      assert.deepEqual(await readdir(join(folder, 'tmp')), []);
    } finally {
      await server.close();
    }
  });
});

it('writes to a sink in place of the spool', async () => {
  const written: Uint8Array[] = [];
  const calls: string[] = [];
  const sink = {
    write: (chunk: Uint8Array) => {
      written.push(chunk);
      return undefined;
    },
    end: async () => void calls.push('end'),
    abort: async () => void calls.push('abort'),
  };
  const bytes = randomBytes(200_000);
  const { form } = await send(formData(['file', new Blob([bytes]), 'x.bin']), { options: { sink } });
  assert.equal(form!.file?.kind === 'written' && form!.file.bytes, bytes.length);
  assert.deepEqual(Buffer.concat(written), bytes);
  assert.equal(calls[0], 'end');
});
