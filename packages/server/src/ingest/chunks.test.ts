import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { openDiskStore } from '../blobs/disk.ts';
import type { BlobStore } from '../blobs/store.ts';
import { ERRORS } from '../errors.ts';
import { replay } from './chunk-journal.ts';
import { type ChunkProgress, type Chunks, createChunks, type FirstChunk } from './chunks.ts';

const CHUNK = 5_000_000;
const bytes = randomBytes(3 * CHUNK + 12_345);
const sha256 = createHash('sha256').update(bytes).digest('hex');
const md5 = createHash('md5').update(bytes).digest('hex');
const LAST = 3;
const saying = (value: string): FirstChunk => ({
  fields: [{ name: 'public_id', value, from: 'body' }],
  filename: `${value}.bin`,
  contentType: undefined,
});

let root: string;
let store: BlobStore;
before(async () => {
  root = await mkdtemp(join(tmpdir(), 'signet-chunks-'));
  store = await openDiskStore(join(root, 'blobs'));
});
after(async () => {
  await store.close();
  await rm(root, { recursive: true, force: true });
});

let folders = 0;
const setUp = () => {
  const folder = join(root, `chunks-${++folders}`);
  return { folder, chunks: createChunks({ folder, stallMs: 200 }) };
};

const rangeOf = (index: number, known = true) => ({
  start: index * CHUNK,
  end: Math.min((index + 1) * CHUNK, bytes.length) - 1,
  total: known || index === LAST ? bytes.length : undefined,
});

const begin = (chunks: Chunks, range: { start: number; end: number; total: number | undefined }, uploadId = 'u') =>
  chunks.begin({ scope: 'demo', uploadId, range, maxBytes: 100_000_000 });

async function send(chunks: Chunks, index: number, { known = true, first = saying(`c${index}`), id = 'u' } = {}) {
  const range = rangeOf(index, known);
  const writer = await begin(chunks, range, id);
  for (let at = range.start; at <= range.end; at += 65_536)
    await writer.sink.write(bytes.subarray(at, Math.min(at + 65_536, range.end + 1)));
  await writer.sink.end();
  return writer.commit(first);
}

async function finish(progress: ChunkProgress, folder: string, expected = 'c0') {
  assert.equal(progress.state, 'complete');
  if (progress.state !== 'complete') return;
  assert.deepEqual(await progress.file.digests(), { bytes: bytes.length, sha256, md5 });
  assert.deepEqual(progress.first.fields, saying(expected).fields);
  assert.equal(progress.first.filename, `${expected}.bin`);
  const { hash } = await store.put(progress.file);
  assert.equal(await store.verify(hash), true);
  await progress.remember({ public_id: expected });
  for (const name of await readdir(folder)) assert.ok(!(await readdir(join(folder, name))).includes('data'));
  await store.delete(hash);
}

test('chunks in order, the total known only with the last one', async () => {
  const { chunks, folder } = setUp();
  for (let index = 0; index < LAST; index++) {
    const progress = await send(chunks, index, { known: false });
    assert.deepEqual(
      [progress.state, progress.state === 'partial' && progress.bytes],
      ['partial', (index + 1) * CHUNK],
    );
  }
  await finish(await send(chunks, LAST), folder);
});

test('chunks out of order and repeated; the chunk that begins the file speaks for all', async () => {
  const { chunks, folder } = setUp();
  for (const index of [LAST, 1, 1, 2, LAST]) assert.equal((await send(chunks, index)).state, 'partial');
  await finish(await send(chunks, 0), folder);
});

test('chunks in parallel, some twice', async () => {
  const { chunks, folder } = setUp();
  const results = await Promise.all([0, 2, 1, 0, 2].map((index) => send(chunks, index)));
  assert.ok(results.every((progress) => progress.state === 'partial'));
  await finish(await send(chunks, LAST), folder);
});

test('all chunks at once: exactly one completes the upload', async () => {
  const { chunks, folder } = setUp();
  const results = await Promise.all([3, 2, 1, 0].map((index) => send(chunks, index)));
  const complete = results.filter((progress) => progress.state === 'complete');
  assert.equal(complete.length, 1);
  await finish(complete[0]!, folder);
});

