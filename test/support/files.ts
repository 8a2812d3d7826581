import { crc32, deflateSync } from 'node:zlib';
import { writePsdBuffer } from 'ag-psd';
import sharp, { type Sharp } from 'sharp';

/** Files that the tests upload, made in code. All deterministic. */

export type Rgb = readonly [number, number, number];
export const [RED, GREEN, BLUE, WHITE]: readonly [Rgb, Rgb, Rgb, Rgb] = [
  [200, 30, 30],
  [30, 160, 60],
  [30, 60, 200],
  [255, 255, 255],
];

const plain = (width: number, height: number, [r, g, b]: Rgb): Buffer => {
  const data = Buffer.alloc(width * height * 4);
  for (let i = 0; i < data.length; i += 4) data.set([r, g, b, 255], i);
  return data;
};

/** A picture of one colour. */
export const flat = (width: number, height: number, color: Rgb): Sharp =>
  sharp(plain(width, height, color), { raw: { width, height, channels: 4 } }).removeAlpha();

/** A TIFF with one page per colour. */
export const tiffPages = (width: number, height: number, colors: readonly Rgb[]): Promise<Buffer> =>
  sharp(Buffer.concat(colors.map((color) => plain(width, height, color))), {
    raw: { width, height: height * colors.length, channels: 4, pageHeight: height },
  })
    .removeAlpha()
    .tiff({ compression: 'lzw' })
    .toBuffer();

/** A PDF with one page per entry: width and height in points, and its colour. */
export function pdfPages(pages: readonly (readonly [number, number, Rgb])[]): Buffer {
  const objects = ['<< /Type /Catalog /Pages 2 0 R >>'];
  const kids = pages.map((_, i) => `${3 + i * 2} 0 R`).join(' ');
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  for (const [i, [width, height, color]] of pages.entries()) {
    const draw = `${color.map((channel) => (channel / 255).toFixed(4)).join(' ')} rg 0 0 ${width} ${height} re f`;
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Contents ${4 + i * 2} 0 R >>`);
    objects.push(`<< /Length ${draw.length} >>\nstream\n${draw}\nendstream`);
  }
  let text = '%PDF-1.4\n';
  const offsets = objects.map((body, i) => {
    const at = text.length;
    text += `${i + 1} 0 obj\n${body}\nendobj\n`;
    return at;
  });
  const start = text.length;
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  text += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`;
  return Buffer.from(text, 'latin1');
}

/**
 * A Photoshop file whose layers are boxes: name, colour, left, top, side. A layer with a file (its name and bytes) is a
 * smart object.
 */
export const psd = (
  width: number,
  height: number,
  layers: readonly (readonly [
    name: string,
    color: Rgb,
    left: number,
    top: number,
    side: number,
    file?: readonly [name: string, data: Buffer],
  ])[],
): Buffer => {
  const id = (n: number) => `20953ddb-9391-11ec-b4f1-c15674f5${String(n).padStart(4, '0')}`;
  return writePsdBuffer({
    width,
    height,
    imageData: { width, height, data: new Uint8ClampedArray(plain(width, height, WHITE)) },
    children: layers.map(([name, color, left, top, side, file], n) => ({
      name,
      left,
      top,
      imageData: { width: side, height: side, data: new Uint8ClampedArray(plain(side, side, color)) },
      ...(file === undefined
        ? {}
        : {
            placedLayer: {
              id: id(n),
              type: 'raster',
              transform: [left, top, left + side, top, left + side, top + side, left, top + side],
              width: side,
              height: side,
            },
          }),
    })),
    linkedFiles: layers.flatMap(([, , , , , file], n) =>
      file === undefined ? [] : [{ id: id(n), name: file[0], data: new Uint8Array(file[1]) }],
    ),
  } as never);
};

export const pngChunk = (type: string, data: Uint8Array): Buffer => {
  const out = Buffer.alloc(12 + data.length);
  out.writeUInt32BE(data.length);
  out.write(type, 4, 'latin1');
  out.set(data, 8);
  out.writeUInt32BE(crc32(out.subarray(4, 8 + data.length)), 8 + data.length);
  return out;
};

interface ApngFrame {
  readonly color: Rgb;
  readonly alpha?: number;
  readonly box: readonly [x: number, y: number, width: number, height: number];
  /** 0 none, 1 background, 2 previous */
  readonly dispose?: number;
  /** 0 source, 1 over */
  readonly blend?: number;
}

/** An animated PNG from boxes of colour; the first frame fills the picture. 100 ms a frame, twice. */
export function apng(width: number, height: number, frames: readonly ApngFrame[]): Buffer {
  const head = Buffer.alloc(13);
  head.writeUInt32BE(width, 0);
  head.writeUInt32BE(height, 4);
  head.set([8, 6, 0, 0, 0], 8);
  const control = Buffer.alloc(8);
  control.writeUInt32BE(frames.length, 0);
  control.writeUInt32BE(2, 4);
  const parts = [Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), pngChunk('IHDR', head), pngChunk('acTL', control)];
  let sequence = 0;
  for (const [i, { color, alpha = 255, box, dispose = 0, blend = 0 }] of frames.entries()) {
    const frame = Buffer.alloc(26);
    frame.writeUInt32BE(sequence++, 0);
    for (const [n, value] of [box[2], box[3], box[0], box[1]].entries()) frame.writeUInt32BE(value, 4 + n * 4);
    frame.writeUInt16BE(1, 20);
    frame.writeUInt16BE(10, 22);
    frame.set([dispose, blend], 24);
    parts.push(pngChunk('fcTL', frame));
    const row = Buffer.concat([
      Buffer.from([0]),
      ...Array.from({ length: box[2] }, () => Buffer.from([...color, alpha])),
    ]);
    const pixels = deflateSync(Buffer.concat(Array.from({ length: box[3] }, () => row)));
    if (i === 0) parts.push(pngChunk('IDAT', pixels));
    else {
      const number = Buffer.alloc(4);
      number.writeUInt32BE(sequence++);
      parts.push(pngChunk('fdAT', Buffer.concat([number, pixels])));
    }
  }
  return Buffer.concat([...parts, pngChunk('IEND', Buffer.alloc(0))]);
}

