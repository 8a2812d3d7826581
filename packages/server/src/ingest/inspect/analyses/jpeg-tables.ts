import { open } from 'node:fs/promises';

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

/** Reads quantisation tables and sampling factors from a JPEG's header (ITU-T T.81, annex B). */
export async function readJpegFacts(path: string): Promise<JpegFacts | undefined> {
  const file = await open(path, 'r');
  const head = Buffer.alloc(HEADER_BYTES);
  const { bytesRead } = await file.read(head, 0, HEADER_BYTES, 0).finally(() => file.close());
  if (bytesRead < 4 || head.readUInt16BE(0) !== 0xffd8) return undefined;
  const sums = new Map<number, number>();
  let components: { sampling: number; table: number }[] = [];
  for (let at = 2; at + 4 <= bytesRead && head[at] === 0xff; ) {
    const marker = head[at + 1]!;
    const end = Math.min(at + 2 + head.readUInt16BE(at + 2), bytesRead);
    if (marker === 0xdb) {
      for (let p = at + 4; p < end; ) {
        const wide = head[p]! >> 4 ? 2 : 1;
        const id = head[p]! & 15;
        if (p + 1 + 64 * wide > end) break;
        let sum = 0;
        for (let i = 0; i < 64; i++) sum += head.readUIntBE(p + 1 + i * wide, wide);
        sums.set(id, sum);
        p += 1 + 64 * wide;
      }
    } else if (marker >= 0xc0 && marker <= 0xc2 && end >= at + 10) {
      components = Array.from({ length: head[at + 9]! }, (_, i) => {
        const factors = head[at + 11 + i * 3] ?? 0x11;
        return { sampling: (factors >> 4) * (factors & 15), table: head[at + 12 + i * 3] ?? 0 };
      });
    } else if (marker === 0xda) break;
    at = end;
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
