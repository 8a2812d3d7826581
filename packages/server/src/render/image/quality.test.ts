import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { before, describe, it } from 'node:test';
import type { AutoQuality, ImageOutput } from '@signet/transformation';
import sharp from 'sharp';
import { encodeWith } from './encode.ts';
import { decodeRaster } from './fixtures.ts';
import { chooseQuality, likeness, lumaPlane, qualityRange, TARGETS } from './quality.ts';
import { type Raster, toSharp } from './raster.ts';

/** A proof is not the picture: the result may miss the target by so much. */
const TOLERANCE = 0.012;
const LEVELS = ['best', 'good', 'eco', 'low'] as const;
const FORMATS = ['jpg', 'webp', 'avif'] as const;

const demo = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
const photo = async (n: number): Promise<Raster> =>
  decodeRaster(
    await sharp(await readFile(join(demo, `demo/sample${n}.jpg`)))
      .resize(640, 480, { fit: 'inside' })
      .png()
      .toBuffer(),
  );
const svg = (body: string): Promise<Raster> =>
  decodeRaster(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="640" height="480" fill="#fff"/>${body}</svg>`,
    ),
  );
const PICTURES: Readonly<Record<string, () => Promise<Raster>>> = {
  'a portrait': () => photo(1),
  'a group': () => photo(6),
  text: () =>
    svg(
      Array.from(
        { length: 20 },
        (_, i) =>
          `<text x="20" y="${40 + i * 21}" font-family="Arial" font-size="15">${i}: the quick brown fox jumps over the lazy dog, 0123456789 times</text>`,
      ).join(''),
    ),
  'a graphic': () =>
    svg(
      '<rect width="640" height="480" fill="#0b3d91"/><circle cx="200" cy="200" r="150" fill="#f2c14e"/><rect x="300" y="110" width="260" height="240" fill="#d1495b"/><path d="M80 440L320 80L560 440Z" fill="none" stroke="#fff" stroke-width="10"/>',
    ),
};

interface Tried {
  readonly quality: number;
  readonly bytes: number;
  readonly likeness: number;
}

async function tryLevel(picture: Raster, level: AutoQuality, format: string): Promise<Tried> {
  const quality = await chooseQuality({ frames: [picture], opaque: true }, level, format);
  const output = { format, progressive: 'default', chroma: null, density: null, lossless: false } as ImageOutput;
  const settings = { quality, effort: 'fast', tuned: true } as const;
  const bytes = await encodeWith(toSharp(picture).removeAlpha(), output, settings).toBuffer();
  const planes = [lumaPlane(picture), lumaPlane(await decodeRaster(bytes))] as const;
  return { quality, bytes: bytes.length, likeness: likeness(...planes, picture.width, picture.height) };
}

describe('q_auto', () => {
  for (const [name, make] of Object.entries(PICTURES)) {
    describe(name, () => {
      let picture: Raster;
      before(async () => {
        picture = await make();
      });
      for (const format of FORMATS) {
        it(`${format}: smaller from level to level, and as like the original as the level promises`, async () => {
          let previous = Number.POSITIVE_INFINITY;
          for (const level of LEVELS) {
            const tried = await tryLevel(picture, level, format);
            const report = `${name} ${format} ${level}: ${JSON.stringify(tried)}`;
            assert.ok(tried.bytes <= previous, `${report} is larger than the level above it`);
            previous = tried.bytes;
            const [, ceiling] = qualityRange(format, level);
            const reached = tried.likeness >= TARGETS[level] - TOLERANCE;
            assert.ok(reached || tried.quality >= ceiling - 1, `${report} misses ${TARGETS[level]}`);
          }
        });
      }
    });
  }

  it('sensitive is at least as good as best', async () => {
    const picture = await PICTURES.text!();
    for (const format of FORMATS) {
      const [sensitive, best] = [await tryLevel(picture, 'sensitive', format), await tryLevel(picture, 'best', format)];
      assert.ok(sensitive.likeness >= best.likeness, `${format} ${sensitive.likeness} ${best.likeness}`);
    }
  });

  it('text is judged by its letters, not by the paper around them', async () => {
    const word = await svg('<text x="300" y="240" font-family="Arial" font-size="15">word</text>');
    const blurred = await decodeRaster(await toSharp(word).blur(1.5).png().toBuffer());
    assert.ok(likeness(lumaPlane(word), lumaPlane(blurred), word.width, word.height) < 0.9);
  });
});
