/**
 * What a bucket costs the server beside its own disk: processor time of `signet` for an upload, for an original and for a
 * derived result, and resident memory. SIGNET_TEST_S3 names the bucket (address as for `--blobs`, credentials in the AWS
 * environment); without it an emulator in this process stands in, whose own time is not counted but is waited for.
 */
import { randomBytes } from 'node:crypto';
import { givenS3, startS3 } from '../test/support/s3.ts';
import { measure, photo, processorTime, report, residentMegabytes, startSignet, uploadPicture } from './support.ts';

const UPLOADS = 300;
const DELIVERIES = 1000;
const CONCURRENCY = 4;

const own = await startS3();
const s3 = givenS3() ?? own;
Object.assign(process.env, s3.env);
const jpeg = await photo(800, 600, 80);

const different = (): Buffer => Buffer.concat([jpeg, randomBytes(8)]);

for (const [name, flags] of [
  ['disk', []],
  ['bucket', ['--blobs', s3.address()]],
  ['bucket, no copies', ['--blobs', s3.address(), '--blob-cache-bytes', '0']],
] as const) {
  const server = await startSignet({ flags });
  const cloud = new URL(server.cloudinaryUrl).hostname;
  const get = async (path: string): Promise<void> => {
    const answer = await fetch(`${server.url}/${cloud}/image/upload/${path}`);
    await answer.arrayBuffer();
    if (answer.status !== 200) throw new Error(`${answer.status} ${path}`);
  };
  const costs = async (what: string, total: number, work: (index: number) => Promise<unknown>): Promise<void> => {
    const before = processorTime(server.pid);
    const { p50 } = await measure(total, CONCURRENCY, work);
    report(`${name}: ${what}, processor time`, (processorTime(server.pid) - before) / total, 'ms');
    report(`${name}: ${what}, median`, p50, 'ms');
  };
  report(`${name}: ready`, server.readyMs, 'ms');
  await measure(50, CONCURRENCY, (index) => uploadPicture(server, `warm-${index}`, different()));
  await costs(`upload of ${Math.round(jpeg.length / 1000)} kB`, UPLOADS, (index) =>
    uploadPicture(server, `picture-${index}`, different()),
  );
  await costs('original', DELIVERIES, (index) => get(`picture-${index % UPLOADS}.jpg`));
  await costs('derived result, made', 100, (index) => get(`c_fill,h_50,w_50/picture-${index}.jpg`));
  report(`${name}: resident memory`, residentMegabytes(server.pid), 'MB');
  await server.stop();
}
await own.remove();
