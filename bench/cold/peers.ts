/**
 * Who renders results that nobody has asked for before: ours and ipx, each a server in a process of its own asked over HTTP
 * by the same client, and raw sharp in this process, which is what a server can at best add nothing to.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import sharp, { type Sharp } from 'sharp';
import { measure, median, photo, processorTime, report, startSignet, uploadPicture } from '../support.ts';
import { createClient } from './client.ts';

export const QUALITY = 80;

/** Raw sharp with our settings exactly. */
const ENCODE = {
  jpg: (pipeline: Sharp) => pipeline.jpeg({ quality: QUALITY }),
  png: (pipeline: Sharp) => pipeline.png(),
  webp: (pipeline: Sharp) => pipeline.webp({ quality: QUALITY }),
  avif: (pipeline: Sharp) => pipeline.avif({ quality: QUALITY, effort: 2, chromaSubsampling: '4:2:0' }),
};

export type Format = keyof typeof ENCODE;

export interface Comparison {
  readonly title: string;
  /** Of the photo. */
  readonly size: readonly [width: number, height: number];
  readonly format: Format;
  /** Width of the results, and the height of the first: every other is a pixel higher, so each is new and none is more work. */
  readonly result: readonly [width: number, height: number];
  readonly connections: number;
  readonly rounds: number;
  /** Results in a round. */
  readonly total: number;
  /** Ratios to reach. */
  readonly atLeast: { readonly sharp: number; readonly ipx: number };
}

/**
 * Milliseconds for what a server does after an upload, and when it has been held longer than its timers. With the upload it
 * must stay below the second without work after which ours makes better AVIFs: those would run in its own turn.
 */
const REST = 300;

export async function openPeers() {
  const client = createClient();
  const folder = mkdtempSync(join(tmpdir(), 'signet-bench-'));
  const signet = await startSignet();
  const delivery = `${signet.url}/${new URL(signet.cloudinaryUrl).hostname}/image/upload`;
  const program = fileURLToPath(new URL('ipx-server.ts', import.meta.url));
  const ipx = spawn(process.execPath, [program, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [ipxUrl] = (await once(createInterface({ input: ipx.stdout }), 'line')) as [string];
  // sharp is used as our renderer uses it: one thread a picture, no cache of operations.
  sharp.concurrency(1);
  sharp.cache(false);
  const processes = [process.pid, signet.pid, ipx.pid!];
  let originals = 0;
  const photos = new Map<string, Promise<Buffer>>();
  const photoOf = (width: number, height: number): Promise<Buffer> => {
    const name = `${width}x${height}`;
    const made = photos.get(name) ?? photo(width, height);
    photos.set(name, made);
    return made;
  };

  const quality = (format: Format) => (format === 'png' ? '' : `,q_${QUALITY}`); // A quality would make a palette of a PNG.
  // Ours is held between its turns: better encodings, which it makes when nobody asks, must take nothing from the others.
  const hold = () => process.kill(signet.pid, 'SIGSTOP');
  const wake = () => process.kill(signet.pid, 'SIGCONT');
  // What fell due while it was held, a collection of garbage above all, would otherwise run in its turn, before any other
  // server had to do the like.
  const wakeAndRest = async () => {
    wake();
    await setTimeout(REST);
  };
  const ours = (id: string, format: Format, width: number, height: number) => {
    wake();
    return client.get(`${delivery}/c_fill,w_${width},h_${height}${quality(format)}/${id}.${format}`);
  };
  const theirs = (id: string, format: Format, width: number, height: number) =>
    client.get(
      `${ipxUrl}/f_${format === 'jpg' ? 'jpeg' : format}${quality(format)},fit_cover,s_${width}x${height}/${id}.jpg`,
    );
  const raw = (id: string, format: Format, width: number, height: number) =>
    ENCODE[format](
      sharp(join(folder, `${id}.jpg`), { sequentialRead: true })
        .autoOrient()
        .resize(width, height, { fit: 'cover' }),
    ).toBuffer();

  /** The photo as an original that no server has seen: a byte after its end makes it another file. @returns its name */
  const add = async (bytes: Buffer): Promise<string> => {
    const id = `photo${++originals}`;
    const own = Buffer.concat([bytes, Buffer.from(id)]);
    writeFileSync(join(folder, `${id}.jpg`), own);
    wake();
    await uploadPicture(signet, id, own);
    hold();
    return id;
  };

  // A program that has just started compiles its code: each gets small results first.
  const small = await add(await photo(640, 480));
  for (const peer of [raw, theirs, ours])
    for (const format of ['jpg', 'webp', 'png'] as const) await measure(100, 2, (i) => peer(small, format, 64, 40 + i));

  return {
    add,
    ours,
    raw,
    /**
     * The three take turns on a new original, and the median of the rounds counts, so that a busy machine is busy for all.
     * In each round our first result makes the proxy of its original: that time is in our figure, spread over the results
     * of the round. With fewer sizes of a picture than that it weighs more, see the first result at the end of the bench.
     * The processor time of a result (server and client) says the same with less noise: neighbours do not use it up.
     */
    async compare({ title, size, format, result, connections, rounds, total, atLeast }: Comparison): Promise<void> {
      const bytes = await photoOf(...size);
      const [width, height] = result;
      const peers = { raw, theirs, ours };
      const rates: Record<keyof typeof peers, number[]> = { raw: [], theirs: [], ours: [] };
      const costs: Record<keyof typeof peers, number> = { raw: 0, theirs: 0, ours: 0 };
      for (let round = 0; round < rounds; round++) {
        const id = await add(bytes);
        for (const [name, peer] of Object.entries(peers) as [keyof typeof peers, typeof ours][]) {
          if (peer === ours) await wakeAndRest();
          const before = processorTime(...processes);
          rates[name].push((await measure(total, connections, (i) => peer(id, format, width, height + i))).rate);
          costs[name] += (processorTime(...processes) - before) / total / rounds;
          hold();
        }
      }
      const [limit, other, mine] = [median(rates.raw), median(rates.theirs), median(rates.ours)];
      report(`${title}, ${connections} at once: ours`, mine, '/s');
      report('raw sharp in a loop, same settings', limit, '/s');
      report('ipx on the same sharp', other, '/s');
      report('ours / raw sharp', mine / limit, '×', { atLeast: atLeast.sharp });
      report('ours / ipx', mine / other, '×', { atLeast: atLeast.ipx });
      const [sharpCost, ipxCost, ourCost] = [costs.raw, costs.theirs, costs.ours].map((cost) => cost.toFixed(1));
      console.log(`    processor time of a result: ours ${ourCost} ms, raw sharp ${sharpCost} ms, ipx ${ipxCost} ms`);
    },
    async close(): Promise<void> {
      client.close();
      ipx.kill();
      wake();
      await signet.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
