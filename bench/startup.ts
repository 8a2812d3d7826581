/** Time to the ready line with warm caches, and resident memory at rest. */
import { report, residentMegabytes, startSignet } from './support.ts';

const times: number[] = [];
let resident = 0;
for (let run = 0; run < 5; run++) {
  const server = await startSignet();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  resident = residentMegabytes(server.pid);
  times.push(server.readyMs);
  await server.stop();
}
report('ready line, median of 5 starts', times.sort((a, b) => a - b)[2]!, 'ms', { atMost: 500 });
report('resident memory at rest', resident, 'MB', { atMost: 100 });
