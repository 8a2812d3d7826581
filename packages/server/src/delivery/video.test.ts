import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { writeClip } from '../render/video/samples.fixture.ts';
import { near, openVideoLab, pixel, type VideoLab } from './video.fixture.ts';

let lab: VideoLab;

/** 4 seconds, 320×180, 20 pictures a second: grey from black to white, a red square in the upper left quarter; a tone. */
before(async () => {
  lab = await openVideoLab();
  const { uploader } = lab.cloudinary;
  const clips = {
    clip: { width: 320, height: 180, seconds: 4, fps: 20 },
    mute: { width: 320, height: 180, seconds: 1, fps: 20, audio: null },
    turned: { width: 320, height: 180, seconds: 1, rotation: 90 },
  } as const;
  for (const [name, options] of Object.entries(clips)) {
    await writeClip(lab.file(`${name}.mp4`), options);
    await uploader.upload(lab.file(`${name}.mp4`), { resource_type: 'video', public_id: name });
  }
  await writeClip(lab.file('tone.mp3'), { video: null, audio: 'libmp3lame', seconds: 2 });
  await uploader.upload(lab.file('tone.mp3'), { resource_type: 'video', public_id: 'tone' });
});
after(() => lab.close());

/** The grey that the clip has at a time. */
const grey = (seconds: number): number[] => Array<number>(3).fill(8 + 230 * (seconds / 4));

