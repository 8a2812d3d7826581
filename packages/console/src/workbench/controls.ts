/** What the controls of the workbench can say, and how it becomes a transformation. */
export interface Controls {
  /** Seconds at which a film begins, and how long it is. */
  readonly start: string;
  readonly length: string;
  readonly width: string;
  readonly height: string;
  readonly crop: string;
  readonly gravity: string;
  readonly angle: string;
  readonly radius: string;
  readonly effect: string;
  readonly quality: string;
  readonly format: string;
}

export const NO_CONTROLS: Controls = {
  start: '',
  length: '',
  width: '',
  height: '',
  crop: '',
  gravity: '',
  angle: '',
  radius: '',
  effect: '',
  quality: '',
  format: '',
};

type Options = readonly (readonly [string, string])[];

export const CROPS: Options = [
  ['', 'Scale'],
  ['fill', 'Fill: cut what does not fit'],
  ['fit', 'Fit inside'],
  ['limit', 'Fit inside, never larger'],
  ['pad', 'Pad to the size'],
  ['crop', 'Crop without scaling'],
  ['thumb', 'Thumbnail around the subject'],
  ['auto', 'Automatic'],
];

export const GRAVITIES: Options = [
  ['', 'Centre'],
  ['auto', 'What matters most'],
  ['face', 'The face'],
  ['faces', 'All faces'],
  ['north', 'Top'],
  ['south', 'Bottom'],
  ['east', 'Right'],
  ['west', 'Left'],
];

export const EFFECTS: Options = [
  ['', 'None'],
  ['grayscale', 'Grayscale'],
  ['sepia', 'Sepia'],
  ['sharpen', 'Sharpen'],
  ['blur:300', 'Blur'],
  ['pixelate', 'Pixelate'],
  ['improve', 'Improve'],
  ['vignette', 'Vignette'],
  ['cartoonify', 'Cartoon'],
  ['background_removal', 'Remove the background'],
];

export const QUALITIES: Options = [
  ['', 'As the original'],
  ['auto', 'Automatic'],
  ['auto:best', 'Automatic, best'],
  ['auto:eco', 'Automatic, small'],
  ['90', '90'],
  ['70', '70'],
  ['40', '40'],
];

export const FORMATS: Options = [
  ['', 'As the original'],
  ['auto', 'Automatic'],
  ['jpg', 'JPEG'],
  ['png', 'PNG'],
  ['webp', 'WebP'],
  ['avif', 'AVIF'],
  ['gif', 'GIF'],
];

export const FILM_EFFECTS: Options = [
  ...EFFECTS.filter(([id]) => ['', 'grayscale', 'sepia', 'blur:300'].includes(id)),
  ['reverse', 'Backwards'],
  ['boomerang', 'There and back'],
  ['accelerate:100', 'Twice as fast'],
];

export const FILM_FORMATS: Options = [
  ['', 'As the original'],
  ['auto', 'Automatic'],
  ['mp4', 'MP4'],
  ['webm', 'WebM'],
  ['gif', 'Animated GIF'],
  ['jpg', 'A still picture, JPEG'],
];

/** One component for the size, one for each thing that happens after it, as the cloud's own examples chain them. */
export function transformationOf(controls: Controls): string {
  const { start, length, width, height, crop, gravity, angle, radius, effect, quality, format } = controls;
  const part = [length && `du_${length}`, start && `so_${start}`].filter(Boolean).join(',');
  const sized = width !== '' || height !== '';
  const size = sized
    ? [
        `c_${crop || 'scale'}`,
        ...(gravity !== '' && !['', 'fit', 'limit'].includes(crop) ? [`g_${gravity}`] : []),
        ...(height === '' ? [] : [`h_${height}`]),
        ...(width === '' ? [] : [`w_${width}`]),
      ].join(',')
    : '';
  return [
    part,
    size,
    angle && `a_${angle}`,
    radius && `r_${radius}`,
    effect && `e_${effect}`,
    quality && `q_${quality}`,
    format && `f_${format}`,
  ]
    .filter(Boolean)
    .join('/');
}

const NAMES: Readonly<Record<string, keyof Controls>> = {
  so: 'start',
  du: 'length',
  c: 'crop',
  g: 'gravity',
  h: 'height',
  w: 'width',
  a: 'angle',
  r: 'radius',
  e: 'effect',
  q: 'quality',
  f: 'format',
};

/** The controls that say exactly this transformation, or `undefined` when they cannot say it. */
export function controlsOf(transformation: string): Controls | undefined {
  const found: Record<string, string> = {};
  for (const parameter of transformation.split(/[,/]/).filter(Boolean)) {
    const [, short = '', value = ''] = /^([a-z]+)_(.+)$/.exec(parameter) ?? [];
    const name = NAMES[short];
    if (name === undefined) return undefined;
    found[name] = name === 'crop' && value === 'scale' ? '' : value;
  }
  const controls = { ...NO_CONTROLS, ...found };
  const offered = (options: Options, value: string): boolean => options.some(([id]) => id === value);
  const known =
    offered(CROPS, controls.crop) &&
    offered(GRAVITIES, controls.gravity) &&
    offered([...EFFECTS, ...FILM_EFFECTS], controls.effect) &&
    offered(QUALITIES, controls.quality) &&
    offered([...FORMATS, ...FILM_FORMATS], controls.format);
  return known && transformationOf(controls) === transformation ? controls : undefined;
}
