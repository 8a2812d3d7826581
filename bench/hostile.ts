/** 2,000 mutated files (or as many as the first argument says) and all bombs against a running server, and its memory. */
import { setTimeout } from 'node:timers/promises';
import { attack, bombs, mutations, residentMegabytes } from '../test/support/hostile.ts';
import { startSignet } from '../test/support/server.ts';

const COUNT = Number(process.argv[2] ?? 2000);
const server = await startSignet();
const statuses = new Map<number, number>();
const failures: string[] = [];
const run = async (name: string, bytes: Buffer, options = {}): Promise<void> => {
  try {
    for (const status of await attack(server, name, bytes, options))
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
  } catch (error) {
    failures.push((error as Error).message);
  }
};
/** Four at a time, each with a public ID of its own. */
const runMutations = async (count: number): Promise<void> => {
  const source = mutations(count);
  let n = 0;
  const worker = async (id: string): Promise<void> => {
    for (let next = await source.next(); !next.done; next = await source.next())
      await run(`mutation ${n}`, next.value, { only: n++, id });
  };
  await Promise.all(['a', 'b', 'c', 'd'].map(worker));
};

await runMutations(60);
statuses.clear();
await setTimeout(5_000);
const before = residentMegabytes(server);
let highest = before;
const watch = setInterval(() => {
  highest = Math.max(highest, residentMegabytes(server));
}, 50);
for (const [name, bytes] of Object.entries(await bombs())) {
  const start = performance.now();
  await run(name, bytes);
  const seconds = (performance.now() - start) / 1000;
  if (seconds > 2) console.log(`${name}: ${seconds.toFixed(1)} s`);
}
await runMutations(COUNT);
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
