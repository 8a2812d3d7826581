/** Effects as data (documentation: transformation_reference, e_effect). The parser, the plan and the reference page read this. */

export type OptionSpec = {
  readonly name: string;
  readonly required?: boolean;
} & (
  | { readonly type: 'number'; readonly min: number; readonly max: number; readonly def: number | null }
  | { readonly type: 'word'; readonly words: readonly string[]; readonly def: string | null }
  | { readonly type: 'color'; readonly def: string | null }
  | { readonly type: 'bool'; readonly def: boolean }
  | { readonly type: 'text'; readonly def: string | null }
);

export interface EffectSpec {
  readonly doc: string;
  readonly options: readonly OptionSpec[];
  /** Default of `co_`; present when the effect takes a colour. */
  readonly color?: string;
  readonly media: 'image' | 'both' | 'video';
  /** Size after it: the same, only known from pixels, or computed by the plan. */
  readonly size?: 'pixels' | 'computed';
  /** Takes `x_`, `y_` of its component as its own. */
  readonly offsets?: boolean;
  /** Takes `x_ y_ w_ h_` or gravity of its component as the region it works on. */
  readonly region?: boolean;
  /** Blend mode: stands in the component that closes a layer. */
  readonly blend?: boolean;
  /** The result may hold transparency. */
  readonly alpha?: boolean;
  /** Options do not follow the common scheme; `effect-options.ts` reads them. */
  readonly special?: 'distort' | 'recolor' | 'tint' | 'volume' | 'zoompan' | 'loop';
  /** Needs a generative service or an add-on of the cloud. */
  readonly unavailable?: 'generative' | 'add-on' | '3d';
  readonly example: string;
}

const num = (name: string, min: number, max: number, def: number | null): OptionSpec => ({
  name,
  type: 'number',
  min,
  max,
  def,
});
const word = (name: string, words: string, def: string | null): OptionSpec => ({
  name,
  type: 'word',
  words: words.split(' '),
  def,
});
const color = (name: string, def: string | null): OptionSpec => ({ name, type: 'color', def });
const required = (option: OptionSpec): OptionSpec => ({ ...option, required: true });
const bool = (name: string, def: boolean): OptionSpec => ({ name, type: 'bool', def });

type Extra = Partial<Omit<EffectSpec, 'doc' | 'options' | 'example'>>;
const effect = (doc: string, example: string, options: readonly OptionSpec[] = [], extra: Extra = {}): EffectSpec => ({
  doc,
  example,
  options,
  media: 'image',
  ...extra,
});
const generative = (doc: string, example: string) => effect(doc, example, [], { unavailable: 'generative' });
const addOn = (doc: string, example: string) => effect(doc, example, [], { unavailable: 'add-on' });
const both = { media: 'both' } as const;
const video = { media: 'video' } as const;

const ART_FILTERS =
  'al_dente athena audrey aurora daguerre eucalyptus fes frost hairspray hokusai incognito linen peacock primavera quartz red_rock refresh sizzle sonnet ukulele zorro';

