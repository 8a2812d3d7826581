import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { accessibility } from './accessibility.ts';
import { colors, predominant } from './colors.ts';
import { grayscale } from './grayscale.ts';
import { illustrationScore } from './illustration.ts';
import { readJpegFacts } from './jpeg-tables.ts';
import { phash } from './phash.ts';
import { quality } from './quality.ts';
import { takeSample } from './sample.ts';
import { semiTransparent } from './semi-transparent.ts';

/** Bits in which two hashes differ, 0–64. */
function phashDistance(a: string, b: string): number {
  let different = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let count = 0;
  for (; different > 0n; different &= different - 1n) count++;
  return count;
}

/** A picture with large shapes, texture and noise, standing for a photograph. Deterministic. */
async function scene(seed: number, width = 640, height = 480): Promise<Buffer> {
  let state = seed;
  const random = () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
  const shapes = Array.from({ length: 12 }, () => {
    const colour = `rgb(${[0, 0, 0].map(() => Math.floor(random() * 255)).join()})`;
    return `<ellipse cx="${random() * width}" cy="${random() * height}" rx="${40 + random() * 140}" ry="${30 + random() * 100}" fill="${colour}"/>`;
  });
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#89a"/>${shapes.join('')}</svg>`;
  const { data, info } = await sharp(Buffer.from(svg))
    .blur(2)
    .removeAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  for (let i = 0; i < data.length; i++) data[i] = Math.max(0, Math.min(255, data[i]! + (random() - 0.5) * 14));
  return sharp(data, { raw: { width: info.width, height: info.height, channels: 3 } })
    .png()
    .toBuffer();
}

