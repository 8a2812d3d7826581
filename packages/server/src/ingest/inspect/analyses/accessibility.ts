import { type ColorShare, distance, parseHex, toLab } from './colors.ts';
import { round, type Sample } from './sample.ts';

export interface Accessibility {
  colorblind_accessibility_analysis: {
    /** Share of the picture's edges that people with red-green blindness see too. */
    distinct_edges: number;
    /** Share of pairs of main colours that stay apart for them. */
    distinct_colors: number;
    /** The two main colours that lose most of their difference. */
    most_indistinct_pair: [string, string];
  };
  /** Mean of the two shares. */
  colorblind_accessibility_score: number;
}

type Rgb = [number, number, number];

/** Linear-light matrices for full protanopia and deuteranopia (Machado, Oliveira, Fernandes 2009, severity 1.0). */
const SIMULATIONS: readonly (readonly number[])[] = [
  [0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998],
  [0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.01182, 0.04294, 0.968881],
];
/** Differences in L*a*b* below this are hard to tell apart side by side. */
const SEEN = 10;
const MAIN_COLORS = 16;

const toLinear = Float64Array.from({ length: 256 }, (_, i) => {
  const v = i / 255;
  return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4;
});
const fromLinear = (value: number) => {
  const v = Math.min(1, Math.max(0, value));
  return Math.round(255 * (v <= 0.0031308 ? 12.92 * v : 1.055 * v ** (1 / 2.4) - 0.055));
};

function simulate([r, g, b]: Rgb, m: readonly number[]): Rgb {
  const [lr, lg, lb] = [toLinear[r]!, toLinear[g]!, toLinear[b]!];
  const row = (i: number) => fromLinear(m[i]! * lr + m[i + 1]! * lg + m[i + 2]! * lb);
  return [row(0), row(3), row(6)];
}

/** Worst of the two kinds of blindness. */
const seenDifference = (a: Rgb, b: Rgb) =>
  Math.min(...SIMULATIONS.map((matrix) => distance(toLab(simulate(a, matrix)), toLab(simulate(b, matrix)))));

function distinctEdges({ data, width, height }: Sample): number {
  const at = (i: number): Rgb => [data[i * 4]!, data[i * 4 + 1]!, data[i * 4 + 2]!];
  let edges = 0;
  let kept = 0;
  for (let y = 0; y < height - 1; y += 2) {
    for (let x = 0; x < width - 1; x += 2) {
      const i = y * width + x;
      for (const j of [i + 1, i + width]) {
        const [a, b] = [at(i), at(j)];
        if (Math.abs(a[0] - b[0]) + Math.abs(a[1] - b[1]) + Math.abs(a[2] - b[2]) < 30) continue;
        if (distance(toLab(a), toLab(b)) < SEEN * 2) continue;
        edges++;
        if (seenDifference(a, b) >= SEEN) kept++;
      }
    }
  }
  return edges === 0 ? 1 : kept / edges;
}

/**
 * How much of a picture's distinctions people with red-green blindness keep. All shares are 0–1.
 *
 * @param sample a small version of the picture (256 pixels are enough)
 */
export function accessibility(sample: Sample, shares: readonly ColorShare[]): Accessibility {
  const main = shares.slice(0, MAIN_COLORS).map(([hex]) => hex.slice(0, 7));
  let pairs = 0;
  let kept = 0;
  let worst = { loss: -1, pair: [main[0] ?? '#000000', main[1] ?? main[0] ?? '#000000'] as [string, string] };
  main.forEach((first, i) => {
    for (const second of main.slice(i + 1)) {
      const [a, b] = [parseHex(first), parseHex(second)];
      const before = distance(toLab(a), toLab(b));
      if (before < SEEN) continue;
      const after = seenDifference(a, b);
      pairs++;
      if (after >= SEEN) kept++;
      if (before / (after + 1) > worst.loss) worst = { loss: before / (after + 1), pair: [first, second] };
    }
  });
  const edges = distinctEdges(sample);
  const colours = pairs === 0 ? 1 : kept / pairs;
  return {
    colorblind_accessibility_analysis: {
      distinct_edges: round(edges),
      distinct_colors: round(colours),
      most_indistinct_pair: worst.pair,
    },
    colorblind_accessibility_score: round((edges + colours) / 2),
  };
}