export const EFFECTS = {
  accelerate: effect(
    'Faster (up to 100: twice) or slower (down to -50: half).',
    'e_accelerate:50',
    [num('percent', -50, 100, 0)],
    video,
  ),
  anti_removal: effect(
    'Makes a watermark harder to remove.',
    'l_logo/e_anti_removal:90,fl_layer_apply',
    [num('level', 1, 100, 50)],
    { blend: true },
  ),
  art: effect('Artistic filter.', 'e_art:audrey', [required(word('filter', ART_FILTERS, null))]),
  assist_colorblind: effect('Makes differences of colour visible.', 'e_assist_colorblind:20', [
    word('mode', 'xray', 'stripes'),
    num('strength', 1, 100, 10),
  ]),
  auto_brightness: effect('Corrects brightness.', 'e_auto_brightness', [num('blend', 0, 100, 100)]),
  auto_color: effect('Corrects colour balance.', 'e_auto_color', [num('blend', 0, 100, 100)]),
  auto_contrast: effect('Corrects contrast.', 'e_auto_contrast', [num('blend', 0, 100, 100)]),
  auto_enhance: effect('Corrects light, colour and sharpness.', 'e_auto_enhance', [bool('enhance-colors', false)]),
  background_removal: effect('Removes the background.', 'e_background_removal', [word('fineedges', 'y n', 'n')], {
    alpha: true,
  }),
  bgremoval: effect(
    'Removes the background, or a screen colour.',
    'e_bgremoval:screen',
    [word('mode', 'screen', null), color('screen', null)],
    { alpha: true },
  ),
  blackwhite: effect('Black and white only.', 'e_blackwhite:50', [num('threshold', 0, 100, 50)], both),
  blue: effect('More or less blue.', 'e_blue:50', [num('level', -100, 100, 0)], both),
  blur: effect('Blur.', 'e_blur:300', [num('strength', 1, 2000, 100)], both),
  blur_faces: effect('Blurs detected faces.', 'e_blur_faces:800', [num('strength', 1, 2000, 500)]),
  blur_region: effect('Blurs a region.', 'e_blur_region:800,x_100,y_100,w_200,h_100', [num('strength', 1, 2000, 100)], {
    region: true,
  }),
  boomerang: effect('Forwards, then backwards.', 'e_boomerang', [], video),
  brightness: effect('Brightness.', 'e_brightness:60', [num('level', -99, 100, 80)], both),
  brightness_hsb: effect('Brightness in HSB.', 'e_brightness_hsb:50', [num('level', -99, 100, 80)], both),
  camera: effect('View of a 3D model.', 'e_camera', [], { unavailable: '3d' }),
  cartoonify: effect('Drawn look.', 'e_cartoonify:70:80', [
    num('line', 0, 100, 50),
    word('palette', 'bw', null),
    num('reduction', 0, 100, 60),
  ]),
  colorize: effect('Tints with co_.', 'e_colorize:40,co_blue', [num('strength', 0, 100, 100)], {
    ...both,
    color: 'gray',
  }),
  contrast: effect(
    'Contrast.',
    'e_contrast:50',
    [num('level', -100, 200, null), word('type', 'sigmoidal linear', 'sigmoidal')],
    both,
  ),
  cut_out: effect("The layer's shape is cut out of the base.", 'l_logo/e_cut_out,fl_layer_apply', [], {
    blend: true,
    alpha: true,
  }),
  deshake: effect('Stabilises.', 'e_deshake:32', [num('pixels', 1, 64, 16)], video),
  displace: effect('Moves pixels by the layer.', 'l_map/e_displace,fl_layer_apply,x_50,y_50', [], { blend: true }),
  distort: effect('Perspective by four corners, or an arc.', 'e_distort:40:25:280:60:260:155:35:165', [], {
    special: 'distort',
    size: 'pixels',
    alpha: true,
  }),
  dropshadow: effect(
    'Shadow of what is not transparent.',
    'e_dropshadow:azimuth_220;elevation_60;spread_20',
    [num('azimuth', 0, 360, 215), num('elevation', 0, 90, 45), num('spread', 0, 100, 50)],
    { size: 'pixels', alpha: true },
  ),
  enhance: generative('Generative enhancement.', 'e_enhance'),
  extract: generative('Extracts an object by description.', 'e_extract:prompt_camera'),
  fade: effect(
    'Fades in, or out when negative; milliseconds. For animated pictures, too.',
    'e_fade:2000',
    [num('duration', -3_600_000, 3_600_000, 1000)],
    video,
  ),
  fill_light: effect(
    'Lifts shadows.',
    'e_fill_light:70:20',
    [num('blend', 0, 100, 100), num('bias', -100, 100, 0)],
    both,
  ),
  gamma: effect('Gamma.', 'e_gamma:50', [num('level', -50, 150, 0)], both),
  gen_background_replace: generative('Generates a background.', 'e_gen_background_replace'),
  gen_recolor: generative('Recolours an object by description.', 'e_gen_recolor:prompt_car;to-color_red'),
  gen_remove: generative('Removes an object by description.', 'e_gen_remove:prompt_car'),
  gen_replace: generative('Replaces an object by description.', 'e_gen_replace:from_car;to_bike'),
  gen_restore: generative('Generative restoration.', 'e_gen_restore'),
  gradient_fade: effect(
    'Fades an edge to transparency.',
    'e_gradient_fade,y_0.5',
    [word('type', 'symmetric symmetric_pad', null), num('strength', 0, 100, 20)],
    { offsets: true, alpha: true },
  ),
  grayscale: effect('Shades of gray.', 'e_grayscale', [], both),
  green: effect('More or less green.', 'e_green:50', [num('level', -100, 100, 0)], both),
  hue: effect('Turns the colours.', 'e_hue:40', [num('level', -100, 100, 80)], both),
  improve: effect('Corrects light and colour.', 'e_improve:outdoor', [
    word('mode', 'outdoor indoor', 'outdoor'),
    num('blend', 0, 100, 100),
  ]),
  light: effect('Light of a 3D model.', 'e_light', [], { unavailable: '3d' }),
  lightroom: addOn('Adobe Lightroom.', 'e_lightroom'),
  loop: effect('Repetitions; forever when an animated picture names none.', 'e_loop:2', [], {
    ...both,
    special: 'loop',
  }),
  make_transparent: effect(
    'Makes a colour transparent.',
    'e_make_transparent:30,co_white',
    [num('tolerance', 0, 100, 10)],
    { color: 'auto', alpha: true, media: 'both' },
  ),
  mask: effect('The layer is the alpha of the base.', 'l_mask/e_mask,fl_layer_apply', [], { blend: true, alpha: true }),
  morphology: effect('Grows dark or light shapes.', 'e_morphology:method_dilate;iterations_3', [
    word('method', 'erode dilate convolve', 'erode'),
    num('iterations', 1, 5, 1),
    word('kernel', 'disk octagon diamond square plus cross ring', 'disk'),
    num('radius', 0.5, 50, 2),
  ]),
  multiply: effect('Blend mode.', 'l_logo/e_multiply,fl_layer_apply', [], { blend: true, media: 'both' }),
  negate: effect('Negative.', 'e_negate', [], both),
  noise: effect('Noise.', 'e_noise:50', [num('level', 0, 100, 0)], both),
  oil_paint: effect('Oil painting.', 'e_oil_paint:40', [num('strength', 0, 100, 30)]),
  opacity_threshold: effect('Alpha is all or nothing.', 'e_opacity_threshold:60', [num('level', 1, 100, 50)]),
  ordered_dither: effect('Halftone.', 'e_ordered_dither:9', [num('type', 0, 18, 0)]),
  outline: effect(
    'Outline of what is not transparent.',
    'e_outline:outer:15:20,co_red',
    [word('mode', 'inner inner_fill outer fill both', 'both'), num('width', 1, 100, 5), num('blur', 0, 200, 0)],
    { color: 'black', size: 'pixels', alpha: true },
  ),
  overlay: effect('Blend mode.', 'l_logo/e_overlay,fl_layer_apply', [], { blend: true, media: 'both' }),
  pixelate: effect('Squares.', 'e_pixelate:20', [num('size', 1, 200, null)], both),
  pixelate_faces: effect('Squares over detected faces.', 'e_pixelate_faces:15', [num('size', 1, 200, null)]),
  pixelate_region: effect(
    'Squares over a region.',
    'e_pixelate_region:35,x_50,y_50,w_100,h_100',
    [num('size', 1, 200, null)],
    { region: true },
  ),
  preview: effect(
    'Highlights of a video: its liveliest parts, one up to 5 seconds, more of at least 3 to 5 seconds in longer ones.',
    'e_preview:duration_6',
    [num('duration', 0.1, 600, 5), num('max_seg', 1, 20, null), num('min_seg_dur', 0.1, 600, null)],
    video,
  ),
  progressbar: effect(
    'Growing bar.',
    'e_progressbar:bar:FF0000:30',
    [word('type', 'bar frame', 'bar'), color('color', 'red'), num('width', 1, 1000, 10)],
    video,
  ),
  recolor: effect('Colour matrix, 3×3 or 4×4.', 'e_recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1', [], {
    ...both,
    special: 'recolor',
  }),
  red: effect('More or less red.', 'e_red:50', [num('level', -100, 100, 0)], both),
  redeye: effect('Removes red eyes.', 'e_redeye'),
  adv_redeye: addOn('Removes red eyes.', 'e_adv_redeye'),
  replace_color: effect(
    'Replaces a colour.',
    'e_replace_color:maroon:80:2b38aa',
    [required(color('to', null)), num('tolerance', 0, 100, 50), color('from', null)],
    both,
  ),
  reverse: effect('Backwards.', 'e_reverse', [], video),
  saturation: effect('Saturation.', 'e_saturation:70', [num('level', -100, 100, 80)], both),
  screen: effect('Blend mode.', 'l_logo/e_screen,fl_layer_apply', [], { blend: true, media: 'both' }),
  sepia: effect('Sepia.', 'e_sepia:50', [num('strength', 1, 100, 80)], both),
  shadow: effect('Shadow of the whole picture.', 'e_shadow:50,x_10,y_10', [num('strength', 0, 100, 40)], {
    color: 'gray',
    offsets: true,
    size: 'pixels',
    alpha: true,
  }),
  sharpen: effect('Sharpens.', 'e_sharpen:400', [num('strength', 1, 2000, 100)], both),
  shear: effect('Skews by degrees.', 'e_shear:20:0', [num('x', -359, 359, 0), num('y', -359, 359, 0)], {
    size: 'computed',
    alpha: true,
  }),
  simulate_colorblind: effect(
    'Shows how colour-blind people see it.',
    'e_simulate_colorblind:protanopia',
    [
      word(
        'kind',
        'deuteranopia protanopia tritanopia tritanomaly deuteranomaly protanomaly cone_monochromacy rod_monochromacy',
        'deuteranopia',
      ),
    ],
    both,
  ),
  style_transfer: effect('Style of another picture.', 'l_art/e_style_transfer,fl_layer_apply', [], {
    blend: true,
    unavailable: 'add-on',
  }),
  swap_image: effect('Texture of a 3D model.', 'e_swap_image', [], { unavailable: '3d' }),
  theme: effect('Recolours a screenshot.', 'e_theme:color_black', [
    required(color('color', null)),
    num('photosensitivity', 0, 200, 100),
  ]),
  tint: effect('Gradient map of up to ten colours.', 'e_tint:80:blue:50p:red:90p', [], { ...both, special: 'tint' }),
  transition: effect('Marks a transition clip.', 'e_transition,l_video:cat/fl_layer_apply', [], video),
  trim: effect('Cuts edges of one colour.', 'e_trim:20', [num('tolerance', 0, 100, 10), color('color', null)], {
    size: 'pixels',
  }),
  unsharp_mask: effect('Sharpens.', 'e_unsharp_mask:500', [num('strength', 1, 2000, 100)], both),
  upscale: effect('Four times larger; below 4.2 megapixels.', 'e_upscale', [], { size: 'computed' }),
  vectorize: effect(
    'Shapes of few colours.',
    'e_vectorize:colors_15:detail_0.5',
    [
      num('colors', 2, 30, 10),
      num('detail', 0, 1000, 300),
      num('despeckle', 0, 100, 2),
      num('paths', 0, 100, 100),
      num('corners', 0, 100, 25),
    ],
    { size: 'computed' },
  ),
  vibrance: effect('Saturation of pale colours.', 'e_vibrance:70', [num('level', -100, 100, 20)], both),
  viesus_correct: addOn('VIESUS.', 'e_viesus_correct'),
  vignette: effect('Dark corners.', 'e_vignette:30', [num('strength', 0, 100, 20)], both),
  volume: effect('Loudness: per cent, decibels, mute or auto.', 'e_volume:50', [], { ...video, special: 'volume' }),
  waveform: effect('See fl_waveform.', 'fl_waveform', [], video),
  zoompan: effect('Moves over a still.', 'e_zoompan:mode_ztr;maxzoom_2;du_4;fps_30', [], {
    ...both,
    special: 'zoompan',
  }),
} as const satisfies Record<string, EffectSpec>;

