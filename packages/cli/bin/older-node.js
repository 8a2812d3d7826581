import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const BESIDE = fileURLToPath(new URL('../../../node_modules/.bin/node', import.meta.url));

/** Runs the command by the Node that `npm start` has added to the checkout; without one it says what to do. */
export function runBeside() {
  if (!existsSync(BESIDE)) {
    console.error(
      `signet: Node 24 or newer is needed, and this is ${process.version}.\n` +
        '  In a checkout `npm run signet -- COMMAND` brings one along.',
    );
    process.exit(1);
  }
  const child = spawn(BESIDE, process.argv.slice(1), { stdio: 'inherit' });
  // A terminal sends Ctrl-C to both; what is sent to this process alone is handed on.
  process.on('SIGINT', () => {});
  for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => child.kill(signal));
  child.on('exit', (code, signal) => process.exit(code ?? (signal === 'SIGINT' ? 130 : 1)));
}
