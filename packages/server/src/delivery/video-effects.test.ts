import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { readAvifSequence } from '../render/image/formats/avif-sequence.ts';
import { writeClip } from '../render/video/samples.fixture.ts';
import type { RawPicture } from '../render/video/video-workers.ts';
import { near, openVideoLab, pixel, type VideoLab } from './video.fixture.ts';

let lab: VideoLab;

before(async () => {
  lab = await openVideoLab();
  const { uploader } = lab.cloudinary;
  const clips = {
    clip: { width: 320, height: 180, seconds: 4, fps: 20 },
    other: { width: 160, height: 120, seconds: 2, fps: 10 },
    mute: { width: 320, height: 180, seconds: 1, fps: 20, audio: null },
  };
  for (const [name, options] of Object.entries(clips)) {
    await writeClip(lab.file(`${name}.mp4`), options);
    await uploader.upload(lab.file(`${name}.mp4`), { resource_type: 'video', public_id: name });
  }
  await writeClip(lab.file('tone.mp3'), { video: null, audio: 'libmp3lame', seconds: 2 });
  await uploader.upload(lab.file('tone.mp3'), { resource_type: 'video', public_id: 'tone' });
  const logo = sharp({ create: { width: 60, height: 40, channels: 4, background: '#00f' } });
  await logo.png().toFile(lab.file('logo.png'));
  await uploader.upload(lab.file('logo.png'), { public_id: 'logo' });
});
after(() => lab.close());

/** The grey that the clip has at a time. */
const grey = (seconds: number): number[] => Array<number>(3).fill(8 + 230 * (seconds / 4));
const RED = [220, 20, 20];
const BLUE = [0, 0, 255];

async function still(rest: string): Promise<RawPicture> {
  const bytes = Buffer.from(await (await lab.get(rest)).arrayBuffer());
  const { data, info } = await sharp(bytes).flatten({ background: '#000' }).raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height, channels: 3 };
}

describe('what stands still looks as on an image', () => {
  /** Mean difference a channel allows: what the encoder of the film changes. */
  const MEAN = 4;
  const cases = [
    'e_brightness:50',
    'e_brightness:-40',
    'e_contrast:50',
    'e_saturation:-100',
    'e_hue:60',
    'e_sepia:80',
    'e_negate',
    'e_gamma:80',
    'e_grayscale',
    'e_colorize:50,co_green',
    'e_red:50/e_blue:-50',
    'e_blur:200',
    'r_40',
    'o_50',
    'bo_8px_solid_green',
    'b_yellow,c_pad,h_200,w_400',
    'c_fill,g_north_west,h_90,w_90',
    'a_15,b_black/c_crop,h_200,w_300',
    'co_white,g_south,l_text:Arial_40_bold:Hello,y_10',
    'g_north_east,l_logo,x_10,y_10',
    'l_logo,o_50',
    'l_logo/e_multiply,fl_layer_apply',
    'l_logo/e_screen,fl_layer_apply',
    'l_logo/fl_cutter,fl_layer_apply',
    'fl_tiled,l_logo,o_60,w_30',
    'fl_relative,l_logo,w_0.5',
  ];
  for (const transformation of cases)
    test(transformation, async () => {
      const film = await lab.picture(await lab.load(`${transformation}/q_95/clip.mp4`), 2);
      const picture = await still(`so_2/${transformation}/clip.png`);
      assert.deepEqual([film.width, film.height], [picture.width, picture.height]);
      let sum = 0;
      for (let i = 0; i < film.data.length; i++) sum += Math.abs(film.data[i]! - picture.data[i]!);
      const mean = sum / film.data.length;
      assert.ok(mean <= MEAN, `differs by ${mean.toFixed(2)} levels`);
    });
});

