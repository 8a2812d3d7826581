import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { deflateSync, gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { movingAvif } from './avif.ts';
import { get } from './delivery.ts';
import {
  apng,
  clippingResources,
  flat,
  GREEN,
  pdfPages,
  pngChunk,
  psd,
  RED,
  tiffPages,
  withResources,
} from './files.ts';
import type { SignetServer } from './server.ts';
import { signedForm } from './upload.ts';

/** Files that want to hurt: every one has to lead to a picture or to a clear error. */

const header = (width: number, height: number): Buffer => {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 2, 0, 0, 0], 8);
  return head;
};

/** Zeros of `width`×`height` pixels, compressed to next to nothing. */
const pngBomb = (width: number, height: number, bytes: number): Buffer =>
  Buffer.concat([
    Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
    pngChunk('IHDR', header(width, height)),
    pngChunk('IDAT', deflateSync(Buffer.alloc(bytes), { level: 9 })),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);

/** One tiny frame, thousands of times. */
function gifBomb(width: number, height: number, frames: number): Buffer {
  const head = Buffer.from('GIF89a\0\0\0\0\x80\0\0\0\0\0\xff\xff\xff', 'latin1');
  head.writeUInt16LE(width, 6);
  head.writeUInt16LE(height, 8);
  const frame = Buffer.from('2c00000000010001000002024401003b', 'hex').subarray(0, 15);
  return Buffer.concat([head, ...Array.from({ length: frames }, () => frame), Buffer.from(';')]);
}

/** A TIFF whose directory claims `width`×`height` in one strip of nothing. */
function tiffBomb(width: number, height: number): Buffer {
  const entries: readonly (readonly [tag: number, type: number, value: number])[] = [
    [256, 4, width],
    [257, 4, height],
    [258, 3, 8],
    [259, 3, 1],
    [262, 3, 1],
    [273, 4, 8],
    [277, 3, 1],
    [278, 4, height],
    [279, 4, 0xfffffff0],
  ];
  const out = Buffer.alloc(8 + 2 + entries.length * 12 + 4);
  out.write('II*\0', 'latin1');
  out.writeUInt32LE(8, 4);
  out.writeUInt16LE(entries.length, 8);
  for (const [i, [tag, type, value]] of entries.entries()) {
    const at = 10 + i * 12;
    out.writeUInt16LE(tag, at);
    out.writeUInt16LE(type, at + 2);
    out.writeUInt32LE(1, at + 4);
    out.writeUInt32LE(value, at + 8);
  }
  return out;
}

function webpBomb(side: number): Buffer {
  const out = Buffer.from('RIFF\0\0\0\0WEBPVP8X\x0a\0\0\0\x02\0\0\0\0\0\0\0\0\0ANIM\x06\0\0\0\0\0\0\0\0\0', 'latin1');
  out.writeUInt32LE(out.length - 8, 4);
  out.writeUIntLE(side - 1, 24, 3);
  out.writeUIntLE(side - 1, 27, 3);
  return out;
}

const svg = (body: string, attributes = 'width="100" height="100"'): Buffer =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" ${attributes}>${body}</svg>`,
  );

/** Every nested use draws its content ten times: 10^9 rectangles. */
const laughs = (levels: number): Buffer =>
  svg(
    `<defs><g id="a0"><rect width="1" height="1"/></g>${Array.from(
      { length: levels },
      (_, i) => `<g id="a${i + 1}">${`<use xlink:href="#a${i}"/>`.repeat(10)}</g>`,
    ).join('')}</defs><use xlink:href="#a${levels}"/>`,
  );