const sampleOf = (input: Buffer | Sharp) => takeSample(Buffer.isBuffer(input) ? sharp(input) : input);
const svg = (body: string) =>
  Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="200" height="200">${body}</svg>`);

describe('phash', () => {
  test('is near for the same picture stored otherwise, far for another', async () => {
    const [a, b] = await Promise.all([scene(1), scene(2)]);
    const hash = await phash(await sampleOf(a));
    for (const again of [
      sharp(a).jpeg({ quality: 40 }),
      sharp(a).webp({ quality: 30 }),
      sharp(a).resize(200),
      sharp(a).resize(1900).jpeg(),
      sharp(a).modulate({ brightness: 1.15 }),
    ]) {
      const other = await phash(await sampleOf(await again.toBuffer()));
      assert.ok(phashDistance(hash, other) <= 6, `${hash} ${other}`);
    }
    assert.ok(phashDistance(hash, await phash(await sampleOf(b))) >= 20);
  });
});

describe('colors', () => {
  test('shares sum to a hundred, most frequent first, at most 32', async () => {
    const found = await colors(await sampleOf(await scene(3)));
    assert.ok(found.length > 5 && found.length <= 32);
    const sum = found.reduce((total, [, percent]) => total + percent, 0);
    assert.ok(Math.abs(sum - 100) < 2, String(sum));
    assert.ok(found.every(([hex], i) => /^#[0-9A-F]{6}$/.test(hex) && found[i]![1] <= (found[i - 1]?.[1] ?? 100)));
  });

  test('halves of red and blue', async () => {
    const found = await colors(
      await sampleOf(svg('<path fill="#f00" d="M0 0h100v200H0z"/><path fill="#00f" d="M100 0h100v200H100z"/>')),
    );
    assert.deepEqual(found.map(([hex]) => hex).sort(), ['#0000FF', '#FF0000']);
    const names = predominant(found);
    assert.deepEqual(names.google.map(([name]) => name).sort(), ['blue', 'red']);
    assert.deepEqual(names.cloudinary.map(([name]) => name).sort(), ['blue', 'red']);
  });

  test('eight digits when something is translucent', async () => {
    const found = await colors(
      await sampleOf(
        svg(
          '<rect width="200" height="100" fill="#0a0"/><rect y="100" width="200" height="100" fill="#0a0" opacity="0.5"/>',
        ),
      ),
    );
    assert.ok(
      found.every(([hex]) => /^#[0-9A-F]{8}$/.test(hex)),
      found.join(' '),
    );
  });
});

describe('yes and no', () => {
  test('grayscale', async () => {
    const picture = await scene(4);
    assert.equal(grayscale(await sampleOf(picture)), false);
    assert.equal(grayscale(await sampleOf(await sharp(picture).greyscale().jpeg().toBuffer())), true);
    assert.equal(
      grayscale(await sampleOf(await sharp(picture).greyscale().toColourspace('srgb').png().toBuffer())),
      true,
    );
  });

  test('semi-transparent', async () => {
    const hard = sharp({ create: { width: 900, height: 900, channels: 4, background: '#0000' } }).composite([
      { input: { create: { width: 300, height: 300, channels: 4, background: '#f00f' } } },
    ]);
    const soft = hard
      .clone()
      .composite([
        { input: { create: { width: 1, height: 1, channels: 4, background: '#f008' } }, left: 800, top: 800 },
      ]);
    assert.equal(await semiTransparent(sharp(await hard.png().toBuffer())), false);
    assert.equal(await semiTransparent(sharp(await soft.png().toBuffer())), true);
  });

  test('a drawing scores high, a grainy picture low', async () => {
    const drawing = svg('<rect width="200" height="200" fill="#fc3"/><circle cx="90" cy="90" r="60" fill="#36c"/>');
    assert.ok(illustrationScore(await sampleOf(drawing)) > 0.9);
    assert.ok(illustrationScore(await sampleOf(await scene(5))) < 0.1);
  });
});

describe('quality', () => {
  const measure = async (bytes: Buffer) => {
    const folder = await mkdtemp(join(tmpdir(), 'signet-quality-'));
    try {
      await writeFile(join(folder, 'f'), bytes);
      const sample = await sampleOf(bytes);
      return quality(sample, sample, sample.width * sample.height, await readJpegFacts(join(folder, 'f')));
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };

  test('blur lowers focus, noise lowers noise, strong compression lowers the score', async () => {
    const picture = await scene(6);
    const good = await measure(await sharp(picture).jpeg({ quality: 95, chromaSubsampling: '4:4:4' }).toBuffer());
    const blurred = await measure(await sharp(picture).blur(6).png().toBuffer());
    const poor = await measure(await sharp(picture).jpeg({ quality: 10 }).toBuffer());
    assert.ok(blurred.analysis.focus < good.analysis.focus);
    assert.ok(poor.analysis.blockiness < good.analysis.blockiness);
    assert.ok(poor.score < good.score);
    assert.ok(poor.analysis.jpeg_quality < 0.2 && good.analysis.jpeg_quality > 0.9);
    assert.equal(good.analysis.chroma_subsampling, 1);
    assert.equal(poor.analysis.chroma_subsampling, 0.5);
  });

  test('the quality of libjpeg’s tables is read back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'signet-jpeg-'));
    try {
      for (const wanted of [30, 50, 75, 90]) {
        const path = join(folder, 'f');
        await writeFile(
          path,
          await sharp(await scene(7, 64, 64))
            .jpeg({ quality: wanted })
            .toBuffer(),
        );
        const facts = await readJpegFacts(path);
        assert.ok(Math.abs((facts?.luma ?? 0) - wanted) <= 2, `${facts?.luma} for ${wanted}`);
        assert.ok(Math.abs((facts?.chroma ?? 0) - wanted) <= 2, `${facts?.chroma} for ${wanted}`);
      }
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

describe('accessibility', () => {
  test('red beside green is hard for the colour-blind, black beside white is not', async () => {
    const pair = async (first: string, second: string) => {
      const sample = await sampleOf(
        svg(`<rect width="200" height="200" fill="${first}"/><rect width="99" height="200" fill="${second}"/>`),
      );
      return accessibility(sample, await colors(sample));
    };
    const easy = await pair('#000', '#fff');
    assert.equal(easy.colorblind_accessibility_score, 1);
    const hard = await pair('#b03c32', '#5f6b1e');
    assert.equal(hard.colorblind_accessibility_score, 0);
    assert.deepEqual(hard.colorblind_accessibility_analysis.most_indistinct_pair, ['#B03C32', '#5F6B1E']);
  });
});
