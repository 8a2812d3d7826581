import { ERRORS } from '../errors.ts';
import type { Derived } from './derive.ts';

/**
 * DASH, on-demand profile (ISO/IEC 23009-1): each representation is one fragmented file with an index in front
 * (`.mp4dv`, `.mp4da`), from which players load byte ranges.
 */

/** Ranges of a file, first and last byte, and the codec of its track. */
export interface Layout {
  readonly initialization: string;
  readonly index: string;
  readonly codecs: string;
  /** Ticks a second, and the tick at which the track begins: an encoder that looks ahead begins late. */
  readonly timescale: number;
  readonly begins: number;
}

/** The boxes before the first picture fit in here. */
const HEAD = 256 * 1024;

async function headOf({ bytes, data, openRead }: Derived): Promise<Buffer> {
  if (data !== undefined) return data.subarray(0, HEAD);
  const chunks: Buffer[] = [];
  for await (const chunk of await openRead({ start: 0, end: Math.min(bytes, HEAD) - 1 })) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

/** RFC 6381 name: H.264 as its configuration says (ISO/IEC 14496-15, 5.3.3.1), else AAC. */
function codecsOf(movie: Buffer): string {
  const at = movie.indexOf('avcC', 0, 'latin1');
  return at < 0 ? 'mp4a.40.2' : `avc1.${movie.toString('hex', at + 5, at + 8)}`;
}

export async function layoutOf(file: Derived): Promise<Layout> {
  const head = await headOf(file);
  let movieEnd = 0;
  for (let at = 0; at + 8 <= head.length; ) {
    const length = head.readUInt32BE(at);
    const type = head.toString('latin1', at + 4, at + 8);
    if (type === 'moov') movieEnd = at + length;
    if (type === 'sidx')
      return {
        initialization: `0-${movieEnd - 1}`,
        index: `${at}-${at + length - 1}`,
        codecs: codecsOf(head.subarray(0, movieEnd)),
        timescale: head.readUInt32BE(at + 16),
        // Version 1 has 64 bits for it.
        begins: head[at + 8] === 0 ? head.readUInt32BE(at + 20) : Number(head.readBigUInt64BE(at + 20)),
      };
    if (length < 8) break;
    at += length;
  }
  throw ERRORS.BadRequest('The video cannot be streamed by DASH');
}

export interface Representation {
  readonly address: string;
  readonly layout: Layout;
  readonly bandwidth: number;
  /** Of a picture. */
  readonly size: { readonly width: number; readonly height: number } | null;
}

const escaped = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/"/g, '&quot;');

const representation = ({ address, layout, bandwidth, size }: Representation, id: string): string =>
  `<Representation id="${id}" codecs="${layout.codecs}" bandwidth="${bandwidth}"` +
  `${size === null ? '' : ` width="${size.width}" height="${size.height}"`}>` +
  `<BaseURL>${escaped(address)}</BaseURL><SegmentBase timescale="${layout.timescale}" presentationTimeOffset="${layout.begins}" indexRange="${layout.index}">` +
  `<Initialization range="${layout.initialization}"/></SegmentBase></Representation>`;

const set = (kind: 'video' | 'audio', list: readonly Representation[]): string =>
  list.length === 0
    ? ''
    : `<AdaptationSet contentType="${kind}" mimeType="${kind}/mp4" segmentAlignment="true" subsegmentAlignment="true" subsegmentStartsWithSAP="1">` +
      `${list.map((one, i) => representation(one, `${kind}-${i}`)).join('')}</AdaptationSet>`;

export const presentation = (
  seconds: number,
  video: readonly Representation[],
  audio: readonly Representation[],
): string =>
  '<?xml version="1.0" encoding="UTF-8"?>\n' +
  '<MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" profiles="urn:mpeg:dash:profile:isoff-on-demand:2011" ' +
  `mediaPresentationDuration="PT${seconds.toFixed(3)}S" minBufferTime="PT2S">` +
  `<Period>${set('video', video)}${set('audio', audio)}</Period></MPD>\n`;
