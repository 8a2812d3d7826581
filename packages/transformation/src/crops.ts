/** Crop and resize modes as data (documentation: resizing_and_cropping). */
export interface CropSpec {
  readonly doc: string;
  /** Gravity: none allowed, compass only, or any. */
  readonly gravity: 'none' | 'compass' | 'any';
  /** `g_auto` is allowed. */
  readonly auto: boolean;
  /** How the picture meets the box. */
  readonly how: 'stretch' | 'inside' | 'cover' | 'window' | 'pad' | 'smart-pad';
  /** Needs an add-on of the cloud. */
  readonly addOn?: boolean;
  readonly example: string;
}

export const CROPS = {
  scale: {
    how: 'stretch',
    gravity: 'none',
    auto: false,
    doc: 'Exactly the given size, distorted if both sides are given.',
    example: 'c_scale,w_300',
  },
  fit: { how: 'inside', gravity: 'none', auto: false, doc: 'As large as fits the box.', example: 'c_fit,w_300,h_300' },
  limit: {
    how: 'inside',
    gravity: 'none',
    auto: false,
    doc: 'Like fit, never larger than the original.',
    example: 'c_limit,w_300,h_300',
  },
  mfit: {
    how: 'inside',
    gravity: 'none',
    auto: false,
    doc: 'Like fit, never smaller than the original.',
    example: 'c_mfit,w_1500,h_1500',
  },
  fill: {
    how: 'cover',
    gravity: 'any',
    auto: true,
    doc: 'Fills the box, cutting what is outside.',
    example: 'c_fill,w_300,h_300',
  },
  lfill: {
    how: 'cover',
    gravity: 'any',
    auto: true,
    doc: 'Like fill, never enlarges.',
    example: 'c_lfill,w_300,h_300',
  },
  fill_pad: {
    how: 'smart-pad',
    gravity: 'any',
    auto: true,
    doc: 'Like fill, pads where too much would be lost.',
    example: 'c_fill_pad,g_auto,w_300,h_300',
  },
  auto_pad: {
    how: 'smart-pad',
    gravity: 'any',
    auto: true,
    doc: 'Shows the important part and pads the rest.',
    example: 'c_auto_pad,g_auto,w_300,h_300',
  },
  crop: {
    how: 'window',
    gravity: 'any',
    auto: true,
    doc: 'Cuts a window out of the original.',
    example: 'c_crop,w_300,h_200,g_north',
  },
  thumb: {
    how: 'cover',
    gravity: 'any',
    auto: true,
    doc: 'Closes in on the gravity region.',
    example: 'c_thumb,g_face,w_150,h_150',
  },
  auto: {
    how: 'cover',
    gravity: 'any',
    auto: true,
    doc: 'The better of crop and fill for the subject.',
    example: 'c_auto,g_auto,w_300,h_300',
  },
  pad: {
    how: 'pad',
    gravity: 'compass',
    auto: false,
    doc: 'Fits the box, pads the rest.',
    example: 'c_pad,w_300,h_300,b_black',
  },
  lpad: {
    how: 'pad',
    gravity: 'compass',
    auto: false,
    doc: 'Like pad, never enlarges.',
    example: 'c_lpad,w_1500,h_1500,b_black',
  },
  mpad: {
    how: 'pad',
    gravity: 'compass',
    auto: false,
    doc: 'Pads to the box without scaling; larger originals stay.',
    example: 'c_mpad,w_1500,h_1500,b_black',
  },
  imagga_crop: {
    how: 'cover',
    gravity: 'any',
    auto: true,
    addOn: true,
    doc: 'Add-on.',
    example: 'c_imagga_crop,w_300,h_300',
  },
  imagga_scale: {
    how: 'stretch',
    gravity: 'none',
    auto: false,
    addOn: true,
    doc: 'Add-on.',
    example: 'c_imagga_scale,w_300',
  },
} as const satisfies Record<string, CropSpec>;

export type CropMode = keyof typeof CROPS;

export function parseCrop(text: string): CropMode | null {
  return Object.hasOwn(CROPS, text) ? (text as CropMode) : null;
}
