/** A segment of a JPEG up to its first scan: `bytes[from … to)` is what follows the length. */
export interface JpegSegment {
  /** Second byte of the marker: 0xc0 is SOF0. */
  readonly marker: number;
  readonly from: number;
  readonly to: number;
}

export const MARKER = {
  sof0: 0xc0,
  sof2: 0xc2,
  dht: 0xc4,
  sos: 0xda,
  dqt: 0xdb,
  dri: 0xdd,
  app0: 0xe0,
  app15: 0xef,
  com: 0xfe,
} as const;

/**
 * The segments of a JPEG's header, the first scan's (SOS) being the last one (ITU-T T.81, annex B). Ends early at what is
 * no segment or is cut off.
 */
export function* jpegSegments(bytes: Uint8Array): Generator<JpegSegment> {
  if (bytes[0] !== 0xff || bytes[1] !== 0xd8) return;
  for (let at = 2; at + 4 <= bytes.length && bytes[at] === 0xff; ) {
    const marker = bytes[at + 1]!;
    const to = at + 2 + bytes[at + 2]! * 256 + bytes[at + 3]!;
    if (to < at + 4 || to > bytes.length) return;
    yield { marker, from: at + 4, to };
    if (marker === MARKER.sos) return;
    at = to;
  }
}

/** What libvips would tell of a JPEG. */
export interface JpegHeader {
  readonly width: number;
  readonly height: number;
  /** libvips' name. */
  readonly space: 'srgb' | 'b-w';
  /** Dots per inch; 72 when none are stored. */
  readonly density: number;
  /** Whether a segment was met whose facts are not read here: EXIF, a colour profile, Adobe's. */
  readonly more: boolean;
}

const DEFAULT_DENSITY = 72;
/** libjpeg's limit, in pixels (`JPEG_MAX_DIMENSION`). */
const MAX_SIDE = 65_500;

/**
 * Reads the header of a JPEG that any decoder takes: baseline, 8 bits, grey or three components, every table that its
 * scan names present and sound, and data behind it. libjpeg refuses nothing after that: it warns, and fills what is
 * missing. So such a file is known to be a picture in some microseconds, where a decoder needs half a millisecond.
 *
 * @returns `undefined` when the file is anything else, sound or not: a decoder has to say
 */
export function readPlainJpeg(bytes: Uint8Array): JpegHeader | undefined {
  const seen: Seen = { quantisation: new Set(), huffman: new Set(), density: DEFAULT_DENSITY, more: false };
  for (const { marker, from, to } of jpegSegments(bytes)) {
    const segment = bytes.subarray(from, to);
    if (marker !== MARKER.sos) {
      const read = READERS.get(marker) ?? (marker > MARKER.app0 && marker <= MARKER.app15 ? noteMore : undefined);
      if (read === undefined || !read(segment, seen)) return undefined;
      continue;
    }
    const { frame, density, more } = seen;
    if (frame === undefined || !isWholeScan(segment, frame, seen) || to + 2 >= bytes.length) return undefined;
    const { width, height, components } = frame;
    return { width, height, space: components.length === 1 ? 'b-w' : 'srgb', density, more };
  }
  return undefined;
}

/** What the segments so far have brought. */
interface Seen {
  readonly quantisation: Set<number>;
  readonly huffman: Set<number>;
  frame?: Frame | undefined;
  density: number;
  more: boolean;
}

/** By marker. @returns whether the segment is one to go on after */
const READERS: ReadonlyMap<number, (segment: Uint8Array, seen: Seen) => boolean> = new Map([
  [MARKER.dqt, readQuantisation],
  [MARKER.dht, readHuffman],
  [MARKER.sof0, readFrame],
  [MARKER.app0, readDensity],
  [MARKER.dri, (segment: Uint8Array) => segment.length === 2],
  [MARKER.com, () => true],
]);

const noteMore = (_segment: Uint8Array, seen: Seen): boolean => {
  seen.more = true;
  return true;
};

