import { open } from 'node:fs/promises';

/** The finished picture a camera stores inside its raw file. */
export interface CameraPreview {
  /** A whole JPEG. */
  readonly jpeg: Buffer;
  /** EXIF orientation of the raw file, 1–8; `undefined` when the JPEG's own counts. */
  readonly orientation: number | undefined;
}

const TAG = {
  compression: 259,
  stripOffsets: 273,
  orientation: 274,
  stripCounts: 279,
  subIfds: 330,
  jpegAt: 513,
  jpegBytes: 514,
  /** Panasonic: the whole JPEG is the value. */
  jpegFromRaw: 46,
};
const TYPE_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4 };
const MAX_DIRECTORIES = 64;
const MAX_ENTRIES = 1024;
const MAX_PREVIEW = 64_000_000;

type Read = (at: number, length: number) => Promise<Buffer>;
type ReadNumber = (data: Buffer, at: number, bytes: number) => number;

/** Where bytes lie in the file; none when `bytes` is 0. */
interface Place {
  readonly at: number;
  readonly bytes: number;
}

interface Directory {
  /** Values of the tags that hold whole numbers. */
  readonly tags: ReadonlyMap<number, readonly number[]>;
  /** The JPEG it names, if any. */
  readonly picture: Place;
  /** Directories to look at next; 0 is none. */
  readonly next: readonly number[];
}

/** The picture of a directory: Panasonic's whole JPEG, tags 513/514, or its only strip when that is a JPEG. */
function pictureOf(tags: Directory['tags'], whole: Place): Place {
  if (whole.bytes > 0) return whole;
  const one = (tag: number) => tags.get(tag)?.[0] ?? 0;
  if (tags.has(TAG.jpegAt)) return { at: one(TAG.jpegAt), bytes: one(TAG.jpegBytes) };
  const isJpeg = [6, 7].includes(one(TAG.compression)) && tags.get(TAG.stripOffsets)?.length === 1;
  return isJpeg ? { at: one(TAG.stripOffsets), bytes: one(TAG.stripCounts) } : { at: 0, bytes: 0 };
}

async function readDirectory(read: Read, number: ReadNumber, at: number): Promise<Directory | undefined> {
  const countBytes = await read(at, 2);
  if (countBytes.length < 2) return undefined;
  const count = Math.min(number(countBytes, 0, 2), MAX_ENTRIES);
  const entries = await read(at + 2, count * 12 + 4);
  if (entries.length === 0) return undefined;
  const tags = new Map<number, number[]>();
  let whole: Place = { at: 0, bytes: 0 };
  for (let i = 0; i < count; i++) {
    const entry = entries.subarray(i * 12, i * 12 + 12);
    const tag = number(entry, 0, 2);
    if (tag === TAG.jpegFromRaw) whole = { at: number(entry, 8, 4), bytes: number(entry, 4, 4) };
    const bytes = TYPE_BYTES[number(entry, 2, 2)];
    const values = number(entry, 4, 4);
    if (bytes === undefined || values > 256) continue;
    const data = bytes * values <= 4 ? entry.subarray(8) : await read(number(entry, 8, 4), bytes * values);
    if (data.length < bytes * values) continue;
    tags.set(
      tag,
      Array.from({ length: values }, (_, k) => number(data, k * bytes, bytes)),
    );
  }
  const next = [...(tags.get(TAG.subIfds) ?? []), number(entries, count * 12, 4)];
  return { tags, picture: pictureOf(tags, whole), next };
}

/** Fuji's RAF names its JPEG in the file header. */
async function readFujiPreview(read: Read): Promise<CameraPreview | undefined> {
  const place = await read(84, 8);
  if (place.length < 8) return undefined;
  const [at, bytes] = [place.readUInt32BE(0), place.readUInt32BE(4)];
  if (bytes > MAX_PREVIEW || !(await isBaselineJpeg(read, { at, bytes }))) return undefined;
  return { jpeg: await read(at, bytes), orientation: undefined };
}

/** The largest JPEG that the directories of a TIFF name. */
async function readTiffPreview(read: Read, header: Buffer): Promise<CameraPreview | undefined> {
  const little = header.toString('latin1', 0, 2) === 'II';
  const number: ReadNumber = (data, at, bytes) => (little ? data.readUIntLE(at, bytes) : data.readUIntBE(at, bytes));
  const queue = [header.length === 8 ? number(header, 4, 4) : 0];
  const seen = new Set<number>();
  let orientation = 1;
  let best: Place = { at: 0, bytes: 0 };
  while (queue.length > 0 && seen.size < MAX_DIRECTORIES) {
    const at = queue.shift()!;
    if (at === 0 || seen.has(at)) continue;
    seen.add(at);
    const directory = await readDirectory(read, number, at);
    if (directory === undefined) continue;
    const { tags, picture, next } = directory;
    if (seen.size === 1) orientation = tags.get(TAG.orientation)?.[0] ?? 1;
    if (picture.bytes > best.bytes && picture.bytes <= MAX_PREVIEW && (await isBaselineJpeg(read, picture)))
      best = picture;
    queue.push(...next);
  }
  if (best.bytes === 0) return undefined;
  return {
    jpeg: await read(best.at, best.bytes),
    orientation: orientation >= 1 && orientation <= 8 ? orientation : 1,
  };
}

/**
 * Finds the largest JPEG preview of a raw file built on TIFF (DNG, CR2, NEF, ARW, RW2: EXIF 2.32 section 4.6) or of
 * Fuji's RAF. Cameras store it at full or nearly full size; the sensor data itself is not developed.
 *
 * @returns undefined when the file has no preview
 */
export async function readCameraPreview(path: string): Promise<CameraPreview | undefined> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    const read: Read = async (at, length) => {
      if (at < 0 || length < 0 || at + length > size) return Buffer.alloc(0);
      const data = Buffer.alloc(length);
      await file.read(data, 0, length, at);
      return data;
    };
    const header = await read(0, 8);
    return await (header.toString('latin1') === 'FUJIFILM' ? readFujiPreview(read) : readTiffPreview(read, header));
  } finally {
    await file.close();
  }
}

/** Raw sensor data is often lossless JPEG (SOF3), which is no picture to look at. */
async function isBaselineJpeg(read: Read, { at, bytes }: Place): Promise<boolean> {
  const head = await read(at, Math.min(bytes, 65_536));
  if (head.length < 4 || head.readUInt16BE(0) !== 0xffd8) return false;
  for (let i = 2; i + 4 <= head.length && head[i] === 0xff; i += 2 + head.readUInt16BE(i + 2)) {
    const marker = head[i + 1]!;
    if (marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker)) return marker <= 0xc2;
  }
  return false;
}
