import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { makePdf, writeClip, writeGridHeic } from './samples.fixture.ts';
import { createVideoWorkers, type RawPicture } from './video-workers.ts';

let folder: string;
const workers = createVideoWorkers({ processes: 1 });
const file = (name: string) => join(folder, name);

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-video-'));
});
after(async () => {
  await workers.close();
  await rm(folder, { recursive: true, force: true });
});

const pixel = ({ data, width, channels }: RawPicture, x: number, y: number) => [
  ...data.subarray((y * width + x) * channels, (y * width + x) * channels + channels),
];
const near = (actual: readonly number[], expected: readonly number[], tolerance: number, message = '') => {
  const far =
    actual.length !== expected.length || actual.some((value, i) => Math.abs(value - expected[i]!) > tolerance);
  assert.ok(!far, `${message} ${actual.join()} is not near ${expected.join()}`);
};

describe('probe', () => {
  test('a film has the fields of the upload answer', async () => {
    await writeClip(file('a.mp4'), { width: 320, height: 180 });
    const { facts, metadata } = await workers.probe(file('a.mp4'), 'mov');
    assert.deepEqual(
      { ...facts, audio: { ...facts.audio, bit_rate: 0 }, video: { ...facts.video, bit_rate: 0 }, bit_rate: 0 },
      {
        width: 320,
        height: 180,
        audio: { codec: 'aac', bit_rate: 0, frequency: 48_000, channels: 2, channel_layout: 'stereo' },
        video: { pix_format: 'yuv420p', codec: 'h264', level: 13, profile: 'High', bit_rate: 0, time_base: '1/10240' },
        is_audio: false,
        frame_rate: 10,
        bit_rate: 0,
        duration: facts.duration,
        rotation: 0,
        nb_frames: 10,
      },
    );
    assert.match(facts.audio.bit_rate ?? '', /^\d+$/);
    assert.match(facts.video.bit_rate ?? '', /^\d+$/);
    assert.ok(facts.bit_rate! > 10_000);
    assert.ok(Math.abs(facts.duration! - 1) < 0.1);
    assert.equal(metadata.major_brand, 'isom');
  });

  test('without sound there is no is_audio; sound alone is audio', async () => {
    await writeClip(file('mute.webm'), { video: 'libvpx-vp9', audio: null });
    const mute = (await workers.probe(file('mute.webm'), 'matroska')).facts;
    assert.deepEqual(mute.audio, {});
    assert.ok(!('is_audio' in mute));
    assert.equal(mute.video.codec, 'vp9');

    await writeClip(file('tone.mp3'), { video: null, audio: 'libmp3lame' });
    const tone = (await workers.probe(file('tone.mp3'), 'mp3')).facts;
    assert.deepEqual(tone.video, {});
    assert.equal(tone.is_audio, true);
    assert.equal(tone.audio.codec, 'mp3');
    assert.ok(!('width' in tone));
  });

  test('a turned film is described upright', async () => {
    await writeClip(file('turned.mp4'), { rotation: 90 });
    const { facts } = await workers.probe(file('turned.mp4'), 'mov');
    assert.deepEqual([facts.rotation, facts.width, facts.height], [90, 120, 160]);
    const picture = await workers.frame(file('turned.mp4'), 'mov', { seconds: 0 });
    assert.deepEqual([picture.width, picture.height], [120, 160]);
    near(pixel(picture, 110, 10), [220, 20, 20], 12, 'the corner turned to the right');
  });

  test('broken files and playlists are refused', async () => {
    await writeFile(file('broken.mp4'), Buffer.from('\0\0\0\x14ftypisom\0\0\0\0isomgarbage', 'latin1'));
    await assert.rejects(workers.probe(file('broken.mp4'), 'mov'), { failure: 'failed' });
    await writeFile(file('list.mp4'), `#EXTM3U\n#EXTINF:1,\n${file('a.mp4')}\n`);
    await assert.rejects(workers.probe(file('list.mp4'), 'mov'), { failure: 'failed' });
  });
});

