import { mkdtemp, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Focus, Gravity, LayerPlan, Plan, Rect, Size, WaveformStep } from '@signet/transformation';
import sharp from 'sharp';
import { ERRORS, SignetError } from '../../../errors.ts';
import { inputAt } from '../../../ingest/inspect/input.ts';
import { sniff } from '../../../ingest/inspect/sniff.ts';
import { type Detectors, findFocus } from '../../image/focus.ts';
import { fromSharp } from '../../image/raster.ts';
import type { ImageRenderer } from '../../image/renderer.ts';
import { isZoompan, type RenderedFile, type RenderRequest } from '../../renderer.ts';
import { WorkerError } from '../../workers/process-pool.ts';
import { animatedEncoding, checkAvifSize } from '../encoding/animated.ts';
import { EncodingError, encodingOf } from '../encoding/encoding.ts';
import type { VideoWorkers } from '../video-workers.ts';
import { createDrawings } from './draw.ts';
import { paint } from './graph.ts';
import type { FilmInput } from './job.ts';
import { prepareFilm } from './prepare.ts';

/** How long somebody may wait, and for how much. */
export interface FilmLimits {
  /** Bytes of a source that is transformed while the client waits. */
  readonly answerBytes: number;
  /** Milliseconds while the client waits. */
  readonly answerDeadline: number;
  /** Milliseconds of a job in the background. */
  readonly jobDeadline: number;
}

export interface FilmsOptions {
  readonly workers: VideoWorkers;
  readonly images: Pick<ImageRenderer, 'render'>;
  readonly limits: FilmLimits;
  /** For what is on its way. */
  readonly scratchFolder: string;
  /** For fonts, as of the renderer of images. */
  readonly cacheFolder: string;
  /** Faces, for gravities. */
  readonly detectors?: Detectors;
}

/** The cloud's text (delivery reference 1.8). */
const TOO_LARGE =
  'Video is too large to process synchronously, please use an eager transformation with eager_async=true to resolve';

async function inputOf(path: string): Promise<FilmInput> {
  const { format } = await sniff(inputAt(path));
  if (format?.demuxer === undefined) throw ERRORS.UnsupportedVideo();
  return { path, demuxer: format.demuxer, still: false };
}

/** What went wrong in a worker, as clients may see it: without the names of files. */
function asClientError(error: unknown, folder: string, waiting: boolean): unknown {
  if (error instanceof EncodingError) return ERRORS.BadRequest(error.message);
  if (!(error instanceof WorkerError)) return error;
  const { failure, message } = error;
  switch (failure) {
    case 'deadline':
      return ERRORS.BadRequest(waiting ? TOO_LARGE : 'Video took longer to transform than this server allows');
    case 'memory':
      return ERRORS.BadRequest('Video needs more memory to transform than this server allows');
    case 'missing':
      return ERRORS.BadRequest('Videos cannot be transformed: the optional package node-av is not installed');
    case 'busy':
    case 'aborted':
      return ERRORS.Unavailable('Too many videos are being transformed, try again later');
    case 'crash':
      return new SignetError('BadRequest', 400, 'Video could not be transformed', { detail: message });
    default:
      return new SignetError('BadRequest', 400, message.replaceAll(folder, '').slice(0, 300), { detail: message });
  }
}

const scaled = (box: Rect, sx: number, sy: number): Rect => ({
  x: Math.round(box.x * sx),
  y: Math.round(box.y * sy),
  width: Math.max(1, Math.round(box.width * sx)),
  height: Math.max(1, Math.round(box.height * sy)),
});

/** Wishes that no film can meet are refused before anything is drawn. */
function checkEncoding({ output, out }: Plan): void {
  if (output.kind === 'image') {
    animatedEncoding(output, false);
    if (output.format === 'avif' && out !== null) checkAvifSize(out);
  } else encodingOf(output, { audio: { sampleRate: 48_000, channels: 2 }, picture: true, alpha: false });
}

/** Width of the picture in which subjects are looked for. */
const LOOK_WIDTH = 640;