describe('formats', () => {
  const films = [
    ['mp4', 'h264', 'aac', 'video/mp4'],
    ['webm', 'vp9', 'opus', 'video/webm'],
    ['mov', 'h264', 'aac', 'video/quicktime'],
    ['mkv', 'h264', 'aac', 'video/x-matroska'],
    ['ogv', 'theora', 'vorbis', 'video/ogg'],
    ['ts', 'h264', 'aac', 'video/mp2t'],
    ['avi', 'mpeg4', 'mp3', 'video/x-msvideo'],
    ['flv', 'h264', 'aac', 'video/x-flv'],
    ['wmv', 'wmv2', 'wmav2', 'video/x-ms-wmv'],
    ['mpeg', 'mpeg2video', 'mp2', 'video/mpeg'],
    ['3gp', 'h264', 'aac', 'video/3gpp'],
    ['mxf', 'mpeg2video', 'pcm_s16le', 'application/mxf'],
  ] as const;
  for (const [extension, codec, sound, type] of films)
    test(`.${extension} holds ${codec} and ${sound}`, async () => {
      const answer = await lab.get(`du_1,w_160/clip.${extension}`, {});
      assert.equal(answer.headers.get('content-type'), type);
      const path = await lab.load(`du_1,w_160/clip.${extension}`);
      const facts = await lab.facts(path);
      assert.deepEqual([facts.video.codec, facts.audio.codec, facts.width, facts.height], [codec, sound, 160, 90]);
      assert.ok(Math.abs(facts.duration! - 1) < 0.15, `lasts ${facts.duration}`);
    });

  const sounds = [
    ['mp3', 'mp3', 'audio/mpeg'],
    ['aac', 'aac', 'audio/aac'],
    ['m4a', 'aac', 'audio/mp4'],
    ['wav', 'pcm_s16le', 'audio/wav'],
    ['ogg', 'vorbis', 'audio/ogg'],
    ['opus', 'opus', 'audio/opus'],
    ['flac', 'flac', 'audio/flac'],
    ['aiff', 'pcm_s16be', 'audio/aiff'],
  ] as const;
  for (const [extension, codec, type] of sounds)
    test(`.${extension} is the sound of a video, and of an audio file`, async () => {
      for (const [source, seconds] of [
        ['clip', 4],
        ['tone', 2],
      ] as const) {
        const answer = await lab.get(`q_80/${source}.${extension}`);
        assert.equal(answer.headers.get('content-type'), type);
        const facts = await lab.facts(await lab.load(`q_80/${source}.${extension}`));
        assert.deepEqual([facts.video, facts.audio.codec], [{}, codec]);
        // A raw AAC stream has no length of its own; it is guessed from the bit rate.
        if (extension !== 'aac') assert.ok(Math.abs(facts.duration! - seconds) < 0.15, `lasts ${facts.duration}`);
      }
    });

  test('vc_ and ac_ choose codecs, and none leaves a track out', async () => {
    const cases = [
      ['vc_h265/clip.mp4', 'hevc', 'aac'],
      ['vc_vp8,ac_vorbis/clip.webm', 'vp8', 'vorbis'],
      ['vc_av1/clip.mp4', 'av1', 'aac'],
      ['vc_prores/clip.mov', 'prores', 'aac'],
      ['ac_none/clip.mp4', 'h264', undefined],
      ['vc_none/clip.mp4', undefined, 'aac'],
      ['vc_auto/clip.mp4', 'h264', 'aac'],
      ['ac_opus/clip.mp4', 'h264', 'opus'],
    ] as const;
    for (const [rest, codec, sound] of cases) {
      // Sound has no width.
      const first = codec === undefined ? 'du_0.5' : 'du_0.5,w_160';
      const facts = await lab.facts(await lab.load(`${first}/${rest}`));
      assert.deepEqual([facts.video.codec, facts.audio.codec], [codec, sound], rest);
    }
    const facts = await lab.facts(await lab.load('vc_h264:main:3.1:bframes_no/clip.mp4'));
    assert.deepEqual([facts.video.profile, facts.video.level], ['Main', 31]);
  });

  test('af_, fl_mono, br_, fps_ and ki_ reach the encoder', async () => {
    const facts = await lab.facts(await lab.load('af_22050,fl_mono,fps_5/clip.mp4'));
    assert.deepEqual([facts.audio.frequency, facts.audio.channels, facts.frame_rate], [22_050, 1, 5]);
    assert.equal((await lab.facts(await lab.load('fps_5-10/clip.mp4'))).frame_rate, 10);
    assert.equal((await lab.facts(await lab.load('fps_5-30/clip.mp4'))).frame_rate, 20);
    const [small, large] = await Promise.all(
      ['q_20/clip.mp4', 'q_95/clip.mp4'].map(async (rest) => (await (await lab.get(rest)).arrayBuffer()).byteLength),
    );
    assert.ok(small! < large!, `${small} is not below ${large}`);
  });

  test('f_auto is a still without an extension; f_auto:video is what the browser plays', async () => {
    assert.match((await lab.get('f_auto/clip')).headers.get('content-type')!, /^image\//);
    const chrome = await lab.get('f_auto:video/clip', { 'user-agent': 'Mozilla/5.0 Chrome/140.0' });
    assert.equal(chrome.headers.get('content-type'), 'video/webm');
    assert.match(chrome.headers.get('vary')!, /User-Agent/);
    const other = await lab.get('f_auto:video/clip', { 'user-agent': 'curl/8' });
    assert.equal(other.headers.get('content-type'), 'video/mp4');
  });

  test('what a container cannot hold is refused by name', async () => {
    assert.deepEqual(await lab.refusal('vc_theora/clip.mp4'), [
      400,
      'Invalid video_codec in transformation: theora is not available for mp4',
    ]);
    assert.deepEqual(await lab.refusal('ac_mp3/clip.webm'), [
      400,
      'Invalid audio_codec in transformation: mp3 is not available for webm',
    ]);
    assert.deepEqual(await lab.refusal('q_50/mute.mp3'), [400, 'The video has no audio track']);
    assert.deepEqual(await lab.refusal('e_cartoonify/clip.mp4'), [
      400,
      'Effect cartoonify is not supported for videos',
    ]);
    assert.deepEqual(await lab.refusal('f_amr/clip'), [400, 'Invalid extension in transformation: amr']);
  });
});

describe('size', () => {
  /** The plan's size (`fl_getinfo`) and that of the file. */
  const cases: [string, number, number][] = [
    ['w_160', 160, 90],
    ['w_101', 100, 56],
    ['c_fit,w_100,h_100', 100, 56],
    ['c_limit,w_1000,h_1000', 320, 180],
    ['c_mfit,w_400,h_400', 400, 224],
    ['c_fill,w_100,h_100', 100, 100],
    ['c_lfill,w_1000,h_100', 320, 100],
    ['c_crop,w_150,h_50,x_11,y_7', 150, 50],
    ['c_pad,w_200,h_200,b_blue', 200, 200],
    ['c_lpad,w_400,h_400', 400, 400],
    ['c_mpad,w_401,h_301,b_red', 400, 300],
    ['c_fill_pad,g_auto,w_200,h_200', 200, 200],
    ['a_90', 180, 320],
    ['a_hflip', 320, 180],
    ['a_30', 366, 316],
    ['c_scale,w_100,dpr_2.0', 200, 112],
    ['bo_5px_solid_red', 330, 190],
    ['c_fill,ar_1:1,w_90', 90, 90],
  ];
  for (const [transformation, width, height] of cases)
    test(transformation, async () => {
      const info = (await (await lab.get(`${transformation}/fl_getinfo/clip.mp4`)).json()) as {
        output: { width: number; height: number; duration: number };
      };
      assert.deepEqual([info.output.width, info.output.height], [width, height], 'planned');
      const facts = await lab.facts(await lab.load(`du_0.3/${transformation}/clip.mp4`));
      assert.deepEqual([facts.width, facts.height], [width, height], 'made');
    });

  test('a film that lies on its side is made upright', async () => {
    const path = await lab.load('w_90/turned.mp4');
    const facts = await lab.facts(path);
    assert.deepEqual([facts.width, facts.height, facts.rotation], [90, 160, 0]);
    near(pixel(await lab.picture(path, 0), 80, 10), [220, 20, 20], 20, 'the red corner');
  });

  test('parts of the picture are where they should be', async () => {
    const at = async (transformation: string, x: number, y: number) =>
      pixel(await lab.picture(await lab.load(`${transformation}/clip.mp4`), 2), x, y);
    near(await at('c_crop,w_80,h_44,g_north_west', 40, 20), [220, 20, 20], 20, 'cut to the square');
    near(await at('c_crop,w_80,h_44,g_south_east', 40, 20), grey(2), 8, 'cut to the other corner');
    near(await at('c_pad,w_200,h_200,b_blue', 100, 10), [0, 0, 255], 12, 'blue above');
    near(await at('c_pad,w_200,h_200', 100, 10), [0, 0, 0], 4, 'black without a colour');
    near(await at('a_hflip', 310, 10), [220, 20, 20], 20, 'mirrored');
    near(await at('a_180', 310, 170), [220, 20, 20], 20, 'turned');
    near(await at('bo_10px_solid_lime', 5, 5), [0, 255, 0], 20, 'border');
    near(await at('c_pad,w_320,h_320,b_blurred:200:0', 160, 300), grey(2), 12, 'a blurred copy below');
  });
});

describe('time', () => {
  const cases: [string, number, number][] = [
    ['so_1,eo_3', 2, 1],
    ['so_1,du_1.5', 1.5, 1],
    ['so_50p', 2, 2],
    ['du_25p', 1, 0],
    ['eo_1', 1, 0],
    ['so_1/so_1', 2, 2],
  ];
  for (const [transformation, seconds, start] of cases)
    for (const extension of ['mp4', 'webm'])
      test(`${transformation} as .${extension}`, async () => {
        const path = await lab.load(`${transformation}/clip.${extension}`);
        const facts = await lab.facts(path);
        assert.ok(Math.abs(facts.duration! - seconds) < 0.1, `lasts ${facts.duration}, not ${seconds}`);
        near(pixel(await lab.picture(path, 0.01), 200, 150), grey(start), 9, 'begins');
        near(
          pixel(await lab.picture(path, seconds - 0.5), 200, 150),
          grey(start + seconds - 0.5),
          9,
          'half a second before the end',
        );
      });

  test('a range that is not there is refused', async () => {
    assert.deepEqual(await lab.refusal('so_10/clip.mp4'), [400, 'Invalid start_offset in transformation: 10']);
    assert.deepEqual(await lab.refusal('so_2,eo_1/clip.mp4'), [400, 'Invalid end_offset in transformation: 1']);
  });
});
