import { parentPort } from 'node:worker_threads';
import { SignetError } from '../../errors.ts';
import type { EffectAnswer, EffectTask } from './effect-threads.ts';
import { EFFECTS } from './effects/index.ts';

/** The program of an effect thread: one picture in, one picture out. */
const port = parentPort!;

port.on('message', async ({ name, raster, args, extras }: EffectTask) => {
  try {
    const { data, width, height, svg } = await EFFECTS[name]!.apply(raster, args, extras);
    // Memory that libvips made cannot change hands; a copy can.
    const own =
      data.buffer.byteLength === data.byteLength && data.buffer === raster.data.buffer ? data : new Uint8Array(data);
    port.postMessage(
      { raster: { data: own, width, height, ...(svg === undefined ? {} : { svg }) } } satisfies EffectAnswer,
      [own.buffer as ArrayBuffer],
    );
  } catch (error) {
    const known = error instanceof SignetError ? { code: error.code, status: error.status } : {};
    port.postMessage({
      error: { message: error instanceof Error ? error.message : String(error), ...known },
    } satisfies EffectAnswer);
  }
});
