import { availableParallelism } from 'node:os';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import sharp from 'sharp';
import { useFonts } from './fonts.ts';

/**
 * Loaders of libvips that may run; everything else is refused inside libvips itself. What is not here is either absent
 * from the prebuilt library (PDF, JXL, PSD: other decoders bring those as pixels) or has no business in a web server
 * (CSV, matrix, raw dumps, libvips' own format, microscopy and astronomy formats).
 */
const LOADERS = ['Jpeg', 'Png', 'Webp', 'Nsgif', 'Tiff', 'Heif', 'Svg'] as const;

let done = false;

/**
 * Sets what is global in sharp and libvips, once per thread: must run before the first picture.
 *
 * - One libvips thread per picture, and about as many pictures at a time as cores (see `pool.ts`): the highest throughput, and
 *   with glibc the only setting whose memory comes back (sharp's installation notes, "Linux memory allocator").
 * - No operation cache: derived results are kept on disk by the delivery layer, and a cache would hold decoded originals.
 * - Bundled fonts through a fontconfig file of our own.
 *
 * The memory advice that a process cannot give itself is given by `signet serve` (packages/cli): `MALLOC_ARENA_MAX=2
 * MALLOC_MMAP_THRESHOLD_=131072 MALLOC_TRIM_THRESHOLD_=131072` (or jemalloc preloaded). After twelve renders of a
 * 12-megapixel photo the resident size fell to 177 MB with them, 278 MB with the first alone, 392 MB without (110 MB before).
 */
export function configureRuntime(options: { cacheFolder: string; fonts?: string | undefined; threads?: number }): void {
  if (done) return;
  done = true;
  useFonts(options.cacheFolder, options.fonts);
  sharp.cache(false);
  sharp.concurrency(options.threads ?? 1);
  sharp.block({ operation: ['VipsForeignLoad'] });
  sharp.unblock({ operation: LOADERS.map((name) => `VipsForeignLoad${name}`) });
}

/** Rest after which memory is given back, in milliseconds. */
const REST = 10_000;

/**
 * Pixels wait for the garbage collector, which does not run in a process that has nothing to do: the last large pictures
 * would stay for hours. @returns to be called when a render ends; collects once when none has ended for ten seconds
 */
export function collectAtRest(): () => void {
  let timer: NodeJS.Timeout | undefined;
  const collect = (): void => {
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
  };
  return () => {
    timer ??= setTimeout(collect, REST).unref();
    timer.refresh();
  };
}

export const defaultConcurrency = (): number => Math.max(1, availableParallelism());

/** Pictures at a time: one more than cores, so that none waits while a finished picture is handed on and the next begins. */
export const defaultPictures = (): number => defaultConcurrency() + 1;
