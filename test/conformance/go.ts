import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lastLine, run, runSdk, type SdkRun } from './sdk.ts';

/** Calls a server with the official Go SDK (go/main.go). */
export const runGo = (): Promise<SdkRun> =>
  runSdk(async (folder) => {
    const cwd = join(folder, 'go');
    await cp(fileURLToPath(new URL('go', import.meta.url)), cwd, { recursive: true });
    try {
      await run('go', ['build', '-buildvcs=false', '-o', 'checks', '.'], { cwd, timeout: 300_000 });
    } catch (error) {
      return { skipped: `go could not build the checks: ${lastLine(error)}` };
    }
    return { command: join(cwd, 'checks'), args: [] };
  });
