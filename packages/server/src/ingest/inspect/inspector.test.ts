import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { SignetError } from '../../errors.ts';
import { makePdf, writeClip, writeGridHeic } from '../../render/video/samples.fixture.ts';
import { createVideoWorkers } from '../../render/video/video-workers.ts';
import type { AnalysisName } from './analyze.ts';
import { inputAt } from './input.ts';
import { createInspector, type InspectRequest } from './inspector.ts';

let folder: string;
const workers = createVideoWorkers({ processes: 1 });
const inspector = createInspector({ workers });

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-inspect-'));
});
after(async () => {
  await inspector.close();
  await workers.close();
  await rm(folder, { recursive: true, force: true });
});

let count = 0;
async function inspect(bytes: Buffer | string, request: InspectRequest = {}) {
  const path = join(folder, `f${count++}`);
  await writeFile(path, bytes);
  // Bytes in memory are looked at like the same bytes in a file.
  const inMemory = { memory: Buffer.from(bytes as Buffer), path: async () => path };
  const [facts, same] = await Promise.allSettled(
    [inputAt(path), inMemory].map((input) => inspector.inspectFile(input, request)),
  );
  if (facts!.status === 'rejected') {
    assert.equal(same!.status, 'rejected');
    throw facts!.reason;
  }
  assert.deepEqual(same, facts);
  return facts!.value;
}

const code = (expected: string) => (error: unknown) => error instanceof SignetError && error.code === expected;
const plain = (width: number, height: number, channels: 3 | 4 = 3) =>
  sharp({ create: { width, height, channels, background: { r: 200, g: 60, b: 40, alpha: 0.5 } } });

describe('pictures', () => {
  test('a picture in each format libvips writes', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const) {
      const facts = await inspect(await plain(40, 30).toFormat(format).toBuffer());
      assert.deepEqual([facts.width, facts.height, facts.pages, facts.animated ?? false], [40, 30, 1, false], format);
      assert.equal(facts.resourceType, 'image');
    }
    assert.equal((await inspect(await plain(4, 4, 4).png().toBuffer())).hasAlpha, true);
  });

  test('size is upright, the stored orientation is told', async () => {
    const facts = await inspect(await plain(40, 30).withMetadata({ orientation: 6, density: 300 }).jpeg().toBuffer());
    assert.deepEqual([facts.width, facts.height, facts.orientation, facts.density], [30, 40, 6, 300]);
  });

  test('animated pictures: frames, delays, loop', async () => {
    const frames = await Promise.all(
      ['#f00', '#0f0', '#00f'].map((background) =>
        sharp({ create: { width: 20, height: 10, channels: 3, background } })
          .png()
          .toBuffer(),
      ),
    );
    const gif = await sharp(frames, { join: { animated: true } })
      .gif({ delay: [100, 200, 100], loop: 0 })
      .toBuffer();
    const facts = await inspect(gif);
    assert.deepEqual([facts.width, facts.height, facts.pages, facts.animated], [20, 10, 3, true]);
    assert.deepEqual([facts.delays, facts.loop], [[100, 200, 100], 0]);
    const film = await inspect(gif, { resourceType: 'video' });
    assert.deepEqual([film.resourceType, film.width, film.height, film.format], ['video', 20, 10, 'gif']);
  });

  test('SVG and PDF', async () => {
    const svg = await inspect(
      '<svg xmlns="http://www.w3.org/2000/svg" width="70" height="50"><rect width="9" height="9"/></svg>',
    );
    assert.deepEqual([svg.format, svg.width, svg.height, svg.hasAlpha], ['svg', 70, 50, true]);
    const pdf = await inspect(makePdf(595, 842, 4));
    assert.deepEqual([pdf.format, pdf.width, pdf.height, pdf.pages], ['pdf', 595, 842, 4]);
  });

  test('an SVG cannot read files beside it', async () => {
    await writeFile(join(folder, 'secret.png'), await plain(64, 64).png().toBuffer());
    const { colors } = (
      await inspect(
        '<svg xmlns="http://www.w3.org/2000/svg" width="64" height="64"><rect width="64" height="64" fill="#fff"/><image href="secret.png" width="64" height="64"/></svg>',
        { wanted: ['colors'] },
      )
    ).analysis;
    assert.deepEqual(colors, [['#FFFFFF', 100]]);
  });

  test('formats beyond libvips go through the workers', async () => {
    const path = join(folder, 'tiles.heic');
    const two = [
      [200, 0, 0],
      [0, 0, 200],
    ] as const;
    await writeGridHeic(path, two, { rows: 1, columns: 2, width: 100, height: 60, quarterTurns: 3 });
    const heic = await inspector.inspectFile(inputAt(path), { wanted: ['phash', 'colors'] });
    assert.deepEqual([heic.format, heic.width, heic.height, heic.pages], ['heic', 60, 100, 1]);
    assert.match(heic.analysis.phash ?? '', /^[0-9a-f]{16}$/);
    const picture = { data: await plain(32, 16).raw().toBuffer(), width: 32, height: 16, channels: 3 as const };
    for (const format of ['jxl', 'jp2', 'bmp'] as const) {
      const facts = await inspect(await workers.encodeStill({ picture, format }));
      assert.deepEqual([facts.format, facts.width, facts.height], [format, 32, 16]);
    }
  });

  test('a camera file shows its preview, turned as the camera was held', async () => {
    const preview = await plain(60, 40).jpeg().toBuffer();
    const entries: [tag: number, type: number, count: number, value: number][] = [
      [254, 4, 1, 1],
      [274, 3, 1, 6],
      [513, 4, 1, 8 + 2 + 5 * 12 + 4],
      [514, 4, 1, preview.length],
      [50706, 1, 4, 0x00000401],
    ];
    const directory = Buffer.alloc(2 + entries.length * 12 + 4);
    directory.writeUInt16LE(entries.length, 0);
    entries.forEach(([tag, type, amount, value], i) => {
      directory.writeUInt16LE(tag, 2 + i * 12);
      directory.writeUInt16LE(type, 4 + i * 12);
      directory.writeUInt32LE(amount, 6 + i * 12);
      directory.writeUInt32LE(value, 10 + i * 12);
    });
    const facts = await inspect(Buffer.concat([Buffer.from('49492a0008000000', 'hex'), directory, preview]));
    assert.deepEqual([facts.format, facts.width, facts.height, facts.orientation], ['dng', 40, 60, 6]);
  });

  test('what is no picture is refused with the cloud’s error', async () => {
    const png = await plain(40, 30).png().toBuffer();
    const bad: (Buffer | string)[] = [
      Buffer.concat([png.subarray(0, 40), Buffer.alloc(200, 7)]),
      'GIF89a/*<script>alert(1)</script>*/',
      Buffer.concat([Buffer.from('ffd8ffe0', 'hex'), Buffer.alloc(100)]),
      '<svg xmlns="http://www.w3.org/2000/svg"><rect',
      '%PDF-1.7 and nothing else',
      Buffer.concat([Buffer.from([0xff, 0x0a]), Buffer.alloc(50, 3)]),
      '8BPS\0\x01 broken',
    ];
    for (const bytes of bad) await assert.rejects(inspect(bytes), code('InvalidImageFile'), String(bytes).slice(0, 20));
    await assert.rejects(inspect('plain text', { resourceType: 'image' }), code('InvalidImageFile'));
    await assert.rejects(inspect('', { resourceType: 'image' }), code('InvalidImageFile'));
  });

  test('a picture over the pixel limit is refused without decoding it', async () => {
    const strict = createInspector({ workers, pixelLimit: 1000 });
    const path = join(folder, 'big.png');
    await writeFile(path, await plain(40, 30).png().toBuffer());
    await assert.rejects(strict.inspectFile(inputAt(path)), code('InvalidImageFile'));
  });
});

