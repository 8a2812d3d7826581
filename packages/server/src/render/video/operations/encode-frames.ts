import { open } from 'node:fs/promises';
import type { ContainerSettings, VideoEncoding } from '../encoding/settings.ts';
import { loadAv } from './av.ts';
import { createWriter, type Track } from './writer.ts';

export interface EncodeFramesRequest {
  /** File of raw pictures, one after the other: rows of red, green, blue, alpha, top to bottom, without padding. */
  readonly pixels: string;
  readonly width: number;
  readonly height: number;
  /** Milliseconds each picture is shown. */
  readonly delays: readonly number[];
  readonly encoding: VideoEncoding;
  readonly container: ContainerSettings;
  /** Where the film is written. */
  readonly file: string;
}

/** Pictures are full-range RGB; players expect BT.709 with the narrow range. */
const TO_VIDEO = (pixelFormat: string): string =>
  // Chroma is shared by two pixels and two rows; what is odd loses its last.
  `crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_color_matrix=bt709:out_range=tv,format=${pixelFormat},setparams=color_primaries=bt709:color_trc=bt709:colorspace=bt709`;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The longest clock (milliseconds) that all delays are multiples of. */
const tickOf = (delays: readonly number[]): number => delays.map(Math.round).reduce(divisor) || 1;

/** Pictures → film. One picture is in memory at a time. */
export async function encodeFrames(request: EncodeFramesRequest): Promise<void> {
  const { pixels, width, height, delays, encoding, container, file } = request;
  const av = await loadAv();
  const source = await open(pixels, 'r');
  const tick = tickOf(delays);
  const clock = { num: tick, den: 1000 };
  const frameRate = { num: 1000, den: tick };
  const filter = av.FilterAPI.create(TO_VIDEO(encoding.pixelFormat), { framerate: frameRate });
  const writer = createWriter(av, file, container);
  try {
    let track: Track | undefined;
    const data = Buffer.allocUnsafe(width * height * 4);
    let at = 0;
    for (const [picture, delay] of delays.entries()) {
      const ticks = Math.max(1, Math.round(delay / tick));
      const { bytesRead } = await source.read(data, 0, data.length, picture * data.length);
      if (bytesRead < data.length) throw new Error(`picture ${picture + 1} is missing`);
      const frame = av.Frame.fromVideoBuffer(data, {
        width,
        height,
        format: av.AV_PIX_FMT_RGBA,
        pts: BigInt(at),
        timeBase: clock,
      });
      for (const converted of filter.processAllSync(frame)) {
        if (track === undefined) {
          track = writer.addVideo(converted, { timeBase: clock, frameRate }, encoding);
          writer.begin();
        }
        converted.duration = BigInt(ticks);
        track.write(converted);
        converted.free();
      }
      frame.free();
      at += ticks;
    }
    track?.write(null);
    writer.end();
  } finally {
    writer.close();
    filter.close();
    await source.close();
  }
}
