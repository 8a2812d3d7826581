/** What goes wrong, and how often. Every fault is off until it is asked for; counts go down as they are used up. */
export interface Faults {
  /**
   * The next API calls are refused as by a rate limit.
   *
   * @param options.status 420 as the cloud sends, or 429. Default 420
   * @param options.times how many calls. Default 1
   * @param options.path only calls whose path holds this text
   */
  rateLimit(options?: { readonly status?: 420 | 429; readonly times?: number; readonly path?: string }): void;
  /**
   * A chunk of a chunked upload does not arrive: the connection breaks off while it is sent.
   *
   * @param options.chunk which one from now on, counted from 1. Default 1
   * @param options.times how many from there on. Default 1
   */
  loseChunk(options?: { readonly chunk?: number; readonly times?: number }): void;
  /** Every rendering (eager, delivery) takes this much longer, in milliseconds of real time. 0 switches it off. */
  slowRendering(milliseconds: number): void;
  /** Webhooks from now on are due this much later by the server's clock (`clock.advance`). 0 switches it off. */
  delayWebhooks(milliseconds: number): void;
  /** Webhooks from now on are sent this many times. 1 switches it off. */
  repeatWebhooks(times: number): void;
  /** Switches everything off. */
  clear(): void;
}

export interface FaultState {
  limited: { status: 420 | 429; times: number; path: string };
  chunks: { skip: number; times: number };
  renderDelay: number;
  webhookDelay: number;
  webhookTimes: number;
}

const none = (): FaultState => ({
  limited: { status: 420, times: 0, path: '' },
  chunks: { skip: 0, times: 0 },
  renderDelay: 0,
  webhookDelay: 0,
  webhookTimes: 1,
});

const whole = (name: string, value: number, min: number): number => {
  if (!Number.isSafeInteger(value) || value < min)
    throw new TypeError(`Expected ${name} to be a whole number of at least ${min} but received ${value}`);
  return value;
};

export function createFaults(): { readonly dial: Faults; readonly state: FaultState } {
  const state = none();
  return {
    state,
    dial: {
      rateLimit({ status = 420, times = 1, path = '' } = {}) {
        state.limited = { status, times: whole('times', times, 0), path };
      },
      loseChunk({ chunk = 1, times = 1 } = {}) {
        state.chunks = { skip: whole('chunk', chunk, 1) - 1, times: whole('times', times, 0) };
      },
      slowRendering(milliseconds) {
        state.renderDelay = whole('milliseconds', milliseconds, 0);
      },
      delayWebhooks(milliseconds) {
        state.webhookDelay = whole('milliseconds', milliseconds, 0);
      },
      repeatWebhooks(times) {
        state.webhookTimes = whole('times', times, 1);
      },
      clear() {
        Object.assign(state, none());
      },
    },
  };
}
