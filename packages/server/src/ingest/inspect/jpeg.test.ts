import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import sharp, { type JpegOptions } from 'sharp';
import { readPlainJpeg } from './jpeg.ts';

const options: Record<string, JpegOptions> = {
  usual: {},
  poor: { quality: 40 },
  best: { quality: 100, chromaSubsampling: '4:4:4' },
  standardTables: { optimiseCoding: false },
  restart: { quantisationTable: 3 },
  progressive: { progressive: true },
};
const noise = (width: number, height: number) =>
  sharp({ create: { width, height, channels: 3, noise: { type: 'gaussian', mean: 128, sigma: 60 } } } as never);

const files = new Map<string, Buffer>();
before(async () => {
  for (const [name, option] of Object.entries(options)) files.set(name, await noise(97, 61).jpeg(option).toBuffer());
  // libvips writes no JFIF segment, most other encoders do.
  const jfif = Buffer.from('ffe000104a46494600010101012c012c0000', 'hex');
  const usual = files.get('usual')!;
  files.set('jfif', Buffer.concat([usual.subarray(0, 2), jfif, usual.subarray(2)]));
  files.set('grey', await noise(97, 61).toColourspace('b-w').jpeg().toBuffer());
  files.set('cmyk', await noise(33, 17).toColourspace('cmyk').jpeg().toBuffer());
  files.set('exif', await noise(40, 30).withMetadata({ orientation: 6, density: 300 }).jpeg().toBuffer());
});

/** What the decoder says of a file, and whether its first pixels come out. */
async function decode(bytes: Buffer) {
  const open = () => sharp(bytes, { failOn: 'none', limitInputPixels: false });
  const metadata = await open().metadata();
  const strip = { left: 0, top: 0, width: Math.min(32, metadata.width), height: Math.min(8, metadata.height) };
  await open().extract(strip).raw().toBuffer();
  return metadata;
}

describe('a JPEG that is read without a decoder', () => {
  test('usual files are; progressive and CMYK ones are left to the decoder, facts of EXIF too', () => {
    const read = (name: string) => readPlainJpeg(files.get(name)!);
    for (const name of ['usual', 'poor', 'best', 'standardTables', 'restart'])
      assert.deepEqual(read(name), { width: 97, height: 61, space: 'srgb', density: 72, more: false }, name);
    assert.equal(read('grey')?.space, 'b-w');
    assert.equal(read('exif')?.more, true);
    assert.deepEqual([read('progressive'), read('cmyk')], [undefined, undefined]);
  });

  test('densities of JFIF', async () => {
    for (const [unit, density] of [
      [0, 300],
      [1, 300],
      [2, 118],
    ] as const) {
      const bytes = Buffer.from(files.get('jfif')!);
      bytes[13] = unit;
      bytes.writeUInt16BE(density, 14);
      bytes.writeUInt16BE(density, 16);
      assert.equal(readPlainJpeg(bytes)?.density, (await decode(bytes)).density, `unit ${unit}`);
    }
  });

  test('whatever is taken, a decoder takes too, and sees the same', async () => {
    let taken = 0;
    const change = fc.record({ at: fc.nat(), value: fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 17, 255)) });
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...files.keys()),
        fc.array(change, { minLength: 1, maxLength: 4 }),
        fc.option(fc.nat()),
        async (name, changes, cut) => {
          const whole = files.get(name)!;
          const bytes = Buffer.from(cut === null ? whole : whole.subarray(0, cut % whole.length));
          // Most changes in the header, where they matter.
          for (const { at, value } of changes) bytes[at % (at % 5 === 0 ? bytes.length : 650)] = value;
          const header = readPlainJpeg(bytes);
          if (header === undefined) return;
          taken++;
          const metadata = await decode(bytes);
          assert.deepEqual([metadata.width, metadata.height], [header.width, header.height]);
          if (header.more) return;
          assert.deepEqual(
            [metadata.space, metadata.density, metadata.isProgressive, metadata.hasProfile, metadata.orientation],
            [header.space, header.density, false, false, undefined],
          );
        },
      ),
      { numRuns: Number(process.env.FUZZ ?? 1) * 2000 },
    );
    assert.ok(taken > 300, `only ${taken} were taken`);
  });

  test('a file without data behind its header is left to the decoder', () => {
    const bytes = files.get('usual')!;
    const scan = bytes.indexOf(Buffer.from([0xff, 0xda]));
    assert.equal(readPlainJpeg(bytes.subarray(0, scan + 14)), undefined);
    assert.equal(readPlainJpeg(Buffer.alloc(0)), undefined);
  });
});
