import { readFile } from 'node:fs/promises';
import type { Demuxer, Frame, Stream } from 'node-av';
import { type Av, decodedFrames, loadAv, openMedia, type RawPicture, toRaw } from './av.ts';
import { type HeifLayout, readHeifLayout } from './heif.ts';

export interface DecodeStillRequest {
  readonly path: string;
  /** Canonical format name of the table in ingest/inspect/formats.ts. */
  readonly format: string;
  /** Width × height at most; larger pictures are refused before they are decoded where the format allows it. */
  readonly pixelLimit: number;
}

/** FFmpeg's decoder for formats where the file is one picture. */
const WHOLE_FILE_DECODERS: Readonly<Record<string, string>> = {
  jxl: 'libjxl',
  jp2: 'jpeg2000',
  psd: 'psd',
  bmp: 'bmp',
  tga: 'targa',
};

class PixelLimitError extends Error {
  constructor(width: number, height: number, limit: number) {
    super(`${width}×${height} pixels, more than the limit of ${limit}`);
  }
}

function checkSize(width: number, height: number, limit: number): void {
  if (width * height > limit) throw new PixelLimitError(width, height, limit);
}

async function decodeWholeFile(av: Av, path: string, decoderName: string, pixelLimit: number): Promise<Frame> {
  const codec = av.Codec.findDecoderByName(decoderName as never);
  if (codec === null) throw new Error(`this build of FFmpeg has no ${decoderName}`);
  const context = new av.CodecContext();
  const packet = new av.Packet();
  packet.alloc();
  try {
    context.allocContext3(codec);
    context.threadCount = 2;
    // Refuses before it allocates (AVCodecContext.max_pixels).
    context.setOption('max_pixels', BigInt(pixelLimit), av.AV_OPT_TYPE_INT64);
    av.FFmpegError.throwIfError(await context.open2(codec, null), 'decoder');
    packet.data = await readFile(path);
    av.FFmpegError.throwIfError(await context.sendPacket(packet), 'the picture could not be decoded');
    await context.sendPacket(null);
    const frame = new av.Frame();
    frame.alloc();
    av.FFmpegError.throwIfError(await context.receiveFrame(frame), 'the picture could not be decoded');
    checkSize(frame.width, frame.height, pixelLimit);
    // A filter graph wants a clock; a lone picture has none.
    frame.timeBase = new av.Rational(1, 1);
    frame.pts = 0n;
    return frame;
  } finally {
    packet.free();
    context.freeContext();
  }
}

async function decodeStreams(av: Av, media: Demuxer, wanted: ReadonlySet<number>): Promise<Map<number, Frame>> {
  const frames = new Map<number, Frame>();
  const byIndex = new Map(media.streams.map((stream) => [stream.index, stream]));
  const packet = new av.Packet();
  packet.alloc();
  try {
    while (frames.size < wanted.size && (await media.getFormatContext().readFrame(packet)) >= 0) {
      const stream = byIndex.get(packet.streamIndex);
      if (stream !== undefined && wanted.has(stream.id) && !frames.has(stream.id)) {
        const decoder = await av.Decoder.create(stream, { threadCount: 2 });
        const decoded = [...(await decoder.decodeAll(packet)), ...(await decoder.decodeAll(null))];
        decoder.close();
        if (decoded[0] !== undefined) frames.set(stream.id, decoded[0]);
      }
      packet.unref();
    }
  } finally {
    packet.free();
  }
  return frames;
}

function assemble(layout: HeifLayout, parts: readonly RawPicture[], alpha: RawPicture | undefined): RawPicture {
  const channels = alpha === undefined ? 3 : 4;
  const { width, height, columns } = layout;
  const data = Buffer.alloc(width * height * channels, 255);
  const [tileWidth, tileHeight] = [parts[0]!.width, parts[0]!.height];
  parts.forEach((part, index) => {
    const left = (index % columns) * tileWidth;
    const top = Math.floor(index / columns) * tileHeight;
    const across = Math.min(part.width, width - left);
    const down = Math.min(part.height, height - top);
    for (let y = 0; y < down; y++) {
      let to = ((top + y) * width + left) * channels;
      let from = y * part.width * part.channels;
      if (channels === 3 && part.channels === 3) {
        part.data.copy(data, to, from, from + across * 3);
        continue;
      }
      for (let x = 0; x < across; x++, to += channels, from += part.channels) {
        data[to] = part.data[from]!;
        data[to + 1] = part.data[from + 1]!;
        data[to + 2] = part.data[from + 2]!;
      }
    }
  });
  if (alpha !== undefined && alpha.width >= width && alpha.height >= height) {
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        data[(y * width + x) * 4 + 3] = alpha.data[(y * alpha.width + x) * alpha.channels]!;
      }
    }
  }
  return { data, width, height, channels };
}

