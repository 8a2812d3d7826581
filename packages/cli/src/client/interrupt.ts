import { CliError } from '../errors.ts';

/** Ctrl-C or SIGTERM: what was done stands, what was begun can be resumed. Exit code 130. */
export class Interrupted extends CliError {
  override readonly name = 'Interrupted';

  constructor(hint: string) {
    super('Interrupted.', hint);
  }
}

/** Runs work that can be interrupted: the first signal aborts it in order, the second ends the process at once. */
export async function interruptible<T>(hint: string, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController();
  const listener = (): void => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort();
  };
  process.on('SIGINT', listener).on('SIGTERM', listener);
  try {
    const result = await work(controller.signal);
    if (controller.signal.aborted) throw new Interrupted(hint);
    return result;
  } catch (error) {
    throw controller.signal.aborted ? new Interrupted(hint) : error;
  } finally {
    process.off('SIGINT', listener).off('SIGTERM', listener);
  }
}
