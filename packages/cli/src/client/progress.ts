import type { Context } from '../context.ts';
import { hintOf, messageOf } from '../errors.ts';

export interface Progress {
  /** Adds to what is to be done. */
  expect(amount: number): void;
  /** Adds to what is done. */
  add(amount: number): void;
  /** A line for people, above the bar. */
  say(text: string): void;
  end(): void;
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${unit === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

/** A bar on standard error when that is a terminal; without one, only `say` prints. */
export async function createProgress(context: Context, unit: 'bytes' | 'items', quiet = false): Promise<Progress> {
  const say = (text: string): void => {
    if (!quiet) context.stderr.write(`${text}\n`);
  };
  if (quiet || context.stderr.isTTY !== true) return { expect() {}, add() {}, say, end() {} };
  const { default: progress } = await import('cli-progress');
  const show = unit === 'bytes' ? formatBytes : String;
  const bar = new progress.SingleBar(
    {
      stream: context.stderr as NodeJS.WritableStream,
      format: (options, { value, total, eta }) => {
        const size = options.barsize ?? 30;
        const filled = total > 0 ? Math.min(size, Math.round((value / total) * size)) : 0;
        const percent = total > 0 ? Math.floor((value / total) * 100) : 0;
        return `${'█'.repeat(filled)}${'░'.repeat(size - filled)} ${percent} %  ${show(value)} of ${show(total)}${eta > 0 && Number.isFinite(eta) ? `  ${eta} s left` : ''}`;
      },
      hideCursor: true,
      clearOnComplete: true,
    },
    progress.Presets.shades_classic,
  );
  let total = 0;
  bar.start(0, 0);
  return {
    expect(amount) {
      total += amount;
      bar.setTotal(total);
    },
    add: (amount) => bar.increment(amount),
    say(text) {
      // The bar is drawn again below the line.
      context.stderr.write(`\r\u001B[K${text}\n`);
      bar.updateETA();
    },
    end: () => bar.stop(),
  };
}

/** What failed and why, with the hint if there is one; the others go on. */
export function sayFailure({ say }: Progress, what: string, error: unknown): void {
  say(`${what}: ${messageOf(error)}`);
  const hint = hintOf(error);
  if (hint !== undefined) say(`  ${hint}`);
}