describe('time', () => {
  const lasts = async (path: string, seconds: number) => {
    const { duration } = await lab.facts(path);
    assert.ok(Math.abs(duration! - seconds) < 0.12, `lasts ${duration}, not ${seconds}`);
  };
  const shows = async (path: string, moments: readonly [number, readonly number[]][]) => {
    for (const [seconds, color] of moments)
      near(pixel(await lab.picture(path, seconds), 200, 120), color, 10, `at ${seconds}`);
  };
  const cases: [string, number, [number, readonly number[]][]][] = [
    ['e_accelerate:100', 2, [[1, grey(2)]]],
    ['e_accelerate:-50', 8, [[4, grey(2)]]],
    [
      'e_reverse',
      4,
      [
        [0, grey(3.95)],
        [3, grey(0.95)],
      ],
    ],
    [
      'e_boomerang',
      8,
      [
        [1, grey(1)],
        [7, grey(0.95)],
      ],
    ],
    [
      'e_loop:2',
      12,
      [
        [1, grey(1)],
        [5, grey(1)],
        [9, grey(1)],
      ],
    ],
    ['so_1,eo_2/e_reverse', 1, [[0.1, grey(1.85)]]],
    [
      'e_fade:1000/e_fade:-1000',
      4,
      [
        [0, [0, 0, 0]],
        [2, grey(2)],
        [3.95, [10, 10, 10]],
      ],
    ],
  ];
  for (const [transformation, seconds, moments] of cases)
    test(transformation, async () => {
      const path = await lab.load(`${transformation}/clip.mp4`);
      await lasts(path, seconds);
      await shows(path, moments);
      const info = (await (await lab.get(`${transformation}/fl_getinfo/clip.mp4`)).json()) as {
        output: { duration: number };
      };
      assert.ok(Math.abs(info.output.duration - seconds) < 0.05, `planned ${info.output.duration}`);
    });

  test('a layer is shown for its time only', async () => {
    const path = await lab.load('l_logo,so_1,eo_2/clip.mp4');
    for (const [seconds, color] of [
      [0.5, grey(0.5)],
      [1.5, BLUE],
      [2.5, grey(2.5)],
    ] as const)
      near(pixel(await lab.picture(path, seconds), 160, 90), color, 12, `at ${seconds}`);
  });

  test('a video is laid over another from a time on, until it ends', async () => {
    const path = await lab.load('l_video:other/c_scale,w_80/fl_layer_apply,g_south_east,so_1/clip.mp4');
    await lasts(path, 4);
    // The upper left corner of the layer is red.
    near(pixel(await lab.picture(path, 0.5), 245, 125), grey(0.5), 8, 'before');
    near(pixel(await lab.picture(path, 2), 245, 125), RED, 25, 'while');
    near(pixel(await lab.picture(path, 3.5), 245, 125), grey(3.5), 8, 'after');
  });

  test('clips are joined at the end, at the start, and by a fade', async () => {
    const end = await lab.load('fl_splice,l_video:other/c_fill,h_180,w_320/fl_layer_apply/clip.mp4');
    await lasts(end, 6);
    near(pixel(await lab.picture(end, 3), 200, 120), grey(3), 8);
    near(pixel(await lab.picture(end, 5), 200, 120), Array<number>(3).fill(8 + 115), 14);
    const start = await lab.load('fl_splice,l_video:other/c_fill,h_180,w_320/fl_layer_apply,so_0/clip.mp4');
    await lasts(start, 6);
    near(pixel(await lab.picture(start, 5), 200, 120), grey(3), 8);
    const fade = 'fl_splice:transition_(name_fade;du_0.5),l_video:other/c_fill,h_180,w_320/fl_layer_apply/clip.mp4';
    await lasts(await lab.load(fade), 5.5);
  });

  test('e_progressbar grows', async () => {
    const path = await lab.load('e_progressbar:bar:00ff00:20/clip.mp4');
    const bar = async (seconds: number, x: number) => pixel(await lab.picture(path, seconds), x, 170);
    near(await bar(1, 40), [0, 255, 0], 30, 'a quarter is green');
    near(await bar(1, 160), grey(1), 10, 'the rest is not');
    near(await bar(3, 200), [0, 255, 0], 30, 'three quarters are green');
  });
});

test('l_subtitles shows lines of SRT and WebVTT in their time', async () => {
  const files = {
    'lines.srt': '1\r\n00:00:01,000 --> 00:00:02,000\r\n<b>MMMMMM</b>\r\n{\\\\pos(0,0)}second\r\n\r\n',
    'lines.vtt': 'WEBVTT\n\nNOTE nothing\n\n00:01.000 --> 00:02.000 line:0\nMMMMMM\nsecond\n',
  };
  for (const [name, content] of Object.entries(files)) {
    await writeFile(lab.file(name), content);
    await lab.cloudinary.uploader.upload(lab.file(name), { resource_type: 'raw', public_id: name });
    const path = await lab.load(`l_subtitles:Arial_20:${name},co_yellow/clip.mp4`);
    const yellow = async (seconds: number) => {
      const { data, channels } = await lab.picture(path, seconds);
      let count = 0;
      for (let i = 320 * 110 * channels; i < data.length; i += channels)
        if (data[i]! > 200 && data[i + 1]! > 200 && data[i + 2]! < 110) count++;
      return count;
    };
    assert.equal(await yellow(0.5), 0, `${name} before`);
    assert.ok((await yellow(1.5)) > 100, `${name} while: ${await yellow(1.5)} pixels`);
    assert.equal(await yellow(2.5), 0, `${name} after`);
  }
  await writeFile(lab.file('none.srt'), 'nothing');
  await lab.cloudinary.uploader.upload(lab.file('none.srt'), { resource_type: 'raw', public_id: 'none.srt' });
  assert.deepEqual(await lab.refusal('l_subtitles:none.srt/clip.mp4'), [
    400,
    'Invalid subtitles file none.srt. Expected SRT or WebVTT',
  ]);
});

