import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { writeClip } from '../render/video/samples.fixture.ts';
import { near, openVideoLab, pixel, type VideoLab } from './video.fixture.ts';

let lab: VideoLab;
let playback: string;

before(async () => {
  lab = await openVideoLab();
  await writeClip(lab.file('film.mp4'), { width: 1280, height: 720, seconds: 15, fps: 6 });
  const { playback_url } = await lab.cloudinary.uploader.upload(lab.file('film.mp4'), {
    resource_type: 'video',
    public_id: 'films/one',
  });
  playback = playback_url;
  await lab.cloudinary.uploader.upload(lab.file('film.mp4'), {
    resource_type: 'video',
    public_id: 'secret',
    type: 'authenticated',
  });
});
after(() => lab.close());

const text = async (address: string): Promise<string> => {
  const answer = await lab.get(address);
  assert.equal(answer.headers.get('content-type'), 'application/vnd.apple.mpegurl');
  return answer.text();
};
const addresses = (playlist: string): string[] =>
  playlist
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => new URL(line, lab.server.url).href);

/** Follows a rendition as a player does and puts its pieces together. */
async function play(address: string): Promise<{ path: string; seconds: number[]; starts: Buffer[] }> {
  const playlist = await text(address);
  const seconds = [...playlist.matchAll(/#EXTINF:([\d.]+),/g)].map(([, value]) => Number(value));
  const ranges = [...playlist.matchAll(/#EXT-X-BYTERANGE:(\d+)@(\d+)/g)].map(([, bytes, at]) => {
    const start = Number(at);
    return `bytes=${start}-${start + Number(bytes) - 1}`;
  });
  const pieces: Buffer[] = [];
  for (const [index, piece] of addresses(playlist).entries()) {
    const answer = await lab.get(piece, ranges[index] === undefined ? {} : { range: ranges[index] });
    assert.equal(answer.status, ranges[index] === undefined ? 200 : 206);
    pieces.push(Buffer.from(await answer.arrayBuffer()));
  }
  const path = lab.file(`played-${pieces.length}-${seconds.length}.ts`);
  await writeFile(path, Buffer.concat(pieces));
  return { path, seconds, starts: pieces.map((piece) => piece.subarray(0, 188)) };
}

test('the playback_url of an upload is a master of ordinary delivery URLs, none larger than the film', async () => {
  const master = await text(playback);
  assert.match(master, /^#EXTM3U\n/);
  const sizes = [...master.matchAll(/BANDWIDTH=(\d+).*RESOLUTION=(\d+x\d+)/g)].map(([, rate, size]) => [
    Number(rate) > 500_000,
    size,
  ]);
  assert.deepEqual(sizes, [
    [true, '1280x720'],
    [true, '960x540'],
    [true, '640x360'],
  ]);
  for (const address of addresses(master))
    assert.match(address, /\/video\/upload\/br_\w+,c_limit,h_\d+,w_\d+\/v\d+\/films\/one\.m3u8$/);
});

test('a rendition is one .ts in byte ranges; the pieces are the whole film, and each can be played alone', async () => {
  const [, , small] = addresses(await text(playback));
  const { path, seconds, starts } = await play(small!);
  assert.deepEqual(seconds.map(Math.round), [6, 6, 3]);
  // Sync byte, then tables before any picture: of services (PID 17) or programs (PID 0).
  for (const start of starts) {
    assert.equal(start[0], 0x47);
    assert.ok([0, 17].includes(start.readUInt16BE(1) & 0x1fff), `begins with ${start.readUInt16BE(1) & 0x1fff}`);
  }
  const facts = await lab.facts(path);
  assert.deepEqual([facts.width, facts.height, facts.video.codec, facts.audio.codec], [640, 360, 'h264', 'aac']);
  assert.ok(Math.abs(facts.duration! - 15) < 0.2, `lasts ${facts.duration}`);
  near(pixel(await lab.picture(path, 12), 400, 300), Array<number>(3).fill(8 + 230 * (12 / 15)), 8, 'late in the film');
});

test('fl_hlsv3 has a file for every piece', async () => {
  const address = lab.url('c_limit,fl_hlsv3,w_320/films/one.m3u8'.replace('films', 'v1/films'));
  const playlist = await text(address);
  assert.match(playlist, /#EXT-X-VERSION:3\n/);
  assert.doesNotMatch(playlist, /BYTERANGE/);
  const { path, seconds } = await play(address);
  assert.equal(seconds.length, 3);
  assert.ok(Math.abs((await lab.facts(path)).duration! - 15) < 0.2);
});

test('profiles: built-in ones, own ones, sp_auto:maxres, and what stands before them', async () => {
  const sizes = async (rest: string) =>
    [...(await text(lab.url(rest))).matchAll(/RESOLUTION=(\d+x\d+)/g)].map(([, size]) => size);
  assert.deepEqual(await sizes('sp_sd/v1/films/one.m3u8'), ['960x540', '640x360', '480x270', '320x180']);
  assert.deepEqual(await sizes('sp_4k/v1/films/one.m3u8'), ['1280x720', '960x540', '640x360', '480x270', '320x180']);
  assert.deepEqual(await sizes('sp_auto:maxres_540p/v1/films/one.m3u8'), ['960x540', '640x360']);
  assert.deepEqual(await sizes('c_fill,h_300,w_300/sp_auto/v1/films/one.m3u8'), ['300x300']);
  await lab.cloudinary.api.create_streaming_profile('mine', {
    representations: [
      { transformation: { crop: 'limit', width: 400, bit_rate: '400k', video_codec: 'h264:main:3.1' } },
    ],
  } as never);
  const own = await text(lab.url('sp_mine/v1/films/one.m3u8'));
  assert.match(own, /BANDWIDTH=568000,CODECS="avc1\.4d401f,mp4a\.40\.2",RESOLUTION=400x224\n/);
  assert.deepEqual(await lab.refusal('sp_nope/v1/films/one.m3u8'), [
    400,
    'Invalid streaming_profile in transformation: nope',
  ]);
});

test('a film that needs a signature has signed renditions', async () => {
  const master = lab.cloudinary.url('secret.m3u8', {
    resource_type: 'video',
    type: 'authenticated',
    sign_url: true,
    streaming_profile: 'sd',
    secure: false,
  });
  const address = `${lab.server.url}${new URL(master).pathname}`;
  const [first] = addresses(await text(address)).slice(-1);
  assert.match(first!, /\/s--[\w-]{8}--\//);
  const { path } = await play(first!);
  assert.equal((await lab.facts(path)).width, 320);
});

test('eager makes a master with everything it names', async () => {
  const { eager } = await lab.cloudinary.uploader.upload(lab.file('film.mp4'), {
    resource_type: 'video',
    public_id: 'ready',
    eager: [{ streaming_profile: 'mine', format: 'm3u8' }],
  });
  assert.match(eager[0].url, /\/sp_mine\/v\d+\/ready\.m3u8$/);
  const [rendition] = addresses(await text(eager[0].url));
  const answer = await lab.get(rendition!.replace('.m3u8', '.ts'));
  assert.equal(answer.headers.get('server-timing'), null, 'it was there already');
});

test('fl_sprite lists thumbnails of every second on one sheet', async () => {
  const answer = await lab.get('fl_sprite/v1/films/one.vtt');
  assert.equal(answer.headers.get('content-type'), 'text/vtt');
  const list = await answer.text();
  const cues = [...list.matchAll(/^(\S+) --> (\S+)\n(\S+)#xywh=(\d+),(\d+),(\d+),(\d+)$/gm)];
  assert.equal(cues.length, 15);
  assert.deepEqual(cues[12]!.slice(1, 3), ['00:00:12.000', '00:00:13.000']);
  assert.deepEqual(cues[12]!.slice(4).map(Number), [320, 90, 160, 90]);
  const sheet = Buffer.from(await (await lab.get(`${lab.server.url}${cues[12]![3]}`)).arrayBuffer());
  const { width, height } = await sharp(sheet).metadata();
  assert.deepEqual([width, height], [1600, 180]);
  const { data } = await sharp(sheet)
    .extract({ left: 420, top: 150, width: 1, height: 1 })
    .raw()
    .toBuffer({ resolveWithObject: true });
  near([...data], Array<number>(3).fill(8 + 230 * (12 / 15)), 10, 'the picture of second 12');
});

test('DASH names byte ranges of one file for each size, and one for the sound', async () => {
  const answer = await lab.get('sp_auto:maxres_540p/v1/films/one.mpd');
  assert.equal(answer.headers.get('content-type'), 'application/dash+xml');
  const list = await answer.text();
  assert.match(list, /mediaPresentationDuration="PT15\.\d+S"/);
  const parts = [
    ...list.matchAll(
      /codecs="([^"]+)"[^>]*><BaseURL>([^<]+)<\/BaseURL><SegmentBase timescale="(\d+)" presentationTimeOffset="(\d+)" indexRange="([\d-]+)"><Initialization range="([\d-]+)"/g,
    ),
  ];
  const seen: unknown[] = [];
  for (const [, codecs, address, timescale, begins, index, initialization] of parts) {
    const url = new URL(address!, lab.server.url).href;
    const bytes = async (range: string) =>
      Buffer.from(await (await lab.get(url, { range: `bytes=${range}` })).arrayBuffer()).toString('latin1');
    assert.equal((await bytes(initialization!)).slice(4, 8), 'ftyp');
    assert.equal((await bytes(index!)).slice(4, 8), 'sidx');
    // x264 looks two pictures ahead, and there are six a second: without the offset the picture comes after its sound.
    assert.equal(Number(begins) / Number(timescale), codecs!.startsWith('avc1') ? 2 / 6 : 0);
    const facts = await lab.facts(await lab.load(url));
    seen.push([codecs!.slice(0, 5), facts.width, facts.video.codec, facts.audio.codec]);
    assert.ok(Math.abs(facts.duration! - 15) < 0.5, `lasts ${facts.duration}`);
  }
  assert.deepEqual(seen, [
    ['avc1.', 960, 'h264', undefined],
    ['avc1.', 640, 'h264', undefined],
    ['mp4a.', undefined, undefined, 'aac'],
  ]);
});
