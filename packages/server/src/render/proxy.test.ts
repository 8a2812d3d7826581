import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { evaluate, type Plan, parse, type SourceFacts } from '@signet/transformation';
import sharp, { type Sharp } from 'sharp';
import { cutOut, decodeRaster, difference, landscape } from './image/fixtures.ts';
import { ssim } from './image/quality.ts';
import type { Raster } from './image/raster.ts';
import { createImageRenderer, type ImageRenderer } from './image/renderer.ts';
import type { Pixels } from './image/source.ts';
import { proxySide } from './proxy.ts';

const FACTS: SourceFacts = {
  resourceType: 'image',
  publicId: 'large',
  format: 'jpg',
  width: 4000,
  height: 3000,
  pages: 1,
};

const planOf = (transformation: string, format: string, facts: SourceFacts): Plan =>
  evaluate(parse(transformation), { facts, hints: {}, format, layers: new Map() });

describe('which plans are rendered from a proxy', () => {
  const sideOf = (transformation: string, facts: Partial<SourceFacts> = {}, format = 'webp') =>
    proxySide(planOf(transformation, format, { ...FACTS, ...facts }), { ...FACTS, ...facts });

  for (const [transformation, side] of [
    ['w_300', 640],
    ['w_569', 640],
    ['w_570', 1280],
    ['c_fill,w_300,h_200', 640],
    ['c_fill,w_300,h_600', 1280],
    ['c_limit,w_800,h_800/q_auto/f_auto', 1280],
    ['c_pad,w_400,h_400,b_red/a_90/r_max/bo_4px_solid_black', 640],
    ['c_fill,g_north,w_640,h_640/c_crop,w_100,h_100', 1280],
    ['w_1138', 1280],
  ] as const)
    it(`${transformation}: of ${side} pixels`, () => assert.equal(sideOf(transformation), side));

  for (const [why, transformation, facts = {}, format = 'webp'] of [
    ['more pixels than the proxy has to spare', 'w_1139'],
    ['its whole would be too large, the cut is not', 'c_fill,w_300,h_900'],
    ['the cut comes first', 'c_crop,w_1000,h_1000/w_300'],
    ['a detail of the original', 'c_crop,g_south,w_300,h_300'],
    ['enlarged', 'c_scale,w_8000'],
    ['the place depends on the pixels', 'c_fill,g_auto,w_300,h_200'],
    ['an effect may make small differences large', 'w_300/e_vectorize'],
    ['an effect before', 'e_sharpen/w_300'],
    ['the size depends on the pixels', 'w_300/e_trim'],
    ['nothing is resized', 'q_50'],
    ['seam carving', 'c_scale,g_liquid,w_300,h_300'],
    ['metadata', 'w_300/fl_keep_iptc'],
    ['its profile', 'w_300/fl_force_icc'],
    ['colours without the profile', 'w_300/fl_strip_profile'],
    ['ink', 'w_300,cs_keep_cmyk'],
    ['facts of the original', 'w_300/fl_getinfo', {}, 'jpg'],
    ['as it is stored, not upright', 'a_ignore/w_300', { orientation: 6 }],
    ['a page', 'pg_2,w_300', { format: 'tiff', pages: 3 }],
    ['several frames', 'w_300', { format: 'webp', pages: 5, animated: true }],
    ['a vector', 'w_300', { format: 'svg' }],
    ['a document', 'w_300', { format: 'pdf', points: { width: 4000, height: 3000 } }],
    ['a film', 'w_300', { format: 'mp4', resourceType: 'video', duration: 9 }],
    ['an original that is hardly larger', 'w_300', { width: 1900, height: 1900 }],
    ['a strip whose short side is gone in the proxy', 'w_300,h_60', { width: 20_000, height: 900 }],
  ] as const)
    it(`${why} (${transformation}): no`, () => assert.equal(sideOf(transformation, facts, format), undefined));
});

/** Two pictures of one size look the same from this mean structural similarity on. */
const SAME = 0.99;

/** Luma over black, luma over white (which shows alpha), and how similar they are at worst. */
function similarity(a: Raster, b: Raster): number {
  assert.deepEqual([a.width, a.height], [b.width, b.height]);
  const plane = ({ data }: Raster, ground: number) =>
    Float32Array.from({ length: data.length / 4 }, (_, p) => {
      const alpha = data[p * 4 + 3]! / 255;
      const value = 0.2126 * data[p * 4]! + 0.7152 * data[p * 4 + 1]! + 0.0722 * data[p * 4 + 2]!;
      return value * alpha + ground * (1 - alpha);
    });
  return Math.min(...[0, 255].map((ground) => ssim(plane(a, ground), plane(b, ground), a.width, a.height)));
}

/**
 * Lines of text from large to tiny under vertical rules, on white. (A dense grid of one-pixel lines is left out: it
 * becomes a moiré either way, and another one.)
 */
