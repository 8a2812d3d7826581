import { readFile, writeFile } from 'node:fs/promises';
import { serveWorker } from '../workers/serve-worker.ts';
import type { FilmJob } from './film/job.ts';
import type { RawPicture } from './operations/av.ts';
import type { DecodeSequenceRequest } from './operations/decode-sequence.ts';
import type { DecodeStillRequest } from './operations/decode-still.ts';
import type { EncodeFramesRequest } from './operations/encode-frames.ts';
import type { EncodeStillRequest } from './operations/encode-still.ts';
import type { FrameRequest } from './operations/frame.ts';
import type { HighlightsRequest } from './operations/highlights.ts';
import type { PdfPageRequest } from './operations/pdf.ts';
import type { PsdPictureRequest } from './operations/psd.ts';
import type { SegmentsRequest } from './operations/segments.ts';
import type { WaveformRequest } from './operations/waveform.ts';

/**
 * The program of the media worker processes. Pixels travel by file: a channel between processes moves 150 MB a second, the
 * page cache ten times that.
 */

/** Where the worker leaves pixels for the server. */
interface WithOutput {
  readonly pixels: string;
}

/** What goes back through the channel. */
export type PictureSize = Omit<RawPicture, 'data'>;

async function handOver({ data, ...size }: RawPicture, pixels: string): Promise<PictureSize> {
  await writeFile(pixels, data);
  return size;
}

serveWorker({
  probe: async (args: { path: string; demuxer: string }) => (await import('./operations/probe.ts')).probe(args),
  frame: async ({ pixels, ...args }: FrameRequest & WithOutput) =>
    handOver(await (await import('./operations/frame.ts')).frame(args), pixels),
  decodeStill: async ({ pixels, ...args }: DecodeStillRequest & WithOutput) =>
    handOver(await (await import('./operations/decode-still.ts')).decodeStill(args), pixels),
  decodeSequence: async ({ pixels, ...args }: DecodeSequenceRequest & WithOutput) =>
    handOver(await (await import('./operations/decode-sequence.ts')).decodeSequence(args), pixels),
  highlights: async (args: HighlightsRequest) => (await import('./operations/highlights.ts')).highlights(args),
  encodeStill: async ({ pixels, ...args }: Omit<EncodeStillRequest, 'picture'> & PictureSize & WithOutput) => {
    const picture = { ...args, data: await readFile(pixels) };
    return (await import('./operations/encode-still.ts')).encodeStill({ ...args, picture });
  },
  encodeFrames: async (args: EncodeFramesRequest) => (await import('./operations/encode-frames.ts')).encodeFrames(args),
  transcode: async (job: FilmJob, onProgress: (share: number) => void) =>
    (await import('./operations/transcode.ts')).transcode(job, onProgress),
  waveform: async ({ pixels, ...args }: WaveformRequest & WithOutput) =>
    handOver(await (await import('./operations/waveform.ts')).waveform(args), pixels),
  segments: async (args: SegmentsRequest) => (await import('./operations/segments.ts')).segments(args),
  pdfFacts: async (args: { path: string }) => (await import('./operations/pdf.ts')).pdfFacts(args),
  pdfPage: async ({ pixels, ...args }: PdfPageRequest & WithOutput) =>
    handOver(await (await import('./operations/pdf.ts')).pdfPage(args), pixels),
  psdLayers: async (args: { path: string }) => (await import('./operations/psd.ts')).psdLayers(args),
  psdEmbedded: async (args: { path: string; number: number; to: string }) =>
    (await import('./operations/psd.ts')).psdEmbedded(args),
  psdPicture: async ({ pixels, ...args }: PsdPictureRequest & WithOutput) =>
    handOver(await (await import('./operations/psd.ts')).psdPicture(args), pixels),
});
