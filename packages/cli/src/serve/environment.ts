import { availableParallelism } from 'node:os';

/**
 * glibc keeps freed memory for every thread; pictures leave hundreds of megabytes behind. Two arenas and early returns give
 * it back (sharp's installation notes, "Linux memory allocator").
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const;

/** Threads for files beside those that render: with libuv's four in all, four pictures would hold up every file. */
const FILE_THREADS = 4;

/**
 * A server's heap is small and an upload leaves little behind that lives long: a young generation of two megabytes (V8's own
 * grows to sixteen and stays there), one thread that marks, so that cores are left for pictures,
 * and the word by which large uploads let go of what has been written (blobs/write-queue.ts).
 */
const V8 = ['--max-semi-space-size=2', '--concurrent-marking-max-worker-num=1', '--expose-gc'];

type Environment = Readonly<Record<string, string | undefined>>;

/** What is read once, before the program runs, and nobody has chosen. */
function missing(platform: string, env: Environment, cores: number): Record<string, string> {
  // A preloaded library may be another allocator, which is at least as good.
  const chosen =
    platform !== 'linux' || Object.keys(ALLOCATOR).some((name) => env[name] !== undefined) || env.LD_PRELOAD;
  return {
    ...(chosen ? {} : ALLOCATOR),
    ...(env.UV_THREADPOOL_SIZE === undefined ? { UV_THREADPOOL_SIZE: String(cores + FILE_THREADS) } : {}),
  };
}

export interface Start {
  readonly env: Record<string, string>;
  /** Options of Node.js. */
  readonly execArgv: readonly string[];
}

/** How to start again. `undefined`: as it is, because everything is chosen. */
export function serverStart(
  { platform, env, execArgv }: { platform: string; env: Environment; execArgv: readonly string[] },
  cores: number,
): Start | undefined {
  const added = missing(platform, env, cores);
  const options = `${env.NODE_OPTIONS ?? ''} ${execArgv.join(' ')}`.replaceAll('_', '-');
  const flags = V8.filter((flag) => !options.includes(flag.split('=')[0]!));
  if (Object.keys(added).length === 0 && flags.length === 0) return undefined;
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return {
    env: { ...Object.fromEntries(given), ...added },
    execArgv: [...flags, ...execArgv],
  };
}

/**
 * Starts this program again in the same process (execve: process id, streams and signals stay as they are) when memory and
 * threads have not been chosen yet. Comes back when there is nothing to do, or where Node.js cannot do it.
 */
export function startAsServer(process: NodeJS.Process): void {
  const { execPath, argv, channel, execve } = process;
  const start = serverStart(process, availableParallelism());
  if (start === undefined || execve === undefined || channel) return;
  execve(execPath, [execPath, ...start.execArgv, ...argv.slice(1)], start.env);
}