test('g_auto keeps the subject in the window, before other crops only', async () => {
  const at = async (rest: string) => pixel(await lab.picture(await lab.load(rest), 2), 10, 10);
  near(await at('c_fill,g_auto,h_90,w_90/clip.mp4'), RED, 20, 'the red square');
  near(await at('c_fill,h_90,w_90/clip.mp4'), grey(2), 10, 'the middle without it');
  assert.equal((await lab.refusal('c_crop,h_100,w_100/c_fill,g_auto,h_90,w_50/clip.mp4'))[0], 400);
});

describe('sound', () => {
  /** Mean square of the decoded samples. */
  async function loudness(rest: string): Promise<number> {
    const wav = Buffer.from(await (await lab.get(`${rest}.wav`)).arrayBuffer());
    const at = wav.indexOf('data', 0, 'latin1') + 8;
    const samples = new Int16Array(
      wav.buffer.slice(wav.byteOffset + at, wav.byteOffset + at + ((wav.length - at) & ~1)),
    );
    return Math.sqrt(samples.reduce((sum, value) => sum + value * value, 0) / samples.length);
  }

  test('e_volume: per cent and decibels', async () => {
    const [plain, half, less] = [
      await loudness('q_80/tone'),
      await loudness('e_volume:-50/tone'),
      await loudness('e_volume:-20dB/tone'),
    ];
    assert.ok(Math.abs(half / plain - 0.5) < 0.02, `${half / plain}`);
    assert.ok(Math.abs(less / plain - 0.1) < 0.01, `${less / plain}`);
    assert.deepEqual((await lab.facts(await lab.load('e_volume:mute/clip.mp4'))).audio, {});
  });

  test('sound is laid over a film, also over one without', async () => {
    assert.equal((await lab.facts(await lab.load('l_audio:tone/fl_layer_apply/mute.mp4'))).audio.codec, 'aac');
    const mixed = await loudness('l_audio:tone/fl_layer_apply/clip');
    assert.ok(mixed > (await loudness('q_80/clip')) * 1.05, 'louder with another tone');
  });
});

