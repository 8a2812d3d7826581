import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { crc32, deflateSync } from 'node:zlib';
import { evaluate, parse } from '@signet/transformation';
import sharp from 'sharp';
import { SignetError } from '../../errors.ts';
import { animation, landscape } from './fixtures.ts';
import { createImageRenderer, type ImageRenderer } from './renderer.ts';

/** A PNG that claims to be `width`×`height` and holds next to nothing. */
function pngBomb(width: number, height: number): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const out = Buffer.alloc(12 + data.length);
    out.writeUInt32BE(data.length);
    out.write(type, 4, 'latin1');
    data.copy(out, 8);
    out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
    return out;
  };
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    chunk('IHDR', head),
    chunk('IDAT', deflateSync(Buffer.alloc(1000))),
    chunk('IEND', Buffer.alloc(0)),
  ]);
}

describe('hostile pictures', () => {
  let folder: string;
  let renderer: ImageRenderer;
  let jpeg: Buffer;
  let png: Buffer;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'signet-hostile-'));
    renderer = createImageRenderer({
      cacheFolder: folder,
      limits: { inputPixels: 20_000_000, frames: 50, totalPixels: 20_000_000, deadline: 20_000 },
    });
    png = await sharp(await landscape(300, 200))
      .png()
      .toBuffer();
    jpeg = await sharp(png).jpeg().toBuffer();
  });

  after(async () => {
    await renderer.close();
    await rm(folder, { recursive: true, force: true });
  });

  const render = async (
    source: Buffer | string,
    transformation = 'c_fill,w_60,h_60',
    size = { width: 300, height: 200 },
    format = 'jpg',
    animated = false,
  ) => {
    const facts = {
      resourceType: 'image',
      publicId: 'a',
      format: animated ? 'gif' : format,
      ...size,
      ...(animated ? { animated, pages: 400 } : {}),
    } as const;
    return renderer.render(evaluate(parse(transformation), { facts, format }), { source });
  };

  const refused = async (work: Promise<unknown>, name: string): Promise<void> => {
    await assert.rejects(work, (error: unknown) => {
      assert.ok(error instanceof SignetError, `${name}: ${error}`);
      assert.equal(error.status, 400, name);
      assert.ok(error.message.length < 200 && !/\/tmp|\/home|node_modules/.test(error.message), error.message);
      return true;
    });
  };

  it('refuses pixel bombs before decoding them', async () => {
    const start = process.memoryUsage().rss;
    for (const [name, bomb] of Object.entries({
      png: pngBomb(60_000, 60_000),
      'png, one line': pngBomb(1, 2_000_000_000),
      svg: Buffer.from(
        '<svg xmlns="http://www.w3.org/2000/svg" width="100000" height="100000"><rect width="9" height="9"/></svg>',
      ),
      'svg of 1e9 units': Buffer.from('<svg xmlns="http://www.w3.org/2000/svg" width="1000000000" height="1"/>'),
    })) {
      await refused(render(bomb), name);
    }
    assert.ok(process.memoryUsage().rss - start < 100_000_000);
  });

  it('refuses too many frames and too many pixels in frames', async () => {
    await refused(render(await animation(40, 30, 60), 'w_20', { width: 40, height: 30 }, 'gif', true), 'frames');
    await refused(
      render(await animation(1000, 900, 30), 'e_sepia', { width: 1000, height: 900 }, 'gif', true),
      'pixels',
    );
  });

  it('renders 1×65,535 or says no', async () => {
    const thin = await sharp({ create: { width: 1, height: 65_535, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
    await render(thin, 'c_fill,w_10,h_10', { width: 1, height: 65_535 }).catch((error) =>
      assert.ok(error instanceof SignetError, String(error)),
    );
  });

  it('refuses empty files, text, unknown kinds and wrong magic', async () => {
    for (const [name, bytes] of Object.entries({
      empty: Buffer.alloc(0),
      text: Buffer.from('hello'),
      html: Buffer.from('<html><script>1</script></html>'),
      csv: Buffer.from('1,2,3\n4,5,6\n'),
      matrix: Buffer.from('3 3\n1 2 3\n4 5 6\n7 8 9\n'),
      ppm: Buffer.from('P6 2 2 255\n0123456789ab'),
      hdr: Buffer.from('#?RADIANCE\n\n-Y 1 +X 1\n0000'),
      pdf: Buffer.from('%PDF-1.4\n%%EOF'),
      'jpeg magic alone': Buffer.from([0xff, 0xd8, 0xff, 0xe0]),
      'png magic, jpeg body': Buffer.concat([png.subarray(0, 8), jpeg.subarray(8)]),
      'gif magic, png body': Buffer.concat([Buffer.from('GIF89a'), png.subarray(6)]),
    })) {
      await refused(render(bytes), name);
    }
  });

  it('refuses truncated files', async () => {
    for (const [name, bytes] of Object.entries({
      jpeg,
      png,
      webp: await sharp(png).webp().toBuffer(),
      avif: await sharp(png).avif({ effort: 0 }).toBuffer(),
      tiff: await sharp(png).tiff().toBuffer(),
    })) {
      for (const share of [0.1, 0.5])
        await refused(render(bytes.subarray(0, Math.floor(bytes.length * share))), `${name} ${share}`);
    }
  });

  it('does not follow references of an SVG, whatever it is called', async () => {
    const secret = join(folder, 'secret.png');
    await writeFile(
      secret,
      await sharp({ create: { width: 50, height: 50, channels: 3, background: 'red' } })
        .png()
        .toBuffer(),
    );
    const svg = join(folder, 'innocent.jpg');
    await writeFile(
      svg,
      `<svg xmlns="http://www.w3.org/2000/svg" width="50" height="50"><rect width="50" height="50" fill="#fff"/><image href="secret.png" width="50" height="50"/><image href="file://${secret}" width="50" height="50"/></svg>`,
    );
    const { data } = await render(svg, 'c_scale,w_50', { width: 50, height: 50 }, 'png');
    const { dominant } = await sharp(data).stats();
    assert.deepEqual([dominant.r > 240, dominant.g > 240], [true, true]);
  });

  it('survives 2,000 mutated files of every kind: a picture or a clear error', async () => {
    const seeds = [
      jpeg,
      png,
      await sharp(png).resize(60).webp().toBuffer(),
      await sharp(png).resize(60).tiff({ compression: 'lzw' }).toBuffer(),
      await animation(40, 30, 4),
      await sharp(png).resize(64).avif({ effort: 0 }).toBuffer(),
    ];
    let state = 7;
    const next = (below: number) => {
      state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
      return Math.floor((state / 2 ** 32) * below);
    };
    let errors = 0;
    for (let n = 0; n < 2000; n++) {
      const bytes = Buffer.from(seeds[n % seeds.length]!);
      for (let k = 1 + next(8); k > 0; k--) bytes[next(n % 2 ? 64 : bytes.length) % bytes.length] = next(256);
      const animated = n % seeds.length === 4;
      try {
        await render(
          bytes,
          n % 3 ? 'c_fill,w_30,h_30' : 'w_30/e_sepia',
          { width: 300, height: 200 },
          animated ? 'gif' : 'png',
          animated,
        );
      } catch (error) {
        assert.ok(error instanceof SignetError, `${n}: ${error instanceof Error ? error.stack : error}`);
        errors++;
      }
    }
    assert.ok(errors > 20, String(errors));
  });

  it('limits results, layers and steps', async () => {
    await refused(render(png, 'w_18000,h_10'), 'side');
    await refused(render(png, 'w_10000,h_9000'), 'pixels');
    await refused(render(png, 'w_10000,h_9000/e_sepia/w_10'), 'pixels in between');
    await refused(render(png, Array.from({ length: 45 }, () => 'l_text:Arial_9:x').join('/')), 'layers');
  });

  it('answers 503 at the deadline', async () => {
    const facts = { resourceType: 'image', publicId: 'a', format: 'png', width: 300, height: 200 } as const;
    const plan = evaluate(parse('w_3000/e_oil_paint:90/e_cartoonify/e_blur:500'), { facts, format: 'avif' });
    await assert.rejects(renderer.render(plan, { source: png, deadline: 40 }), { status: 503 });
  });
});
