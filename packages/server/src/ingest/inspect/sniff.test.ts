import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp from 'sharp';
import { canonicalFormat, extensionOf, FORMATS, formatOf, mimeOf, resourceTypeOf } from './formats.ts';
import { inputAt } from './input.ts';
import { sniff } from './sniff.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-sniff-'));
});
after(() => rm(folder, { recursive: true, force: true }));

let count = 0;
async function sniffBytes(bytes: Buffer | string, filename = '') {
  const path = join(folder, `f${count++}`);
  await writeFile(path, bytes);
  const { format, resourceType } = await sniff(inputAt(path), filename);
  return `${resourceType}/${format?.name ?? '-'}`;
}

const latin = (text: string, length = 64) => Buffer.concat([Buffer.from(text, 'latin1'), Buffer.alloc(length)]);
const picture = () => sharp({ create: { width: 8, height: 6, channels: 3, background: '#c33' } });
/** The 16-bit brand box that opens every ISO base media file. */
const ftyp = (brand: string) => latin(`\0\0\0\x14ftyp${brand}\0\0\0\0${brand}`);

describe('format table', () => {
  test('no extension names two formats', () => {
    const all = FORMATS.flatMap((format) => format.extensions);
    assert.equal(new Set(all).size, all.length);
  });

  test('aliases, content types and extensions', () => {
    assert.equal(canonicalFormat('JPEG'), 'jpg');
    assert.equal(canonicalFormat('.tif'), 'tiff');
    assert.equal(canonicalFormat('Blend9'), 'blend9');
    assert.equal(mimeOf('svg'), 'image/svg+xml');
    assert.equal(mimeOf('nothing'), 'application/octet-stream');
    assert.equal(extensionOf('a/b.c/photo.JPG'), 'jpg');
    assert.equal(extensionOf('x.tar.gz'), 'tar.gz');
    assert.equal(extensionOf('.bashrc'), '');
    assert.equal(resourceTypeOf(formatOf('mp3')), 'video');
    assert.equal(resourceTypeOf(formatOf('djvu')), 'raw');
  });
});

describe('sniff', () => {
  test('pictures that libvips writes', async () => {
    for (const format of ['jpeg', 'png', 'webp', 'gif', 'avif', 'tiff'] as const) {
      assert.equal(await sniffBytes(await picture().toFormat(format).toBuffer()), `image/${canonicalFormat(format)}`);
    }
  });

  test('formats by their signatures', async () => {
    const cases: [string, Buffer | string, string?][] = [
      ['image/pdf', '%PDF-1.7\n%âãÏÓ\n'],
      ['image/pdf', `${'\n'.repeat(500)}%PDF-1.4`],
      ['image/ai', '%PDF-1.5\n', 'logo.ai'],
      ['image/psd', latin('8BPS\0\x01')],
      ['image/jxl', latin('\xff\x0a')],
      ['image/jxl', latin('\0\0\0\x0cJXL \r\n\x87\n')],
      ['image/jp2', latin('\xff\x4f\xff\x51')],
      ['image/heic', ftyp('heic')],
      ['image/avif', ftyp('avif')],
      ['video/mp4', ftyp('isom')],
      ['video/m4v', ftyp('isom'), 'film.m4v'],
      ['video/mov', ftyp('qt  ')],
      ['video/m4a', ftyp('M4A ')],
      ['video/webm', Buffer.from('1a45dfa39f4286810142f7810142f2810442f381084282847765626d', 'hex')],
      ['video/mp3', latin('ID3\x04\0\0\0\0\0\0\xff\xfb\x90\0')],
      ['video/flac', latin('fLaC')],
      ['video/wav', latin('RIFF\0\0\0\0WAVEfmt ')],
      ['video/avi', latin('RIFF\0\0\0\0AVI LIST')],
      ['raw/eps', '%!PS-Adobe-3.0 EPSF-3.0\n'],
      ['raw/djvu', latin('AT&TFORM\0\0\0\0DJVU')],
      ['raw/woff2', latin('wOF2\0\x01\0\0')],
      ['raw/7z', latin("7z\xbc\xaf'\x1c")],
      ['raw/midi', latin('MThd')],
      ['raw/zip', Buffer.concat([Buffer.from('504b0506', 'hex'), Buffer.alloc(18)])],
      ['raw/-', 'BM is how this sentence begins, and it is no bitmap'],
      ['raw/csv', 'a,b\n1,2\n', 'table.csv'],
      ['raw/-', 'plain words', 'photo.jpg'],
      ['raw/m3u8', '#EXTM3U\nfile:///etc/passwd\n', 'x.m3u8'],
      ['raw/-', '#EXTM3U\nfile:///etc/passwd\n', 'x.mp4'],
      ['raw/-', ''],
    ];
    for (const [expected, bytes, name] of cases) {
      assert.equal(await sniffBytes(bytes, name), expected, `${name ?? ''} ${String(bytes).slice(0, 30)}`);
    }
  });

  test('SVG in its disguises', async () => {
    for (const svg of [
      '<svg xmlns="http://www.w3.org/2000/svg"/>',
      '\ufeff<?xml version="1.0"?>\n<!-- <html> -->\n<svg/>',
      '<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://x/svg11.dtd">\n<svg/>',
      '<!DOCTYPE svg [ <!ENTITY a "<b>"> ]><svg:svg xmlns:svg="http://www.w3.org/2000/svg"/>',
    ]) {
      assert.equal(await sniffBytes(svg), 'image/svg', svg);
    }
    assert.equal(await sniffBytes(Buffer.from('\ufeff<svg/>', 'utf16le')), 'image/svg');
    assert.equal(await sniffBytes('<html><svg/></html>'), 'raw/-');
    assert.equal(await sniffBytes('<!--'.repeat(4000)), 'raw/-');
  });

  test('a file that is two things is what its first bytes say', async () => {
    const jpeg = await picture().jpeg().toBuffer();
    assert.equal(await sniffBytes(Buffer.concat([jpeg, Buffer.from('PK\x03\x04')]), 'a.zip'), 'image/jpg');
    assert.equal(await sniffBytes('GIF89a/*<script>*/', 'a.html'), 'image/gif');
  });
});
