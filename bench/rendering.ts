/**
 * Cold results at 512 pixels: JPEG, PNG, WebP and AVIF of a 2.7-megapixel and a 12-megapixel photo, at 2 and 8 connections,
 * against raw sharp with our settings (what reading the original every time can reach) and ipx. ipx passes on the quality
 * alone, so its JPEG is progressive and its AVIF is made with sharp's default effort (4, ours is 2) and full chroma: its
 * AVIF rows compare products, not servers. Then what a proxy costs whoever comes first, and how long one waits for an AVIF.
 *
 * `node bench/rendering.ts [rounds] [results a round]`, 3 and 24 (8 of AVIF) by default.
 */
import { loadavg } from 'node:os';
import { type Format, openPeers } from './cold/peers.ts';
import { measure, photo, report } from './support.ts';

const [rounds = 3, total = 24] = process.argv.slice(2).map(Number);
const PHOTOS: Readonly<Record<string, readonly [number, number]>> = { '2.7 MP': [2000, 1350], '12 MP': [4000, 3000] };
const FORMATS: readonly Format[] = ['jpg', 'png', 'webp', 'avif'];

const peers = await openPeers();
for (const [name, size] of Object.entries(PHOTOS))
  for (const format of FORMATS)
    for (const connections of [2, 8])
      await peers.compare({
        title: `${name} → 512 px ${format}`,
        size,
        format,
        result: [512, 341],
        connections,
        rounds,
        total: format === 'avif' ? Math.ceil(total / 3) : total,
        atLeast: { sharp: 0.95, ipx: 1.2 },
      });

for (const [name, size] of Object.entries(PHOTOS)) {
  const bytes = await photo(...size);
  const ids: string[] = [];
  while (ids.length < 12) ids.push(await peers.add(bytes));
  const first = await measure(ids.length, 2, (i) => peers.ours(ids[i]!, 'jpg', 512, 341));
  const second = await measure(ids.length, 2, (i) => peers.ours(ids[i]!, 'jpg', 400, 267));
  const raw = await measure(ids.length, 2, (i) => peers.raw(ids[i]!, 'jpg', 512, 341));
  report(`${name} → 512 px jpg, the first result of an original: median`, first.p50, 'ms');
  report('the second', second.p50, 'ms');
  report('raw sharp, every time', raw.p50, 'ms');
}

for (const [name, size] of Object.entries(PHOTOS)) {
  const id = await peers.add(await photo(...size));
  const { p50, p95 } = await measure(40, 1, (i) => peers.ours(id, 'avif', 512, 341 + i));
  report(`${name} → 512 px avif, cold, one at a time: median`, p50, 'ms');
  report('95th percentile', p95, 'ms', { atMost: 250 });
}
const load = loadavg().map((value) => value.toFixed(1));
console.log(`  load of the machine at the end: ${load.join(' ')}`);
await peers.close();
