import { open } from 'node:fs/promises';
import { jpegSegments, MARKER } from '../jpeg.ts';

export interface JpegFacts {
  /** Quality 1–100 that libjpeg's standard tables would need for these tables; undefined without a table. */
  readonly luma: number | undefined;
  readonly chroma: number | undefined;
  /** Chroma samples for each luma sample: 1 for 4:4:4, 0.5 for 4:2:2, 0.25 for 4:2:0; undefined for grey. */
  readonly chromaShare: number | undefined;
}

/** Sums of the standard tables of ITU-T T.81, annex K. */
const STANDARD_SUMS = [3688, 5505];
const HEADER_BYTES = 262_144;

/** Inverse of libjpeg's jpeg_quality_scaling for the mean scale of a table. */
function qualityOf(sum: number, standard: number): number {
  const scale = (100 * sum) / standard;
  const quality = scale <= 100 ? (200 - scale) / 2 : 5000 / scale;
  return Math.min(100, Math.max(1, Math.round(quality)));
}

function readSums(segment: Buffer, sums: Map<number, number>): void {
  for (let at = 0; at < segment.length; ) {
    const wide = segment[at]! >> 4 ? 2 : 1;
    const id = segment[at]! & 15;
    const end = at + 1 + 64 * wide;
    if (end > segment.length) return;
    let sum = 0;
    for (let value = at + 1; value < end; value += wide) sum += segment.readUIntBE(value, wide);
    sums.set(id, sum);
    at = end;
  }
}

/** Reads quantisation tables and sampling factors from a JPEG's header (ITU-T T.81, annex B). */
export async function readJpegFacts(path: string): Promise<JpegFacts> {
  const file = await open(path, 'r');
  const head = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0).finally(() => file.close());
  const sums = new Map<number, number>();
  let components: { sampling: number; table: number }[] = [];
  for (const { marker, from, to } of jpegSegments(head.subarray(0, bytesRead))) {
    if (marker === MARKER.dqt) readSums(head.subarray(from, to), sums);
    else if (marker >= MARKER.sof0 && marker <= MARKER.sof2 && to >= from + 6)
      components = Array.from({ length: head[from + 5]! }, (_, i) => {
        const factors = head[from + 7 + i * 3] ?? 0x11;
        return { sampling: (factors >> 4) * (factors & 15), table: head[from + 8 + i * 3] ?? 0 };
      });
  }
  const [y, cb] = components;
  const quality = (component: typeof y, kind: number) => {
    const sum = component && sums.get(component.table);
    return sum === undefined ? undefined : qualityOf(sum, STANDARD_SUMS[kind]!);
  };
  return {
    luma: quality(y, 0),
    chroma: quality(cb, 1),
    chromaShare: y && cb && y.sampling > 0 ? cb.sampling / y.sampling : undefined,
  };
}
