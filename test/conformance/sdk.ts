import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { cleanEnvironment, type SignetServer, startSignet } from '../support/server.ts';

export const run = promisify(execFile);

export interface SdkResult {
  readonly check: string;
  readonly error?: string;
}
/** `skipped` says why there are no results. */
export type SdkRun =
  | { readonly version: string; readonly results: readonly SdkResult[] }
  | { readonly skipped: string };

/** A program that calls the server with an official SDK, and prints its version and a JSON line for each check. */
export interface Program {
  readonly command: string;
  readonly args: readonly string[];
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Runs such a program against a server started here. It finds CLOUDINARY_URL, HOST (host and port) and FILES, a folder
 * with a photo and 12 MB of noise, in its environment.
 *
 * @param prepare makes the program in the folder, or says what it lacks
 * @param more further checks against the same server
 */
export async function runSdk(
  prepare: (folder: string) => Promise<Program | { readonly skipped: string }>,
  more?: (program: Program, folder: string, server: SignetServer) => Promise<readonly SdkResult[]>,
): Promise<SdkRun> {
  const folder = await mkdtemp(join(tmpdir(), 'signet-sdk-'));
  try {
    const program = await prepare(folder);
    if ('skipped' in program) return program;
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
    await sharp({ create: { width: 320, height: 240, channels: 3, background: '#888', noise } })
      .jpeg()
      .toFile(join(folder, 'photo.jpg'));
    await writeFile(join(folder, 'large.bin'), randomBytes(12_000_000));
    const server = await startSignet({ flags: ['--provisioning-account', 'account://pk:ps@acc'] });
    try {
      const { stdout } = await run(program.command, [...program.args], {
        cwd: program.cwd,
        timeout: 120_000,
        env: cleanEnvironment({
          ...program.env,
          FILES: folder,
          HOST: new URL(server.url).host,
          CLOUDINARY_URL: server.cloudinaryUrl,
        }),
      });
      const [{ version }, ...results] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)) as [{ version: string }, ...SdkResult[]];
      return { version, results: [...results, ...((await more?.(program, folder, server)) ?? [])] };
    } finally {
      await server.stop();
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** The last line of what went wrong. */
export const lastLine = (error: unknown): string => (error as Error).message.trim().split('\n').at(-1)!;
