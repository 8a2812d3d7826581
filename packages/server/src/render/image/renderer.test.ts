import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import type { ImageOutput, Plan, Step } from '@signet/transformation';
import sharp from 'sharp';
import { animation, cutOut, decodeRaster, difference, landscape, pixelAt } from './fixtures.ts';
import { createImageRenderer, type ImageRenderer } from './renderer.ts';

const OUTPUT: ImageOutput = {
  kind: 'image',
  format: 'png',
  contentType: 'image/png',
  quality: { mode: 'default' },
  chroma: null,
  progressive: 'default',
  lossy: false,
  lossless: false,
  pngBits: null,
  animated: false,
  delay: null,
  loop: null,
  sampling: null,
  metadata: 'strip',
  profile: 'convert',
  colorSpace: 'srgb',
  density: null,
  background: { r: 255, g: 255, b: 255, alpha: 1 },
  alpha: false,
  anyFormat: false,
  preserveTransparency: false,
  drawingAsPng: false,
  sanitize: false,
  tiff: null,
  getinfo: false,
  pages: 1,
};

const size = (width: number, height: number) => ({ width, height });

function planOf(
  source: { width: number; height: number },
  steps: Step[],
  output: Partial<ImageOutput> = {},
  frames: 'first' | 'all' = 'first',
): Plan {
  return {
    original: false,
    decode: { pages: { kind: frames }, autoOrient: true, out: source },
    steps,
    out: steps.at(-1)?.out ?? source,
    rest: null,
    output: { ...OUTPUT, ...output },
    delivery: { attachment: null, immutableCache: false, vary: [] },
    canonical: 'test',
    references: [],
  };
}

const jpg = { format: 'jpg', contentType: 'image/jpeg' } as const;