/** Turns and mirrors as the file's properties say; through FFmpeg so that no pixel loop of ours is needed. */
function orientationSteps(layout: HeifLayout): string[] {
  const turns = [[], ['transpose=cclock'], ['hflip', 'vflip'], ['transpose=clock']][layout.quarterTurns] ?? [];
  if (layout.mirror === 'vertical') return [...turns, 'vflip'];
  return layout.mirror === 'horizontal' ? [...turns, 'hflip'] : turns;
}

async function decodeHeif(av: Av, path: string, pixelLimit: number): Promise<RawPicture> {
  const layout = await readHeifLayout(path);
  checkSize(layout.width, layout.height, pixelLimit);
  const media = await openMedia(av, path, 'mov');
  try {
    const wanted = new Set([...layout.tiles, ...(layout.alpha === undefined ? [] : [layout.alpha])]);
    const frames = await decodeStreams(av, media, wanted);
    const parts: RawPicture[] = [];
    for (const tile of layout.tiles) {
      const frame = frames.get(tile);
      if (frame === undefined) throw new Error('a part of the HEIF image could not be decoded');
      parts.push(await toRaw(av, frame));
    }
    const alphaFrame = layout.alpha === undefined ? undefined : frames.get(layout.alpha);
    // The luma plane of the alpha picture is full range; converting it as grey keeps it so.
    const alpha = alphaFrame && (await toRaw(av, alphaFrame, ['extractplanes=y', 'format=gray']));
    for (const frame of frames.values()) frame.free();
    const picture = assemble(layout, parts, alpha);
    const steps = orientationSteps(layout);
    if (steps.length === 0) return picture;
    const frame = av.Frame.fromVideoBuffer(picture.data, {
      width: picture.width,
      height: picture.height,
      format: picture.channels === 4 ? av.AV_PIX_FMT_RGBA : av.AV_PIX_FMT_RGB24,
      timeBase: { num: 1, den: 1 },
      pts: 0n,
    });
    const turned = await toRaw(av, frame, steps);
    frame.free();
    return turned;
  } finally {
    await media.close();
  }
}

/** The largest picture of an icon file; of equal ones the one with the most colours. */
async function decodeIcon(av: Av, path: string, pixelLimit: number): Promise<RawPicture> {
  const media = await openMedia(av, path, 'ico');
  try {
    const area = ({ codecpar }: Stream) => codecpar.width * codecpar.height;
    const [stream] = [...media.streams].sort(
      (a, b) => area(b) - area(a) || b.codecpar.bitsPerCodedSample - a.codecpar.bitsPerCodedSample,
    );
    if (stream === undefined) throw new Error('an icon file without pictures');
    checkSize(stream.codecpar.width, stream.codecpar.height, pixelLimit);
    for await (const frame of decodedFrames(av, media, stream)) {
      const picture = await toRaw(av, frame);
      frame.free();
      return picture;
    }
    throw new Error('the icon could not be decoded');
  } finally {
    await media.close();
  }
}

/**
 * Decodes a picture that libvips cannot read (HEIC, JPEG XL, JPEG 2000, PSD as flattened, BMP, TGA, ICO), upright.
 * Samples are 8 bit; an embedded colour profile is not applied.
 */
export async function decodeStill({ path, format, pixelLimit }: DecodeStillRequest): Promise<RawPicture> {
  const av = await loadAv();
  if (format === 'heic') return decodeHeif(av, path, pixelLimit);
  if (format === 'ico') return decodeIcon(av, path, pixelLimit);
  const decoder = WHOLE_FILE_DECODERS[format];
  if (decoder === undefined) throw new Error(`no decoder for ${format}`);
  const frame = await decodeWholeFile(av, path, decoder, pixelLimit);
  try {
    return await toRaw(av, frame);
  } finally {
    frame.free();
  }
}
