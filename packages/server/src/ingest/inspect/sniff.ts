import { open } from 'node:fs/promises';
import { extensionOf, type Format, formatOf, resourceTypeOf } from './formats.ts';
import type { InspectInput } from './input.ts';

export interface Sniffed {
  /** The row of the format table; undefined when the content is of no known format. */
  readonly format: Format | undefined;
  /** What `resource_type=auto` means for this file. */
  readonly resourceType: 'image' | 'video' | 'raw';
  readonly bytes: number;
}

const HEAD_BYTES = 16_384;
const TAIL_BYTES = 64;
/** PDF readers accept the header anywhere in the first kilobyte (ISO 32000, annex H, note 13). */
const PDF_HEADER_WITHIN = 1024;

interface Sample {
  readonly head: Buffer;
  readonly tail: Buffer;
  readonly extension: string;
}

const startsWith = (head: Buffer, signature: string, at = 0) =>
  head.subarray(at, at + signature.length).equals(Buffer.from(signature, 'latin1'));

/** Reads the first element's name behind declaration, comments and doctype, in one pass without backtracking. */
function rootElement(text: string): string | undefined {
  let at = 0;
  while (at < text.length) {
    while (at < text.length && text.charCodeAt(at) <= 32) at++;
    if (text[at] !== '<') return undefined;
    const end = text.startsWith('<!--', at) ? '-->' : text.startsWith('<?', at) ? '?>' : undefined;
    if (end !== undefined) {
      const close = text.indexOf(end, at);
      if (close < 0) return undefined;
      at = close + end.length;
      continue;
    }
    if (text.startsWith('<!', at)) {
      const close = text.indexOf('>', at);
      const subset = text.indexOf('[', at);
      if (close < 0) return undefined;
      at = subset > 0 && subset < close ? text.indexOf(']', subset) + 1 || text.length : close + 1;
      if (text[at] === '>') at++;
      continue;
    }
    return /^<([A-Za-z_][\w.:-]{0,60})/.exec(text.slice(at, at + 64))?.[1];
  }
  return undefined;
}

function decodeText(head: Buffer): string {
  if (head[0] === 0xff && head[1] === 0xfe) return head.subarray(2).toString('utf16le');
  if (head[0] === 0xfe && head[1] === 0xff) {
    return Buffer.from(head.subarray(2, head.length - (head.length % 2)))
      .swap16()
      .toString('utf16le');
  }
  return head.subarray(startsWith(head, '\xef\xbb\xbf') ? 3 : 0).toString('utf8');
}

const isSvg = ({ head }: Sample) => /^(?:[\w.-]+:)?svg$/.test(rootElement(decodeText(head)) ?? '');

const isIcon = ({ head }: Sample) => {
  if (head.length < 22 || head.readUInt16LE(0) !== 0 || ![1, 2].includes(head.readUInt16LE(2))) return false;
  const count = head.readUInt16LE(4);
  return count > 0 && count < 256 && head[9] === 0 && head.readUInt32LE(18) >= 6 + 16 * count;
};

/** A TGA has no signature: version 2 has a footer, version 1 is believed only with its extension and a sane header. */
const isTga = ({ head, tail, extension }: Sample) =>
  tail.subarray(-18).toString('latin1').startsWith('TRUEVISION-XFILE.') ||
  (extension === 'tga' && [1, 2, 3, 9, 10, 11].includes(head[2] ?? 0) && [8, 15, 16, 24, 32].includes(head[16] ?? 0));

/** `BM` alone would turn many texts into pictures: the size of the second header has to be one that exists. */
const isBmp = ({ head }: Sample) =>
  startsWith(head, 'BM') && head.length > 26 && [12, 16, 40, 52, 56, 64, 108, 124].includes(head.readUInt32LE(14));

const isPdf = ({ head }: Sample) => head.subarray(0, PDF_HEADER_WITHIN).includes('%PDF-');

