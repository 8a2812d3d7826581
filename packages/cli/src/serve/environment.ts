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

/** The environment to start again with. `undefined`: it stays as it is, because everything is chosen. */
export function serverEnvironment(
  platform: string,
  env: Environment,
  cores: number,
): Record<string, string> | undefined {
  const added = missing(platform, env, cores);
  if (Object.keys(added).length === 0) return undefined;
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...added };
}

/**
 * Starts this program again in the same process (execve: process id, streams and signals stay as they are) when memory and
 * threads have not been chosen yet. Comes back when there is nothing to do, or where Node.js cannot do it.
 */
export function useEnvironment({ platform, env, execPath, execArgv, argv, channel, execve }: NodeJS.Process): void {
  const environment = serverEnvironment(platform, env, availableParallelism());
  if (environment === undefined || execve === undefined || channel) return;
  execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], environment);
}