describe('animated pictures and waveforms', () => {
  test('GIF is animated without asking, WebP and PNG with fl_animated', async () => {
    const meta = async (rest: string) => sharp(Buffer.from(await (await lab.get(rest)).arrayBuffer())).metadata();
    const gif = await meta('w_100/clip.gif');
    assert.deepEqual([gif.format, gif.width, gif.height, gif.pages, gif.loop], ['gif', 100, 56, 40, 0]);
    const sampled = await meta('dl_250,vs_8/clip.gif');
    assert.deepEqual([sampled.pages, sampled.delay], [8, Array<number>(8).fill(250)]);
    const every = await meta('vs_0.5s/e_loop:3/clip.gif');
    assert.deepEqual([every.pages, every.delay![0], every.loop], [8, 500, 4]);
    const webp = await meta('fl_animated,vs_5,w_100/clip.webp');
    assert.deepEqual([webp.format, webp.pages], ['webp', 5]);
    assert.equal((await meta('w_100/clip.webp')).pages, undefined, 'a still');
  });

  test('fl_waveform draws the sound in its colours', async () => {
    const wave = await still('b_white,co_red,fl_waveform,h_100,w_300/tone.png');
    assert.deepEqual([wave.width, wave.height], [300, 100]);
    near(pixel(wave, 150, 50), [255, 0, 0], 3, 'in the middle');
    near(pixel(wave, 150, 2), [255, 255, 255], 3, 'at the edge');
    assert.deepEqual(await lab.refusal('fl_waveform/mute.png'), [400, 'The video has no audio track']);
  });

  test('AVIF is animated with fl_animated: a track of pictures of even sides', async () => {
    const bytes = Buffer.from(await (await lab.get('fl_animated,vs_5,w_101/clip.avif')).arrayBuffer());
    assert.equal(bytes.toString('latin1', 4, 12), 'ftypavis');
    const sequence = await readAvifSequence(bytes);
    assert.deepEqual([sequence?.frames, sequence?.loop], [5, 0]);
    assert.equal(
      sequence?.delays.reduce((sum, delay) => sum + delay),
      4000,
    );
    const size = bytes.indexOf('ispe');
    assert.deepEqual([bytes.readUInt32BE(size + 8) % 2, bytes.readUInt32BE(size + 12) % 2], [0, 0]);
    const once = Buffer.from(await (await lab.get('e_loop:2,fl_animated,vs_5,w_64/clip.avif')).arrayBuffer());
    assert.equal((await readAvifSequence(once))?.loop, 3);
    assert.deepEqual(await lab.refusal('fl_animated,w_20/clip.avif'), [
      400,
      'A moving AVIF has at least 32x16 pixels. Got 20x11.',
    ]);
  });

  test('e_preview keeps the liveliest parts, with their sound', async () => {
    for (const [rest, seconds] of [
      ['e_preview:duration_2/clip.mp4', 2],
      ['e_preview:duration_3:max_seg_3:min_seg_dur_1/c_scale,w_160/clip.mp4', 3],
      ['e_preview/clip.mp4', 4],
    ] as const) {
      const { duration, audio, width } = await lab.facts(await lab.load(rest));
      assert.ok(Math.abs(duration! - seconds) < 0.25, `${rest}: ${duration}`);
      assert.equal(audio.codec, 'aac', rest);
      assert.equal(width, rest.includes('w_160') ? 160 : 320);
    }
    const info = (await (await lab.get('e_preview:duration_2,fl_getinfo/clip.mp4')).json()) as {
      output: { duration: number };
    };
    assert.equal(info.output.duration, 2);
    const gif = await sharp(
      Buffer.from(await (await lab.get('e_preview:duration_1/vs_4/clip.gif')).arrayBuffer()),
    ).metadata();
    assert.equal(gif.pages, 4);
    assert.deepEqual(await lab.refusal('so_1/e_preview:duration_1/clip.mp4'), [
      400,
      'Effect preview has to stand before what changes the time of a video',
    ]);
  });

  test('a picture becomes a film by e_zoompan, an animated GIF by its extension', async () => {
    const image = (rest: string) => lab.url(rest).replace('/video/', '/image/');
    const zoomed = await lab.facts(await lab.load(image('e_zoompan:mode_ztc;du_2;fps_10/logo.mp4')));
    assert.deepEqual([zoomed.width, zoomed.height, zoomed.frame_rate], [60, 40, 10]);
    assert.ok(Math.abs(zoomed.duration! - 2) < 0.05);
    const gif = await lab.get('vs_8,w_100/clip.gif');
    await writeFile(lab.file('moving.gif'), Buffer.from(await gif.arrayBuffer()));
    await lab.cloudinary.uploader.upload(lab.file('moving.gif'), { public_id: 'moving' });
    const film = await lab.facts(await lab.load(image('moving.mp4')));
    assert.deepEqual([film.width, film.height, film.video.codec], [100, 56, 'h264']);
    assert.ok(Math.abs(film.duration! - 4) < 0.6, `lasts ${film.duration}`);
    // A picture in which every move is seen: the encoder drops frames that are the same.
    const waves = Buffer.from(Array.from({ length: 64 * 48 }, (_, i) => 128 + 120 * Math.sin(i * i)));
    await sharp(waves, { raw: { width: 64, height: 48, channels: 1 } })
      .png()
      .toFile(lab.file('waves.png'));
    await lab.cloudinary.uploader.upload(lab.file('waves.png'), { public_id: 'waves' });
    for (const [rest, format, pages] of [
      ['e_zoompan:du_1;fps_5/waves.gif', 'gif', 5],
      ['e_zoompan:mode_ofc;du_1;fps_5/fl_animated,w_40/waves.webp', 'webp', 5],
    ] as const) {
      const moving = await sharp(Buffer.from(await (await lab.get(image(rest))).arrayBuffer())).metadata();
      assert.deepEqual([moving.format, moving.pages], [format, pages], rest);
    }
    const answer = await fetch(image('w_50/logo.mp4'));
    assert.match(answer.headers.get('x-cld-error')!, /e_zoompan/);
  });
});
