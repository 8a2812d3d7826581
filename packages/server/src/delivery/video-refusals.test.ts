import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { writeClip } from '../render/video/samples.fixture.ts';
import { openVideoLab, type VideoLab } from './video.fixture.ts';

let lab: VideoLab;

before(async () => {
  lab = await openVideoLab();
  const { uploader } = lab.cloudinary;
  await writeClip(lab.file('clip.mp4'), { width: 320, height: 180, seconds: 2, fps: 20 });
  await uploader.upload(lab.file('clip.mp4'), { resource_type: 'video', public_id: 'clip' });
  await writeClip(lab.file('tone.mp3'), { video: null, audio: 'libmp3lame', seconds: 4 });
  await uploader.upload(lab.file('tone.mp3'), { resource_type: 'video', public_id: 'tone' });
});
after(() => lab.close());

describe('what a result cannot have is refused by name', () => {
  const sound = 'is not for a result that is sound only';
  const pictures = 'is for pictures only';
  const cases: [string, string][] = [
    ['q_80:444/clip.mp4', 'Invalid quality in transformation: 80:444: videos are made as 4:2:0'],
    ['q_80:444/clip.m3u8', 'Invalid quality in transformation: 80:444: videos are made as 4:2:0'],
    ['q_80:420/clip.mp3', 'Invalid quality in transformation: 80:420: sound has no chroma'],
    ['q_auto:qmax_20/clip.gif', 'Invalid quality in transformation: auto:qmax_20: qmax is for videos only'],
    ['vs_20/clip.mp4', 'Invalid video_sampling in transformation: 20: is for animated pictures only'],
    ['dl_200/clip.webm', 'Invalid delay in transformation: 200: is for animated pictures only'],
    ['dl_200/tone.mp3', 'Invalid delay in transformation: 200: is for animated pictures only'],
    ['dn_72/clip.mp4', `Invalid density in transformation: 72: ${pictures}`],
    ['pg_1/clip.mp4', 'Invalid page in transformation: 1'],
    ['cs_cmyk/clip.mp4', `Invalid color_space in transformation: cmyk: ${pictures}`],
    ['sp_hd/clip.mp4', 'Invalid streaming_profile in transformation: hd: is for m3u8 and mpd only'],
    ['fl_progressive/clip.mp4', 'Invalid flags in transformation: progressive is not for videos'],
    ['fl_keep_iptc/clip.mp4', 'Invalid flags in transformation: keep_iptc is not for videos'],
    ['fl_mono/clip.gif', 'Invalid flags in transformation: mono is not for pictures made from videos'],
    ['br_500k/clip.gif', 'Invalid bit_rate in transformation: 500k: is not for animated pictures'],
    ['vc_h264/clip.gif', 'Invalid video_codec in transformation: h264: is not for animated pictures'],
    ['w_100/clip.mp3', `Invalid width in transformation: 100: ${sound}`],
    ['h_0.5/clip.mp3', `Invalid height in transformation: 0.5: ${sound}`],
    ['c_fill,w_100/clip.mp3', `Invalid crop in transformation: fill: ${sound}`],
    ['a_90/clip.wav', `Invalid angle in transformation: 90: ${sound}`],
    ['o_50/tone.mp3', `Invalid opacity in transformation: 50: ${sound}`],
    ['r_20/tone.mp4', `Invalid radius in transformation: 20: ${sound}`],
    ['bo_2px_solid_red/clip.mp3', `Invalid border in transformation: 2px_solid_red: ${sound}`],
    ['b_red/clip.mp3', `Invalid background in transformation: red: ${sound}`],
    ['fps_10/clip.mp3', `Invalid fps in transformation: 10: ${sound}`],
    ['vc_h264/clip.mp3', `Invalid video_codec in transformation: h264: ${sound}`],
    ['vc_none,w_100/clip.mp4', `Invalid width in transformation: 100: ${sound}`],
    ['e_sepia/clip.mp3', `Effect sepia ${sound}`],
    ['e_blur/tone.mp3', `Effect blur ${sound}`],
    ['l_text:Arial_20:a/clip.mp3', `Invalid overlay in transformation: text:Arial_20:a: ${sound}`],
    [
      'e_sepia/fl_waveform/clip.png',
      'Flag waveform has to come before effect sepia: what follows it is done to the picture of the sound',
    ],
    ['so_9/fl_waveform/tone.png', 'Invalid start_offset in transformation: 9'],
    ['l_subtitles:none.ttf_20:lines.srt/clip.mp4', 'Unknown or invalid referenced font none.ttf'],
  ];
  before(async () => {
    await writeFile(lab.file('lines.srt'), '1\n00:00:00,000 --> 00:00:02,000\nMMMM\n');
    await lab.cloudinary.uploader.upload(lab.file('lines.srt'), { resource_type: 'raw', public_id: 'lines.srt' });
  });
  for (const [rest, message] of cases)
    test(rest, async () => assert.deepEqual(await lab.refusal(rest), [400, message]));
});

