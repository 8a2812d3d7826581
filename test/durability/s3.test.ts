import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, type TestContext, test } from 'node:test';
import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import sharp from 'sharp';
import { signet } from '../support/cli.ts';
import { get } from '../support/delivery.ts';
import { givenS3, startS3 } from '../support/s3.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const own = await startS3();
const s3 = givenS3() ?? own;
after(() => own.remove());

/** The client finds its credentials where the server does. */
Object.assign(process.env, s3.env);

const folderOf = async (t: TestContext): Promise<string> => {
  const data = await mkdtemp(join(tmpdir(), 'signet-with-s3-'));
  t.after(() => rm(data, { recursive: true, force: true }));
  return data;
};

const start = async (t: TestContext, address: string, data: string, env = s3.env): Promise<SignetServer> => {
  const server = await startSignet({ data, env, flags: ['--blobs', address, '--log-level', 'error'] });
  t.after(() => server.kill());
  return server;
};

async function sdkOf(server: SignetServer) {
  // Read when it is loaded, to choose http.
  process.env.CLOUDINARY_URL = server.cloudinaryUrl;
  const { v2: cloudinary } = await import('cloudinary');
  cloudinary.config({
    cloud_name: server.cloud,
    api_key: server.apiKey,
    api_secret: server.apiSecret,
    upload_prefix: server.url,
  });
  return cloudinary;
}

/** Keys below the prefix of an address, by their first folder. */
async function keysOf(address: string): Promise<Record<string, number>> {
  const { host, pathname, searchParams } = new URL(address);
  const client = new S3Client({
    endpoint: searchParams.get('endpoint')!,
    region: searchParams.get('region') ?? 'us-east-1',
    forcePathStyle: true,
  });
  const prefix = `${pathname.slice(1)}/`;
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket: host, Prefix: prefix }));
  client.destroy();
  const folders = Contents.map(({ Key }) => Key!.slice(prefix.length).split('/')[0]!);
  return Object.fromEntries(
    Map.groupBy(folders, (folder) => folder)
      .entries()
      .map(([name, all]) => [name, all.length]),
  );
}

const picture = (color: string): Promise<Buffer> => {
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  return sharp({ create: { width: 900, height: 600, channels: 3, background: color, noise } })
    .jpeg({ quality: 95 })
    .toBuffer();
};

test('with a bucket, a new disk with nothing but the catalog serves everything', async (t) => {
  const address = s3.address();
  const data = await folderOf(t);
  const first = await start(t, address, data);
  const sdk = await sdkOf(first);
  const file = join(data, 'picture.jpg');
  const [red, blue] = [await picture('#f00'), await picture('#00f')];
  await writeFile(file, red);
  await sdk.uploader.upload(file, { public_id: 'picture', backup: true });
  await sdk.uploader.upload(file, { public_id: 'the-same' });
  const large = randomBytes(12_000_000);
  await writeFile(join(data, 'large.bin'), large);
  await new Promise((resolve, reject) =>
    sdk.uploader.upload_large(
      join(data, 'large.bin'),
      { public_id: 'large.bin', resource_type: 'raw', chunk_size: 6_000_000 },
      (error, result) => (error ? reject(error) : resolve(result)),
    ),
  );
  const kept = async (server: SignetServer, rendered: boolean) => {
    const original = await get(server, 'picture.jpg');
    assert.deepEqual(original.bytes, red);
    const part = await get(server, 'large.bin', { range: 'bytes=7000000-7000999' }, 'raw/upload');
    assert.equal(part.status, 206);
    assert.deepEqual(part.bytes, large.subarray(7_000_000, 7_001_000));
    assert.deepEqual((await get(server, 'large.bin', {}, 'raw/upload')).bytes, large);
    const derived = await get(server, 'c_fill,h_100,w_100/picture.webp');
    assert.equal(derived.status, 200, String(derived.error));
    assert.equal(derived.headers.has('server-timing'), rendered, 'whether it had to be rendered');
    return derived.bytes;
  };
  const derived = await kept(first, true);
  await first.stop();
  assert.deepEqual(
    await keysOf(address),
    { derived: 1, sha256: 2, 'signet-catalog': 1 },
    'identical originals are stored once',
  );
  for (const folder of ['blobs-s3', 'derived', 'tmp']) await rm(join(data, folder), { recursive: true, force: true });

  const second = await start(t, address, data);
  assert.deepEqual(await kept(second, false), derived);
  assert.deepEqual(await readdir(join(data, 'blobs-s3/copies')), [], 'nothing but the renderer needs a copy');
  assert.equal((await get(second, 'c_fill,h_101,w_101/picture.webp')).status, 200, 'rendered from the bucket');

  const again = await sdkOf(second);
  await writeFile(file, blue);
  await again.uploader.upload(file, { public_id: 'picture', backup: true });
  const { versions } = (await again.api.resource('picture', { versions: true })) as unknown as {
    versions: { version_id: string }[];
  };
  await again.api.restore(['picture'], { versions: [versions.at(-1)!.version_id] });
  assert.deepEqual((await get(second, 'picture.jpg')).bytes, red, 'a backup is restored from the bucket');
  await again.uploader.destroy('picture');
  assert.equal((await get(second, 'picture.jpg')).status, 404);
  assert.deepEqual((await get(second, 'the-same.jpg')).bytes, red, 'bytes stay while somebody has them');
});

test('while the bucket does not answer uploads fail, nothing becomes visible, and /health tells', async (t) => {
  const server = await start(t, own.address(), await folderOf(t), own.env);
  const uploadTo = async (id: string): Promise<Response> =>
    fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, {
      method: 'POST',
      body: signedForm(server, { public_id: id }, randomBytes(50_000)),
    });
  const health = async (): Promise<number> => (await fetch(`${server.url}/health`)).status;
  assert.equal((await uploadTo('before')).status, 200);
  assert.equal(await health(), 200);
  await own.cut();
  try {
    const refused = await uploadTo('meanwhile');
    assert.equal(refused.status, 500);
    const text = 'The store of this server cannot be used at the moment';
    assert.deepEqual(await refused.json(), { error: { message: text } });
    assert.equal(refused.headers.get('x-cld-error'), text);
    assert.equal(await health(), 500);
    assert.equal((await get(server, 'meanwhile', {}, 'raw/upload')).status, 404);
  } finally {
    await own.mend();
  }
  assert.equal(await health(), 200);
  assert.equal((await uploadTo('afterwards')).status, 200);
  assert.match(server.logs, /bucket signet/, 'the log says what failed');
});

test('a bucket that cannot be used stops the start with one clear message', async (t) => {
  const data = await folderOf(t);
  const address = new URL(own.address());
  address.host = 'no-such-bucket';
  const cases: [string, RegExp][] = [
    [address.href, /bucket no-such-bucket .*NoSuchBucket/],
    ['s3://key:top-secret@signet', /AWS_ACCESS_KEY_ID/],
  ];
  for (const [blobs, expected] of cases) {
    const { code, stdout, stderr } = await signet(['serve', '--port', '0', '--data', data, '--blobs', blobs], {
      env: own.env,
    });
    assert.equal(code, 2);
    assert.match(stderr, expected);
    assert.doesNotMatch(stderr + stdout, /top-secret|\n\s+at /);
  }
});
