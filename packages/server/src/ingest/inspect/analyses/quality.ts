import type { JpegFacts } from './jpeg-tables.ts';
import { clamp, luma, round, type Sample } from './sample.ts';

/** Names of the wire (upload reference, `quality_analysis`). All are 0 (poor) to 1 (good). */
export interface QualityAnalysis {
  /** Sharpness of edges. */
  focus: number;
  /** Freedom from noise. */
  noise: number;
  contrast: number;
  /** Little is lost in black or white. */
  exposure: number;
  saturation: number;
  /** Mean brightness near the middle. */
  lighting: number;
  /** Detail finer than JPEG's coarse frequencies is there. */
  dct: number;
  /** Freedom from 8×8 block edges. */
  blockiness: number;
  /** Size: 1 from two megapixels on. */
  resolution: number;
  /** The three that concern compression are 1 for formats other than JPEG. */
  jpeg_quality: number;
  jpeg_chroma: number;
  chroma_subsampling: number;
  /** Mean of focus, noise, dct, blockiness and compression. */
  pixel_score: number;
  /** Mean of contrast, exposure, saturation and lighting. */
  color_score: number;
}

export interface Quality {
  readonly analysis: QualityAnalysis;
  /** 0–1: half pixel_score, three tenths color_score, two tenths resolution. */
  readonly score: number;
}

interface Plane {
  readonly light: Float32Array;
  readonly width: number;
  readonly height: number;
}

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Strength of the steepest edges: a picture in focus has some, however much of it is sky. */
function focus({ light, width, height }: Plane): number {
  if (width < 3 || height < 3) return 0;
  const histogram = new Uint32Array(256);
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const laplacian = Math.abs(4 * light[i]! - light[i - 1]! - light[i + 1]! - light[i - width]! - light[i + width]!);
      const bin = Math.min(255, Math.round(laplacian));
      histogram[bin] = histogram[bin]! + 1;
    }
  }
  let left = Math.max(1, (width - 2) * (height - 2) * 0.01);
  let bin = 255;
  for (; bin > 0; bin--) {
    left -= histogram[bin]!;
    if (left <= 0) break;
  }
  return clamp(bin / 70);
}

/** Immerkær's estimate of the noise's standard deviation ("Fast Noise Variance Estimation", 1996). */
function noise({ light, width, height }: Plane): number {
  if (width < 3 || height < 3) return 1;
  let sum = 0;
  for (let y = 1; y < height - 1; y++) {
    for (let x = 1; x < width - 1; x++) {
      const i = y * width + x;
      const corners = light[i - width - 1]! + light[i - width + 1]! + light[i + width - 1]! + light[i + width + 1]!;
      const sides = light[i - width]! + light[i - 1]! + light[i + 1]! + light[i + width]!;
      sum += Math.abs(corners - 2 * sides + 4 * light[i]!);
    }
  }
  const sigma = (Math.sqrt(Math.PI / 2) * sum) / (6 * (width - 2) * (height - 2));
  return clamp(1 - (sigma - 1) / 25);
}

/** Steps across the borders of 8×8 blocks compared with steps elsewhere. Needs pixels at the stored size. */
function blockiness({ light, width, height }: Plane): number {
  let border = 0;
  let inside = 0;
  for (let y = 0; y < height; y++) {
    for (let x = 1; x < width; x++) {
      const step = Math.abs(light[y * width + x]! - light[y * width + x - 1]!);
      if (x % 8 === 0) border += step;
      else inside += step;
    }
  }
  const borders = Math.floor((width - 1) / 8);
  if (borders < 2 || inside === 0) return 1;
  const ratio = border / borders / (inside / (width - 1 - borders));
  return clamp(1 - (ratio - 1.05) / 1.5);
}

/** Share of 8×8 blocks with structure that also hold the finest alternation, which coarse quantisation removes first. */
function fineDetail({ light, width, height }: Plane): number {
  let structured = 0;
  let fine = 0;
  for (let by = 0; by + 8 <= height; by += 8) {
    for (let bx = 0; bx + 8 <= width; bx += 8) {
      let steps = 0;
      let alternation = 0;
      for (let y = by; y < by + 8; y += 2) {
        for (let x = bx; x < bx + 8; x += 2) {
          const i = y * width + x;
          const [a, b, c, d] = [light[i]!, light[i + 1]!, light[i + width]!, light[i + width + 1]!];
          steps += Math.abs(a - b) + Math.abs(a - c);
          alternation += Math.abs(a - b - c + d);
        }
      }
      if (steps < 64) continue;
      structured++;
      if (alternation > steps * 0.12) fine++;
    }
  }
  return structured === 0 ? 1 : fine / structured;
}

function tone({ light }: Plane, { data }: Sample) {
  let sum = 0;
  let squares = 0;
  let clipped = 0;
  for (const value of light) {
    sum += value;
    squares += value * value;
    if (value <= 2 || value >= 253) clipped++;
  }
  const average = sum / light.length;
  const deviation = Math.sqrt(Math.max(0, squares / light.length - average * average));
  let chroma = 0;
  for (let p = 0; p < data.length; p += 4) {
    chroma += Math.max(data[p]!, data[p + 1]!, data[p + 2]!) - Math.min(data[p]!, data[p + 1]!, data[p + 2]!);
  }
  return {
    contrast: clamp(deviation / 60),
    exposure: clamp(1 - clipped / light.length / 0.5),
    lighting: clamp(1 - Math.abs(average - 127) / 127),
    saturation: clamp(chroma / light.length / 70),
  };
}

/**
 * Measures what can be measured without a reference picture. The formulas are ours; the cloud publishes only the names.
 *
 * @param whole the picture, shrunk to the sample size
 * @param crop its middle at the stored size, for what shrinking hides (noise, blocks)
 * @param jpeg header facts when the file is a JPEG
 */
export function quality(whole: Sample, crop: Sample, pixels: number, jpeg: JpegFacts | undefined): Quality {
  const plane: Plane = { ...whole, light: luma(whole) };
  const detail: Plane = { ...crop, light: luma(crop) };
  const { contrast, exposure, lighting, saturation } = tone(plane, whole);
  const parts = {
    focus: focus(plane),
    noise: noise(detail),
    dct: fineDetail(detail),
    blockiness: blockiness(detail),
    jpeg_quality: (jpeg?.luma ?? 100) / 100,
    jpeg_chroma: (jpeg?.chroma ?? 100) / 100,
    chroma_subsampling: jpeg?.chromaShare === undefined ? 1 : Math.sqrt(jpeg.chromaShare),
  };
  const resolution = clamp(Math.sqrt(pixels / 2_000_000));
  const pixelScore = mean([
    parts.focus,
    parts.noise,
    parts.dct,
    parts.blockiness,
    parts.jpeg_quality,
    parts.jpeg_chroma,
  ]);
  const colorScore = mean([contrast, exposure, saturation, lighting]);
  const analysis: QualityAnalysis = {
    ...parts,
    contrast,
    exposure,
    saturation,
    lighting,
    resolution,
    pixel_score: pixelScore,
    color_score: colorScore,
  };
  for (const key of Object.keys(analysis) as (keyof QualityAnalysis)[]) analysis[key] = round(analysis[key], 2);
  return { analysis, score: round(0.5 * pixelScore + 0.3 * colorScore + 0.2 * resolution, 2) };
}
