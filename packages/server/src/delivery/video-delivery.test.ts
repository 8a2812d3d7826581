import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { writeClip } from '../render/video/samples.fixture.ts';
import { openVideoLab, type VideoLab } from './video.fixture.ts';

let lab: VideoLab;

before(async () => {
  lab = await openVideoLab({ 'max-sync-video-bytes': 60_000, 'allow-private-webhooks': 'on' });
  await writeClip(lab.file('small.mp4'), { width: 160, height: 90, seconds: 2 });
  await writeClip(lab.file('large.mp4'), { width: 160, height: 90, seconds: 8 });
  for (const name of ['small', 'large'])
    await lab.cloudinary.uploader.upload(lab.file(`${name}.mp4`), { resource_type: 'video', public_id: name });
});
after(() => lab.close());

const TOO_LARGE =
  'Video is too large to process synchronously, please use an eager transformation with eager_async=true to resolve';

test('everybody who asks at the same time gets the same bytes from one run; later ones come from the store', async () => {
  const answers = await Promise.all(Array.from({ length: 5 }, () => lab.get('w_80/small.mp4')));
  const bodies = await Promise.all(answers.map(async (answer) => Buffer.from(await answer.arrayBuffer())));
  assert.equal(new Set(answers.map(({ headers }) => headers.get('etag'))).size, 1);
  for (const body of bodies) assert.ok(body.equals(bodies[0]!));
  const again = await lab.get('c_scale,w_80/small.mp4');
  assert.equal(again.headers.get('server-timing'), null);
  assert.equal(again.headers.get('etag'), answers[0]!.headers.get('etag'), 'equal plans share a result');
});

test('HEAD, ranges and validators work on a result', async () => {
  const whole = Buffer.from(await (await lab.get('w_80/small.mp4')).arrayBuffer());
  const head = await fetch(lab.url('w_80/small.mp4'), { method: 'HEAD' });
  assert.deepEqual(
    [head.status, head.headers.get('content-length'), head.headers.get('accept-ranges')],
    [200, String(whole.length), 'bytes'],
  );
  const part = await lab.get('w_80/small.mp4', { range: 'bytes=100-199' });
  assert.deepEqual([part.status, part.headers.get('content-range')], [206, `bytes 100-199/${whole.length}`]);
  assert.ok(Buffer.from(await part.arrayBuffer()).equals(whole.subarray(100, 200)));
  const fresh = await fetch(lab.url('w_80/small.mp4'), { headers: { 'if-none-match': head.headers.get('etag')! } });
  assert.equal(fresh.status, 304);
  // The index is in front (faststart): players begin before the end is there.
  assert.ok(whole.indexOf('moov', 0, 'latin1') < whole.indexOf('mdat', 0, 'latin1'));
});

test('a video over the limit is refused with the words of the cloud, stills and the original are not', async () => {
  assert.deepEqual(await lab.refusal('w_80/large.mp4'), [400, TOO_LARGE]);
  await lab.get('so_1,w_80/large.jpg');
  await lab.get('large.mp4');
  await assert.rejects(
    lab.cloudinary.uploader.upload(lab.file('large.mp4'), { resource_type: 'video', eager: [{ width: 80 }] }),
    { message: TOO_LARGE },
  );
});

test('eager_async makes it in the background and tells when it is there', async () => {
  const told: Record<string, unknown>[] = [];
  const listener = createServer(async (request, response) => {
    let body = '';
    for await (const chunk of request) body += chunk;
    told.push(JSON.parse(body) as Record<string, unknown>);
    response.end();
  }).listen(0, '127.0.0.1');
  await new Promise((resolve) => listener.once('listening', resolve));
  try {
    const { port } = listener.address() as AddressInfo;
    const answer = await lab.cloudinary.uploader.upload(lab.file('large.mp4'), {
      resource_type: 'video',
      public_id: 'later',
      eager: [{ width: 80, format: 'webm' }],
      eager_async: true,
      eager_notification_url: `http://127.0.0.1:${port}/`,
    });
    assert.equal(answer.eager[0].status, 'processing');
    for (let i = 0; i < 200 && !told.some(({ notification_type }) => notification_type === 'eager'); i++)
      await setTimeout(50);
    const notice = told.find(({ notification_type }) => notification_type === 'eager') as {
      eager: { width: number; format: string; url: string }[];
    };
    assert.deepEqual([notice.eager[0]!.width, notice.eager[0]!.format], [80, 'webm']);
    const facts = await lab.facts(await lab.load(notice.eager[0]!.url));
    assert.deepEqual([facts.width, facts.video.codec], [80, 'vp9']);
  } finally {
    listener.close();
  }
});

test('an incoming transformation is what is stored', async () => {
  const answer = await lab.cloudinary.uploader.upload(lab.file('small.mp4'), {
    resource_type: 'video',
    public_id: 'cut',
    transformation: { width: 80, duration: 1 },
  });
  assert.deepEqual([answer.width, answer.height, answer.format], [80, 44, 'mp4']);
  assert.ok(Math.abs((answer as unknown as { duration: number }).duration - 1) < 0.1);
  const converted = await lab.cloudinary.uploader.upload(lab.file('small.mp4'), {
    resource_type: 'video',
    public_id: 'converted',
    format: 'webm',
  });
  assert.equal(converted.format, 'webm');
});

test('a deadline ends the work', async () => {
  const hasty = await openVideoLab({ 'video-timeout': 1 });
  try {
    await writeClip(hasty.file('long.mp4'), { width: 640, height: 360, seconds: 8, fps: 25 });
    await hasty.cloudinary.uploader.upload(hasty.file('long.mp4'), { resource_type: 'video', public_id: 'long' });
    const start = performance.now();
    assert.deepEqual(await hasty.refusal('w_3000,vc_vp9/long.webm'), [400, TOO_LARGE]);
    assert.ok(performance.now() - start < 5000);
  } finally {
    await hasty.close();
  }
});

test('memory over the limit ends the work', async () => {
  const narrow = await openVideoLab({ 'video-memory': '150MB' });
  try {
    await writeClip(narrow.file('long.mp4'), { width: 640, height: 360, seconds: 8, fps: 25 });
    await narrow.cloudinary.uploader.upload(narrow.file('long.mp4'), { resource_type: 'video', public_id: 'long' });
    assert.deepEqual(await narrow.refusal('w_1600/e_reverse/long.mp4'), [
      400,
      'Video needs more memory to transform than this server allows',
    ]);
  } finally {
    await narrow.close();
  }
});
