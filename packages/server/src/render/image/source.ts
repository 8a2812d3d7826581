import { open, readFile } from 'node:fs/promises';

/** Bytes of an original: where they lie on disk, or the bytes themselves. */
export type SourceBytes = string | Uint8Array;

/** Upright sRGB pixels (or gray ones), row by row without gaps. */
export interface Pixels {
  readonly data: Uint8Array;
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 2 | 3 | 4;
  /** Dots per inch that the original states. */
  readonly density?: number | undefined;
}

/** What the first bytes say. `undefined`: none of the kinds libvips may read. `avis`: AVIF that moves, which FFmpeg reads. */
export type Container = 'jpeg' | 'png' | 'gif' | 'webp' | 'tiff' | 'avif' | 'avis' | 'svg' | undefined;

const HEAD = 512;

const ascii = (head: Uint8Array, from: number, text: string): boolean => {
  for (let i = 0; i < text.length; i++) if (head[from + i] !== text.charCodeAt(i)) return false;
  return true;
};

/**
 * Names the container by its magic number. A renderer that trusted a file's name would let an SVG pass as a JPEG, because
 * libvips looks at the bytes: this check is what keeps unsanitised SVG out.
 */
export function sniff(head: Uint8Array): Container {
  if (head[0] === 0xff && head[1] === 0xd8 && head[2] === 0xff) return 'jpeg';
  if (ascii(head, 0, '\x89PNG\r\n\x1a\n')) return 'png';
  if (ascii(head, 0, 'GIF87a') || ascii(head, 0, 'GIF89a')) return 'gif';
  if (ascii(head, 0, 'RIFF') && ascii(head, 8, 'WEBP')) return 'webp';
  if (ascii(head, 0, 'II*\0') || ascii(head, 0, 'MM\0*') || ascii(head, 0, 'II+\0') || ascii(head, 0, 'MM\0+'))
    return 'tiff';
  if (ascii(head, 4, 'ftyp') && hasBrand(head, 'avis')) return 'avis';
  if (ascii(head, 4, 'ftyp') && hasBrand(head, 'avif')) return 'avif';
  if (head[0] === 0x1f && head[1] === 0x8b) return 'svg';
  return looksLikeSvg(head) ? 'svg' : undefined;
}

function hasBrand(head: Uint8Array, brand: string): boolean {
  const end = Math.min(head.length, new DataView(head.buffer, head.byteOffset, 4).getUint32(0));
  for (let at = 8; at + 4 <= end; at += 4) if (ascii(head, at, brand)) return true;
  return false;
}

function looksLikeSvg(head: Uint8Array): boolean {
  const text = new TextDecoder(head[0] === 0xff || head[0] === 0xfe ? 'utf-16le' : 'utf-8')
    .decode(head)
    .replace(/^\uFEFF/, '')
    .trimStart();
  return /^(<\?xml|<!--|<!DOCTYPE\s+svg|<svg|<[\w.-]+:svg)/i.test(text);
}

/** The first bytes of a source. */
export async function readHead(source: SourceBytes): Promise<Uint8Array> {
  if (typeof source !== 'string') return source.subarray(0, HEAD);
  const file = await open(source, 'r');
  try {
    const { buffer, bytesRead } = await file.read(new Uint8Array(HEAD), 0, HEAD, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

export const readAll = async (source: SourceBytes): Promise<Uint8Array> =>
  typeof source === 'string' ? readFile(source) : source;
