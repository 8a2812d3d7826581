import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as av from 'node-av';
import type { Rgb } from './files.ts';

/** A moving AVIF as FFmpeg writes it: pictures of one colour, 100 ms each, played for ever. */
export async function movingAvif(width: number, height: number, colors: readonly Rgb[]): Promise<Buffer> {
  av.Log.setLevel(av.AV_LOG_QUIET);
  const folder = await mkdtemp(join(tmpdir(), 'signet-avif-'));
  const path = join(folder, 'moving.avif');
  try {
    const muxer = await av.Muxer.open(path, { format: 'avif' });
    const filter = av.FilterAPI.create('scale=out_color_matrix=bt709:out_range=tv,format=yuv420p', {
      framerate: { num: 10, den: 1 },
    });
    const codec = av.Codec.findEncoderByName('libsvtav1' as never)!;
    const encoder = await av.Encoder.create(codec, { filter, bitrate: 0, options: { crf: '20', preset: '10' } });
    const index = muxer.addStream(encoder);
    for (const [i, color] of colors.entries()) {
      const frame = av.Frame.fromVideoBuffer(Buffer.alloc(width * height * 3, Buffer.from(color)), {
        width,
        height,
        format: av.AV_PIX_FMT_RGB24,
        pts: BigInt(i),
        timeBase: { num: 1, den: 10 },
      });
      for (const converted of await filter.processAll(frame))
        for (const packet of await encoder.encodeAll(converted)) await muxer.writePacket(packet, index);
    }
    for (const packet of await encoder.encodeAll(null)) await muxer.writePacket(packet, index);
    encoder.close();
    filter.close();
    await muxer.close();
    return await readFile(path);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
