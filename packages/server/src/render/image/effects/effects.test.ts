import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { evaluate, parse } from '@signet/transformation';
import sharp from 'sharp';
import { cutOut, decodeRaster, difference, landscape, meanColor, pixelAt } from '../fixtures.ts';
import { alphaOf, cloneRaster, createRaster, inkBox, isOpaque, luma, type Raster } from '../raster.ts';
import type { EffectExtras } from './effect.ts';
import { EFFECTS } from './index.ts';

/** Runs `e_<text>` with the options as the plan gives them. */
async function run(source: Raster, text: string, extras: EffectExtras = {}): Promise<Raster> {
  const facts = {
    resourceType: 'image',
    publicId: 'a',
    format: 'png',
    width: source.width,
    height: source.height,
    hasAlpha: true,
  } as const;
  const step = evaluate(parse(text.startsWith('e_') ? text : `e_${text}`), { facts, format: 'png' }).steps[0];
  assert.equal(step?.op, 'effect');
  if (step?.op !== 'effect') throw new Error('no effect');
  const effect = EFFECTS[step.name];
  assert.ok(effect, `${step.name} is implemented`);
  return effect.apply(cloneRaster(source), step.args, { out: step.out, ...extras });
}

const lightness = (raster: Raster): number => {
  const [r, g, b] = meanColor(raster);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** Mean distance of the channels from each other: how colourful a picture is. */
function colorfulness({ data }: Raster): number {
  let sum = 0;
  for (let i = 0; i < data.length; i += 4)
    sum += Math.max(data[i]!, data[i + 1]!, data[i + 2]!) - Math.min(data[i]!, data[i + 1]!, data[i + 2]!);
  return sum / (data.length / 4);
}

/** Mean difference of neighbours: how much detail a picture has. */
function detail({ data, width, height }: Raster): number {
  let sum = 0;
  for (let y = 0; y < height; y++)
    for (let x = 1; x < width; x++)
      sum += Math.abs(luma(data, (y * width + x) * 4) - luma(data, (y * width + x - 1) * 4));
  return sum / (width * height);
}

function deviation(raster: Raster): number {
  const mean = lightness(raster);
  let sum = 0;
  for (let i = 0; i < raster.data.length; i += 4) sum += (luma(raster.data, i) - mean) ** 2;
  return Math.sqrt(sum / (raster.data.length / 4));
}

describe('image effects', () => {
  let photo: Raster;
  let disc: Raster;

  before(async () => {
    photo = await decodeRaster(
      await sharp(await landscape(864, 576))
        .resize(240, 160)
        .png()
        .toBuffer(),
    );
    disc = await decodeRaster(await cutOut(120));
  });

  const NEUTRAL = [
    'red:0',
    'green:0',
    'blue:0',
    'contrast:0',
    'contrast:level_100;type_linear',
    'gamma:0',
    'hue:0',
    'saturation:0',
    'brightness:0',
    'brightness_hsb:0',
    'vibrance:0',
    'vignette:0',
    'oil_paint:0',
    'noise:0',
    'colorize:0',
    'auto_color:0',
    'auto_contrast:0',
    'auto_brightness:0',
    'improve:outdoor:0',
    'fill_light:0',
    'tint:0',
    'recolor:1:0:0:0:1:0:0:0:1',
    'shear:0:0',
  ];
  for (const text of NEUTRAL) {
    it(`${text} changes nothing`, async () => {
      assert.ok(difference(await run(photo, text), photo) < 0.6);
    });
  }

  /** Effect, measure, and the direction in which it goes. */
  const DIRECTIONS: readonly [string, (raster: Raster) => number, 'more' | 'less'][] = [
    ['brightness', lightness, 'more'],
    ['brightness:-50', lightness, 'less'],
    ['brightness_hsb', lightness, 'more'],
    ['brightness_hsb:-50', lightness, 'less'],
    ['gamma:100', lightness, 'more'],
    ['gamma:-50', lightness, 'less'],
    ['fill_light', lightness, 'more'],
    ['vignette', lightness, 'less'],
    ['saturation', colorfulness, 'more'],
    ['saturation:-50', colorfulness, 'less'],
    ['vibrance:70', colorfulness, 'more'],
    ['vibrance:-70', colorfulness, 'less'],
    ['grayscale', colorfulness, 'less'],
    ['sepia', colorfulness, 'less'],
    ['contrast:60', deviation, 'more'],
    ['contrast:-60', deviation, 'less'],
    ['contrast:level_160;type_linear', deviation, 'more'],
    ['auto_contrast', deviation, 'more'],
    ['auto_color', deviation, 'more'],
    ['improve', deviation, 'more'],
    ['auto_enhance', detail, 'more'],
    ['blur', detail, 'less'],
    ['blur:1000', detail, 'less'],
    ['pixelate', detail, 'less'],
    ['sharpen', detail, 'more'],
    ['unsharp_mask', detail, 'more'],
    ['noise:30', detail, 'more'],
    ['oil_paint:60', detail, 'less'],
    ['morphology', lightness, 'less'],
    ['morphology:method_dilate', lightness, 'more'],
    ['red:40', (raster) => meanColor(raster)[0], 'more'],
    ['green:-40', (raster) => meanColor(raster)[1], 'less'],
    ['blue:40', (raster) => meanColor(raster)[2], 'more'],
    ['tint', (raster) => meanColor(raster)[0], 'more'],
    ['art:audrey', colorfulness, 'less'],
    ['art:sizzle', colorfulness, 'more'],
    ['assist_colorblind:60', detail, 'more'],
  ];
  for (const [text, measure, direction] of DIRECTIONS) {
    it(`${text}: ${direction} ${measure.name || 'of its channel'}`, async () => {
      const [was, is] = [measure(photo), measure(await run(photo, text))];
      assert.ok(direction === 'more' ? is > was + 0.1 : is < was - 0.1, `${was} → ${is}`);
    });
  }

  it('negate twice is the picture', async () => {
    assert.equal(difference(await run(await run(photo, 'negate'), 'negate'), photo), 0);
  });

  it('blackwhite and ordered_dither leave two values per channel', async () => {
    for (const text of ['blackwhite', ...Array.from({ length: 19 }, (_, n) => `ordered_dither:${n}`)]) {
      const { data } = await run(photo, text);
      assert.ok(
        data.every((value) => value === 0 || value === 255),
        text,
      );
    }
  });

  it('dithering keeps the mean brightness of a gray', async () => {
    const gray = createRaster(96, 96, { r: 90, g: 90, b: 90, alpha: 1 });
    for (const type of [3, 4, 5, 6, 8, 9, 12])
      assert.ok(Math.abs(lightness(await run(gray, `ordered_dither:${type}`)) - 90) < 24, String(type));
  });

  it('colorize mixes with its colour', async () => {
    const solid = await run(photo, 'e_colorize,co_blue');
    assert.deepEqual(pixelAt(solid, 10, 10), [0, 0, 255, 255]);
  });

  it('replace_color turns the red house blue and leaves the meadow', async () => {
    const house = [Math.round((270 * 240) / 864), Math.round((365 * 160) / 576)] as const;
    const meadow = [Math.round((500 * 240) / 864), Math.round((385 * 160) / 576)] as const;
    const result = await run(photo, 'replace_color:blue:40:b0342c');
    const [r, , b] = pixelAt(result, ...house);
    assert.ok(b! > r! + 40, String(pixelAt(result, ...house)));
    assert.ok(Math.abs(pixelAt(result, ...meadow)[1]! - pixelAt(photo, ...meadow)[1]!) < 12);
  });

  it('colour blindness: red and green become alike for a deuteranope', async () => {
    const pair = createRaster(2, 1);
    pair.data.set([200, 60, 40, 255, 110, 120, 40, 255]);
    const seen = await run(pair, 'simulate_colorblind');
    const spread = (raster: Raster) =>
      Math.abs(raster.data[0]! - raster.data[1]! - (raster.data[4]! - raster.data[5]!));
    assert.ok(spread(seen) < spread(pair) / 3);
  });

  it('blur and pixelate of a region leave the rest alone', async () => {
    for (const name of ['blur_region:1000', 'pixelate_region:15']) {
      const result = await run(photo, `e_${name},x_60,y_40,w_80,h_60`);
      assert.deepEqual(pixelAt(result, 20, 20), pixelAt(photo, 20, 20));
      assert.deepEqual(pixelAt(result, 200, 120), pixelAt(photo, 200, 120));
      assert.ok(difference(result, photo) > 0.2);
    }
  });

  it('blur_faces and pixelate_faces change faces only, and nothing without faces', async () => {
    const faces = [{ x: 60, y: 60, width: 60, height: 60 }];
    for (const name of ['blur_faces', 'pixelate_faces']) {
      assert.equal(difference(await run(photo, name, { faces: [] }), photo), 0);
      const result = await run(photo, name, { faces });
      assert.ok(difference(result, photo) > 0.2);
      assert.deepEqual(pixelAt(result, 220, 20), pixelAt(photo, 220, 20));
    }
  });

  it('redeye takes the red out of pupils and leaves skin, a red hair ribbon and lips alone', async () => {
    const face = createRaster(80, 80, { r: 226, g: 128, b: 96, alpha: 1 });
    const paint = (x: number, y: number, width: number, height: number) => {
      for (let row = y; row < y + height; row++)
        for (let column = x; column < x + width; column++) face.data.set([200, 30, 30, 255], (row * 80 + column) * 4);
    };
    paint(22, 30, 5, 5);
    paint(52, 30, 5, 5);
    paint(5, 14, 70, 4);
    paint(30, 60, 20, 6);
    const result = await run(face, 'redeye', { faces: [{ x: 0, y: 0, width: 80, height: 80 }] });
    for (const x of [24, 54]) assert.ok(pixelAt(result, x, 32)[0]! < 60);
    for (const [x, y] of [
      [40, 40],
      [40, 15],
      [40, 62],
    ] as const)
      assert.deepEqual(pixelAt(result, x, y), pixelAt(face, x, y));
  });

  it('make_transparent and bgremoval remove a colour', async () => {
    const card = createRaster(40, 40, { r: 20, g: 200, b: 40, alpha: 1 });
    for (let y = 10; y < 30; y++) for (let x = 10; x < 30; x++) card.data.set([180, 60, 60, 255], (y * 40 + x) * 4);
    for (const text of [
      'e_make_transparent',
      'e_make_transparent:20,co_rgb:14c828',
      'e_bgremoval:screen',
      'e_bgremoval:rgb:14c828',
    ]) {
      const result = await run(card, text);
      assert.equal(pixelAt(result, 2, 2)[3], 0, text);
      assert.equal(pixelAt(result, 20, 20)[3], 255, text);
    }
  });

  it('background_removal uses the mask it is given', async () => {
    const mask = new Uint8Array(240 * 160);
    mask.fill(255, 0, 240 * 80);
    const result = await run(photo, 'background_removal', { foreground: mask });
    assert.equal(pixelAt(result, 100, 20)[3], 255);
    assert.equal(pixelAt(result, 100, 120)[3], 0);
  });

  it('trim finds the box of what is not background', async () => {
    const card = createRaster(60, 50, { r: 250, g: 250, b: 250, alpha: 1 });
    for (let y = 12; y < 33; y++) for (let x = 7; x < 40; x++) card.data.set([10, 20, 200, 255], (y * 60 + x) * 4);
    const cut = await run(card, 'trim');
    assert.deepEqual([cut.width, cut.height], [33, 21]);
    const box = inkBox(disc)!;
    const cutDisc = await run(disc, 'trim');
    assert.ok(Math.abs(cutDisc.width - box.width) <= 2 && Math.abs(cutDisc.height - box.height) <= 2);
  });

  it('outline, dropshadow and shadow add around what is visible', async () => {
    const visible = (raster: Raster) => alphaOf(raster).reduce((sum, alpha) => sum + (alpha > 100 ? 1 : 0), 0);
    for (const text of ['outline', 'outline:outer:10', 'dropshadow', 'shadow:80']) {
      assert.ok(visible(await run(disc, text)) > visible(disc) * 1.02, text);
    }
    const inner = await run(disc, 'outline:inner:4');
    assert.deepEqual([inner.width, inner.height], [disc.width, disc.height]);
    assert.ok(Math.abs(visible(inner) - visible(disc)) < visible(disc) * 0.02);
  });

  it('gradient_fade fades the right edges', async () => {
    const down = await run(photo, 'e_gradient_fade,y_0.5');
    assert.ok(pixelAt(down, 120, 2)[3]! < 10 && pixelAt(down, 120, 150)[3] === 255);
    const right = await run(photo, 'e_gradient_fade,x_-0.5');
    assert.ok(pixelAt(right, 238, 80)[3]! < 10 && pixelAt(right, 20, 80)[3] === 255);
    const all = await run(photo, 'gradient_fade:symmetric:50');
    assert.ok(pixelAt(all, 1, 80)[3]! < 20 && pixelAt(all, 120, 1)[3]! < 20 && pixelAt(all, 120, 80)[3] === 255);
  });

  it('distort: corners are where they were asked for; shear has the size of the plan', async () => {
    const bent = await run(photo, 'distort:40:25:280:60:260:155:35:165');
    assert.deepEqual([bent.width, bent.height], [245, 140]);
    assert.equal(pixelAt(bent, 0, 0)[3], 0);
    assert.ok(pixelAt(bent, 120, 70)[3] === 255);
    const same = await run(photo, 'distort:0:0:240:0:240:160:0:160');
    assert.ok(difference(same, photo) < 1);
    const skewed = await run(photo, 'shear:20:0');
    assert.deepEqual([skewed.width, skewed.height], [Math.round(240 + 160 * Math.tan(Math.PI / 9)), 160]);
    assert.ok(!isOpaque(skewed));
    const wide = await run(photo, 'distort:arc:180');
    assert.ok(wide.width > wide.height);
  });

  it('opacity_threshold leaves no half-transparent pixel', async () => {
    const result = await run(disc, 'opacity_threshold');
    assert.ok(alphaOf(result).every((alpha) => alpha === 0 || alpha === 255));
  });

  it('upscale is four times as large and looks the same', async () => {
    const small = await decodeRaster(
      await sharp(await landscape(864, 576))
        .resize(60, 40)
        .png()
        .toBuffer(),
    );
    const large = await run(small, 'upscale');
    assert.deepEqual([large.width, large.height], [240, 160]);
  });

  it('every art filter changes the picture', async () => {
    const seen = new Set<string>();
    for (const name of 'al_dente athena audrey aurora daguerre eucalyptus fes frost hairspray hokusai incognito linen peacock primavera quartz red_rock refresh sizzle sonnet ukulele zorro'.split(
      ' ',
    )) {
      const result = await run(photo, `art:${name}`);
      assert.ok(difference(result, photo) > 2, name);
      seen.add(meanColor(result).map(Math.round).join());
    }
    assert.equal(seen.size, 21);
  });

  it('vectorize draws few colours, as SVG too', async () => {
    const traced = await run(photo, 'vectorize:colors_4');
    assert.deepEqual([traced.width, traced.height], [240, 160]);
    assert.match(traced.svg ?? '', /<svg[^>]*>[\s\S]*<path/);
    assert.ok(difference(traced, photo) < 40);
  });

  it('the same input gives the same bytes', async () => {
    for (const text of ['noise:40', 'art:daguerre', 'oil_paint', 'cartoonify']) {
      assert.equal(difference(await run(photo, text), await run(photo, text)), 0);
    }
  });
});
