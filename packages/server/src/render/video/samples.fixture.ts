import { readFile, writeFile } from 'node:fs/promises';
import * as av from 'node-av';

/** Sample media for the tests, made in code. */

export interface ClipOptions {
  readonly width?: number;
  readonly height?: number;
  readonly seconds?: number;
  readonly fps?: number;
  /** Encoder names; null leaves the track out. */
  readonly video?: string | null;
  readonly audio?: string | null;
  /** Clockwise turn that players apply; mp4 and mov only. */
  readonly rotation?: 0 | 90 | 180 | 270;
  readonly format?: string;
}

const STEREO = { nbChannels: 2, order: av.AV_CHANNEL_ORDER_NATIVE, mask: av.AV_CH_LAYOUT_STEREO };

/** Grey that brightens with time (8 + 230·t/duration), a red square in the upper left corner. */
async function* pictures(width: number, height: number, count: number, fps: number) {
  for (let i = 0; i < count; i++) {
    const data = Buffer.alloc(width * height * 3, 8 + Math.round((230 * i) / count));
    for (let y = 0; y < height / 4; y++) {
      for (let x = 0; x < width / 4; x++) data.set([220, 20, 20], (y * width + x) * 3);
    }
    yield av.Frame.fromVideoBuffer(data, {
      width,
      height,
      format: av.AV_PIX_FMT_RGB24,
      pts: BigInt(i),
      timeBase: { num: 1, den: fps },
    });
  }
}

async function* tone(seconds: number, rate: number) {
  const samples = 960;
  for (let at = 0; at < seconds * rate; at += samples) {
    const data = Buffer.alloc(samples * 8);
    for (let channel = 0; channel < 2; channel++) {
      for (let i = 0; i < samples; i++) {
        data.writeFloatLE(0.4 * Math.sin(((at + i) * 2 * Math.PI * 440) / rate), (channel * samples + i) * 4);
      }
    }
    yield av.Frame.fromAudioBuffer(data, {
      nbSamples: samples,
      format: av.AV_SAMPLE_FMT_FLTP,
      sampleRate: rate,
      channelLayout: STEREO as never,
      pts: BigInt(at),
      timeBase: { num: 1, den: rate },
    });
  }
}

/** Phones store film lying down and write the turn into the track header's matrix (ISO/IEC 14496-12, 8.3.2). */
async function turnTrack(path: string, rotation: number): Promise<void> {
  const file = await readFile(path);
  const matrix = file.indexOf('tkhd', 0, 'latin1') + 44;
  const [a, b, c, d] = { 0: [1, 0, 0, 1], 90: [0, 1, -1, 0], 180: [-1, 0, 0, -1], 270: [0, -1, 1, 0] }[rotation]!;
  [a!, b!, 0, c!, d!].forEach((value, i) => {
    file.writeInt32BE(value * 65_536, matrix + i * 4);
  });
  await writeFile(path, file);
}

/** Writes a film with a 440 Hz tone. Defaults: one second, 160×120, 10 pictures a second, H.264 and AAC. */
export async function writeClip(path: string, options: ClipOptions = {}): Promise<void> {
  const { width = 160, height = 120, seconds = 1, fps = 10, video = 'libx264', audio = 'aac', rotation = 0 } = options;
  av.Log.setLevel(av.AV_LOG_QUIET);
  const muxer = await av.Muxer.open(path, options.format === undefined ? {} : { format: options.format });
  const writers: (() => Promise<void>)[] = [];
  if (video !== null) {
    const filter = av.FilterAPI.create('format=yuv420p', { framerate: { num: fps, den: 1 } });
    const encoder = await av.Encoder.create(av.Codec.findEncoderByName(video as never)!, { filter, bitrate: '300k' });
    const index = muxer.addStream(encoder);
    writers.push(async () => {
      for await (const frame of filter.frames(pictures(width, height, Math.round(seconds * fps), fps))) {
        if (frame === null) continue;
        for (const packet of await encoder.encodeAll(frame)) await muxer.writePacket(packet, index);
      }
      for (const packet of await encoder.encodeAll(null)) await muxer.writePacket(packet, index);
      encoder.close();
      filter.close();
    });
  }
  if (audio !== null) {
    const encoder = await av.Encoder.create(av.Codec.findEncoderByName(audio as never)!, {
      bitrate: '96k',
      autoResample: true,
    });
    const index = muxer.addStream(encoder);
    writers.push(async () => {
      for await (const frame of tone(seconds, 48_000)) {
        for (const packet of await encoder.encodeAll(frame)) await muxer.writePacket(packet, index);
      }
      for (const packet of await encoder.encodeAll(null)) await muxer.writePacket(packet, index);
      encoder.close();
    });
  }
  for (const write of writers) await write();
  await muxer.close();
  if (rotation !== 0) await turnTrack(path, rotation);
}