export async function bombs(): Promise<Readonly<Record<string, Buffer>>> {
  const png = await flat(300, 200, RED).png().toBuffer();
  const jpeg = await flat(300, 200, RED).jpeg().toBuffer();
  const thin = await sharp({ create: { width: 1, height: 65_535, channels: 3, background: 'red' } })
    .png()
    .toBuffer();
  const avis = await movingAvif(64, 48, [RED, GREEN]);
  return {
    'png of 60,000×60,000': pngBomb(60_000, 60_000, 1000),
    'png of 1×2,000,000,000': pngBomb(1, 2_000_000_000, 1000),
    'png of 9,000×9,000 zeros': pngBomb(9000, 9000, 9000 * 27_001),
    'png with 100,000 chunks': Buffer.concat([
      Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'),
      pngChunk('IHDR', header(2, 2)),
      ...Array.from({ length: 100_000 }, () => pngChunk('tEXt', Buffer.from('a\0b'))),
      pngChunk('IEND', Buffer.alloc(0)),
    ]),
    'apng of 4,000,000,000 frames': (() => {
      const bytes = apng(20, 20, [{ color: RED, box: [0, 0, 20, 20] }]);
      bytes.writeUInt32BE(4_000_000_000, bytes.indexOf('acTL') + 4);
      return bytes;
    })(),
    'apng whose frame leaves the picture': apng(20, 20, [
      { color: RED, box: [0, 0, 20, 20] },
      { color: GREEN, box: [19, 19, 4000, 4000] },
    ]),
    'avif of 4,000,000,000 frames': (() => {
      const bytes = Buffer.from(avis);
      bytes.writeUInt32BE(4_000_000_000, bytes.indexOf('stts') + 12);
      return bytes;
    })(),
    'avif that loops in its own boxes': (() => {
      const bytes = Buffer.from(avis);
      bytes.writeUInt32BE(8, bytes.indexOf('moov') - 4);
      return bytes;
    })(),
    'avif of 5,000,000 empty boxes': Buffer.concat([
      avis.subarray(0, avis.readUInt32BE(0)),
      Buffer.alloc(40_000_000, Buffer.from('\0\0\0\x08free', 'latin1')),
      avis.subarray(avis.readUInt32BE(0)),
    ]),
    'psd whose smart object is a huge png': psd(20, 20, [
      ['a', RED, 0, 0, 9, ['a.png', pngBomb(60_000, 60_000, 1000)]],
      ['b', RED, 0, 0, 9, ['b.svg', laughs(9)]],
    ]),
    'gif of 65,535×65,535 in 5,000 frames': gifBomb(65_535, 65_535, 5000),
    'gif of 30,000 frames': gifBomb(500, 500, 30_000),
    'webp of 16,777,216×16,777,216': webpBomb(16_777_216),
    'tiff of 4,000,000,000×4,000,000,000': tiffBomb(4_000_000_000, 4_000_000_000),
    'tiff of 60,000×60,000': tiffBomb(60_000, 60_000),
    'svg of 100,000×100,000': svg('<rect width="9" height="9"/>', 'width="100000" height="100000"'),
    'svg of nested uses': laughs(9),
    'svg of nested entities': Buffer.from(
      `<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa">${Array.from({ length: 9 }, (_, i) => `<!ENTITY ${'bcdefghij'[i]} "${`&${'abcdefghij'[i]};`.repeat(10)}">`).join('')}]><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><text>&j;</text></svg>`,
    ),
    'svg of a huge blur': svg(
      '<filter id="f" x="-100000" y="-100000" width="200000" height="200000"><feGaussianBlur stdDeviation="100000"/></filter><rect width="90" height="90" filter="url(#f)"/>',
    ),
    'svgz of 200 MB': gzipSync(
      Buffer.concat([svg('').subarray(0, -6), Buffer.alloc(200_000_000, 32), Buffer.from('</svg>')]),
    ),
    'svg that reads a file': svg('<image xlink:href="file:///etc/passwd" width="9" height="9"/><text>x</text>'),
    'picture of 1×65,535': thin,
    'jpeg cut short': jpeg.subarray(0, 300),
    'png cut short': png.subarray(0, 100),
    'jpeg magic before a png': Buffer.concat([jpeg.subarray(0, 4), png]),
    'png magic before a jpeg': Buffer.concat([png.subarray(0, 8), jpeg]),
    'gif that is a script too': Buffer.from('GIF89a/*\0\0\0\0\0*/=1;alert(1)//;', 'latin1'),
    'jpeg that is a zip too': Buffer.concat([jpeg, Buffer.from('PK\x03\x04'), Buffer.alloc(100)]),
    'pdf that is html too': Buffer.concat([Buffer.from('<html><script>1</script>\n'), pdfPages([[72, 72, RED]])]),
    'psd of 30,000×30,000': (() => {
      const bytes = psd(20, 20, [['a', RED, 0, 0, 9]]);
      bytes.writeUInt32BE(30_000, 14);
      bytes.writeUInt32BE(30_000, 18);
      return bytes;
    })(),
    'pdf page of 14,400,000 points': pdfPages([[14_400_000, 14_400_000, RED]]),
    empty: Buffer.alloc(0),
    html: Buffer.from('<html><script>1</script></html>'),
  };
}

