import { formatSpec } from '../formats.ts';
import type { ClientHints, Size, SourceFacts } from './types.ts';

/** Documentation: AVIF is not used above 30 megapixels, and "very small" pictures (5000 pixels; unit inferred) get WebP. */
const AVIF_AREA = { min: 5_000, max: 30_000_000 } as const;

export interface Negotiation {
  readonly facts: Pick<SourceFacts, 'format' | 'resourceType'>;
  readonly hints: ClientHints;
  /** Size and transparency of the result. */
  readonly size: Size;
  readonly alpha: boolean;
  readonly animated: boolean;
  /** Formats that may be chosen, best first. */
  readonly candidates: readonly string[];
}

/** Whether an `Accept` header names the type. Wildcards do not count: every client sends one. */
export function accepts(header: string | undefined, contentType: string): boolean {
  if (!header) return false;
  for (const entry of header.split(',')) {
    const [type = '', ...parameters] = entry.split(';');
    if (type.trim().toLowerCase() !== contentType) continue;
    return !parameters.some((parameter) => /^\s*q\s*=\s*0(?:\.0*)?\s*$/i.test(parameter));
  }
  return false;
}

/**
 * `f_auto` for pictures (spec 2.8): the best modern format the client accepts, else PNG for transparency, GIF for an
 * animation, else JPEG.
 */
export function negotiateFormat(request: Negotiation): string {
  const { size, alpha, animated, hints } = request;
  const area = size.width * size.height;
  for (const candidate of request.candidates) {
    const spec = formatSpec(candidate);
    if (!spec || !accepts(hints.accept, spec.contentType)) continue;
    if (candidate === 'avif' && (animated || area > AVIF_AREA.max || area < AVIF_AREA.min)) continue;
    if (candidate === 'jxl' && animated) continue;
    return candidate;
  }
  if (animated) return 'gif';
  return alpha ? 'png' : 'jpg';
}

/**
 * `f_auto` for videos: documented per browser, so by `User-Agent`. Safari gets MP4 with HEVC, other browsers that play it
 * WebM with VP9, the rest MP4 with H.264.
 */
export function negotiateVideo(hints: ClientHints): { format: string; codec: string } {
  const agent = hints.userAgent ?? '';
  if (/Chrome\/|Chromium\/|Firefox\/|Edg\//.test(agent)) return { format: 'webm', codec: 'vp9' };
  if (/Version\/[\d.]+.*Safari\//.test(agent)) return { format: 'mp4', codec: 'h265' };
  return { format: 'mp4', codec: 'h264' };
}
