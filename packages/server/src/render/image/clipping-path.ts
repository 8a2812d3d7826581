import { open } from 'node:fs/promises';
import sharp from 'sharp';
import { mapFrames } from './geometry.ts';
import { refuse } from './problem.ts';
import { type Canvas, fromSharp, isOpaque } from './raster.ts';
import { multiplyAlpha } from './shape.ts';
import { readAll, type SourceBytes, sniff } from './source.ts';

/**
 * The clipping path that a retoucher left in a JPEG, TIFF or PSD: image resources of Photoshop ("8BIM", Adobe Photoshop
 * File Formats Specification, "Image Resources Section" and "Path resource format").
 */

const RESOURCE = { firstPath: 2000, lastPath: 2997, clippingPathName: 2999 } as const;

interface Resource {
  readonly id: number;
  readonly name: string;
  readonly data: Buffer;
}

/** A name with its length in front. */
const pascal = (bytes: Buffer, at: number): string => bytes.toString('latin1', at + 1, at + 1 + (bytes[at] ?? 0));

function readResources(block: Buffer): Resource[] {
  const resources: Resource[] = [];
  for (let at = 0; at + 12 <= block.length; ) {
    const signature = block.toString('latin1', at, at + 4);
    if (!['8BIM', '8B64', 'MeSa', 'PHUT', 'AgHg', 'DCSR'].includes(signature)) break;
    const nameLength = (block[at + 6]! + 2) & ~1;
    const lengthAt = at + 6 + nameLength;
    if (lengthAt + 4 > block.length) break;
    const length = block.readUInt32BE(lengthAt);
    const data = block.subarray(lengthAt + 4, lengthAt + 4 + length);
    resources.push({ id: block.readUInt16BE(at + 4), name: pascal(block, at + 6), data });
    at = lengthAt + 4 + length + (length & 1);
  }
  return resources;
}

/** The APP13 segments of a JPEG, put together. */
function jpegResources(jpeg: Buffer): Buffer {
  const marker = 'Photoshop 3.0\0';
  const parts: Buffer[] = [];
  for (let at = 2; at + 4 <= jpeg.length && jpeg[at] === 0xff && jpeg[at + 1] !== 0xda; ) {
    const length = jpeg.readUInt16BE(at + 2);
    const body = jpeg.subarray(at + 4, at + 2 + length);
    if (jpeg[at + 1] === 0xed && body.toString('latin1', 0, marker.length) === marker)
      parts.push(body.subarray(marker.length));
    at += 2 + Math.max(2, length);
  }
  return Buffer.concat(parts);
}

/** The third section of a PSD: after the header and the colour table. */
function psdResources(psd: Buffer): Buffer {
  const colors = psd.length >= 30 ? psd.readUInt32BE(26) : 0;
  const at = 30 + colors;
  return at + 4 <= psd.length ? psd.subarray(at + 4, at + 4 + psd.readUInt32BE(at)) : Buffer.alloc(0);
}

/** Resources stand near the beginning of a JPEG or PSD; more of the file is not read. */
const HEAD_BYTES = 4_000_000;

async function headOf(source: SourceBytes): Promise<Buffer> {
  if (typeof source !== 'string')
    return Buffer.from(source.buffer, source.byteOffset, Math.min(source.byteLength, HEAD_BYTES));
  const file = await open(source, 'r');
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

async function resourcesOf(source: SourceBytes): Promise<Resource[]> {
  const head = await headOf(source);
  const kind = sniff(head);
  if (kind === 'jpeg') return readResources(jpegResources(head));
  if (head.toString('latin1', 0, 4) === '8BPS') return readResources(psdResources(head));
  if (kind !== 'tiff') return [];
  const { tifftagPhotoshop } = await sharp(await readAll(source), { limitInputPixels: false }).metadata();
  return tifftagPhotoshop ? readResources(tifftagPhotoshop) : [];
}

/** Selectors of the 26-byte records. */
const RECORD = { closed: 0, closedLinked: 1, closedUnlinked: 2, open: 3, openLinked: 4, openUnlinked: 5, start: 8 };

interface Point {
  readonly x: number;
  readonly y: number;
}
/** Control point before, the point, control point after. */
type Knot = readonly [Point, Point, Point];

const CLIPPING_LIMIT = { knots: 100_000 } as const;

/** Coordinates are shares of the sides, 8.24 fixed point, vertical first. */
const pointAt = (record: Buffer, at: number): Point => ({
  y: record.readInt32BE(at) / 2 ** 24,
  x: record.readInt32BE(at + 4) / 2 ** 24,
});

interface Outline {
  readonly subpaths: readonly (readonly Knot[])[];
  /** Everything is kept and the path is cut out. */
  readonly inverted: boolean;
}

function readOutline(data: Buffer): Outline {
  const subpaths: Knot[][] = [];
  let inverted = false;
  for (let at = 0; at + 26 <= data.length && at / 26 < CLIPPING_LIMIT.knots; at += 26) {
    const record = data.subarray(at, at + 26);
    const selector = record.readUInt16BE(0);
    if (selector === RECORD.closed || selector === RECORD.open) subpaths.push([]);
    else if (selector === RECORD.start) inverted = record.readUInt16BE(2) === 1;
    else if (selector >= RECORD.closedLinked && selector <= RECORD.openUnlinked)
      subpaths.at(-1)?.push([pointAt(record, 2), pointAt(record, 10), pointAt(record, 18)]);
  }
  return { subpaths: subpaths.filter((knots) => knots.length > 0), inverted };
}

/** What EXIF orientation does to a point of the stored picture. */
const UPRIGHT: Readonly<Record<number, (point: Point) => Point>> = {
  2: ({ x, y }) => ({ x: 1 - x, y }),
  3: ({ x, y }) => ({ x: 1 - x, y: 1 - y }),
  4: ({ x, y }) => ({ x, y: 1 - y }),
  5: ({ x, y }) => ({ x: y, y: x }),
  6: ({ x, y }) => ({ x: 1 - y, y: x }),
  7: ({ x, y }) => ({ x: 1 - y, y: 1 - x }),
  8: ({ x, y }) => ({ x: y, y: 1 - x }),
};

function svgOf(
  outline: Outline,
  rule: 'nonzero' | 'evenodd',
  size: { width: number; height: number },
  turn: (point: Point) => Point,
): string {
  const { width, height } = size;
  const at = (point: Point): string => {
    const { x, y } = turn(point);
    return `${(x * width).toFixed(3)} ${(y * height).toFixed(3)}`;
  };
  const path = outline.subpaths
    .map((knots) => {
      const curves = knots.map((knot, i) => {
        const next = knots[(i + 1) % knots.length]!;
        return `C${at(knot[2])} ${at(next[0])} ${at(next[1])}`;
      });
      return `M${at(knots[0]![1])}${curves.join('')}Z`;
    })
    .join('');
  const all = outline.inverted ? `M0 0H${width}V${height}H0Z` : '';
  const fill = outline.inverted ? 'evenodd' : rule;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}"><path fill-rule="${fill}" d="${all}${path}"/></svg>`;
}