describe('films, sound and the rest', () => {
  test('a film carries the wire fields', async () => {
    const path = join(folder, 'film.mp4');
    await writeClip(path);
    const facts = await inspector.inspectFile(inputAt(path), { filename: 'film.mp4', wanted: ['media_metadata'] });
    assert.deepEqual([facts.resourceType, facts.format, facts.pages, facts.width], ['video', 'mp4', 0, 160]);
    assert.equal(facts.video?.video.codec, 'h264');
    assert.equal(facts.analysis.media_metadata?.major_brand, 'isom');
    await assert.rejects(inspector.inspectFile(inputAt(path), { resourceType: 'image' }), code('InvalidImageFile'));
    assert.equal(
      (await inspector.inspectFile(inputAt(path), { resourceType: 'raw', filename: 'a.bin' })).format,
      'bin',
    );
  });

  test('sound belongs to video', async () => {
    const path = join(folder, 'tone.wav');
    await writeClip(path, { video: null, audio: 'pcm_s16le' });
    const facts = await inspector.inspectFile(inputAt(path));
    assert.deepEqual([facts.resourceType, facts.format, facts.video?.is_audio], ['video', 'wav', true]);
  });

  test('broken films and pictures sent as films are refused', async () => {
    await assert.rejects(inspect('\0\0\0\x14ftypisom\0\0\0\0isom', { filename: 'a.mp4' }), code('UnsupportedVideo'));
    await assert.rejects(
      inspect(await plain(4, 4).png().toBuffer(), { resourceType: 'video' }),
      code('UnsupportedVideo'),
    );
    await assert.rejects(inspect('#EXTM3U\n/etc/passwd\n', { resourceType: 'video' }), code('UnsupportedVideo'));
  });

  test('anything else is raw', async () => {
    const facts = await inspect('words', { filename: 'notes.TXT' });
    assert.deepEqual([facts.resourceType, facts.format, facts.mime], ['raw', 'txt', 'text/plain']);
    assert.ok(!('pages' in facts));
  });
});

describe('analyses', () => {
  test('every analysis answers in the shape of the wire', async () => {
    const wanted: AnalysisName[] = [
      'phash',
      'colors',
      'grayscale',
      'semi_transparent',
      'illustration_score',
      'quality_analysis',
      'accessibility_analysis',
      'cinemagraph_analysis',
      'image_metadata',
    ];
    const jpeg = await plain(241, 51)
      .withExif({ IFD0: { Copyright: 'Someone', Make: 'Camera' } })
      .jpeg()
      .toBuffer();
    const { analysis } = await inspect(jpeg, { wanted });
    assert.match(analysis.phash ?? '', /^[0-9a-f]{16}$/);
    assert.equal(analysis.colors?.[0]?.[1], 100);
    assert.equal(analysis.predominant?.google[0]?.[0], 'red');
    assert.equal(typeof analysis.quality_analysis?.focus, 'number');
    for (const value of Object.values(analysis.quality_analysis ?? {})) assert.ok(value >= 0 && value <= 1);
    assert.equal(analysis.accessibility_analysis?.colorblind_accessibility_analysis.most_indistinct_pair.length, 2);
    assert.deepEqual(analysis.cinemagraph_analysis, { cinemagraph_score: 0 });
    assert.equal(analysis.image_metadata?.Copyright, 'Someone');
    assert.equal(analysis.image_metadata?.Make, 'Camera');
    assert.deepEqual([analysis.grayscale, analysis.semi_transparent], [false, false]);
    assert.deepEqual(Object.keys((await inspect(jpeg)).analysis), []);
  });
});
