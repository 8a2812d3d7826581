/** One step of a ladder: `c_limit,w_…,h_…,br_…`. */
interface Step {
  readonly width: number;
  readonly height: number;
  readonly bit_rate: string;
}

/**
 * The ladder of the built-in profiles. The exact content of the cloud's is not published; sizes and rates are those of
 * its adaptive streaming guide as far as known (inferred).
 */
const LADDER: readonly Step[] = [
  { width: 3840, height: 2160, bit_rate: '18000k' },
  { width: 2560, height: 1440, bit_rate: '12000k' },
  { width: 1920, height: 1080, bit_rate: '5500k' },
  { width: 1280, height: 720, bit_rate: '3300k' },
  { width: 960, height: 540, bit_rate: '1500k' },
  { width: 640, height: 360, bit_rate: '500k' },
  { width: 480, height: 270, bit_rate: '270k' },
  { width: 320, height: 240, bit_rate: '192k' },
];

const from = (width: number): Step[] => LADDER.filter((step) => step.width <= width);
/** Every other step, from the largest. */
const lean = (steps: readonly Step[]): Step[] => steps.filter((_, index) => index % 2 === 0);
const texts = (steps: readonly Step[]): string[] =>
  steps.map(({ width, height, bit_rate }) => `br_${bit_rate},c_limit,h_${height},w_${width}`);

export interface PredefinedProfile {
  readonly name: string;
  readonly displayName: string;
  /** Normalised transformation strings, the best quality first. */
  readonly representations: readonly string[];
}

export const PREDEFINED: readonly PredefinedProfile[] = [
  { name: '4k', displayName: '4K', representations: texts(LADDER) },
  { name: 'full_hd', displayName: 'Full HD', representations: texts(from(1920)) },
  { name: 'hd', displayName: 'HD', representations: texts(from(1280)) },
  { name: 'sd', displayName: 'SD', representations: texts(from(960)) },
  { name: 'full_hd_wifi', displayName: 'Full HD WIFI', representations: texts(from(1920).slice(0, 3)) },
  { name: 'full_hd_lean', displayName: 'Full HD Lean', representations: texts(lean(from(1920))) },
  { name: 'hd_lean', displayName: 'HD Lean', representations: texts(lean(from(1280))) },
];