describe('frame', () => {
  test('the picture at a time, at a share, at the end and beyond', async () => {
    await writeClip(file('long.mp4'), { seconds: 4 });
    const grey = async (at: Parameters<typeof workers.frame>[2]) =>
      pixel(await workers.frame(file('long.mp4'), 'mov', at), 100, 100)[0]!;
    const expected = (second: number) => 8 + (230 * second) / 4;
    near([await grey({ seconds: 0 })], [expected(0)], 4);
    near([await grey({ seconds: 2.5 })], [expected(2.5)], 4);
    near([await grey({ percent: 25 })], [expected(1)], 4);
    near([await grey({ percent: 100 })], [expected(3.9)], 4);
    near([await grey({ seconds: 60 })], [expected(3.9)], 4);
    assert.ok((await grey('auto')) > 0);
    const small = await workers.frame(file('long.mp4'), 'mov', { percent: 50 }, { width: 80 });
    assert.deepEqual([small.width, small.height, small.channels, small.data.length], [80, 60, 3, 80 * 60 * 3]);
  });
});

describe('stills', () => {
  test('HEIC tiles come together, cropped and turned', async () => {
    const colours = [
      [220, 30, 30],
      [30, 200, 30],
      [30, 30, 220],
      [220, 220, 30],
      [30, 220, 220],
      [220, 30, 220],
    ] as const;
    await writeGridHeic(file('grid.heic'), colours, { rows: 2, columns: 3, width: 180, height: 120 });
    const flat = await workers.decodeStill(file('grid.heic'), 'heic');
    assert.deepEqual([flat.width, flat.height, flat.channels], [180, 120, 3]);
    colours.forEach((colour, i) => {
      near(pixel(flat, 32 + 64 * (i % 3), 32 + 64 * Math.floor(i / 3)), colour, 12, `tile ${i}`);
    });
    // One quarter turn counter-clockwise brings the upper right tile to the upper left.
    await writeGridHeic(file('turn.heic'), colours, { rows: 2, columns: 3, width: 180, height: 120, quarterTurns: 1 });
    const turned = await workers.decodeStill(file('turn.heic'), 'heic');
    assert.deepEqual([turned.width, turned.height], [120, 180]);
    near(pixel(turned, 20, 20), colours[2], 12);
  });

  test('jxl, jp2, bmp and tga come back as they went', async () => {
    const { data, info } = await sharp({ create: { width: 64, height: 48, channels: 4, background: '#40802080' } })
      .composite([{ input: Buffer.from('<svg><circle cx="20" cy="20" r="12" fill="#c33"/></svg>') }])
      .raw()
      .toBuffer({ resolveWithObject: true });
    const opaque = await sharp(data, { raw: { width: 64, height: 48, channels: 4 } })
      .removeAlpha()
      .raw()
      .toBuffer();
    for (const format of ['jxl', 'jp2', 'bmp', 'tga'] as const) {
      for (const picture of [
        { data, width: 64, height: 48, channels: 4 as const },
        { data: opaque, width: 64, height: 48, channels: 3 as const },
      ]) {
        await writeFile(file('still'), await workers.encodeStill({ picture, format, quality: 100 }));
        const back = await workers.decodeStill(file('still'), format);
        assert.deepEqual([back.width, back.height], [info.width, info.height], format);
        const expected = pixel(picture, 20, 20);
        near(pixel(back, 20, 20), [...expected, 255].slice(0, back.channels), 2, `${format} ${picture.channels}`);
      }
    }
  });

  test('a picture over the pixel limit is refused', async () => {
    const strict = createVideoWorkers({ processes: 1, pixelLimit: 1000 });
    try {
      const picture = { data: Buffer.alloc(64 * 48 * 3), width: 64, height: 48, channels: 3 as const };
      await writeFile(file('large.jp2'), await strict.encodeStill({ picture, format: 'jp2' }));
      await assert.rejects(strict.decodeStill(file('large.jp2'), 'jp2'), { failure: 'failed' });
    } finally {
      await strict.close();
    }
  });
});

describe('PDF', () => {
  test('letter at 150 dpi is exactly 1275 × 1650, on white paper', async () => {
    await writeFile(file('letter.pdf'), makePdf(612, 792, 3));
    assert.deepEqual(await workers.pdfFacts(file('letter.pdf')), {
      pages: 3,
      width: 612,
      height: 792,
      sizes: Array.from({ length: 3 }, () => [612, 792]),
    });
    const page = await workers.pdfPage(file('letter.pdf'), 2);
    assert.deepEqual([page.width, page.height, page.channels], [1275, 1650, 4]);
    assert.deepEqual(pixel(page, 5, 5), [255, 255, 255, 255]);
    assert.deepEqual(pixel(page, 208, 1650 - 208), [255, 0, 0, 255]);
    const small = await workers.pdfPage(file('letter.pdf'), 1, { dpi: 72 });
    assert.deepEqual([small.width, small.height], [612, 792]);
    await assert.rejects(workers.pdfPage(file('letter.pdf'), 4), { message: 'page 4 of a document with 3' });
    await writeFile(file('broken.pdf'), '%PDF-1.4 nothing');
    await assert.rejects(workers.pdfFacts(file('broken.pdf')), { failure: 'failed' });
  });
});