/** Own checks, in this order, before the library is asked: what it does not know, or tells less exactly. */
const CHECKS: readonly (readonly [format: string, test: (sample: Sample) => boolean])[] = [
  ['jpg', ({ head }) => startsWith(head, '\xff\xd8\xff')],
  ['png', ({ head }) => startsWith(head, '\x89PNG\r\n\x1a\n')],
  ['gif', ({ head }) => startsWith(head, 'GIF87a') || startsWith(head, 'GIF89a')],
  ['webp', ({ head }) => startsWith(head, 'RIFF') && startsWith(head, 'WEBP', 8)],
  ['jxl', ({ head }) => startsWith(head, '\xff\x0a') || startsWith(head, '\0\0\0\x0cJXL \r\n\x87\n')],
  ['jp2', ({ head }) => startsWith(head, '\xff\x4f\xff\x51') || startsWith(head, '\0\0\0\x0cjP  \r\n\x87\n')],
  ['psd', ({ head }) => startsWith(head, '8BPS\0\x01') || startsWith(head, '8BPS\0\x02')],
  ['eps', ({ head }) => startsWith(head, '%!PS') || startsWith(head, '\xc5\xd0\xd3\xc6')],
  ['ai', (sample) => isPdf(sample) && sample.extension === 'ai'],
  ['pdf', ({ head }) => startsWith(head, '%PDF-')],
  ['djvu', ({ head }) => startsWith(head, 'AT&TFORM')],
  ['midi', ({ head }) => startsWith(head, 'MThd')],
  ['bmp', isBmp],
  ['ico', isIcon],
  ['svg', isSvg],
];

/** Tried when nothing else matched. */
const LAST_CHECKS: typeof CHECKS = [
  ['pdf', isPdf],
  ['tga', isTga],
];

/** Library answers whose name in our table differs from the extension it gives. */
const LIBRARY_NAMES: Readonly<Record<string, string>> = {
  asf: 'wmv',
  ogx: 'ogg',
  ogm: 'ogv',
  mts: 'ts',
  mj2: 'jp2',
  f4b: 'm4a',
};

const refineByName = (sniffed: Format, extension: string): Format => {
  const named = formatOf(extension);
  return named?.family !== undefined && named.family === sniffed.family ? named : sniffed;
};

async function readSample(input: InspectInput, filename: string): Promise<Sample & { bytes: number }> {
  const extension = extensionOf(filename);
  const { memory } = input;
  if (memory !== undefined) {
    const tail = memory.subarray(Math.max(0, memory.length - TAIL_BYTES));
    return { head: memory.subarray(0, HEAD_BYTES), tail, extension, bytes: memory.length };
  }
  const file = await open(await input.path(), 'r');
  try {
    const { size } = await file.stat();
    const head = Buffer.alloc(Math.min(HEAD_BYTES, size));
    const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
    await file.read(head, 0, head.length, 0);
    await file.read(tail, 0, tail.length, size - tail.length);
    return { head, tail, extension, bytes: size };
  } finally {
    await file.close();
  }
}

async function askLibrary(input: InspectInput): Promise<Format | undefined> {
  const { fileTypeFromBuffer, fileTypeFromFile } = await import('file-type');
  const asked = input.memory === undefined ? fileTypeFromFile(await input.path()) : fileTypeFromBuffer(input.memory);
  const found = await asked.catch(() => undefined);
  // Their signatures are so short that other files begin alike (a TGA looks like a cursor): our own checks have spoken.
  if (found !== undefined && ['bmp', 'ico', 'cur'].includes(found.ext)) return undefined;
  return found && formatOf(LIBRARY_NAMES[found.ext] ?? found.ext);
}

const firstMatch = (checks: typeof CHECKS, sample: Sample): Format | undefined => {
  const name = checks.find(([, test]) => test(sample))?.[0];
  return name === undefined ? undefined : formatOf(name);
};

/**
 * Tells a file's format from its content. The name only decides between formats that share one container (`mp4`/`m4v`,
 * `ts`/`m2ts`, `ogg`/`ogv` …) and names text formats; it never turns other bytes into an image or a video. A file that is
 * two things at once (polyglot) is what its first bytes say, and the decoder must agree afterwards.
 *
 * @param filename name the client gave, '' when unknown
 */
export async function sniff(input: InspectInput, filename = ''): Promise<Sniffed> {
  const sample = await readSample(input, filename);
  const content = firstMatch(CHECKS, sample) ?? (await askLibrary(input)) ?? firstMatch(LAST_CHECKS, sample);
  if (content !== undefined) {
    const format = refineByName(content, sample.extension);
    return { format, resourceType: resourceTypeOf(format), bytes: sample.bytes };
  }
  const named = formatOf(sample.extension);
  return { format: named?.kind === 'raw' ? named : undefined, resourceType: 'raw', bytes: sample.bytes };
}