test('a restart in between loses nothing', async () => {
  const { chunks, folder } = setUp();
  await send(chunks, 0);
  await send(chunks, 2);
  // No close(): what a killed process leaves is all that the next one has.
  const again = createChunks({ folder });
  await send(again, 1);
  const third = createChunks({ folder });
  await finish(await send(third, LAST), folder);
});

test('a journal whose last line was torn loses that line only', async () => {
  const { chunks, folder } = setUp();
  await send(chunks, 0);
  await send(chunks, 1);
  await chunks.close();
  const [name] = await readdir(folder);
  const journal = join(folder, name!, 'journal');
  const lines = (await readFile(journal, 'utf8')).split('\n').filter((line) => !line.includes('"synced"'));
  await writeFile(journal, lines.join('\n').slice(0, -9));
  const again = createChunks({ folder });
  assert.deepEqual((await send(again, 2)).state, 'partial');
  assert.equal((await send(again, LAST)).state, 'partial');
  await finish(await send(again, 1), folder);
});

test('bytes that were not on the disk when the machine went down do not count', () => {
  const lines = [
    { range: [0, 10], boot: 'a' },
    { range: [10, 20], boot: 'a' },
    { synced: [0, 10] },
    { range: [30, 40], boot: 'b' },
  ] as const;
  assert.deepEqual(replay(lines, 'b').ranges, [
    [0, 10],
    [30, 40],
  ]);
  assert.deepEqual(replay(lines, 'a').ranges, [[0, 20]]);
});

test('the last chunk again, after the answer got lost, gets the same answer', async () => {
  const { chunks, folder } = setUp();
  for (let index = 0; index < LAST; index++) await send(chunks, index);
  await finish(await send(chunks, LAST), folder);
  assert.deepEqual(await send(chunks, LAST), { state: 'answered', answer: { public_id: 'c0' } });
  assert.deepEqual(await send(createChunks({ folder }), 1), { state: 'answered', answer: { public_id: 'c0' } });
});

test('the last chunk again, while the upload is being stored, waits for the answer', async () => {
  const { chunks } = setUp();
  for (let index = 0; index < LAST; index++) await send(chunks, index);
  const progress = await send(chunks, LAST);
  const second = send(chunks, LAST);
  await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(progress.state === 'complete');
  if (progress.state === 'complete') await progress.remember('the answer');
  assert.deepEqual(await second, { state: 'answered', answer: 'the answer' });
});

test('forget removes everything, and the same id starts anew', async () => {
  const { chunks, folder } = setUp();
  for (let index = 0; index < LAST; index++) await send(chunks, index);
  const progress = await send(chunks, LAST);
  if (progress.state === 'complete') await progress.forget();
  assert.deepEqual(await readdir(folder), []);
  assert.equal((await send(chunks, 0)).state, 'partial');
});

test('an upload that could not be stored is forgotten by the abort of its last chunk', async () => {
  const { chunks, folder } = setUp();
  const writer = await begin(chunks, { start: 0, end: 9, total: 10 });
  await writer.sink.write(Buffer.alloc(10));
  assert.equal((await writer.commit(saying('x'))).state, 'complete');
  const waiting = send(chunks, 0).catch((error) => error.message);
  await writer.abort();
  assert.match(await waiting, /expected a total of 10|refused/);
  assert.deepEqual(await readdir(folder), []);
});

test('a single chunk may be the whole file, and small', async () => {
  const { chunks } = setUp();
  const writer = await begin(chunks, { start: 0, end: 3380, total: 3381 });
  await writer.sink.write(bytes.subarray(0, 3381));
  const progress = await writer.commit(saying('x'));
  assert.equal(progress.state, 'complete');
});

test('an aborted chunk leaves the upload as it was', async () => {
  const { chunks, folder } = setUp();
  await send(chunks, 0);
  const writer = await begin(chunks, rangeOf(1));
  await writer.sink.write(randomBytes(1_000_000));
  await writer.abort();
  for (const index of [1, 2]) await send(chunks, index);
  await finish(await send(chunks, LAST), folder);
});

