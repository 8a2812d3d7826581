import type { Demuxer, Frame, Stream } from 'node-av';

export type Av = typeof import('node-av');

/** A picture as plain rows of 8-bit samples, top to bottom, without padding. */
export interface RawPicture {
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
  /** 3: red, green, blue · 4: red, green, blue, alpha (not premultiplied). */
  readonly channels: 3 | 4;
}

let loaded: Promise<Av> | undefined;

/** Loads node-av, silently. Rejects with the loader's error when the optional package is not there. */
export function loadAv(): Promise<Av> {
  loaded ??= import('node-av').then((av) => {
    av.Log.setLevel(av.AV_LOG_QUIET);
    return av;
  });
  return loaded;
}

/**
 * Opens a file with exactly the demuxer that inspection chose. FFmpeg must not guess: playlists and scripts (HLS, DASH,
 * concat, image sequences) can name other files and addresses, which is a known way to read a server's disk.
 */
export async function openMedia(
  av: Av,
  path: string,
  demuxer: string,
  more: Readonly<Record<string, string>> = {},
): Promise<Demuxer> {
  const options: Record<string, string> = { protocol_whitelist: 'file', ...more };
  if (demuxer === 'mov') Object.assign(options, { enable_drefs: '0', use_absolute_path: '0' });
  return av.Demuxer.open(path, { format: demuxer, options: options as never });
}

/** The stream that plays: the first with a size that is no cover art, or undefined. */
export function videoStream(av: Av, demuxer: Demuxer): Stream | undefined {
  return demuxer.streams.find(
    (stream) =>
      stream.codecpar.codecType === av.AVMEDIA_TYPE_VIDEO && !stream.hasDisposition(av.AV_DISPOSITION_ATTACHED_PIC),
  );
}

/** Clockwise turn in degrees (0, 90, 180, 270) that shows the picture upright, from the display matrix. */
export function rotationOf(av: Av, stream: Stream): number {
  const matrix = stream.codecpar.getCodedSideData(av.AV_PKT_DATA_DISPLAYMATRIX);
  if (matrix === null || matrix.length < 36) return 0;
  // Two 16.16 entries of the first row give the angle; FFmpeg's av_display_rotation_get counts counter-clockwise.
  const degrees = (Math.atan2(matrix.readInt32LE(4), matrix.readInt32LE(0)) * 180) / Math.PI;
  return (((Math.round(degrees / 90) * 90) % 360) + 360) % 360;
}

const TURNS: Readonly<Record<number, string>> = { 90: 'transpose=clock', 180: 'hflip,vflip', 270: 'transpose=cclock' };

/** Filter steps that turn a stream upright and make its pixels square; '' when nothing is to do. */
export function uprightFilter(av: Av, stream: Stream): string[] {
  const { num, den } = stream.sampleAspectRatio.num > 0 ? stream.sampleAspectRatio : stream.codecpar.sampleAspectRatio;
  const steps: string[] = [];
  if (num > 0 && den > 0 && num !== den) steps.push(`scale=trunc(iw*${num}/${den}/2+0.5)*2:ih`, 'setsar=1');
  const turn = TURNS[rotationOf(av, stream)];
  if (turn !== undefined) steps.push(turn);
  return steps;
}

/** Pixel formats with an alpha plane are those FFmpeg names so. */
export function formatHasAlpha(av: Av, pixelFormat: number): boolean {
  const name = av.avGetPixFmtName(pixelFormat as never) ?? '';
  return /^(yuva|rgba|bgra|argb|abgr|gbrap|ya\d|ayuv|pal8|vuya)/.test(name);
}

/** Decoder of a stream; VP8 and VP9 with alpha need libvpx, FFmpeg's own decoders drop the alpha plane. */
async function openDecoder(av: Av, stream: Stream) {
  const name = av.avGetCodecName(stream.codecpar.codecId);
  const withAlpha = stream.metadata?.get('alpha_mode') === '1';
  const options = { threadCount: 2 };
  if (withAlpha && name === 'vp9') return av.Decoder.create(stream, av.FF_DECODER_LIBVPX_VP9, options);
  if (withAlpha && name === 'vp8') return av.Decoder.create(stream, av.FF_DECODER_LIBVPX_VP8, options);
  return av.Decoder.create(stream, options);
}

/**
 * Decodes a stream from where the demuxer stands. The caller frees each frame. Reads packets itself: the demuxer's own
 * packet queue does not start again after a seek.
 */
export async function* decodedFrames(av: Av, media: Demuxer, stream: Stream): AsyncGenerator<Frame> {
  const source = media.getFormatContext();
  const decoder = await openDecoder(av, stream);
  const packet = new av.Packet();
  packet.alloc();
  let left: Frame[] = [];
  try {
    for (;;) {
      const status = await source.readFrame(packet);
      if (status < 0 && status !== av.AVERROR_EAGAIN) break;
      if (status >= 0 && packet.streamIndex === stream.index) {
        left = await decoder.decodeAll(packet);
        packet.unref();
        while (left.length > 0) yield left.shift()!;
      } else packet.unref();
    }
    left = await decoder.decodeAll(null);
    while (left.length > 0) yield left.shift()!;
  } finally {
    for (const frame of left) frame.free();
    packet.free();
    decoder.close();
  }
}

/** Converts a frame to rows of RGB or (by default when it has transparency) RGBA, after the given filter steps. Does not free the frame. */
export async function toRaw(
  av: Av,
  frame: Frame,
  steps: readonly string[] = [],
  channels: 3 | 4 = formatHasAlpha(av, frame.format) ? 4 : 3,
): Promise<RawPicture> {
  const filter = av.FilterAPI.create([...steps, `format=${channels === 4 ? 'rgba' : 'rgb24'}`].join(','));
  try {
    const [first] = [...(await filter.processAll(frame)), ...(await drain(filter))];
    if (first === undefined) throw new Error('the picture could not be converted');
    const picture: RawPicture = { data: first.toBuffer(), width: first.width, height: first.height, channels };
    first.free();
    return picture;
  } finally {
    filter.close();
  }
}

async function drain(filter: { flushFrames(): AsyncGenerator<Frame> }): Promise<Frame[]> {
  const frames: Frame[] = [];
  for await (const frame of filter.flushFrames()) frames.push(frame);
  return frames;
}