export function createFilms({ workers, images, limits, scratchFolder, cacheFolder, detectors = {} }: FilmsOptions) {
  /** In the middle of the film, as a still of it would be. */
  async function look(
    { path, demuxer }: FilmInput,
    gravity: Gravity,
    base: Size,
    signal: AbortSignal | undefined,
  ): Promise<Focus[]> {
    const { data, width, height, channels } = await workers.frame(
      path,
      demuxer,
      { percent: 50 },
      { width: LOOK_WIDTH, signal },
    );
    const raster = await fromSharp(sharp(data, { raw: { width, height, channels } }));
    const [sx, sy] = [base.width / width, base.height / height];
    const inside =
      gravity.kind === 'auto'
        ? { ...gravity, areas: gravity.areas.map((area) => scaled(area, 1 / sx, 1 / sy)) }
        : gravity;
    const found = await findFocus(inside, raster, detectors, signal ?? new AbortController().signal);
    return found.map((box) => ({ ...box, ...scaled(box, sx, sy) }));
  }

  async function sourceOf(
    plan: Plan,
    { source, facts, ...request }: RenderRequest,
    folder: string,
  ): Promise<FilmInput> {
    if (facts.resourceType === 'video') return inputOf(source);
    if (isZoompan(plan)) {
      const drawings = createDrawings({ images, input: request, folder, cacheFolder });
      return { path: await drawings.still(source, plan.decode.out), demuxer: 'png_pipe', still: true };
    }
    if (!facts.animated || facts.format !== 'gif')
      throw ERRORS.BadRequest(
        `Invalid extension in transformation: ${plan.output.format}. An image becomes a video with e_zoompan, or when it is an animated GIF`,
      );
    return inputOf(source);
  }

  return {
    /**
     * A picture of the sound (`fl_waveform`), as PNG on its background.
     *
     * @throws 400 when there is no sound
     */
    async waveform(
      { start, end, color, background, out }: WaveformStep,
      { source, facts, signal }: RenderRequest,
    ): Promise<Buffer> {
      if (facts.hasAudio === false) throw ERRORS.BadRequest('The video has no audio track');
      try {
        const { path, demuxer } = await inputOf(source);
        const { data, width, height } = await workers.waveform(
          { path, demuxer, start, end, ...out, color: paint(color) },
          { signal },
        );
        return await sharp(data, { raw: { width, height, channels: 4 } })
          .flatten({ background: { ...background } })
          .png({ compressionLevel: 1 })
          .toBuffer();
      } catch (error) {
        throw asClientError(error, source, true);
      }
    },

    /**
     * Bytes for a plan whose result moves or sounds. The file belongs to the caller.
     *
     * @throws 400 when the source or the wishes do not allow it, or it is too much for an answer; 503 when busy
     */
    async render(plan: Plan, request: RenderRequest): Promise<RenderedFile> {
      const { output } = plan;
      const waiting = request.patience !== 'job';
      const folder = await mkdtemp(join(scratchFolder, 'film-'));
      const discard = () => rm(folder, { recursive: true, force: true });
      try {
        if (waiting && (await stat(request.source)).size > limits.answerBytes) throw ERRORS.BadRequest(TOO_LARGE);
        checkEncoding(plan);
        const file = join(folder, `film.${output.format}`);
        const { source: _source, facts: _facts, cloud: _cloud, ...input } = request;
        const job = await prepareFilm(plan, await sourceOf(plan, request, folder), file, {
          drawings: createDrawings({ images, input, folder, cacheFolder }),
          look: (input, gravity, base) => look(input, gravity, base, request.signal),
          highlights: ({ path, demuxer }, wish) =>
            workers.highlights({ path, demuxer, ...wish }, { signal: request.signal }),
          open: async ({ source }: LayerPlan) => {
            if (source.kind !== 'asset') throw ERRORS.BadRequest('Only videos can be joined');
            return inputOf(await request.open(source.ref));
          },
        });
        const result = await workers.film(job, {
          patience: request.patience ?? 'answer',
          deadlineMs: waiting ? limits.answerDeadline : limits.jobDeadline,
          signal: request.signal,
          onProgress: request.onProgress,
        });
        return {
          file,
          bytes: (await stat(file)).size,
          format: output.format,
          contentType: output.contentType,
          width: result.width,
          height: result.height,
          best: true,
          discard,
        };
      } catch (error) {
        await discard();
        throw asClientError(error, folder, waiting);
      }
    },
  };
}

export type Films = ReturnType<typeof createFilms>;
