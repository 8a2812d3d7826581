import { mkdtemp, open, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Quality } from '@signet/transformation';
import type { Patience } from '../renderer.ts';
import { createProcessPool, type JobOptions, workerProgram } from '../workers/process-pool.ts';
import type { ContainerSettings, VideoEncoding } from './encoding/settings.ts';
import type { FilmJob, FilmResult } from './film/job.ts';
import type { PictureSize } from './media-worker.ts';
import type { RawPicture } from './operations/av.ts';
import type { DecodeSequenceRequest } from './operations/decode-sequence.ts';
import type { EncodeStillRequest } from './operations/encode-still.ts';
import type { FrameTime } from './operations/frame.ts';
import type { HighlightsRequest, Part } from './operations/highlights.ts';
import type { PdfFacts } from './operations/pdf.ts';
import type { ProbeResult } from './operations/probe.ts';
import type { PsdLayers } from './operations/psd.ts';
import type { Segment, SegmentsRequest } from './operations/segments.ts';
import type { WaveformRequest } from './operations/waveform.ts';

export type { RawPicture } from './operations/av.ts';
export type { FrameTime } from './operations/frame.ts';
export type { PdfFacts } from './operations/pdf.ts';
export type { ProbeResult, VideoFacts } from './operations/probe.ts';
export type { PsdLayers } from './operations/psd.ts';
export type { Segment } from './operations/segments.ts';

export interface VideoWorkersOptions {
  /** Worker processes for short jobs (facts, single pictures). Default 2. */
  readonly processes?: number;
  /** Resident megabytes of one process. Default 1024. */
  readonly memoryMegabytes?: number;
  /** Films made at a time while somebody waits; one more is made in the background. Default 1. */
  readonly films?: number;
  /** Resident megabytes of a process that makes a film. Default 1024. */
  readonly filmMegabytes?: number;
  /** Milliseconds a short job may take. Default 30,000. */
  readonly deadlineMs?: number;
  /** A process without work ends after so many milliseconds. Default 30,000. */
  readonly idleMs?: number;
  /** Width × height of a decoded picture at most. Default 100 million. */
  readonly pixelLimit?: number;
  /** Folder for pixels on their way between processes. Default: the system's. */
  readonly scratchFolder?: string;
}

export interface FilmOptions {
  readonly width: number;
  readonly height: number;
  /** Milliseconds each picture is shown: one for all, or one each. */
  readonly delay: number | readonly number[];
  /** `mp4` (H.264), `webm` (VP9) or any other video format of encoding/codecs.ts. */
  readonly format: string;
  /** Default: about 70 of 100. */
  readonly quality?: Quality;
}

