import { execFile } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { appendFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { cleanEnvironment, startSignet } from '../support/server.ts';
import { runCld } from './cld.ts';

const run = promisify(execFile);

export interface PythonResult {
  readonly check: string;
  readonly error?: string;
}
/** `skipped` says why there are no results. */
export type PythonRun =
  | { readonly version: string; readonly results: readonly PythonResult[] }
  | { readonly skipped: string };

/** A Python with the official SDK: the one of `SIGNET_PYTHON`, else a virtual environment made for this run. */
export async function pythonWithSdk(folder: string): Promise<{ python: string } | { skipped: string }> {
  const given = process.env.SIGNET_PYTHON;
  if (given !== undefined) return { python: given };
  try {
    await run('python3', ['-m', 'venv', join(folder, 'venv')]);
  } catch (error) {
    return { skipped: `python3 with venv is needed: ${(error as Error).message.split('\n')[0]}` };
  }
  const python = join(folder, 'venv/bin/python');
  try {
    await run(
      python,
      ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'cloudinary', 'cloudinary-cli'],
      {
        timeout: 120_000,
      },
    );
  } catch (error) {
    return { skipped: `pip could not install cloudinary: ${(error as Error).message.trim().split('\n').at(-1)}` };
  }
  return { python };
}

/** Calls a server started here with the official Python SDK (python_checks.py). */
export async function runPython(): Promise<PythonRun> {
  const folder = await mkdtemp(join(tmpdir(), 'signet-python-'));
  const webhooks = join(folder, 'webhooks.jsonl');
  const hook = createServer(async (request, response) => {
    const { 'x-cld-timestamp': timestamp, 'x-cld-signature': signature } = request.headers;
    await appendFile(webhooks, `${JSON.stringify({ body: await text(request), timestamp, signature })}\n`);
    response.end();
  });
  try {
    const found = await pythonWithSdk(folder);
    if ('skipped' in found) return found;
    const noise = { type: 'gaussian' as const, mean: 128, sigma: 30 };
    await sharp({ create: { width: 320, height: 240, channels: 3, background: '#888', noise } })
      .jpeg()
      .toFile(join(folder, 'photo.jpg'));
    await writeFile(join(folder, 'large.bin'), randomBytes(12_000_000));
    await writeFile(webhooks, '');
    hook.listen(0, '127.0.0.1');
    await once(hook, 'listening');
    const server = await startSignet({ flags: ['--provisioning-account', 'account://pk:ps@acc'] });
    try {
      const { stdout } = await run(found.python, [fileURLToPath(new URL('python_checks.py', import.meta.url))], {
        timeout: 120_000,
        env: cleanEnvironment({
          FILES: folder,
          WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
          WEBHOOKS: webhooks,
          HOST: new URL(server.url).host,
          CLOUDINARY_URL: server.cloudinaryUrl,
        }),
      });
      const [{ version }, ...results] = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)) as [{ version: string }, ...PythonResult[]];
      const { stderr: noCli } = await run(found.python, ['-c', 'import cloudinary_cli']).catch((error) => error);
      const cli = noCli === '' ? await runCld(found.python, folder, server) : [];
      return { version, results: [...results, ...cli] };
    } finally {
      await server.stop();
    }
  } finally {
    hook.close();
    await rm(folder, { recursive: true, force: true });
  }
}