const record = (selector: number, ...shares: number[]): Buffer => {
  const out = Buffer.alloc(26);
  out.writeUInt16BE(selector);
  for (const [i, share] of shares.entries()) out.writeInt32BE(Math.round(share * 2 ** 24), 2 + i * 4);
  return out;
};

/** A closed polygon as Photoshop keeps it: shares of the sides, x and y. */
const polygon = (points: readonly (readonly [number, number])[]): Buffer => {
  const length = Buffer.alloc(26);
  length.writeUInt16BE(points.length, 2);
  return Buffer.concat([length, ...points.map(([x, y]) => record(2, y, x, y, x, y, x))]);
};

const resource = (id: number, name: string, data: Buffer): Buffer => {
  const head = Buffer.alloc(6);
  head.write('8BIM', 'latin1');
  head.writeUInt16BE(id, 4);
  const pascal = Buffer.alloc((name.length + 2) & ~1);
  pascal[0] = name.length;
  pascal.write(name, 1, 'latin1');
  const length = Buffer.alloc(4);
  length.writeUInt32BE(data.length);
  return Buffer.concat([head, pascal, length, data, Buffer.alloc(data.length & 1)]);
};

/**
 * Image resources with two paths: a triangle that is not the clipping path, and `cut`, which is: the left half, with a hole
 * in its middle drawn in the same direction (so that the two fill rules differ).
 */
export const clippingResources = (): Buffer => {
  const name = Buffer.concat([Buffer.from([3]), Buffer.from('cut'), Buffer.alloc(6)]);
  return Buffer.concat([
    resource(
      2000,
      'other',
      polygon([
        [0.5, 0],
        [1, 0],
        [1, 1],
      ]),
    ),
    resource(
      2001,
      'cut',
      Buffer.concat([
        polygon([
          [0, 0],
          [0.5, 0],
          [0.5, 1],
          [0, 1],
        ]),
        polygon([
          [0.2, 0.4],
          [0.3, 0.4],
          [0.3, 0.6],
          [0.2, 0.6],
        ]),
      ]),
    ),
    resource(2999, '', name),
  ]);
};

/** A JPEG that carries image resources of Photoshop. */
export async function withResources(jpeg: Buffer, resources: Buffer): Promise<Buffer> {
  const body = Buffer.concat([Buffer.from('Photoshop 3.0\0', 'latin1'), resources]);
  const head = Buffer.from([0xff, 0xed, 0, 0]);
  head.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), head, body, jpeg.subarray(2)]);
}
