export interface TimeBudget {
  /** Does the work if there is time left for it, and takes the time it took. @returns `undefined` when there is none */
  spend<T>(work: () => T): T | undefined;
}

/**
 * How much of the event loop some work that is nice to have may take: a reserve for the single case, which fills up
 * again slowly, so that nobody can keep the process busy with it.
 *
 * @param options.reserve milliseconds at most
 * @param options.share of the time that passes is added to it, 0 to 1
 * @param options.now milliseconds; default: the process's own clock
 */
export function createTimeBudget({
  reserve,
  share,
  now = () => performance.now(),
}: {
  readonly reserve: number;
  readonly share: number;
  readonly now?: () => number;
}): TimeBudget {
  let left = reserve;
  let since = now();
  return {
    spend(work) {
      const start = now();
      left = Math.min(reserve, left + (start - since) * share);
      since = start;
      if (left <= 0) return undefined;
      try {
        return work();
      } finally {
        since = now();
        left -= since - start;
      }
    },
  };
}
