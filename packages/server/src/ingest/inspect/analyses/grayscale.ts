import type { Sample } from './sample.ts';

/** Chroma that JPEG adds to a grey picture stays below this. */
const TOLERANCE = 10;
const SHARE = 0.001;

/** Whether the picture has no colour: at most one visible pixel in a thousand differs between its channels. */
export function grayscale({ data, width, height }: Sample): boolean {
  let coloured = 0;
  for (let p = 0; p < data.length; p += 4) {
    if (data[p + 3]! < 8) continue;
    const [r, g, b] = [data[p]!, data[p + 1]!, data[p + 2]!];
    if (Math.max(r, g, b) - Math.min(r, g, b) > TOLERANCE) coloured++;
  }
  return coloured <= SHARE * width * height;
}
