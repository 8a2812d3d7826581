/**
 * Derived misses, 12 megapixels to 300×200 WebP and every result new, against raw sharp in a loop and against ipx with the
 * same settings. Ours reads the original once, for its proxy, and renders every result from that; the others read it
 * every time.
 */
import { openPeers } from './cold/peers.ts';

const peers = await openPeers();
for (const connections of [2, 8])
  await peers.compare({
    title: '12 MP JPEG → 300×200 WebP',
    size: [4000, 3000],
    format: 'webp',
    result: [300, 200],
    connections,
    rounds: 3,
    total: 60,
    atLeast: { sharp: 0.9, ipx: 1 },
  });
await peers.close();
