/**
 * glibc keeps freed memory for every thread; pictures leave hundreds of megabytes behind. Two arenas and early returns give
 * it back (sharp's installation notes, "Linux memory allocator"). The allocator reads these once, before the program runs.
 */
const ALLOCATOR = {
  MALLOC_ARENA_MAX: '2',
  MALLOC_MMAP_THRESHOLD_: '131072',
  MALLOC_TRIM_THRESHOLD_: '131072',
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/** The environment to start again with. `undefined`: it stays as it is, because somebody chose, or it would not matter. */
export function allocatorEnvironment(platform: string, env: Environment): Record<string, string> | undefined {
  if (platform !== 'linux') return undefined;
  // A preloaded library may be another allocator, which is at least as good.
  if (Object.keys(ALLOCATOR).some((name) => env[name] !== undefined) || env.LD_PRELOAD) return undefined;
  const given = Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined);
  return { ...Object.fromEntries(given), ...ALLOCATOR };
}

/**
 * Starts this program again in the same process (execve: process id, streams and signals stay as they are) when the
 * allocator has not been told yet. Comes back when there is nothing to do, or where Node.js cannot do it.
 */
export function useAllocator({ platform, env, execPath, execArgv, argv, channel, execve }: NodeJS.Process): void {
  const environment = allocatorEnvironment(platform, env);
  if (environment === undefined || execve === undefined || channel) return;
  execve(execPath, [execPath, ...execArgv, ...argv.slice(1)], environment);
}
