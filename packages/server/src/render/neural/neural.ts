import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RawPicture } from '../video/video-workers.ts';
import { createProcessPool, type ProcessPool, workerProgram } from '../workers/process-pool.ts';
import { type DetectFacesOptions, detectFaces, type Face } from './faces.ts';
import { type DetectObjectsOptions, detectObjects, type FoundObject } from './objects.ts';
import type { SegmentationModel } from './operations/remove-background.ts';

export type { DetectFacesOptions, Face } from './faces.ts';
export type { DetectObjectsOptions, FoundObject } from './objects.ts';
export type { SegmentationModel } from './operations/remove-background.ts';

export interface NeuralOptions {
  /** Model for background removal; default U²-Net-p. */
  readonly model?: SegmentationModel;
  /** Default 1: a model's memory is needed once for each. */
  readonly processes?: number;
  /** Resident megabytes of one process. Default 2048. */
  readonly memoryMegabytes?: number;
  /** Milliseconds of one job, including the loading of a model. Default 60,000. */
  readonly deadlineMs?: number;
  /** A process without work ends after so many milliseconds and gives the models' memory back. Default 60,000. */
  readonly idleMs?: number;
  /** Threads of one inference. Default 2. */
  readonly threads?: number;
  /** Longer side of a picture for background removal. Default 6144, the cloud's limit (`e_background_removal`). */
  readonly maxSide?: number;
  readonly scratchFolder?: string;
}

export interface Mask {
  /** One byte a pixel: 0 background, 255 subject. */
  readonly data: Buffer;
  readonly width: number;
  readonly height: number;
}

export interface RemoveBackgroundOptions {
  /** Another model for this picture. */
  readonly model?: SegmentationModel;
  readonly signal?: AbortSignal;
}

/** What needs a neural network. Methods reject with WorkerError. Nothing is loaded or started before the first job. */
export interface Neural {
  /** Faces in pixels of the upright picture, largest first. Input: a path, an encoded picture, or raw pixels. */
  detectFaces(input: string | Buffer | RawPicture, options?: DetectFacesOptions): Promise<Face[]>;
  /** Objects of `OBJECTS` in pixels of the upright picture, the surest first. */
  detectObjects(input: string | Buffer | RawPicture, options?: DetectObjectsOptions): Promise<FoundObject[]>;
  /** The upright picture as PNG with a transparent background. */
  removeBackground(input: string | Buffer | RawPicture, options?: RemoveBackgroundOptions): Promise<Buffer>;
  /** The mask alone, at the size of the upright picture. */
  subjectMask(input: string | Buffer | RawPicture, options?: RemoveBackgroundOptions): Promise<Mask>;
  stats(): ReturnType<ProcessPool['stats']>;
  close(): Promise<void>;
}

export function createNeural(options: NeuralOptions = {}): Neural {
  const pool = createProcessPool({
    program: workerProgram(import.meta.url, 'neural-worker'),
    size: options.processes ?? 1,
    memoryMegabytes: options.memoryMegabytes ?? 2048,
    deadlineMs: options.deadlineMs ?? 60_000,
    idleMs: options.idleMs ?? 60_000,
  });
  let scratch: Promise<string> | undefined;
  let next = 0;

  async function cutOut(
    input: string | Buffer | RawPicture,
    as: 'png' | 'mask',
    { model, signal }: RemoveBackgroundOptions = {},
  ): Promise<Mask> {
    scratch ??= mkdtemp(join(options.scratchFolder ?? tmpdir(), 'signet-neural-'));
    const base = join(await scratch, String(next++));
    const [source, output] = [`${base}.in`, `${base}.out`];
    try {
      const isRaw = typeof input !== 'string' && !Buffer.isBuffer(input);
      if (typeof input !== 'string') await writeFile(source, isRaw ? input.data : input);
      const request = {
        path: typeof input === 'string' ? input : source,
        raw: isRaw ? { width: input.width, height: input.height, channels: input.channels } : undefined,
        model: model ?? options.model ?? {},
        maxSide: options.maxSide ?? 6144,
        threads: options.threads ?? 2,
        output,
        as,
      };
      const size = (await pool.run('removeBackground', request, { signal })) as { width: number; height: number };
      return { ...size, data: await readFile(output) };
    } finally {
      await Promise.all([rm(source, { force: true }), rm(output, { force: true })]);
    }
  }

  return {
    detectFaces: (input, faceOptions) => detectFaces(pool, input, faceOptions),
    detectObjects: (input, objectOptions) => detectObjects(pool, input, objectOptions),
    removeBackground: async (input, cutOptions) => (await cutOut(input, 'png', cutOptions)).data,
    subjectMask: (input, cutOptions) => cutOut(input, 'mask', cutOptions),
    stats: () => pool.stats(),
    async close() {
      await pool.close();
      if (scratch !== undefined) await rm(await scratch, { recursive: true, force: true });
    },
  };
}
