import { open } from 'node:fs/promises';
import { type Box, boxes, pick, readTopBox } from '../../image/formats/isobmff.ts';

/** How the picture items of an HEIF file make up its primary image (ISO/IEC 23008-12). */
export interface HeifLayout {
  /** Item IDs of the coded pictures, row by row; one for an image that is not tiled. */
  readonly tiles: readonly number[];
  readonly rows: number;
  readonly columns: number;
  /** Size of the image the tiles make up, before turning; tiles may reach beyond it. */
  readonly width: number;
  readonly height: number;
  /** Item ID of the alpha picture, when there is one of a single item. */
  readonly alpha: number | undefined;
  /** Quarter turns counter-clockwise (`irot`). */
  readonly quarterTurns: number;
  /** `imir`, done after turning: mirrored top to bottom or left to right. */
  readonly mirror: 'vertical' | 'horizontal' | undefined;
}

interface Property {
  readonly type: string;
  readonly data: Buffer;
}

/** Reads the `meta` box without reading the pictures. */
async function readMeta(path: string): Promise<Buffer> {
  const meta = await readTopBox(path, 'meta');
  if (meta === undefined) throw new Error('no HEIF image description');
  // A full box: version and flags come first.
  return meta.subarray(4);
}

function itemProperties(iprp: Buffer): (item: number) => Property[] {
  const parts = boxes(iprp);
  const all = boxes(pick(parts, 'ipco') ?? Buffer.alloc(0));
  const byItem = new Map<number, Property[]>();
  for (const { type, data } of parts) {
    if (type !== 'ipma' || data.length < 8) continue;
    const wideId = data[0]! >= 1;
    const wideIndex = (data[3]! & 1) === 1;
    let at = 8;
    for (let left = data.readUInt32BE(4); left > 0; left--) {
      const item = wideId ? data.readUInt32BE(at) : data.readUInt16BE(at);
      at += wideId ? 4 : 2;
      const count = data[at++]!;
      const list = byItem.get(item) ?? [];
      for (let i = 0; i < count; i++) {
        const index = wideIndex ? data.readUInt16BE(at) & 0x7fff : data[at]! & 0x7f;
        at += wideIndex ? 2 : 1;
        const property = all[index - 1];
        if (property !== undefined) list.push(property);
      }
      byItem.set(item, list);
    }
  }
  return (item) => byItem.get(item) ?? [];
}

function itemTypes(iinf: Buffer): Map<number, string> {
  const types = new Map<number, string>();
  for (const { type, data } of boxes(iinf.subarray(iinf[0] === 0 ? 6 : 8))) {
    if (type !== 'infe' || data[0]! < 2) continue;
    const wide = data[0] === 3;
    const at = wide ? 8 : 6;
    types.set(wide ? data.readUInt32BE(4) : data.readUInt16BE(4), data.toString('latin1', at + 2, at + 6));
  }
  return types;
}

interface Reference {
  readonly type: string;
  readonly from: number;
  readonly to: number[];
}

function references(iref: Buffer | undefined): Reference[] {
  if (iref === undefined) return [];
  const width = iref[0] === 0 ? 2 : 4;
  return boxes(iref.subarray(4)).map(({ type, data }) => {
    const count = data.readUInt16BE(width);
    const to: number[] = [];
    for (let i = 0; i < count; i++) to.push(data.readUIntBE(width + 2 + i * width, width));
    return { type, from: data.readUIntBE(0, width), to };
  });
}

