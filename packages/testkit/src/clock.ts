/** The server's time. Frozen: it moves only when told to, so versions, expiries and retries can be tested. */
export interface TestClock {
  /** Milliseconds since 1970. */
  now(): number;
  set(time: Date | number): void;
  /** What is due by then (retries, delayed webhooks) is started. */
  advance(milliseconds: number): void;
}

/** @param time `undefined`: the clock runs */
export function createTestClock(time: number | undefined, moved: () => void): TestClock {
  let frozen = time;
  let offset = 0;
  const now = (): number => frozen ?? Date.now() + offset;
  const move = (to: number): void => {
    if (frozen === undefined) offset = to - Date.now();
    else frozen = to;
    moved();
  };
  return { now, set: (to) => move(Number(to)), advance: (milliseconds) => move(now() + milliseconds) };
}