describe('what is there by nature, or means nothing, is taken', () => {
  for (const rest of [
    'q_80:420,w_80/clip.mp4',
    'fl_no_stream,w_80/clip.mp4',
    'fl_truncate_ts,w_80/clip.mp4',
    'fl_force_strip,w_80/clip.mp4',
    'cs_copy,w_80/clip.mp4',
    'vc_auto,w_80/clip.gif',
    // What the SDKs write into the address of a poster.
    'br_500k,du_1,fps_10,vc_h264,w_80/clip.jpg',
    'e_volume:50/clip.mp3',
    'e_fade:500,so_1/tone.mp3',
    'l_audio:tone/fl_layer_apply/clip.mp3',
    'sp_sd/tone.m3u8',
    'sp_sd/clip.mpd',
  ])
    test(rest, async () => void (await lab.get(rest)));
});

const bytes = async (rest: string): Promise<Buffer> => Buffer.from(await (await lab.get(rest)).arrayBuffer());

test('so_, eo_ and du_ cut the sound that fl_waveform draws', async () => {
  // Sound in the second half only.
  await writeClip(lab.file('late.wav'), { video: null, audio: 'pcm_s16le', seconds: 2 });
  const file = await readFile(lab.file('late.wav'));
  const data = file.indexOf('data', 0, 'latin1') + 8;
  const middle = data + 4 * Math.floor((file.length - data) / 8);
  file.fill(0, data, middle);
  await writeFile(lab.file('late.wav'), file);
  await lab.cloudinary.uploader.upload(lab.file('late.wav'), { resource_type: 'video', public_id: 'late' });
  /** Share of each half that is white. */
  const halves = async (rest: string): Promise<number[]> => {
    const { data: pixels, info } = await sharp(await bytes(rest))
      .grayscale()
      .raw()
      .toBuffer({ resolveWithObject: true });
    assert.deepEqual([info.width, info.height], [200, 100], rest);
    const counts = [0, 0];
    for (let i = 0; i < pixels.length; i++) if (pixels[i]! > 128) counts[i % 200 < 100 ? 0 : 1]!++;
    return counts.map((count) => count / (100 * 100));
  };
  const cases: [string, boolean, boolean][] = [
    ['fl_waveform,h_100,w_200', false, true],
    ['fl_waveform,h_100,so_1,w_200', true, true],
    ['so_1/fl_waveform,h_100,w_200', true, true],
    ['du_0.9/fl_waveform,h_100,w_200', false, false],
    ['so_50p/eo_0.5/fl_waveform,h_100,w_200', true, true],
    ['eo_1.9,so_0.1/fl_waveform,h_100,w_200', false, true],
  ];
  for (const [transformation, ...expected] of cases) {
    const found = await halves(`${transformation}/late.png`);
    const loud = found.map((share) => share > 0.05);
    assert.deepEqual(loud, expected, `${transformation}: ${found}`);
  }
});

test('fps_ is the rate of an animated picture, fl_lossy makes a GIF smaller, q_ the rate of sound', async () => {
  const pages = async (rest: string) => (await sharp(await bytes(rest), { pages: -1 }).metadata()).pages;
  assert.deepEqual(
    [
      await pages('clip.gif'),
      await pages('fps_5/clip.gif'),
      await pages('fps_2-4/clip.gif'),
      await pages('fps_5,vs_4/clip.gif'),
    ],
    [20, 10, 8, 4],
  );
  const [plain, lossy] = [await bytes('clip.gif'), await bytes('fl_lossy,q_20/clip.gif')];
  assert.ok(lossy.length < plain.length * 0.95, `${lossy.length} is not below ${plain.length}`);
  const [low, high] = [await bytes('q_30/tone.mp3'), await bytes('q_100/tone.mp3')];
  assert.ok(low.length < high.length * 0.6, `${low.length} is not below ${high.length}`);
});

test('a font of the account writes subtitles', async () => {
  const fonts = dirname(createRequire(import.meta.url).resolve('@expo-google-fonts/cousine/package.json'));
  const font = join(fonts, '400Regular/Cousine_400Regular.ttf');
  await lab.cloudinary.uploader.upload(font, {
    resource_type: 'raw',
    type: 'authenticated',
    public_id: 'fonts/house.ttf',
  });
  const srt = '1\n00:00:00,000 --> 00:00:02,000\niiiiiiiiiiiiiiii\n';
  await writeFile(lab.file('thin.srt'), srt);
  await lab.cloudinary.uploader.upload(lab.file('thin.srt'), { resource_type: 'raw', public_id: 'thin.srt' });
  /** Columns that hold yellow: letters of one width take more room than Arial's. */
  const width = async (style: string): Promise<number> => {
    const path = await lab.load(`l_subtitles:${style}:thin.srt,co_yellow/clip.mp4`);
    const { data, width, channels } = await lab.picture(path, 1);
    const columns = new Set<number>();
    for (let i = 0; i < data.length; i += channels)
      if (data[i]! > 180 && data[i + 1]! > 180 && data[i + 2]! < 120) columns.add((i / channels) % width);
    return Math.max(...columns) - Math.min(...columns);
  };
  const [own, arial] = [await width('fonts:house.ttf_20'), await width('Arial_20')];
  assert.ok(own > arial * 1.5, `${own} is not wider than ${arial}`);
});