const page = (width: number, height: number): Promise<Buffer> => {
  const lines = Array.from({ length: 40 }, (_, i) => {
    const [y, size, color] = [(i + 1) * (height / 41), 20 + ((i * 37) % 70), i % 3 ? '#111' : '#b00020'];
    return `<text x="60" y="${y}" font-family="sans-serif" font-size="${size}" fill="${color}">The quick brown fox jumps over the lazy dog ${i}</text>`;
  });
  const rules = Array.from({ length: width / 120 }, (_, i) => `<path d="M${i * 120} 0v${height}" stroke="#1b4f9e"/>`);
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><rect width="100%" height="100%" fill="#fff"/>${rules.join('')}${lines.join('')}</svg>`;
  return sharp(Buffer.from(svg)).removeAlpha().png({ compressionLevel: 1 }).toBuffer();
};

/** Noise at every scale: finer detail than a photograph has. */
async function grain(width: number, height: number): Promise<Buffer> {
  const noise = (sigma: number, shrink: number) =>
    sharp({
      create: {
        width: Math.ceil(width / shrink),
        height: Math.ceil(height / shrink),
        channels: 3,
        background: '#808080',
        noise: { type: 'gaussian', mean: 128, sigma },
      },
    })
      .resize(width, height, { fit: 'fill' })
      .png({ compressionLevel: 1 })
      .toBuffer();
  const [coarse, middle, fine] = await Promise.all([noise(60, 64), noise(40, 10), noise(20, 2)]);
  return sharp(coarse!)
    .composite([
      { input: middle!, blend: 'overlay' },
      { input: fine!, blend: 'soft-light' },
    ])
    .jpeg({ quality: 90 })
    .toBuffer();
}

/**
 * The original with every pixel decoded. Reading a JPEG at an eighth of its size, as is done without a proxy, gives pictures
 * as far from this as 0.975. (Below 150 pixels text is under 0.99 whatever it is rendered from.)
 */
const decoded = (bytes: Buffer): Promise<Buffer> => sharp(bytes).autoOrient().tiff({ compression: 'none' }).toBuffer();

describe('a picture rendered from a proxy looks like one rendered from the original', () => {
  let folder: string;
  let renderer: ImageRenderer;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-proxy-'));
    renderer = createImageRenderer({ cacheFolder: folder });
    scene = await landscape(2600, 1950);
  });
  after(async () => {
    await renderer.close();
    await rm(folder, { recursive: true });
  });

  let scene: Buffer;
  const jpeg = (change: (picture: Sharp) => Sharp) => change(sharp(scene)).jpeg({ quality: 90 }).toBuffer();
  const SOURCES: Readonly<Record<string, () => Promise<Buffer>>> = {
    'photo.jpg': () => jpeg((picture) => picture),
    'twelve megapixels.jpg': async () =>
      landscape(4000, 3000).then((large) => sharp(large).jpeg({ quality: 90 }).toBuffer()),
    'grain.jpg': () => grain(3000, 2000),
    'large grain.jpg': () => grain(4000, 3000),
    'large text.jpg': async () =>
      sharp(await page(4000, 3000))
        .jpeg({ quality: 92 })
        .toBuffer(),
    'hardly larger.jpg': () => grain(1920, 1280),
    'text.png': () => page(2800, 2100),
    'alpha.png': () => cutOut(2400),
    'alpha.webp': async () =>
      sharp(await cutOut(2000))
        .webp({ quality: 95, effort: 0 })
        .toBuffer(),
    'rotated by EXIF.jpg': () => jpeg((picture) => picture.withMetadata({ orientation: 6, density: 300 })),
    'Display P3.jpg': () => jpeg((picture) => picture.withIccProfile('p3')),
    'ink.jpg': () => jpeg((picture) => picture.toColourspace('cmyk')),
    'gray.jpg': () => jpeg((picture) => picture.grayscale()),
    'sixteen bits.png': () => sharp(scene).toColourspace('rgb16').png({ compressionLevel: 1 }).toBuffer(),
  };

  for (const [name, make] of Object.entries(SOURCES)) {
    it(name, async () => {
      const bytes = await make();
      const { autoOrient: upright, hasAlpha, density } = await sharp(bytes).metadata();
      const everything = await decoded(bytes);
      const facts = { ...FACTS, ...upright, format: name.split('.').at(-1)!, hasAlpha };
      const proxies = new Map<number, Pixels>();
      const proxyOf = async (plan: Plan): Promise<Pixels> => {
        const side = proxySide(plan, facts);
        assert.ok(side);
        const proxy = proxies.get(side) ?? { ...(await renderer.proxy(bytes, { side })), density };
        proxies.set(side, proxy);
        return proxy;
      };
      for (const transformation of [
        'c_limit,w_1137,h_1137',
        'c_limit,w_568,h_568',
        'c_fill,g_north,w_512,h_300',
        'w_200',
        'c_pad,w_150,h_150/r_10',
      ]) {
        const plan = planOf(transformation, 'png', facts);
        const pixels = await proxyOf(plan);
        const [direct, whole, cheap] = (await Promise.all(
          [{ source: bytes }, { source: everything }, { source: bytes, pixels }].map(
            async (input) => (await renderer.render(plan, input)).data,
          ),
        )) as [Buffer, Buffer, Buffer];
        const [ideal, seen] = await Promise.all([whole, cheap].map((picture) => decodeRaster(picture)));
        const found = similarity(ideal!, seen!);
        assert.ok(found >= SAME, `${transformation}: ${found.toFixed(4)}`);
        assert.ok(difference(ideal!, seen!) < 2, `${transformation}: other colours`);
        const traits = async (picture: Buffer) => {
          const { channels, space, depth, density } = await sharp(picture).metadata();
          return { channels, space, depth, density };
        };
        assert.deepEqual(await traits(cheap), await traits(direct));
      }
    });
  }
});