const pathsOf = (resources: readonly Resource[]): Resource[] =>
  resources.filter(({ id }) => id >= RESOURCE.firstPath && id <= RESOURCE.lastPath);

/**
 * The outline that `fl_clip` uses: the wanted path; by default the one that the file names as its clipping path, else its
 * first one. `undefined`: the file has none.
 *
 * @throws 400 when the wanted one is not there
 */
async function readClippingPath(source: SourceBytes, which?: number | string): Promise<Outline | undefined> {
  const resources = await resourcesOf(source);
  const paths = pathsOf(resources);
  const named = resources.find(({ id }) => id === RESOURCE.clippingPathName);
  const wanted = which ?? (named && pascal(named.data, 0));
  const found = typeof wanted === 'number' ? paths[wanted - 1] : paths.find(({ name }) => name === wanted);
  if (found === undefined && which !== undefined)
    throw refuse(`Invalid page in transformation: the image has no clipping path ${which}`);
  const outline = (found ?? paths[0])?.data;
  const read = outline && readOutline(outline);
  return read && read.subpaths.length > 0 ? read : undefined;
}

/**
 * Boxes (left, top, width, height) around the named paths of a file, in pixels of the upright picture of the given size;
 * what lies outside of the picture is cut off.
 */
export async function readPathBoxes(
  source: SourceBytes,
  { width, height, orientation = 1 }: { width: number; height: number; orientation?: number | undefined },
): Promise<Readonly<Record<string, readonly [number, number, number, number]>>> {
  const turn = UPRIGHT[orientation] ?? ((point: Point) => point);
  const share = (value: number): number => Math.min(1, Math.max(0, value));
  const boxes = pathsOf(await resourcesOf(source)).flatMap(({ name, data }) => {
    const points = readOutline(data)
      .subpaths.flat()
      .flatMap((knot) => knot.map(turn));
    if (name === '' || points.length === 0) return [];
    const [xs, ys] = [points.map(({ x }) => share(x) * width), points.map(({ y }) => share(y) * height)];
    const reduce = (values: readonly number[], pick: (a: number, b: number) => number) =>
      values.reduce((a, b) => pick(a, b));
    const [left, top] = [Math.floor(reduce(xs, Math.min)), Math.floor(reduce(ys, Math.min))];
    const [right, bottom] = [Math.ceil(reduce(xs, Math.max)), Math.ceil(reduce(ys, Math.max))];
    return right > left && bottom > top ? [[name, [left, top, right - left, bottom - top]] as const] : [];
  });
  return Object.fromEntries(boxes);
}

/** Makes what lies outside of the path transparent; a picture without a path stays as it is. */
export async function clipToPath(
  canvas: Canvas,
  source: SourceBytes,
  {
    clip,
    clippingPath,
    autoOrient,
  }: { clip: 'nonzero' | 'evenodd'; clippingPath?: number | string; autoOrient: boolean },
): Promise<Canvas> {
  const outline = await readClippingPath(source, clippingPath);
  if (!outline) return canvas;
  const orientation = autoOrient ? await orientationOf(source) : 1;
  const turn = UPRIGHT[orientation] ?? ((point: Point) => point);
  const cut = await mapFrames(canvas, async (frame) => {
    const svg = Buffer.from(svgOf(outline, clip, frame, turn));
    return multiplyAlpha(frame, await fromSharp(sharp(svg, { limitInputPixels: false })));
  });
  return { ...cut, opaque: cut.frames.every(isOpaque) };
}

async function orientationOf(source: SourceBytes): Promise<number> {
  const kind = sniff(await headOf(source));
  if (kind !== 'jpeg' && kind !== 'tiff') return 1;
  return (await sharp(source, { limitInputPixels: false }).metadata()).orientation ?? 1;
}
