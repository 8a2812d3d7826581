import { open } from 'node:fs/promises';
import type { ContainerSettings, VideoEncoding } from '../encoding/settings.ts';
import { evenPlanes } from '../film/finish.ts';
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
  /** A second track, of the transparency. */
  readonly alpha?: VideoEncoding | undefined;
  readonly container: ContainerSettings;
  /** Where the film is written. */
  readonly file: string;
}

/** The transparency as brightness, in the full range. */
const alphaPlane = (pixelFormat: string): string =>
  `alphaextract,crop=trunc(iw/2)*2:trunc(ih/2)*2:0:0,scale=out_range=pc,format=${pixelFormat}`;

const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));

/** The longest clock (milliseconds) that all delays are multiples of. */
const tickOf = (delays: readonly number[]): number => delays.map(Math.round).reduce(divisor) || 1;

/** Pictures → film. One picture is in memory at a time. */
export async function encodeFrames(request: EncodeFramesRequest): Promise<void> {
  const { pixels, width, height, delays, encoding, alpha, container, file } = request;
  const av = await loadAv();
  const source = await open(pixels, 'r');
  const tick = tickOf(delays);
  const clock = { num: tick, den: 1000 };
  const frameRate = { num: 1000, den: tick };
  const feed = (steps: string, settings: VideoEncoding) => ({
    settings,
    filter: av.FilterAPI.create(steps, { framerate: frameRate }),
    track: undefined as Track | undefined,
  });
  const feeds = [
    feed(evenPlanes(encoding.pixelFormat), encoding),
    ...(alpha === undefined ? [] : [feed(alphaPlane(alpha.pixelFormat), alpha)]),
  ];
  const writer = createWriter(av, file, container);
  try {
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
      const converted = feeds.map(({ filter }) => filter.processAllSync(frame)[0]!);
      if (picture === 0) {
        for (const [i, one] of feeds.entries())
          one.track = writer.addVideo(converted[i]!, { timeBase: clock, frameRate }, one.settings);
        writer.begin();
      }
      for (const [i, one] of converted.entries()) {
        one.duration = BigInt(ticks);
        feeds[i]!.track!.write(one);
        one.free();
      }
      frame.free();
      at += ticks;
    }
    for (const { track } of feeds) track?.write(null);
    writer.end();
  } finally {
    writer.close();
    for (const { filter } of feeds) filter.close();
    await source.close();
  }
}
