import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed, signedForm } from '../support/upload.ts';

/** What becomes of every kind of file: understood, or stored as raw with a truthful answer. */

type Json = Record<string, unknown>;
let server: SignetServer;
let png: Buffer;
let jpg: Buffer;

const picture = () => sharp({ create: { width: 40, height: 30, channels: 3, background: '#39f' } });

before(async () => {
  server = await startSignet();
  png = await picture().png().toBuffer();
  jpg = await picture().jpeg().toBuffer();
});
after(() => server.stop());

const api = (path: string) => `${server.url}/v1_1/${server.cloud}${path}`;
async function upload(type: string, file: Buffer, filename: string, params: Record<string, string> = {}) {
  const answer = await fetch(api(`/${type}/upload`), {
    method: 'POST',
    body: signedForm(server, params, file, filename),
  });
  return { status: answer.status, body: (await answer.json()) as Json };
}
async function load(url: unknown): Promise<{ type: string | null; data: Buffer }> {
  const answer = await fetch(String(url));
  assert.equal(answer.status, 200, `${url}: ${answer.headers.get('x-cld-error')}`);
  return { type: answer.headers.get('content-type'), data: Buffer.from(await answer.arrayBuffer()) };
}
/** The picture in a format that this server writes itself. */
async function written(format: string): Promise<Buffer> {
  await upload('image', png, 'source.png', { public_id: 'source' });
  return (await load(`${server.url}/${server.cloud}/image/upload/source.${format}`)).data;
}
async function film(format: string): Promise<Buffer> {
  for (const public_id of ['film/1', 'film/2']) await upload('image', png, 'x.png', { public_id, tags: 'film' });
  const body = new URLSearchParams(signed(server, { tag: 'film', format }));
  const { url } = (await (await fetch(api('/image/multi'), { method: 'POST', body })).json()) as Json;
  return (await load(url)).data;
}

const utf8 = (text: string) => Buffer.from(text, 'utf8');
const svg = utf8('<svg xmlns="http://www.w3.org/2000/svg" width="40" height="30"><rect width="40" height="30"/></svg>');

/** A Photoshop file of one plain layer: header, three empty sections, planes without compression (Adobe's specification). */
function psd(): Buffer {
  const header = Buffer.from('384250530001000000000000', 'hex');
  const size = Buffer.alloc(14);
  size.writeUInt16BE(3, 0);
  size.writeUInt32BE(30, 2);
  size.writeUInt32BE(40, 6);
  size.writeUInt16BE(8, 10);
  size.writeUInt16BE(3, 12);
  return Buffer.concat([header, size, Buffer.alloc(12), Buffer.alloc(2), Buffer.alloc(40 * 30 * 3, 0x66)]);
}

/** A TIFF directory as cameras write them: the finished picture stands behind it. */
function camera(
  entries: readonly (readonly [tag: number, type: number, count: number, value: number])[],
  magic = '2a00',
) {
  const head = magic === '2a00' ? '08000000' : '1800000088e774d8b67d4ff0a0b0c0d0e0f0a1b1';
  const directory = Buffer.alloc(2 + entries.length * 12 + 4);
  directory.writeUInt16LE(entries.length, 0);
  for (const [index, [tag, type, count, value]] of entries.entries()) {
    directory.writeUInt16LE(tag, 2 + index * 12);
    directory.writeUInt16LE(type, 4 + index * 12);
    directory.writeUInt32LE(count, 6 + index * 12);
    directory.writeUInt32LE(value, 10 + index * 12);
  }
  return Buffer.concat([Buffer.from(`4949${magic}${head}`, 'hex'), directory, jpg]);
}
const behind = (entries: number) => 8 + 2 + entries * 12 + 4;
const dng = () =>
  camera([
    [254, 4, 1, 1],
    [513, 4, 1, behind(4)],
    [514, 4, 1, jpg.length],
    [50706, 1, 4, 0x00000401],
  ]);
const rw2 = () =>
  camera(
    [
      [1, 7, 4, 0x30303330],
      [46, 7, jpg.length, behind(2) + 16],
    ],
    '5500',
  );
function raf(): Buffer {
  const header = Buffer.alloc(160);
  header.write('FUJIFILMCCD-RAW 0201FF383501X100', 'latin1');
  header.writeUInt32BE(160, 84);
  header.writeUInt32BE(jpg.length, 88);
  return Buffer.concat([header, jpg, Buffer.alloc(64, 7)]);
}

/** A second of silence. */
function wav(): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF\0\0\0\0WAVEfmt ', 'latin1');
  header.writeUInt32LE(36 + 8000, 4);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(8000, 28);
  header.writeUInt16LE(1, 32);
  header.writeUInt16LE(8, 34);
  header.write('data', 36);
  header.writeUInt32LE(8000, 40);
  return Buffer.concat([header, Buffer.alloc(8000, 128)]);
}
const tar = () => {
  const block = Buffer.alloc(1536);
  block.write('a.txt');
  block.write('000644 \0', 100);
  block.write('00000000000\0', 124);
  block.write('ustar\x0000', 257);
  block.write('        ', 148);
  const sum = block.subarray(0, 512).reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return block;
};

const UNDERSTOOD: readonly (readonly [format: string, make: () => Buffer | Promise<Buffer>, filename?: string])[] = [
  ['jpg', () => jpg, 'x.jpeg'],
  ['png', () => png],
  ['gif', () => picture().gif().toBuffer()],
  ['webp', () => picture().webp().toBuffer()],
  ['avif', () => picture().avif({ effort: 0 }).toBuffer()],
  ['tiff', () => picture().tiff().toBuffer(), 'x.tif'],
  ['svg', () => svg],
  ['pdf', () => written('pdf')],
  ['ai', () => written('pdf'), 'drawing.ai'],
  ['jxl', () => written('jxl')],
  ['jp2', () => written('jp2')],
  ['bmp', () => written('bmp')],
  ['tga', () => written('tga')],
  // The first version of the format has no footer: its name has to say it.
  ['tga', async () => (await written('tga')).subarray(0, -26)],
  ['ico', () => written('ico')],
  ['psd', psd],
  ['dng', dng],
  ['rw2', rw2],
  ['raf', raf],
];

