import { once } from 'node:events';
import { appendFile, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { runCld } from './cld.ts';
import { lastLine, run, runSdk, type SdkRun } from './sdk.ts';

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
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', 'cloudinary', 'cloudinary-cli'];
  try {
    await run(python, install, { timeout: 120_000 });
  } catch (error) {
    return { skipped: `pip could not install cloudinary: ${lastLine(error)}` };
  }
  return { python };
}

/** Calls a server with the official Python SDK (python_checks.py), and with the command line beside it. */
export async function runPython(): Promise<SdkRun> {
  let webhooks = '';
  const hook = createServer(async (request, response) => {
    const { 'x-cld-timestamp': timestamp, 'x-cld-signature': signature } = request.headers;
    await appendFile(webhooks, `${JSON.stringify({ body: await text(request), timestamp, signature })}\n`);
    response.end();
  });
  try {
    return await runSdk(
      async (folder) => {
        const found = await pythonWithSdk(folder);
        if ('skipped' in found) return found;
        webhooks = join(folder, 'webhooks.jsonl');
        await writeFile(webhooks, '');
        hook.listen(0, '127.0.0.1');
        await once(hook, 'listening');
        return {
          command: found.python,
          args: [fileURLToPath(new URL('python_checks.py', import.meta.url))],
          env: { WEBHOOK: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`, WEBHOOKS: webhooks },
        };
      },
      async ({ command }, folder, server) => {
        const { stderr: noCli } = await run(command, ['-c', 'import cloudinary_cli']).catch((error) => error);
        return noCli === '' ? runCld(command, folder, server) : [];
      },
    );
  } finally {
    hook.close();
  }
}
