import type { Readable, Writable } from 'node:stream';

/** What a command may use of the process; made once in main.ts, so that no other module reads the environment. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly stdin: Readable & { readonly isTTY?: boolean };
  readonly stdout: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
  /** The exit code of a command that came to its end: 0 unless something set it to 1. */
  exitCode: number;
}

/** One line on standard output: results, and nothing else, so that they can be piped. */
export const print = (context: Context, text: string): void => {
  context.stdout.write(`${text}\n`);
};

/** One line on standard error: remarks for people. */
export const note = (context: Context, text: string): void => {
  context.stderr.write(`${text}\n`);
};

export const printJson = (context: Context, value: unknown): void => print(context, JSON.stringify(value, null, 2));