describe('image renderer', () => {
  let folder: string;
  let renderer: ImageRenderer;
  let photo: string;
  let photoBytes: Buffer;
  const photoSize = size(864, 576);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-render-'));
    renderer = createImageRenderer({ cacheFolder: folder });
    photoBytes = await sharp(await landscape(864, 576))
      .jpeg({ quality: 92 })
      .toBuffer();
    photo = join(folder, 'photo.jpg');
    await writeFile(photo, photoBytes);
  });

  after(async () => {
    await renderer.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('resizes in one pipeline to the exact size, like libvips itself', async () => {
    const step: Step = { op: 'resize', method: 'resample', out: size(301, 203) };
    const result = await renderer.render(planOf(photoSize, [step]), { source: photo });
    assert.equal(result.contentType, 'image/png');
    assert.deepEqual([result.width, result.height], [301, 203]);
    const expected = await decodeRaster(await sharp(photo).resize(301, 203, { fit: 'fill' }).png().toBuffer());
    assert.ok(difference(await decodeRaster(result.data), expected) < 0.01);
  });

  it('covers with the window where the plan put it', async () => {
    const step: Step = {
      op: 'cover',
      in: photoSize,
      out: size(200, 100),
      mode: 'fill',
      gravity: { kind: 'compass', at: 'north' },
      x: 0,
      y: 0,
      zoom: 1,
      placed: {
        region: { x: 0, y: 0, width: 864, height: 432 },
        scale: 200 / 864,
        resized: size(200, 133),
        offset: { x: 0, y: 0 },
      },
    };
    const result = await renderer.render(planOf(photoSize, [step]), { source: photo });
    const expected = await decodeRaster(
      await sharp(photo)
        .resize(200, 133, { fit: 'fill' })
        .extract({ left: 0, top: 0, width: 200, height: 100 })
        .png()
        .toBuffer(),
    );
    assert.ok(difference(await decodeRaster(result.data), expected) < 0.01);
  });

  it('gives the same picture by the fast path and by single steps', async () => {
    const steps: Step[] = [
      { op: 'resize', method: 'resample', out: size(300, 200) },
      {
        op: 'pad',
        out: size(320, 320),
        x: 10,
        y: 60,
        background: { kind: 'color', color: { r: 255, g: 0, b: 0, alpha: 1 } },
      },
    ];
    const fast = await renderer.render(planOf(photoSize, steps), { source: photo });
    const slow = await renderer.render(
      planOf(photoSize, [...steps, { op: 'opacity', level: 100, out: size(320, 320) }]),
      { source: photo },
    );
    const [one, two] = [await decodeRaster(fast.data), await decodeRaster(slow.data)];
    assert.deepEqual(pixelAt(one, 2, 2), [255, 0, 0, 255]);
    assert.ok(difference(one, two) < 0.05);
  });

  it('makes corners white in JPEG and transparent in PNG', async () => {
    const steps: Step[] = [
      { op: 'resize', method: 'resample', out: size(200, 200) },
      { op: 'round', corners: 'max', out: size(200, 200) },
    ];
    const inJpeg = await decodeRaster((await renderer.render(planOf(photoSize, steps, jpg), { source: photo })).data);
    assert.ok(pixelAt(inJpeg, 1, 1).every((value) => value > 245));
    const inPng = await decodeRaster((await renderer.render(planOf(photoSize, steps), { source: photo })).data);
    assert.equal(pixelAt(inPng, 1, 1)[3], 0);
    assert.equal(pixelAt(inPng, 100, 2)[3], 255);
  });

  it('applies EXIF orientation before anything else', async () => {
    const turned = await sharp(photoBytes).withMetadata({ orientation: 6 }).toBuffer();
    const steps: Step[] = [
      {
        op: 'crop',
        in: size(576, 864),
        want: size(576, 100),
        gravity: { kind: 'compass', at: 'north' },
        x: 0,
        y: 0,
        zoom: 1,
        out: size(576, 100),
        placed: {
          region: { x: 0, y: 0, width: 576, height: 100 },
          scale: 1,
          resized: size(576, 864),
          offset: { x: 0, y: 0 },
        },
      },
    ];
    const result = await renderer.render(planOf(size(576, 864), steps), { source: turned });
    const upright = await sharp(turned).rotate(90).png().toBuffer();
    const expected = await decodeRaster(
      await sharp(upright).extract({ left: 0, top: 0, width: 576, height: 100 }).png().toBuffer(),
    );
    assert.ok(difference(await decodeRaster(result.data), expected) < 1);
    assert.equal((await sharp(result.data).metadata()).orientation, undefined);
  });

  for (const [format, signature] of [
    ['jpg', 'jpeg'],
    ['png', 'png'],
    ['webp', 'webp'],
    ['avif', 'heif'],
    ['gif', 'gif'],
    ['tiff', 'tiff'],
  ] as const) {
    it(`writes ${format}`, async () => {
      const steps: Step[] = [{ op: 'resize', method: 'resample', out: size(150, 100) }];
      const result = await renderer.render(planOf(photoSize, steps, { format, contentType: `image/${format}` }), {
        source: photo,
      });
      const meta = await sharp(result.data).metadata();
      assert.equal(meta.format, signature);
      assert.deepEqual([meta.width, meta.height], [150, 100]);
      const expected = await decodeRaster(await sharp(photo).resize(150, 100).png().toBuffer());
      assert.ok(difference(await decodeRaster(result.data), expected) < 8, 'looks like the source');
      assert.equal(meta.icc, undefined);
      assert.equal(meta.exif, undefined);
    });
  }

  it('keeps every frame and its timing', async () => {
    const gif = await animation(80, 60, 8);
    const steps: Step[] = [{ op: 'resize', method: 'resample', out: size(40, 30) }];
    for (const format of ['gif', 'webp']) {
      for (const extra of [[], [{ op: 'opacity', level: 100, out: size(40, 30) } satisfies Step]]) {
        const plan = planOf(
          size(80, 60),
          [...steps, ...extra],
          { format, contentType: `image/${format}`, animated: true },
          'all',
        );
        const result = await renderer.render(plan, { source: gif });
        const meta = await sharp(result.data, { pages: -1 }).metadata();
        assert.deepEqual([meta.pages, meta.width, meta.pageHeight, meta.loop], [8, 40, 30, 3], format);
        assert.deepEqual(
          meta.delay,
          Array.from({ length: 8 }, () => 70),
        );
        assert.deepEqual([result.pages, result.width, result.height], [8, 40, 30]);
      }
    }
  });

  it('flattens an animated source to its first frame when the format cannot move', async () => {
    const gif = await animation(80, 60, 8);
    const result = await renderer.render(planOf(size(80, 60), [], jpg), { source: gif });
    assert.deepEqual([result.pages, result.width, result.height], [1, 80, 60]);
    assert.ok(pixelAt(await decodeRaster(result.data), 60, 50)[0]! < 10);
  });

  it('writes animated PNG', async () => {
    const gif = await animation(80, 60, 5);
    const result = await renderer.render(planOf(size(80, 60), [], { animated: true }, 'all'), { source: gif });
    assert.ok(result.data.includes('acTL') && result.data.includes('fdAT'));
    assert.equal((await sharp(result.data).metadata()).width, 80);
  });

  it('rounds, borders and flattens with the sizes of the plan', async () => {
    const source = await cutOut(100);
    const steps: Step[] = [
      { op: 'flatten', background: { kind: 'color', color: { r: 0, g: 0, b: 255, alpha: 1 } }, out: size(100, 100) },
      { op: 'round', corners: [20, 20, 20, 20], out: size(100, 100) },
      {
        op: 'border',
        width: 5,
        color: { r: 255, g: 0, b: 0, alpha: 1 },
        corners: [20, 20, 20, 20],
        out: size(110, 110),
      },
    ];
    const raster = await decodeRaster((await renderer.render(planOf(size(100, 100), steps), { source })).data);
    assert.deepEqual([raster.width, raster.height], [110, 110]);
    assert.equal(pixelAt(raster, 1, 1)[3], 0);
    assert.deepEqual(pixelAt(raster, 55, 2), [255, 0, 0, 255]);
    assert.deepEqual(pixelAt(raster, 55, 7), [0, 0, 255, 255]);
  });

  it('turns, mirrors and rotates', async () => {
    const turned = await renderer.render(planOf(photoSize, [{ op: 'turn', angle: 90, out: size(576, 864) }]), {
      source: photo,
    });
    const expected = await decodeRaster(await sharp(photo).rotate(90).png().toBuffer());
    assert.ok(difference(await decodeRaster(turned.data), expected) < 0.01);
    const mirrored = await renderer.render(planOf(photoSize, [{ op: 'flip', axis: 'horizontal', out: photoSize }]), {
      source: photo,
    });
    assert.ok(
      difference(await decodeRaster(mirrored.data), await decodeRaster(await sharp(photo).flop().png().toBuffer())) <
        0.01,
    );
    const rotated = await renderer.render(
      planOf(photoSize, [{ op: 'rotate', angle: 45, background: { kind: 'default' }, out: size(1018, 1018) }]),
      { source: photo },
    );
    const raster = await decodeRaster(rotated.data);
    assert.deepEqual([raster.width, raster.height], [1018, 1018]);
    assert.equal(pixelAt(raster, 3, 3)[3], 0);
  });

  it('chooses a quality: better levels give larger files that look closer', async () => {
    const steps: Step[] = [{ op: 'resize', method: 'resample', out: size(600, 400) }];
    const expected = await decodeRaster(await sharp(photo).resize(600, 400).png().toBuffer());
    const results = [];
    for (const level of ['best', 'good', 'eco', 'low'] as const) {
      const result = await renderer.render(planOf(photoSize, steps, { ...jpg, quality: { mode: 'auto', level } }), {
        source: photo,
      });
      results.push({ bytes: result.data.length, error: difference(await decodeRaster(result.data), expected) });
    }
    for (let i = 1; i < results.length; i++) {
      assert.ok(results[i]!.bytes < results[i - 1]!.bytes, JSON.stringify(results));
      assert.ok(results[i]!.error > results[i - 1]!.error, JSON.stringify(results));
    }
  });
});
