/** 2,000 mutated files (or as many as the first argument says) and all bombs against a running server, and its memory. */
import { setTimeout } from 'node:timers/promises';
import { attack, bombs, mutations, residentMegabytes } from '../test/support/hostile.ts';
import { startSignet } from '../test/support/server.ts';

const COUNT = Number(process.argv[2] ?? 2000);
const server = await startSignet();
const statuses = new Map<number, number>();
const failures: string[] = [];
const run = async (name: string, bytes: Buffer): Promise<void> => {
  try {
    for (const status of await attack(server, name, bytes)) statuses.set(status, (statuses.get(status) ?? 0) + 1);
  } catch (error) {
    failures.push((error as Error).message);
  }
};

for await (const bytes of mutations(60)) await run('warming up', bytes);
statuses.clear();
await setTimeout(5_000);
const before = residentMegabytes(server);
let highest = before;
const watch = setInterval(() => {
  highest = Math.max(highest, residentMegabytes(server));
}, 50);
for (const [name, bytes] of Object.entries(await bombs())) await run(name, bytes);
let n = 0;
for await (const bytes of mutations(COUNT)) await run(`mutation ${n++}`, bytes);
clearInterval(watch);
await setTimeout(60_000);
const after = residentMegabytes(server);
console.log(`${COUNT} mutations and ${Object.keys(await bombs()).length} bombs; answers by status:`);
for (const [status, times] of [...statuses].sort(([a], [b]) => a - b)) console.log(`  ${status}: ${times}`);
console.log(
  `resident MB: ${before.toFixed(0)} before, ${highest.toFixed(0)} at most, ${after.toFixed(0)} a minute later`,
);
for (const failure of failures) console.log(`FAILED ${failure}`);
await server.stop();
process.exitCode = failures.length > 0 ? 1 : 0;
