import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { evaluate, parse, type SourceFacts } from '@signet/transformation';
import sharp from 'sharp';
import { cutOut, decodeRaster, difference, landscape, pixelAt } from './fixtures.ts';
import { createImageRenderer, type ImageRenderer } from './renderer.ts';
import type { Rendered } from './result.ts';

/** Formats, profiles and metadata, from the URL text to bytes. */
describe('image output', () => {
  let folder: string;
  let renderer: ImageRenderer;
  let photo: Buffer;
  const facts: SourceFacts = { resourceType: 'image', publicId: 'photo', format: 'jpg', width: 300, height: 200 };

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-output-'));
    renderer = createImageRenderer({ cacheFolder: folder });
    photo = await sharp(await landscape(864, 576))
      .resize(300, 200)
      .jpeg({ quality: 95 })
      .toBuffer();
  });

  after(async () => {
    await renderer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const render = (
    transformation: string,
    format: string,
    source: Buffer = photo,
    more: Partial<SourceFacts> = {},
  ): Promise<Rendered> =>
    renderer.render(evaluate(parse(transformation), { facts: { ...facts, ...more }, format }), { source });

  it('writes bmp, ico and pdf', async () => {
    const bmp = (await render('w_101', 'bmp')).data;
    assert.deepEqual(
      [bmp.toString('latin1', 0, 2), bmp.readInt32LE(18), bmp.readInt32LE(22), bmp.length],
      ['BM', 101, 67, 54 + 304 * 67],
    );
    const ico = (await render('c_fill,w_32,h_32', 'ico')).data;
    assert.deepEqual([ico.readUInt16LE(2), ico[6], ico[7]], [1, 32, 32]);
    assert.equal((await sharp(ico.subarray(22)).metadata()).width, 32);
    await assert.rejects(render('w_300', 'ico'), /ico holds at most 256/);
    const pdf = (await render('w_100', 'pdf')).data.toString('latin1');
    assert.match(pdf, /^%PDF-1\.4/);
    assert.match(pdf, /\/Width 100 \/Height 67/);
    const start = Number(/startxref\n(\d+)/.exec(pdf)![1]);
    assert.equal(pdf.slice(start, start + 4), 'xref');
  });

  it('answers 400 for formats nobody here can write', async () => {
    await assert.rejects(render('w_100', 'jp2'), { status: 400, message: 'Invalid extension in transformation: jp2' });
    await assert.rejects(render('w_100', 'svg'), { status: 400 });
  });

  it('delivers SVG: a cleaned source, or what e_vectorize drew', async () => {
    const traced = (await render('e_vectorize:colors_5/f_svg', 'jpg')).data.toString();
    assert.match(traced, /<path/);
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20"><script>1</script><rect width="30" height="20"/></svg>',
    );
    const result = await render('fl_sanitize', 'svg', svg, { format: 'svg', width: 30, height: 20 });
    assert.equal(result.contentType, 'image/svg+xml');
    assert.doesNotMatch(result.data.toString(), /script/);
    const drawn = await render('w_60', 'png', svg, {
      format: 'svg',
      width: 30,
      height: 20,
      points: { width: 30, height: 20 },
    });
    assert.equal((await sharp(drawn.data).metadata()).format, 'png');
  });

  it('makes PNG with a palette, and progressive JPEG', async () => {
    // Byte 25 of a PNG is its colour type; 3 is a palette.
    assert.equal((await render('fl_png8', 'png')).data[25], 3);
    assert.equal((await render('w_50', 'png')).data[25], 2);
    assert.equal((await sharp((await render('w_100,fl_progressive', 'jpg')).data).metadata()).isProgressive, true);
    const full = await sharp((await render('w_100,q_80:444', 'jpg')).data).metadata();
    assert.equal(full.chromaSubsampling, '4:4:4');
  });

  it('converts to sRGB and drops the profile, or keeps it with the colours', async () => {
    const wide = await sharp(photo).withIccProfile('p3').jpeg({ quality: 100, chromaSubsampling: '4:4:4' }).toBuffer();
    const upright = await decodeRaster(await sharp(photo).resize(150, 100).png().toBuffer());
    for (const transformation of ['w_150', 'w_150/e_sharpen:1']) {
      const converted = await render(transformation, 'png', wide);
      assert.equal((await sharp(converted.data).metadata()).icc, undefined);
      assert.ok(difference(await decodeRaster(converted.data), upright) < 2.5);
      const kept = await render(`${transformation}/fl_force_icc`, 'png', wide);
      assert.ok((await sharp(kept.data).metadata()).icc);
      assert.ok(difference(await decodeRaster(kept.data), upright) < 2.5, `${transformation} with its profile`);
    }
  });

  it('strips metadata unless told to keep it', async () => {
    const tagged = await sharp(photo)
      .withExif({ IFD0: { Copyright: 'Jane Doe', Artist: 'Jane' } })
      .toBuffer();
    assert.equal((await sharp((await render('w_100', 'jpg', tagged)).data).metadata()).exif, undefined);
    for (const transformation of ['w_100,fl_keep_iptc', 'w_100,fl_keep_attribution/e_sepia']) {
      const { exif } = await sharp((await render(transformation, 'jpg', tagged)).data).metadata();
      assert.ok(exif?.includes('Jane Doe'), transformation);
    }
  });

  it('reads CMYK, gray and 16-bit sources', async () => {
    const expected = await decodeRaster(await sharp(photo).resize(60, 40).grayscale().png().toBuffer());
    const gray = await sharp(photo).grayscale().jpeg({ quality: 100 }).toBuffer();
    const deep = await sharp(photo).grayscale().toColourspace('rgb16').png().toBuffer();
    for (const [name, source] of Object.entries({ gray, deep })) {
      for (const transformation of ['w_60', 'w_60/r_0', 'w_60/o_100/e_saturation:0']) {
        const raster = await decodeRaster((await render(transformation, 'png', source, { format: 'png' })).data);
        assert.ok(difference(raster, expected) < 2, `${name} ${transformation}: ${difference(raster, expected)}`);
      }
    }
    const cmyk = await sharp(photo).toColourspace('cmyk').jpeg({ quality: 100 }).toBuffer();
    const meta = await sharp((await render('w_60', 'jpg', cmyk, { colorSpace: 'cmyk' })).data).metadata();
    assert.deepEqual([meta.width, meta.height], [60, 40]);
  });

  it('paints transparency where the format has none', async () => {
    const disc = await cutOut(100);
    const more = { format: 'png', width: 100, height: 100, hasAlpha: true } as const;
    assert.ok(pixelAt(await decodeRaster((await render('w_50', 'jpg', disc, more)).data), 2, 2)[1]! > 250);
    const red = pixelAt(await decodeRaster((await render('b_red,c_pad,w_1.0', 'jpg', disc, more)).data), 2, 2);
    assert.ok(red[0]! > 240 && red[1]! < 15);
    assert.equal(pixelAt(await decodeRaster((await render('w_50', 'webp', disc, more)).data), 2, 2)[3], 0);
    assert.equal((await render('fl_preserve_transparency,q_auto', 'jpg', disc, more)).format, 'png');
  });

  it('converts to a profile of the account, and makes a palette when it loses nothing', async () => {
    const profile = join(folder, 'wide.icc');
    await writeFile(profile, (await sharp(await sharp(photo).withIccProfile('p3').png().toBuffer()).metadata()).icc!);
    const plan = evaluate(parse('w_60,cs_icc:wide.icc'), { facts, format: 'png' });
    const { data } = await renderer.render(plan, { source: photo, openRaw: async () => profile });
    assert.ok((await sharp(data).metadata()).icc);
    await assert.rejects(renderer.render(plan, { source: photo }), { status: 400 });
    const flag = await sharp({ create: { width: 60, height: 40, channels: 3, background: 'teal' } })
      .png()
      .toBuffer();
    const small = await render('fl_any_format,q_auto', 'png', flag, { format: 'png', width: 60, height: 40 });
    assert.equal(small.data[25], 3);
  });

  it('answers fl_getinfo with JSON', async () => {
    const { data, contentType } = await render('w_150/fl_getinfo', 'jpg');
    assert.equal(contentType, 'application/json');
    const info = JSON.parse(data.toString());
    assert.deepEqual(info.input, { width: 300, height: 200, bytes: photo.length });
    assert.deepEqual([info.output.width, info.output.height, info.output.format], [150, 100, 'jpg']);
  });

  it('gives memory back', async () => {
    const big = await sharp(await landscape(864, 576))
      .resize(3000, 2000)
      .jpeg()
      .toBuffer();
    const size = { width: 3000, height: 2000 };
    await render('c_fill,w_400,h_300/e_sepia', 'webp', big, size);
    const start = process.memoryUsage().rss;
    for (let n = 0; n < 6; n++)
      await Promise.all([render('e_vignette', 'jpg', big, size), render('c_fill,w_400,h_300', 'webp', big, size)]);
    globalThis.gc?.();
    assert.ok(process.memoryUsage().rss - start < 400_000_000, `${(process.memoryUsage().rss - start) / 1e6} MB`);
  });
});