interface Frame {
  readonly width: number;
  readonly height: number;
  readonly components: readonly { readonly id: number; readonly table: number }[];
}

/** SOF (B.2.2), with the sampling factors that are in use: chroma 1×1, luma up to 2×2. */
function readFrame(segment: Uint8Array, seen: Seen): boolean {
  const [precision, h1, h0, w1, w0, count] = segment as unknown as [number, number, number, number, number, number];
  const [width, height] = [w1 * 256 + w0, h1 * 256 + h0];
  if (seen.frame !== undefined || precision !== 8 || width === 0 || height === 0) return false;
  if (width > MAX_SIDE || height > MAX_SIDE) return false;
  if ((count !== 1 && count !== 3) || segment.length !== 6 + 3 * count) return false;
  const components = Array.from({ length: count }, (_, index) => {
    const [id, factors, table] = segment.subarray(6 + 3 * index) as unknown as [number, number, number];
    return { id, factors, table };
  });
  seen.frame = { width, height, components };
  const usual = (factors: number, index: number) => (index === 0 ? [0x11, 0x12, 0x21, 0x22] : [0x11]).includes(factors);
  return (
    components.every(({ factors }, index) => usual(factors, index)) &&
    new Set(components.map(({ id }) => id)).size === count
  );
}

/** DQT (B.2.4.1). */
function readQuantisation(segment: Uint8Array, { quantisation }: Seen): boolean {
  let at = 0;
  while (at < segment.length) {
    const kind = segment[at]!;
    if (kind >> 4 > 1 || (kind & 15) > 3) return false;
    quantisation.add(kind & 15);
    at += 1 + (kind >> 4 === 0 ? 64 : 128);
  }
  return at === segment.length;
}

/** DHT (B.2.4.2); refuses codes that do not fit their length, and DC categories beyond 8-bit samples, as libjpeg does. */
function readHuffman(segment: Uint8Array, { huffman }: Seen): boolean {
  let at = 0;
  while (at + 17 <= segment.length) {
    const kind = segment[at]!;
    if (kind >> 4 > 1 || (kind & 15) > 3) return false;
    let code = 0;
    let symbols = 0;
    for (let length = 1; length <= 16; length++) {
      const amount = segment[at + length]!;
      symbols += amount;
      code += amount;
      // The code of all ones is reserved (annex C), which libjpeg relies on.
      if (amount > 0 && code >= 1 << length) return false;
      code <<= 1;
    }
    const from = at + 17;
    at = from + symbols;
    if (symbols > 256 || at > segment.length) return false;
    if (kind >> 4 === 0 && segment.subarray(from, at).some((category) => category > 11)) return false;
    huffman.add(kind);
  }
  return at === segment.length;
}

/** SOS (B.2.3): all components in one sequential scan, with tables that are there. */
function isWholeScan(segment: Uint8Array, { components }: Frame, { quantisation, huffman }: Seen): boolean {
  const count = components.length;
  if (segment[0] !== count || segment.length !== 4 + 2 * count) return false;
  const [first, last, approximation] = segment.subarray(1 + 2 * count);
  if (first !== 0 || last !== 63 || approximation !== 0) return false;
  return components.every(({ id, table }, index) => {
    const pair = segment[2 + 2 * index]!;
    const known = segment[1 + 2 * index] === id && quantisation.has(table);
    return known && huffman.has(pair >> 4) && huffman.has(16 + (pair & 15));
  });
}

/** JFIF (ISO/IEC 10918-5): the horizontal density, when it has a unit. */
function readDensity(segment: Uint8Array, seen: Seen): boolean {
  if (segment.length < 12 || Buffer.from(segment.subarray(0, 5)).toString('latin1') !== 'JFIF\0') return true;
  const [unit, high, low] = segment.subarray(7) as unknown as [number, number, number];
  const density = high * 256 + low;
  if (unit === 1) seen.density = density;
  if (unit === 2) seen.density = Math.round(density * 2.54);
  return true;
}