/** Bytes of a small item that lies inside `meta` (`idat`) or in the file. */
async function itemBytes(path: string, meta: readonly Box[], item: number): Promise<Buffer> {
  const iloc = pick(meta, 'iloc');
  if (iloc === undefined) throw new Error('no item locations');
  const version = iloc[0]!;
  const [offsetSize, lengthSize] = [iloc[4]! >> 4, iloc[4]! & 15];
  const [baseSize, indexSize] = [iloc[5]! >> 4, version > 0 ? iloc[5]! & 15 : 0];
  let at = 6;
  const number = (size: number): number => {
    const value = size === 0 ? 0 : size === 8 ? Number(iloc.readBigUInt64BE(at)) : iloc.readUIntBE(at, size);
    at += size;
    return value;
  };
  for (let left = number(version < 2 ? 2 : 4); left > 0; left--) {
    const id = number(version < 2 ? 2 : 4);
    const method = version > 0 ? number(2) & 15 : 0;
    number(2);
    const base = number(baseSize);
    const extents: { offset: number; length: number }[] = [];
    for (let count = number(2); count > 0; count--) {
      number(indexSize);
      extents.push({ offset: base + number(offsetSize), length: number(lengthSize) });
    }
    const extent = extents[0];
    if (id !== item || extent === undefined) continue;
    if (extent.length > 64) throw new Error('unexpected size of an image grid');
    if (method === 1)
      return (pick(meta, 'idat') ?? Buffer.alloc(0)).subarray(extent.offset, extent.offset + extent.length);
    const file = await open(path, 'r');
    try {
      const data = Buffer.alloc(extent.length);
      await file.read(data, 0, extent.length, extent.offset);
      return data;
    } finally {
      await file.close();
    }
  }
  throw new Error('no location of the image grid');
}

/**
 * Reads how to put the primary image together.
 *
 * @throws on files that break the format, and on derived images other than grids (overlays)
 */
export async function readHeifLayout(path: string): Promise<HeifLayout> {
  const meta = boxes(await readMeta(path));
  const pitm = pick(meta, 'pitm');
  const iinf = pick(meta, 'iinf');
  const iprp = pick(meta, 'iprp');
  if (pitm === undefined || iinf === undefined || iprp === undefined) throw new Error('incomplete HEIF description');
  const primary = pitm[0] === 0 ? pitm.readUInt16BE(4) : pitm.readUInt32BE(4);
  const types = itemTypes(iinf);
  const propertiesOf = itemProperties(iprp);
  const links = references(pick(meta, 'iref'));

  const properties = propertiesOf(primary);
  const property = (type: string) => properties.find((entry) => entry.type === type)?.data;
  const ispe = property('ispe');
  const alphaItem = links.find(
    ({ type, from, to }) =>
      type === 'auxl' &&
      to.includes(primary) &&
      propertiesOf(from).some((entry) => entry.type === 'auxC' && /alpha|auxid:1/.test(entry.data.toString('latin1'))),
  )?.from;
  const mirror = property('imir')?.[0];
  const common = {
    alpha: alphaItem !== undefined && types.get(alphaItem) !== 'grid' ? alphaItem : undefined,
    quarterTurns: (property('irot')?.[0] ?? 0) & 3,
    mirror: mirror === undefined ? undefined : (mirror & 1) === 0 ? ('vertical' as const) : ('horizontal' as const),
  };
  const type = types.get(primary);
  if (type === 'grid') {
    const grid = await itemBytes(path, meta, primary);
    const wide = (grid[1]! & 1) === 1;
    const rows = grid[2]! + 1;
    const columns = grid[3]! + 1;
    const tiles = links.find((link) => link.type === 'dimg' && link.from === primary)?.to ?? [];
    if (tiles.length !== rows * columns) throw new Error('image grid without its tiles');
    const [width, height] = wide
      ? [grid.readUInt32BE(4), grid.readUInt32BE(8)]
      : [grid.readUInt16BE(4), grid.readUInt16BE(6)];
    return { ...common, tiles, rows, columns, width, height };
  }
  if (type !== 'hvc1' && type !== 'av01') throw new Error(`HEIF image of kind ${type} is not supported`);
  if (ispe === undefined) throw new Error('HEIF image without a size');
  return {
    ...common,
    tiles: [primary],
    rows: 1,
    columns: 1,
    width: ispe.readUInt32BE(4),
    height: ispe.readUInt32BE(8),
  };
}