/** Jobs of FFmpeg and PDFium. Every method rejects with WorkerError. Nothing is loaded or started before the first job. */
export interface VideoWorkers {
  /** Facts of a video or audio file by their wire names. `demuxer` comes from the format table. */
  probe(path: string, demuxer: string, options?: JobOptions): Promise<ProbeResult>;
  /** A picture of a film, upright, no wider than `width`. */
  frame(path: string, demuxer: string, at: FrameTime, options?: JobOptions & { width?: number }): Promise<RawPicture>;
  /** A picture in a format libvips cannot read: heic, jxl, jp2, psd, bmp, tga, ico. */
  decodeStill(path: string, format: string, options?: JobOptions): Promise<RawPicture>;
  /** Frames of a moving AVIF (`readAvifSequence` tells its tracks) below one another, each of the size that is told. */
  decodeSequence(request: DecodeSequenceRequest, options?: JobOptions): Promise<RawPicture>;
  /** Encodes pixels as jxl, jp2, bmp or tga. */
  encodeStill(request: EncodeStillRequest, options?: JobOptions): Promise<Buffer>;
  /**
   * Pictures of one size → a film without sound, the bytes of the file. Sides are made even by cutting a row or column.
   *
   * @param frames each is rows of red, green, blue, alpha without padding (4 × width × height bytes); transparency
   *   becomes black. They are written to disk as they come, so a generator keeps memory low.
   * @throws WorkerError, or EncodingError when the format is no video format
   */
  framesToVideo(
    frames: Iterable<Buffer> | AsyncIterable<Buffer>,
    film: FilmOptions,
    options?: JobOptions,
  ): Promise<Buffer>;
  /** Moving AVIF from pictures of even sides, rows of red, green, blue, alpha; `delay` in milliseconds. */
  framesToAvif(
    frames: Iterable<Buffer>,
    animation: {
      readonly width: number;
      readonly height: number;
      readonly delay: readonly number[];
      readonly loop: number;
      readonly quality: number;
      /** Keep the transparency. */
      readonly alpha: boolean;
    },
    options?: JobOptions,
  ): Promise<Buffer>;
  /** The liveliest parts of a film. */
  highlights(request: HighlightsRequest, options?: JobOptions): Promise<Part[]>;
  /** A picture of the sound on a transparent ground. */
  waveform(request: WaveformRequest, options?: JobOptions): Promise<RawPicture>;
  /** Pieces of an MPEG transport stream, each beginning with a key frame. */
  segments(request: SegmentsRequest, options?: JobOptions): Promise<Segment[]>;
  /** Makes a film, sound or an animated picture; the result is in the job's file. */
  film(job: FilmJob, options: JobOptions & { patience: Patience }): Promise<FilmResult>;
  /** Pages and size in points of a PDF. */
  pdfFacts(path: string, options?: JobOptions): Promise<PdfFacts>;
  /** A page of a PDF (from 1) as RGBA; 150 dpi by default. */
  pdfPage(
    path: string,
    page: number,
    options?: JobOptions & { dpi?: number; transparent?: boolean },
  ): Promise<RawPicture>;
  /** Names of the layers of a PSD, from the bottom up, and of the files in its smart objects. */
  psdLayers(path: string, options?: JobOptions): Promise<PsdLayers>;
  /** Calls `use` with the path of the file inside of a smart object of a PSD (from 1), which is gone afterwards. */
  psdEmbedded<T>(path: string, number: number, use: (file: string) => Promise<T>, options?: JobOptions): Promise<T>;
  /** Layers of a PSD (from 1) over one another, as RGBA on its transparent canvas. */
  psdPicture(path: string, layers: readonly number[], options?: JobOptions): Promise<RawPicture>;
  stats(): { processes: number; running: number; waiting: number };
  close(): Promise<void>;
}

/** An output without wishes. */
const PLAIN = {
  qmax: null,
  videoCodec: null,
  audioCodec: null,
  audioFrequency: null,
  bitRate: null,
  audioBitRate: null,
  keyframeInterval: null,
  hdr: false,
  mono: false,
} as const;

async function writeFrames(
  path: string,
  frames: Iterable<Buffer> | AsyncIterable<Buffer>,
  bytes: number,
): Promise<number> {
  const file = await open(path, 'w');
  let count = 0;
  try {
    for await (const frame of frames) {
      if (frame.length !== bytes) throw new TypeError(`Expected ${bytes} bytes a frame but received ${frame.length}`);
      await file.write(frame);
      count++;
    }
  } finally {
    await file.close();
  }
  if (count === 0) throw new TypeError('Expected at least one frame');
  return count;
}

