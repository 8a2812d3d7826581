import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { type AssetRef, evaluate, parse, type SourceFacts } from '@signet/transformation';
import sharp from 'sharp';
import { animation, decodeRaster, difference, landscape, pixelAt } from './fixtures.ts';
import type { Raster } from './raster.ts';
import { createImageRenderer, type ImageRenderer } from './renderer.ts';

/** From the URL text to pixels, through the real plan. */
describe('layers and gravity', () => {
  let folder: string;
  let renderer: ImageRenderer;
  let photo: Buffer;
  const opened: AssetRef[] = [];
  const solid = (width: number, height: number, background: string) =>
    sharp({ create: { width, height, channels: 4, background } })
      .png()
      .toBuffer();
  const factsOf = (publicId: string, width: number, height: number, more: Partial<SourceFacts> = {}): SourceFacts => ({
    resourceType: 'image',
    publicId,
    format: 'png',
    width,
    height,
    ...more,
  });
  const layers = new Map([
    ['image/upload/red', factsOf('red', 40, 20)],
    ['image/upload/big', factsOf('big', 200, 200)],
  ]);

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-layers-'));
    photo = await sharp(await landscape(864, 576))
      .resize(100, 100, { fit: 'fill' })
      .png()
      .toBuffer();
    renderer = createImageRenderer({
      cacheFolder: folder,
      detectors: {
        faces: async ({ width, height }) =>
          width > height
            ? [
                { x: 20, y: 30, width: 20, height: 20 },
                { x: 120, y: 40, width: 16, height: 16 },
              ]
            : [],
      },
    });
  });

  after(async () => {
    await renderer.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function render(
    transformation: string,
    source = photo,
    facts = factsOf('photo', 100, 100),
    format = 'png',
  ): Promise<Raster> {
    const plan = evaluate(parse(transformation), { facts, format, layers });
    const result = await renderer.render(plan, {
      source,
      open: async (ref) => {
        opened.push(ref);
        return ref.publicId === 'red' ? solid(40, 20, 'red') : solid(200, 200, 'blue');
      },
    });
    return decodeRaster(result.data);
  }

  it('places a layer by gravity and offset', async () => {
    const result = await render('l_red,g_south_east,x_10,y_5');
    assert.deepEqual([result.width, result.height], [100, 100]);
    assert.deepEqual(pixelAt(result, 51, 76), [255, 0, 0, 255]);
    assert.deepEqual(pixelAt(result, 89, 94), [255, 0, 0, 255]);
    assert.notDeepEqual(pixelAt(result, 91, 94), [255, 0, 0, 255]);
    assert.deepEqual(opened.at(-1)?.publicId, 'red');
  });

  it('grows the canvas, or not', async () => {
    const grown = await render('l_big/fl_layer_apply');
    assert.deepEqual([grown.width, grown.height], [200, 200]);
    const kept = await render('l_big/fl_layer_apply,fl_no_overflow');
    assert.deepEqual([kept.width, kept.height], [100, 100]);
    const under = await render('u_big');
    assert.deepEqual([under.width, under.height], [200, 200]);
    assert.deepEqual(pixelAt(under, 10, 10), [0, 0, 255, 255]);
    assert.deepEqual(pixelAt(under, 100, 60), pixelAt(await decodeRaster(photo), 50, 10));
  });

  it('transforms the layer, nests, tiles, cuts', async () => {
    const half = await render('l_red/c_scale,fl_relative,w_0.5/fl_layer_apply,g_north_west');
    assert.deepEqual(pixelAt(half, 49, 24), [255, 0, 0, 255]);
    assert.notDeepEqual(pixelAt(half, 51, 24), [255, 0, 0, 255]);
    const nested = await render('l_big/c_scale,w_60/l_red,w_20/fl_layer_apply/fl_layer_apply');
    assert.deepEqual(pixelAt(nested, 50, 50), [255, 0, 0, 255]);
    assert.deepEqual(pixelAt(nested, 25, 25), [0, 0, 255, 255]);
    const tiled = await render('l_red/fl_tiled,fl_layer_apply');
    for (const [x, y] of [
      [0, 0],
      [99, 99],
      [50, 3],
    ] as const)
      assert.deepEqual(pixelAt(tiled, x, y), [255, 0, 0, 255]);
    const cut = await render('l_red/fl_cutter,fl_layer_apply');
    assert.equal(pixelAt(cut, 5, 5)[3], 0);
    assert.equal(pixelAt(cut, 50, 50)[3], 255);
    const hole = await render('l_red/e_cut_out,fl_layer_apply');
    assert.equal(pixelAt(hole, 50, 50)[3], 0);
  });

  it('blends as the formulas say', async () => {
    const base = await decodeRaster(photo);
    const [r] = pixelAt(base, 50, 50) as [number, number, number, number];
    assert.deepEqual(pixelAt(await render('l_red/e_multiply,fl_layer_apply'), 50, 50), [r, 0, 0, 255]);
    const [sr, sg, sb] = pixelAt(await render('l_red/e_screen,fl_layer_apply'), 50, 50);
    assert.deepEqual([sr, sg, sb], [255, pixelAt(base, 50, 50)[1], pixelAt(base, 50, 50)[2]]);
  });

  it('draws a text layer whose size only pixels tell, and goes on from there', async () => {
    const result = await render('l_text:Arial_30_bold:Hi,co_rgb:ff00ff,g_north_west/c_scale,w_50');
    assert.deepEqual([result.width, result.height], [50, 50]);
    assert.ok(
      result.data.some(
        (_, i) => i % 4 === 0 && result.data[i]! > 240 && result.data[i + 1]! < 20 && result.data[i + 2]! > 240,
      ),
    );
  });

  it('trims, then plans the rest with the real size', async () => {
    const card = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#fff' } })
      .composite([{ input: await solid(40, 20, 'red'), left: 30, top: 30 }])
      .png()
      .toBuffer();
    const result = await render('e_trim/c_scale,w_2.0', card);
    assert.deepEqual([result.width, result.height], [80, 40]);
  });

  it('crops to detected faces, and holds to north without any', async () => {
    const wide = await sharp(photo).resize(200, 100, { fit: 'fill' }).png().toBuffer();
    const original = await decodeRaster(wide);
    const face = await render('c_crop,g_face', wide, factsOf('wide', 200, 100));
    assert.deepEqual([face.width, face.height], [20, 20]);
    assert.deepEqual(pixelAt(face, 0, 0), pixelAt(original, 20, 30));
    const thumb = await render('c_thumb,g_face,w_40,h_40', wide, factsOf('wide', 200, 100));
    assert.deepEqual([thumb.width, thumb.height], [40, 40]);
    const none = await render('c_thumb,g_face,w_50,h_20');
    const north = await render('c_fill,g_north,w_50,h_20');
    assert.ok(difference(none, north) < 0.01);
  });

  it('finds what stands out for g_auto', async () => {
    const scene = await sharp({ create: { width: 400, height: 100, channels: 3, background: '#7f8f9f' } })
      .composite([
        {
          input: await sharp(await landscape(400, 400))
            .resize(60, 60)
            .png()
            .toBuffer(),
          left: 320,
          top: 20,
        },
      ])
      .png()
      .toBuffer();
    const result = await render('c_fill,g_auto,w_100,h_100', scene, factsOf('scene', 400, 100));
    assert.ok(difference(result, await render('c_crop,g_east,w_100,h_100', scene, factsOf('scene', 400, 100))) < 25);
    const plain = await render('c_fill,g_auto,w_100,h_100', await solid(400, 100, 'green'), factsOf('scene', 400, 100));
    assert.deepEqual([plain.width, plain.height], [100, 100]);
  });

  it('applies layers and effects to every frame', async () => {
    const gif = await animation(80, 60, 5);
    const plan = evaluate(parse('l_red,g_south/e_negate'), {
      facts: factsOf('gif', 80, 60, { format: 'gif', animated: true, pages: 5 }),
      format: 'gif',
      layers,
    });
    const { data } = await renderer.render(plan, { source: gif, open: async () => solid(40, 20, 'red') });
    const meta = await sharp(data, { pages: -1 }).metadata();
    assert.deepEqual([meta.pages, meta.width, meta.pageHeight], [5, 80, 60]);
    for (let page = 0; page < 5; page++) {
      const frame = await decodeRaster(await sharp(data, { page }).png().toBuffer());
      assert.deepEqual(pixelAt(frame, 40, 55), [0, 255, 255, 255]);
      assert.ok(Math.abs(pixelAt(frame, 70, 20)[0]! - (255 - 20 * page)) <= 3);
    }
  });

  it('cuts all frames alike', async () => {
    const gif = await animation(80, 60, 5);
    const plan = evaluate(parse('e_trim:1/c_scale,w_1.0'), {
      facts: factsOf('gif', 80, 60, { format: 'gif', animated: true, pages: 5 }),
      format: 'gif',
    });
    const { data, width, height } = await renderer.render(plan, { source: gif });
    const meta = await sharp(data, { pages: -1 }).metadata();
    assert.deepEqual([meta.pages, meta.width, meta.pageHeight], [5, width, height]);
  });

  it('carves seams for g_liquid: what stands out keeps its shape', async () => {
    const scene = await sharp({ create: { width: 100, height: 100, channels: 3, background: '#888' } })
      .composite([{ input: await solid(30, 30, 'red'), left: 35, top: 35 }])
      .png()
      .toBuffer();
    const carved = await render('c_scale,g_liquid,w_70,h_100', scene);
    assert.deepEqual([carved.width, carved.height], [70, 100]);
    const red = carved.data.reduce(
      (sum, value, i) => sum + (i % 4 === 0 && value > 200 && carved.data[i + 1]! < 60 ? 1 : 0),
      0,
    );
    assert.ok(red > 850, `${red} of 900 red pixels`);
  });

  it('applies colour tables', async () => {
    const rows = Array.from({ length: 8 }, (_, n) => `${1 - (n & 1)} ${1 - ((n >> 1) & 1)} ${1 - (n >> 2)}`);
    const cube = Buffer.from(`TITLE "negative"\nLUT_3D_SIZE 2\n${rows.join('\n')}\n`);
    const plan = evaluate(parse('l_lut:negative.cube/fl_layer_apply'), {
      facts: factsOf('photo', 100, 100),
      format: 'png',
    });
    const result = await renderer.render(plan, { source: photo, openRaw: async () => cube });
    assert.ok(difference(await decodeRaster(result.data), await render('e_negate')) < 1);
    await assert.rejects(renderer.render(plan, { source: photo, openRaw: async () => Buffer.from('nonsense') }), {
      status: 400,
    });
  });
});
