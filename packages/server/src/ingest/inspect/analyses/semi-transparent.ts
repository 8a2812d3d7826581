import type { Sharp } from 'sharp';

/**
 * Whether any pixel is neither opaque nor fully transparent. Looks at the original pixels, because shrinking makes such
 * pixels at every edge; reads them as a stream and stops at the first.
 *
 * @param picture a fresh pipeline of the whole picture
 */
export async function semiTransparent(picture: Sharp): Promise<boolean> {
  const stream = picture.toColourspace('srgb').ensureAlpha().extractChannel(3).raw({ depth: 'uchar' });
  for await (const chunk of stream) {
    for (const alpha of chunk as Buffer) if (alpha > 0 && alpha < 255) return true;
  }
  return false;
}
