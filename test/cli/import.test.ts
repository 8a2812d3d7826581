import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { signet } from '../support/cli.ts';
import { cleanEnvironment, MAIN, type SignetServer, startSignet } from '../support/server.ts';

const PIXEL = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);
/** Enough that a kill comes in the middle. */
const MANY = 120;
let folder: string;
let from: SignetServer;
let to: SignetServer;

const call = async (server: SignetServer, method: string, path: string, body?: unknown) => {
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}${path}`, {
    method,
    headers: {
      Authorization: `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`,
      ...(body !== undefined && { 'Content-Type': 'application/json' }),
    },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  });
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const make = async (method: string, path: string, body?: unknown) => {
  const answer = await call(from, method, path, body);
  assert.equal(answer.status, 200, `${path}: ${JSON.stringify(answer.body)}`);
};
const run = (server: SignetServer, ...args: string[]) =>
  signet(args, { env: { CLOUDINARY_URL: server.cloudinaryUrl, XDG_STATE_HOME: join(folder, 'state') }, cwd: folder });
const facts = async (server: SignetServer, ...args: string[]) => {
  const { stdout, stderr, code } = await run(server, ...args, '--json');
  assert.equal(stderr, '');
  return { code, ...(JSON.parse(stdout) as Record<string, unknown>) } as Record<string, unknown>;
};

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-import-'));
  [from, to] = await Promise.all([startSignet(), startSignet()]);
  await make('POST', '/metadata_fields', {
    external_id: 'sku',
    label: 'SKU',
    type: 'string',
    mandatory: true,
    default_value: 'none',
  });
  await make('POST', '/metadata_fields', {
    external_id: 'colour',
    label: 'Colour',
    type: 'enum',
    datasource: {
      values: [
        { external_id: 'r', value: 'red' },
        { external_id: 'g', value: 'green' },
      ],
    },
  });
  await make('POST', '/folders/trips/2026');
  await make('POST', '/transformations', { name: 'small', transformation: 'c_fill,h_20,w_30/e_grayscale' });
  await make('POST', '/upload_presets', {
    name: 'web',
    unsigned: true,
    folder: 'web',
    tags: 'a,b',
    allowed_formats: 'png,jpg',
  });
  await make('POST', '/streaming_profiles', {
    name: 'mine',
    display_name: 'Mine',
    representations: JSON.stringify([{ transformation: 'c_limit,h_360,w_640,br_500k' }]),
  });
  await writeFile(join(folder, 'pixel.png'), PIXEL);
  await writeFile(join(folder, 'text.txt'), 'hello');
  const extras = ['context=alt=a\\=b|caption=x', 'metadata=sku=17|colour=r', 'tags=sea,sun', 'asset_folder=trips/2026'];
  for (const words of [
    ['pixel.png', 'public_id=deep/er/pic', 'display_name=Picture', ...extras],
    ['text.txt', 'public_id=notes.txt', 'resource_type=raw'],
    ['pixel.png', 'public_id=secret', 'type=authenticated'],
    ['pixel.png', 'public_id=ünï cödé, more', 'access_control=[{"access_type":"token"}]'],
  ])
    assert.equal((await run(from, 'upload', ...words)).stderr, '', words.join(' '));
  const many = Array.from(
    { length: MANY },
    (_, n) => `data:text/plain;base64,${Buffer.from(`file ${n}`).toString('base64')}`,
  );
  const { code, stderr } = await run(from, 'upload', ...many, 'resource_type=raw', '-w', '8');
  assert.equal(code, 0, stderr);
  await make('POST', '/resources/related_assets/image/upload/deep/er/pic', {
    assets_to_relate: ['raw/upload/notes.txt', `image/upload/ünï cödé, more`],
  });
  await make('POST', '/metadata_rules', {
    metadata_field_id: 'colour',
    name: 'red for the rest',
    condition: { metadata_field_id: 'sku', equals: '99' },
    result: { enable: true, apply_value: { value: 'r', mode: 'default' } },
  });
});
after(async () => {
  await Promise.all([from?.stop(), to?.stop()]);
  await rm(folder, { recursive: true, force: true });
});

test('a dry run counts and changes nothing', async () => {
  const report = await facts(to, 'import', from.cloudinaryUrl, '--dry-run');
  assert.equal(report.total, MANY + 4);
  assert.equal((report.environment as Record<string, number>).metadata_fields, 2);
  assert.equal((await facts(to, 'import', from.cloudinaryUrl, '--verify')).code, 1);
});

test('an import killed in the middle goes on, and at the end both sides are the same', async () => {
  for (const signal of ['SIGKILL', 'SIGINT'] as const) {
    const child = spawn(process.execPath, [MAIN, 'import', from.cloudinaryUrl, '-w', '2'], {
      cwd: folder,
      // Whoever is killed leaves the originals that were on their way.
      env: cleanEnvironment({
        CLOUDINARY_URL: to.cloudinaryUrl,
        XDG_STATE_HOME: join(folder, 'state'),
        TMPDIR: folder,
      }),
      stdio: 'ignore',
    });
    // Wait until it has begun with the assets.
    const target = signal === 'SIGKILL' ? 5 : 30;
    for (let tries = 0; tries < 400; tries++) {
      const { body } = await call(to, 'GET', '/resources/raw/upload?max_results=500');
      if ((body.resources as unknown[]).length >= target) break;
      await sleep(10);
    }
    child.kill(signal);
    const [code] = (await once(child, 'exit')) as [number | null];
    assert.ok(code === null || code === 130, `ended with ${code} in the middle`);
  }
  const report = await facts(to, 'import', from.cloudinaryUrl);
  assert.deepEqual([report.failed, report.problems], [[], []]);
  assert.ok(Number(report.skipped) > 5, 'the earlier runs count');
  assert.equal(Number(report.moved) + Number(report.skipped), MANY + 4);
  const verified = await facts(to, 'import', from.cloudinaryUrl, '--verify');
  assert.deepEqual([verified.code, verified.same, verified.missing], [0, MANY + 4, []]);
});

test('everything about an asset is taken over', async () => {
  const picture = '/resources/image/upload/deep/er/pic';
  const { body: a } = await call(from, 'GET', picture);
  const { body: b } = await call(to, 'GET', picture);
  for (const name of [
    'public_id',
    'version',
    'created_at',
    'format',
    'bytes',
    'tags',
    'context',
    'metadata',
    'asset_folder',
    'display_name',
  ])
    assert.deepEqual(b[name], a[name], name);
  assert.deepEqual(b.metadata, { sku: '17', colour: 'r' });
  assert.deepEqual((b.context as { custom: unknown }).custom, { alt: 'a=b', caption: 'x' });
  const { body: secret } = await call(to, 'GET', '/resources/image/authenticated/secret');
  assert.equal(secret.type, 'authenticated');
  const odd = await call(to, 'GET', `/resources/image/upload/${encodeURIComponent('ünï cödé, more')}`);
  assert.deepEqual(odd.body.access_control, [{ access_type: 'token' }]);
});

test('links with a version in them go on to work, and related assets stay related', async () => {
  const [a, b] = await Promise.all(
    [from, to].map((server) => call(server, 'GET', '/resources/image/upload/deep/er/pic?related=true')),
  );
  const path = new URL(String(a!.body.secure_url)).pathname;
  assert.equal(new URL(String(b!.body.secure_url)).pathname, path);
  const picture = await fetch(to.url + path);
  assert.deepEqual(Buffer.from(await picture.arrayBuffer()), PIXEL);
  const ends = ({ body }: { body: Record<string, unknown> }) =>
    (body.related_assets as { public_id: string }[]).map(({ public_id }) => public_id).sort();
  assert.deepEqual(ends(b!), ends(a!));
  assert.deepEqual(ends(b!), ['notes.txt', 'ünï cödé, more'].sort());
});

test('only the account’s own key says what version an asset had, and only sensible ones', async () => {
  const path = '/taken_over_assets';
  const one = { resource_type: 'raw', type: 'upload', public_id: 'notes.txt' };
  const unsigned = await fetch(`${to.url}/v1_1/${to.cloud}${path}`, { method: 'POST' });
  assert.equal(unsigned.status, 401);
  for (const wrong of [
    { ...one, version: -1 },
    { ...one, version: '7' },
    { ...one, created_at: 'soon' },
    { version: 7 },
    7,
  ])
    assert.equal((await call(to, 'POST', path, { assets: [wrong] })).status, 400, JSON.stringify(wrong));
  const answer = await call(to, 'POST', path, { assets: [{ ...one, public_id: 'nowhere', version: 7 }] });
  assert.deepEqual(answer.body, { taken_over: 0, missing: ['raw/upload/nowhere'] });
});

test('settings are taken over', async () => {
  const same = async (path: string, pick: (body: Record<string, unknown>) => unknown) => {
    const [a, b] = await Promise.all([call(from, 'GET', path), call(to, 'GET', path)]);
    assert.deepEqual(pick(b.body), pick(a.body), path);
  };
  await same('/metadata_fields', ({ metadata_fields: fields }) =>
    (fields as Record<string, unknown>[]).map(({ external_id, label, type, mandatory, default_value }) => [
      external_id,
      label,
      type,
      mandatory,
      default_value,
    ]),
  );
  await same('/metadata_rules', ({ metadata_rules: rules }) =>
    (rules as Record<string, unknown>[]).map(({ metadata_field_id, name, condition, result }) => [
      metadata_field_id,
      name,
      condition,
      result,
    ]),
  );
  await same('/transformations/t_small', ({ info, named }) => [info, named]);
  await same('/upload_presets/web', ({ unsigned, settings }) => [unsigned, settings]);
  await same('/streaming_profiles/mine', ({ data }) => ({ ...(data as object), external_id: undefined }));
  await same('/folders/trips', ({ folders }) => (folders as { path: string }[]).map(({ path }) => path));
});

test('an export is plain files, and an import from it makes the same environment', async () => {
  const written = await facts(from, 'export', 'backup');
  assert.deepEqual([written.code, written.moved], [0, MANY + 4]);
  assert.deepEqual(await readFile(join(folder, 'backup/originals/image/upload/deep/er/pic.png')), PIXEL);
  assert.equal((await facts(from, 'export', 'backup')).moved, 0, 'nothing new');
  assert.equal((await facts(from, 'export', 'backup', '--verify')).code, 0);
  await writeFile(join(folder, 'backup/originals/raw/upload/notes.txt'), 'other');
  const changed = await facts(from, 'export', 'backup', '--verify');
  assert.deepEqual([changed.code, changed.different], [1, ['raw/upload/notes.txt']]);

  const third = await startSignet();
  try {
    const read = await facts(third, 'import', 'backup');
    assert.deepEqual([read.moved, read.problems], [MANY + 4, []]);
    const { body } = await call(third, 'GET', '/resources/image/upload/deep/er/pic?related=true');
    assert.equal(body.display_name, 'Picture');
    assert.equal(body.version, (await call(from, 'GET', '/resources/image/upload/deep/er/pic')).body.version);
    assert.equal((body.related_assets as unknown[]).length, 2);
  } finally {
    await third.stop();
  }
});

test('wrong sources are refused before anything happens', async () => {
  const cases: [string[], RegExp, number][] = [
    [['import', 'nowhere'], /no saved account nowhere/, 2],
    [['import', to.cloudinaryUrl], /same environment/, 2],
    [['import', '.'], /is no export/, 1],
  ];
  for (const [args, message, code] of cases) {
    const result = await run(to, ...args);
    assert.match(result.stderr, message);
    assert.equal(result.code, code);
  }
});
