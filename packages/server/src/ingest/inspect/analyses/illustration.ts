import { clamp, luma, round, type Sample } from './sample.ts';

const FLAT = 1;

/**
 * How much a picture looks drawn rather than photographed, 0–1: the share of pixels that equal their right and lower
 * neighbours. Sensor noise and grain make exact flatness rare in photographs (5–25 %); drawings, logos and screenshots
 * consist of it (60 % and more). A measure of ours, no classifier: smooth gradients and heavily compressed photographs
 * blur the line.
 */
export function illustrationScore(sample: Sample): number {
  const light = luma(sample);
  const { width, height } = sample;
  let flat = 0;
  let count = 0;
  for (let y = 0; y < height - 1; y++) {
    for (let x = 0; x < width - 1; x++) {
      const i = y * width + x;
      count++;
      if (Math.abs(light[i]! - light[i + 1]!) < FLAT && Math.abs(light[i]! - light[i + width]!) < FLAT) flat++;
    }
  }
  return count === 0 ? 0 : round(clamp((flat / count - 0.3) / 0.4));
}
