import { open } from 'node:fs/promises';
import type { SourceBytes } from '../source.ts';

/** A box of the ISO base media file format (ISO/IEC 14496-12), without its header. */
export interface Box {
  readonly type: string;
  readonly data: Buffer;
}

/** More bytes than this in one box that describes the file, and nobody cares. */
const BOX_LIMIT = 16_000_000;

/** Files have a handful; one of millions of empty boxes would be read for minutes. */
const MAX_TOP_BOXES = 1000;

/** The boxes side by side in `data`; what does not fit ends the list. */
export function boxes(data: Buffer): Box[] {
  const found: Box[] = [];
  let at = 0;
  while (at + 8 <= data.length) {
    let size = data.readUInt32BE(at);
    let header = 8;
    if (size === 1 && at + 16 <= data.length) {
      size = Number(data.readBigUInt64BE(at + 8));
      header = 16;
    } else if (size === 0) size = data.length - at;
    if (size < header || at + size > data.length) break;
    found.push({ type: data.toString('latin1', at + 4, at + 8), data: data.subarray(at + header, at + size) });
    at += size;
  }
  return found;
}

/** The first box of the type. */
export const pick = (list: readonly Box[], type: string): Buffer | undefined =>
  list.find((box) => box.type === type)?.data;

/** The box at the end of a path of types, from boxes side by side. */
export const dig = (data: Buffer, ...path: readonly string[]): Buffer | undefined =>
  path.reduce<Buffer | undefined>((inner, type) => inner && pick(boxes(inner), type), data);

/** The first box of the type at the top of a file, which is read no further. `undefined`: there is none. */
export async function readTopBox(source: SourceBytes, type: string): Promise<Buffer | undefined> {
  if (typeof source !== 'string') {
    const bytes = Buffer.from(source.buffer, source.byteOffset, source.byteLength);
    return find(bytes.length, type, async (at, length) => bytes.subarray(at, at + length));
  }
  const file = await open(source, 'r');
  try {
    const { size } = await file.stat();
    return await find(size, type, async (at, length) => {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, at);
      return buffer.subarray(0, bytesRead);
    });
  } finally {
    await file.close();
  }
}

async function find(
  total: number,
  type: string,
  read: (at: number, length: number) => Promise<Buffer>,
): Promise<Buffer | undefined> {
  for (let at = 0, n = 0; at + 8 <= total && n < MAX_TOP_BOXES; n++) {
    const header = await read(at, 16);
    const short = header.readUInt32BE(0);
    if (short === 1 && header.length < 16) return undefined;
    const size = short === 1 ? Number(header.readBigUInt64BE(8)) : short === 0 ? total - at : short;
    if (size < 8 || at + size > total) return undefined;
    if (header.toString('latin1', 4, 8) === type)
      return size > BOX_LIMIT ? undefined : (await read(at, size)).subarray(short === 1 ? 16 : 8);
    at += size;
  }
  return undefined;
}