for (const [format, make, filename = `picture.${format}`] of UNDERSTOOD)
  test(`${format} is an image`, async () => {
    const file = await make();
    const { status, body } = await upload('auto', file, filename);
    assert.equal(status, 200, JSON.stringify(body));
    assert.deepEqual(
      [body.resource_type, body.format, body.width, body.height, body.bytes],
      ['image', format, 40, 30, file.length],
    );
    assert.ok((await load(body.url)).data.equals(file) || format === 'svg', 'the original comes back as it went');
    const small = String(body.url)
      .replace('/upload/', '/upload/c_scale,w_20/')
      .replace(/\.\w+$/, '.jpg');
    const { data, type } = await load(small);
    const metadata = await sharp(data).metadata();
    assert.deepEqual([type, metadata.format, metadata.width, metadata.height], ['image/jpeg', 'jpeg', 20, 15]);
  });

test('a camera file lies as the camera was held, in answers and in pictures', async () => {
  const file = camera([
    [254, 4, 1, 1],
    [274, 3, 1, 6],
    [513, 4, 1, behind(5)],
    [514, 4, 1, jpg.length],
    [50706, 1, 4, 0x00000401],
  ]);
  const { body } = await upload('image', file, 'portrait.dng');
  assert.deepEqual([body.format, body.width, body.height], ['dng', 30, 40]);
  const { width, height } = await sharp((await load(String(body.url).replace('.dng', '.png'))).data).metadata();
  assert.deepEqual([width, height], [30, 40]);
});

for (const [format, make] of [
  ['mp4', () => film('mp4')],
  ['webm', () => film('webm')],
  ['wav', wav],
] as const)
  test(`${format} is a video`, async () => {
    const file = await make();
    const { status, body } = await upload('auto', file, `film.${format}`);
    assert.equal(status, 200, JSON.stringify(body));
    const sound = format === 'wav';
    assert.deepEqual(
      [body.resource_type, body.format, body.width, body.is_audio, body.pages],
      ['video', format, sound ? undefined : 40, sound ? true : undefined, 0],
    );
    assert.ok(Number(body.duration) > 0.1);
    assert.ok((await load(body.url)).data.equals(file));
    const refused = await upload('image', file, `film.${format}`);
    assert.deepEqual([refused.status, (refused.body.error as Json).message], [400, 'Invalid image file']);
  });

const RAW: readonly (readonly [filename: string, make: () => Buffer, type: RegExp])[] = [
  ['drawing.eps', () => utf8('%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 10 10\nshowpage\n'), /postscript/],
  ['page.djvu', () => Buffer.concat([utf8('AT&TFORM\0\0\0\x10DJVUINFO'), Buffer.alloc(16)]), /djvu/],
  [
    'photo.cr3',
    () => Buffer.concat([Buffer.from('0000001866747970637278200000000163727820', 'hex'), Buffer.alloc(200)]),
    /octet-stream/,
  ],
  ['photo.orf', () => Buffer.concat([Buffer.from('4949524f08000000', 'hex'), Buffer.alloc(200)]), /octet-stream/],
  ['old.xcf', () => Buffer.concat([utf8('gimp xcf v011\0'), Buffer.alloc(100)]), /./],
  ['type.ttf', () => Buffer.concat([Buffer.from('0001000000040080', 'hex'), Buffer.alloc(200)]), /font/],
  ['type.woff2', () => Buffer.concat([utf8('wOF2\0\x01\0\0'), Buffer.alloc(200)]), /font/],
  ['files.zip', () => Buffer.from('504b0506000000000000000000000000000000000000', 'hex'), /zip/],
  ['files.tgz', () => gzipSync(tar()), /gzip/],
  ['files.tar', tar, /tar/],
  ['files.7z', () => Buffer.concat([Buffer.from('377abcaf271c0004', 'hex'), Buffer.alloc(100)]), /7z/],
  ['notes.txt', () => utf8('hello'), /text\/plain/],
  ['data.json', () => utf8('{}'), /json/],
  ['unknown.bin', () => Buffer.alloc(300, 3), /octet-stream/],
  ['fake.png', () => utf8('this is no picture'), /./],
  ['fake.mp4', () => utf8('this is no film'), /./],
  ['list.m3u8', () => utf8('#EXTM3U\nfile:///etc/passwd\n'), /./],
];

for (const [filename, make, type] of RAW)
  test(`${filename} is raw, and says so`, async () => {
    const file = make();
    const { status, body } = await upload('auto', file, filename);
    assert.equal(status, 200, JSON.stringify(body));
    const extension = filename.split('.').at(-1)!;
    assert.deepEqual(
      [body.resource_type, body.bytes, body.width, body.pages],
      ['raw', file.length, undefined, undefined],
    );
    assert.match(String(body.public_id), new RegExp(`\\.${extension}$`));
    const delivered = await load(body.url);
    assert.ok(delivered.data.equals(file));
    assert.match(String(delivered.type), type);
    for (const [kind, message] of [
      ['image', 'Invalid image file'],
      ['video', 'Unsupported video format or file'],
    ] as const) {
      const refused = await upload(kind, file, filename);
      assert.deepEqual([refused.status, (refused.body.error as Json).message], [400, message]);
    }
  });