describe('highlights', () => {
  /** Twelve seconds, five pictures each: dull grey, but for a pattern that moves from second 3 to 5 and 8 to 10. */
  const film = async () => {
    const [width, height] = [64, 48];
    const frames = Array.from({ length: 60 }, (_, i) => {
      const second = i / 5;
      const lively = (second >= 3 && second < 5) || (second >= 8 && second < 10);
      const picture = Buffer.alloc(width * height * 4, 128);
      if (lively)
        for (let p = 0; p < width * height; p++)
          picture.fill(((p % width) + i * 5) % 16 < 8 ? 20 : 230, p * 4, p * 4 + 3);
      return picture;
    });
    const path = file('lively.mp4');
    await writeFile(path, await workers.framesToVideo(frames, { width, height, delay: 200, format: 'mp4' }));
    return path;
  };

  test('are the parts in which most is to be seen, in the order of the film', async () => {
    const path = await film();
    const [one, ...none] = await workers.highlights({ path, demuxer: 'mov', duration: 2, parts: 1 });
    assert.equal(none.length, 0);
    assert.ok(one && (Math.abs(one.start - 3) < 0.7 || Math.abs(one.start - 8) < 0.7), JSON.stringify(one));
    assert.ok(Math.abs(one.end - one.start - 2) < 1e-6);
    const two = await workers.highlights({ path, demuxer: 'mov', duration: 4, parts: 2 });
    assert.equal(two.length, 2);
    assert.ok(Math.abs(two[0]!.start - 3) < 0.7 && Math.abs(two[1]!.start - 8) < 0.7, JSON.stringify(two));
    const [all] = await workers.highlights({ path, demuxer: 'mov', duration: 60, parts: 3 });
    assert.ok(all && all.start === 0 && Math.abs(all.end - 12) < 0.3, JSON.stringify(all));
  });
});

describe('framesToVideo', () => {
  const picture = (grey: number) => Buffer.alloc(64 * 48 * 4, Buffer.from([grey, grey, grey, 255]));

  test('pictures become a film of their length, in mp4 and webm', async () => {
    for (const [format, demuxer, codec] of [
      ['mp4', 'mov', 'h264'],
      ['webm', 'matroska', 'vp9'],
    ] as const) {
      const film = await workers.framesToVideo([picture(20), picture(120), picture(220)], {
        width: 64,
        height: 48,
        delay: 500,
        format,
      });
      await writeFile(file(`frames.${format}`), film);
      const { facts } = await workers.probe(file(`frames.${format}`), demuxer);
      assert.deepEqual([facts.width, facts.height, facts.video.codec], [64, 48, codec]);
      assert.ok(Math.abs(facts.duration! - 1.5) < 0.02, `${format} lasts ${facts.duration}`);
      for (const [seconds, grey] of [
        [0.25, 20],
        [0.75, 120],
        [1.25, 220],
      ] as const) {
        const shown = await workers.frame(file(`frames.${format}`), demuxer, { seconds });
        near(pixel(shown, 10, 10), [grey, grey, grey], 6, `${format} at ${seconds}`);
      }
    }
  });

  test('each picture may stay for its own time, the last one too; odd sides lose a row', async () => {
    const odd = (grey: number) => Buffer.alloc(33 * 31 * 4, Buffer.from([grey, grey, grey, 255]));
    const film = await workers.framesToVideo([odd(20), odd(220)], {
      width: 33,
      height: 31,
      delay: [200, 1000],
      format: 'mp4',
    });
    await writeFile(file('delays.mp4'), film);
    const { facts } = await workers.probe(file('delays.mp4'), 'mov');
    assert.deepEqual([facts.width, facts.height], [32, 30]);
    assert.ok(Math.abs(facts.duration! - 1.2) < 0.02, `lasts ${facts.duration}`);
    near(pixel(await workers.frame(file('delays.mp4'), 'mov', { seconds: 0.1 }), 5, 5), [20, 20, 20], 6);
    near(pixel(await workers.frame(file('delays.mp4'), 'mov', { seconds: 0.3 }), 5, 5), [220, 220, 220], 6);
  });

  test('a format without a picture is refused', async () => {
    await assert.rejects(workers.framesToVideo([picture(1)], { width: 64, height: 48, delay: 40, format: 'mp3' }), {
      message: /mp3|picture/,
    });
  });
});