/** A PDF with one line of text and a red square on every page; sizes in points. */
export function makePdf(width = 612, height = 792, pages = 1): Buffer {
  const content = (page: number) => `BT /F1 48 Tf 50 ${height / 2} Td (Page ${page}) Tj ET 1 0 0 rg 50 50 100 100 re f`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    `<</Type/Pages/Count ${pages}/Kids[${Array.from({ length: pages }, (_, i) => `${4 + i * 2} 0 R`).join(' ')}]>>`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  for (let i = 0; i < pages; i++) {
    const text = content(i + 1);
    objects.push(
      `<</Type/Page/Parent 2 0 R/MediaBox[0 0 ${width} ${height}]/Contents ${5 + i * 2} 0 R/Resources<</Font<</F1 3 0 R>>>>>>`,
      `<</Length ${text.length}>>stream\n${text}\nendstream`,
    );
  }
  let file = '%PDF-1.4\n';
  const offsets = objects.map((object, i) => {
    const at = file.length;
    file += `${i + 1} 0 obj${object}endobj\n`;
    return `${String(at).padStart(10, '0')} 00000 n \n`;
  });
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${offsets.join('')}`;
  return Buffer.from(`${file}trailer<</Size ${objects.length + 1}/Root 1 0 R>>\nstartxref\n${xref}\n%%EOF`, 'latin1');
}

const box = (type: string, ...parts: Buffer[]) => {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(8);
  head.writeUInt32BE(body.length + 8);
  head.write(type, 4, 'latin1');
  return Buffer.concat([head, body]);
};
const u8 = (...values: number[]) => Buffer.from(values);
const u16 = (...values: number[]) => Buffer.from(values.flatMap((value) => [value >> 8, value & 255]));
const u32 = (...values: number[]) =>
  Buffer.concat(values.map((value) => u16(Math.floor(value / 65_536), value % 65_536)));
const text = (value: string) => Buffer.from(value, 'latin1');

/** Byte stream with start codes → configuration record and length-prefixed units (ISO/IEC 14496-15, 8.3.3). */
function toIsoHevc(stream: Buffer): { config: Buffer; data: Buffer } {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: a start code is made of them
  const starts = [...stream.toString('latin1').matchAll(/\0\0\x01/g)].map(({ index }) => index + 3);
  const units = starts.map((start, i) => {
    let end = (starts[i + 1] ?? stream.length + 3) - 3;
    while (end > start && stream[end - 1] === 0) end--;
    return stream.subarray(start, end);
  });
  const kind = (unit: Buffer) => (unit[0]! >> 1) & 63;
  const parameters = units.filter((unit) => [32, 33, 34].includes(kind(unit)));
  const sps = parameters.find((unit) => kind(unit) === 33)!;
  // The profile fields with the emulation bytes (00 00 03) taken out.
  const profile = Buffer.from(sps.toString('latin1').replaceAll('\0\0\x03', '\0\0'), 'latin1').subarray(3, 15);
  const config = Buffer.concat([
    u8(1),
    profile,
    u8(0xf0, 0, 0xfc, 0xfd, 0xf8, 0xf8, 0, 0, 0x0f, parameters.length),
    ...parameters.map((unit) => Buffer.concat([u8(0x80 | kind(unit)), u16(1, unit.length), unit])),
  ]);
  const pictures = units.filter((unit) => kind(unit) < 32);
  return { config, data: Buffer.concat(pictures.flatMap((unit) => [u32(unit.length), unit])) };
}

/** An HEIC picture as phones write it: tiles of 64×64 in a grid, turned by a property. Each tile has one colour. */
export async function writeGridHeic(
  path: string,
  colours: readonly (readonly [number, number, number])[],
  grid: { rows: number; columns: number; width: number; height: number; quarterTurns?: number },
): Promise<void> {
  av.Log.setLevel(av.AV_LOG_QUIET);
  const side = 64;
  const tiles: { config: Buffer; data: Buffer }[] = [];
  for (const colour of colours) {
    const source = av.Frame.fromVideoBuffer(Buffer.alloc(side * side * 3, Buffer.from(colour)), {
      width: side,
      height: side,
      format: av.AV_PIX_FMT_RGB24,
      pts: 0n,
      timeBase: { num: 1, den: 1 },
    });
    const filter = av.FilterAPI.create('scale=out_range=full,format=yuvj420p', { framerate: { num: 1, den: 1 } });
    const encoder = await av.Encoder.create(av.FF_ENCODER_LIBX265, {
      filter,
      options: { preset: 'ultrafast', 'x265-params': 'log-level=none' },
    });
    const stream: Buffer[] = [];
    for (const frame of await filter.processAll(source)) {
      for (const packet of await encoder.encodeAll(frame)) stream.push(Buffer.from(packet.data!));
    }
    for (const packet of await encoder.encodeAll(null)) stream.push(Buffer.from(packet.data!));
    encoder.close();
    filter.close();
    tiles.push(toIsoHevc(Buffer.concat(stream)));
  }
  const gridItem = tiles.length + 1;
  const descriptor = Buffer.concat([u8(0, 0, grid.rows - 1, grid.columns - 1), u16(grid.width, grid.height)]);
  const infe = (id: number, type: string) => box('infe', u8(2, 0, 0, 0), u16(id, 0), text(type), u8(0));
  const ispe = (width: number, height: number) => box('ispe', u32(0, width, height));
  const full = u8(0, 0, 0, 0);
  const meta = (dataAt: number) => {
    let at = dataAt;
    const locations = tiles.map(({ data }, i) => {
      const entry = Buffer.concat([u16(i + 1, 0, 0, 1), u32(at, data.length)]);
      at += data.length;
      return entry;
    });
    locations.push(Buffer.concat([u16(gridItem, 1, 0, 1), u32(0, descriptor.length)]));
    const properties = [tiles[0]!.config, undefined].map((config) => config && box('hvcC', config)).filter(Boolean);
    return box(
      'meta',
      full,
      box('hdlr', u32(0, 0), text('pict'), u32(0, 0, 0), u8(0)),
      box('pitm', full, u16(gridItem)),
      box('iinf', full, u16(tiles.length + 1), ...tiles.map((_, i) => infe(i + 1, 'hvc1')), infe(gridItem, 'grid')),
      box('iref', full, box('dimg', u16(gridItem, tiles.length, ...tiles.map((_, i) => i + 1)))),
      box(
        'iprp',
        box(
          'ipco',
          ...(properties as Buffer[]),
          ispe(side, side),
          ispe(grid.width, grid.height),
          box('irot', u8(grid.quarterTurns ?? 0)),
        ),
        box(
          'ipma',
          full,
          u32(tiles.length + 1),
          ...tiles.map((_, i) => Buffer.concat([u16(i + 1), u8(2, 0x81, 2)])),
          Buffer.concat([u16(gridItem), u8(2, 3, 0x84)]),
        ),
      ),
      box('idat', descriptor),
      box('iloc', u8(1, 0, 0, 0, 0x44, 0x00), u16(tiles.length + 1), ...locations),
    );
  };
  const ftyp = box('ftyp', text('heic'), u32(0), text('mif1heic'));
  const head = ftyp.length + meta(0).length + 8;
  await writeFile(path, Buffer.concat([ftyp, meta(head), box('mdat', ...tiles.map(({ data }) => data))]));
}