export type EffectName = keyof typeof EFFECTS;

export function effectSpec(name: string): EffectSpec | undefined {
  return Object.hasOwn(EFFECTS, name) ? EFFECTS[name as EffectName] : undefined;
}

/** Effects that look at one pixel at a time and at nothing else: a table of colours says all about them. */
export const COLOR_EFFECTS: ReadonlySet<string> = new Set<EffectName>([
  'blackwhite',
  'blue',
  'brightness',
  'brightness_hsb',
  'colorize',
  'contrast',
  'fill_light',
  'gamma',
  'grayscale',
  'green',
  'hue',
  'negate',
  'recolor',
  'red',
  'replace_color',
  'saturation',
  'sepia',
  'simulate_colorblind',
  'tint',
  'vibrance',
]);

/** Whether the effect with these options maps colours to colours, whatever the picture. */
export function effectIsColorOnly(name: string, args: Readonly<Record<string, unknown>>): boolean {
  if (name === 'tint') return args.equalize !== true;
  if (name === 'replace_color') return args.from !== null;
  return COLOR_EFFECTS.has(name);
}

/** Largest picture for `e_upscale`, in pixels (documentation). */
export const UPSCALE_LIMIT = 4_200_000;
/** Largest side after `e_vectorize` (documentation). */
export const VECTORIZE_SIDE = 1000;