test('a chunk sent again takes the place of one that makes no progress', async () => {
  const { chunks, folder } = setUp();
  const dead = await begin(chunks, rangeOf(0));
  await dead.sink.write(randomBytes(1_000_000));
  for (const index of [0, 1, 2]) await send(chunks, index);
  await assert.rejects(async () => dead.sink.write(randomBytes(10)), /sent again by a later request/);
  await assert.rejects(async () => dead.commit(saying('dead')), /sent again by a later request/);
  await finish(await send(chunks, LAST), folder);
});

test('bytes that are there already are never changed', async () => {
  const { chunks, folder } = setUp();
  await send(chunks, 0);
  const { start, end, total } = rangeOf(0);
  const other = await begin(chunks, { start, end, total });
  await other.sink.write(randomBytes(end - start + 1));
  await other.commit(saying('evil'));
  for (const index of [1, 2]) await send(chunks, index);
  await finish(await send(chunks, LAST), folder);
});

test('uploads of different clouds and ids do not meet', async () => {
  const { chunks } = setUp();
  await send(chunks, 0);
  const progress = await send(chunks, 1, { id: 'other' });
  assert.equal(progress.state === 'partial' && progress.bytes, CHUNK);
  const writer = await chunks.begin({ scope: 'another', uploadId: 'u', range: rangeOf(1), maxBytes: 1e9 });
  await writer.sink.write(bytes.subarray(CHUNK, 2 * CHUNK));
  const third = await writer.commit(saying('x'));
  assert.equal(third.state === 'partial' && third.bytes, CHUNK);
});

test('refuses what cannot be', async () => {
  const { chunks } = setUp();
  await send(chunks, 0);
  const small = { start: CHUNK, end: CHUNK + 1000, total: undefined };
  await assert.rejects(begin(chunks, small), { message: ERRORS.ChunkTooSmall().message, status: 400 });
  await assert.rejects(begin(chunks, { ...small, total: 2 * CHUNK }), /larger than 5mb/);
  await assert.rejects(begin(chunks, { ...rangeOf(1), total: bytes.length + 1 }), /expected a total of 15012345/);
  await assert.rejects(
    begin(chunks, { start: 95_000_000, end: 100_000_000, total: 100_000_001 }),
    /File size too large/,
  );
  await assert.rejects(begin(chunks, rangeOf(0), ''), /X-Unique-Upload-Id/);
  await assert.rejects(begin(chunks, rangeOf(0), 'x'.repeat(300)), /X-Unique-Upload-Id/);
  const short = await begin(chunks, rangeOf(1));
  await short.sink.write(bytes.subarray(0, 10));
  await assert.rejects(async () => short.sink.end(), /are 5000000 bytes but received 10/);
  await short.abort();
  const long = await begin(chunks, rangeOf(1));
  await assert.rejects(async () => long.sink.write(Buffer.alloc(CHUNK + 1)), /but received more/);
  await long.abort();
});

test('abandoned uploads are swept, those under way are not', async () => {
  const { chunks, folder } = setUp();
  await send(chunks, 0, { id: 'old' });
  const writer = await begin(chunks, rangeOf(0), 'busy');
  await writer.sink.write(bytes.subarray(0, 100_000));
  await send(chunks, 0, { id: 'fresh' });
  assert.equal(await chunks.sweep(Date.now() - 60_000), 0);
  assert.equal((await readdir(folder)).length, 3);
  assert.equal(await chunks.sweep(Date.now() + 60_000), 2);
  assert.equal((await readdir(folder)).length, 1);
  await writer.abort();
  const again = createChunks({ folder });
  const [name] = await readdir(folder);
  const past = new Date(Date.now() - 100_000);
  for (const file of ['', ...(await readdir(join(folder, name!)))]) await utimes(join(folder, name!, file), past, past);
  assert.equal(await again.sweep(Date.now() - 50_000), 1);
  assert.deepEqual(await readdir(folder), []);
});