export function createVideoWorkers(options: VideoWorkersOptions = {}): VideoWorkers {
  const pixelLimit = options.pixelLimit ?? 100_000_000;
  const { idleMs, deadlineMs } = options;
  const program = workerProgram(import.meta.url, 'media-worker');
  const pool = createProcessPool({
    program,
    size: options.processes,
    memoryMegabytes: options.memoryMegabytes,
    deadlineMs,
    idleMs,
  });
  // Films take all cores for seconds or minutes: facts and stills must not wait for them, nor answers for jobs. Nothing
  // is started before its first job.
  const filmPool = (size: number | undefined, queueLimit: number) =>
    createProcessPool({
      program,
      size,
      queueLimit,
      idleMs,
      memoryMegabytes: options.filmMegabytes,
      // What the encoders of one film leave behind in memory is not the next one's burden.
      jobsPerProcess: 50,
    });
  const answers = filmPool(options.films ?? 1, 64);
  const jobs = filmPool(1, 10_000);
  let scratch: Promise<string> | undefined;
  let next = 0;

  async function withFile<T>(use: (pixels: string) => Promise<T>): Promise<T> {
    scratch ??= mkdtemp(join(options.scratchFolder ?? tmpdir(), 'signet-pixels-'));
    const pixels = join(await scratch, `${next++}.raw`);
    try {
      return await use(pixels);
    } finally {
      await rm(pixels, { force: true });
    }
  }

  const picture = (operation: string, args: object, job: JobOptions = {}): Promise<RawPicture> =>
    withFile(async (pixels) => {
      const size = (await pool.run(operation, { ...args, pixels }, job)) as PictureSize;
      return { ...size, data: await readFile(pixels) };
    });

  const encodeFrames = (
    frames: Iterable<Buffer> | AsyncIterable<Buffer>,
    { width, height, delay }: { width: number; height: number; delay: number | readonly number[] },
    { video, container, alpha }: { video: VideoEncoding; container: ContainerSettings; alpha?: VideoEncoding },
    job?: JobOptions,
  ): Promise<Buffer> =>
    withFile((pixels) =>
      withFile(async (file) => {
        const count = await writeFrames(pixels, frames, width * height * 4);
        const delays = typeof delay === 'number' ? Array<number>(count).fill(delay) : delay;
        await pool.run('encodeFrames', { pixels, width, height, delays, encoding: video, alpha, container, file }, job);
        return readFile(file);
      }),
    );

  return {
    probe: async (path, demuxer, job) => (await pool.run('probe', { path, demuxer }, job)) as ProbeResult,
    frame: (path, demuxer, at, job) => picture('frame', { path, demuxer, at, width: job?.width }, job),
    decodeStill: (path, format, job) => picture('decodeStill', { path, format, pixelLimit }, job),
    decodeSequence: (request, job) => picture('decodeSequence', request, job),
    encodeStill: ({ picture: { data, ...size }, ...settings }, job) =>
      withFile(async (pixels) => {
        await writeFile(pixels, data);
        return Buffer.from((await pool.run('encodeStill', { ...settings, ...size, pixels }, job)) as Uint8Array);
      }),
    async framesToVideo(frames, film, job) {
      const { format, quality = { mode: 'default' } } = film;
      const { EncodingError, encodingOf } = await import('./encoding/encoding.ts');
      const { video, container } = encodingOf(
        { ...PLAIN, kind: 'video', format, quality },
        { audio: null, picture: true, alpha: false },
      );
      if (video === null) throw new EncodingError(`Format ${format} holds no picture`);
      return encodeFrames(frames, film, { video, container }, job);
    },
    async framesToAvif(frames, { quality, loop, alpha, ...size }, job) {
      const { avifEncoding } = await import('./encoding/animated.ts');
      return encodeFrames(frames, size, avifEncoding(quality, loop, alpha), job);
    },
    highlights: async (request, job) => (await pool.run('highlights', request, job)) as Part[],
    waveform: (request, job) => picture('waveform', request, job),
    segments: async (request, job) => (await pool.run('segments', request, job)) as Segment[],
    film: async (job, { patience, ...rest }) =>
      (await (patience === 'job' ? jobs : answers).run('transcode', job, rest)) as FilmResult,
    pdfFacts: async (path, job) => (await pool.run('pdfFacts', { path }, job)) as PdfFacts,
    pdfPage: (path, page, job) =>
      picture('pdfPage', { path, page, dpi: job?.dpi, transparent: job?.transparent, pixelLimit }, job),
    psdLayers: async (path, job) => (await pool.run('psdLayers', { path }, job)) as PsdLayers,
    psdEmbedded: (path, number, use, job) =>
      withFile(async (to) => {
        await pool.run('psdEmbedded', { path, number, to }, job);
        return use(to);
      }),
    psdPicture: (path, layers, job) => picture('psdPicture', { path, layers, pixelLimit }, job),
    stats: () => pool.stats(),
    async close() {
      await Promise.all([pool.close(), answers.close(), jobs.close()]);
      if (scratch !== undefined) await rm(await scratch, { recursive: true, force: true });
    },
  };
}