/** Small good files of many kinds, to be broken. */
async function seeds(): Promise<Buffer[]> {
  const scene = sharp(
    Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg" width="60" height="40"><rect width="60" height="40" fill="#2a5f9e"/><circle cx="30" cy="20" r="15" fill="#e8743b"/></svg>',
    ),
  );
  const moving = apng(40, 40, [
    { color: RED, box: [0, 0, 40, 40] },
    { color: GREEN, box: [5, 5, 20, 20], dispose: 2 },
    { color: RED, alpha: 90, box: [0, 0, 20, 20], blend: 1, dispose: 1 },
  ]);
  const jpeg = await scene.clone().jpeg().toBuffer();
  return [
    jpeg,
    await scene.clone().png().toBuffer(),
    await scene.clone().webp().toBuffer(),
    await scene.clone().tiff({ compression: 'lzw' }).toBuffer(),
    await scene.clone().avif({ effort: 0 }).toBuffer(),
    await movingAvif(64, 48, [RED, GREEN]),
    await sharp(moving).gif().toBuffer(),
    moving,
    await tiffPages(30, 20, [RED, GREEN]),
    await withResources(jpeg, clippingResources()),
    psd(30, 20, [
      ['a', RED, 0, 0, 20],
      ['b', GREEN, 10, 0, 20, ['b.jpg', jpeg]],
    ]),
    pdfPages([
      [72, 72, RED],
      [36, 72, GREEN],
    ]),
    svg('<rect width="60" height="40" fill="red"/><text x="5" y="20">x</text>', 'width="60" height="40"'),
  ];
}

/** `count` good files with one to eight bytes changed, half of them near the beginning; the same ones every time. */
export async function* mutations(count: number): AsyncGenerator<Buffer> {
  const good = await seeds();
  let state = 7;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  for (let n = 0; n < count; n++) {
    const bytes = Buffer.from(good[n % good.length]!);
    for (let k = 1 + next(8); k > 0; k--) bytes[next(n % 2 ? 128 : bytes.length) % bytes.length] = next(256);
    yield next(12) === 0 ? bytes.subarray(0, 1 + next(bytes.length)) : bytes;
  }
}

const TRANSFORMATIONS = [
  'c_fill,w_30,h_30',
  'fl_clip/w_30/e_sepia',
  'pg_2,w_20',
  'c_fill,g_auto,w_20,h_30/r_max',
  'pg_embedded:1,w_20',
];

/** Uploads a file and asks for pictures of it, or for one, another for every `only`. Answers the statuses. */
export async function attack(
  server: SignetServer,
  name: string,
  bytes: Buffer,
  { only, id = 'victim' }: { readonly only?: number; readonly id?: string } = {},
): Promise<number[]> {
  const form = signedForm(server, { public_id: id, invalidate: 'true' }, bytes, id);
  const place = `${server.url}/v1_1/${server.cloud}/image/upload`;
  const uploaded = await fetch(place, { method: 'POST', body: form, signal: AbortSignal.timeout(60_000) });
  const body = (await uploaded.json()) as { error?: { message?: string } };
  assert.ok(uploaded.status < 500, `${name}: ${uploaded.status} ${JSON.stringify(body)}`);
  if (uploaded.status !== 200) {
    assert.ok(body.error?.message, `${name}: ${uploaded.status} without a message`);
    return [uploaded.status];
  }
  const statuses: number[] = [];
  const all = TRANSFORMATIONS.flatMap((transformation) =>
    ['png', 'gif'].map((format) => `${transformation}/${id}.${format}`),
  );
  for (const path of only === undefined ? all : [all[only % all.length]!]) {
    const answer = await get(server, path);
    const clear = answer.status === 200 || (answer.status >= 400 && answer.status < 500 && answer.error);
    // 503 is what a server says that ends a picture at its deadline.
    assert.ok(clear || answer.status === 503, `${name} ${path}: ${answer.status} ${answer.error}`);
    statuses.push(answer.status);
  }
  return statuses;
}

/** Resident megabytes of the server process. */
export const residentMegabytes = ({ process: { pid } }: SignetServer): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;
