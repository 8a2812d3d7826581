import { percentDecode } from './text.ts';

/** Flags as data (documentation: transformation_reference, fl_flag). */
export interface FlagSpec {
  readonly doc: string;
  /** Takes text after a colon. */
  readonly option?: 'optional' | 'required';
  /** May stand inside a condition block. */
  readonly inIf?: boolean;
  readonly media?: 'image' | 'video' | 'both';
  /** Where a picture says more. */
  readonly example?: string;
}

export const FLAGS = {
  alternate: {
    doc: 'Marks an audio layer as an alternate track: lang_<l>;name_<n>.',
    option: 'required',
    media: 'video',
  },
  animated: { doc: 'Keep all frames with WebP, AVIF and PNG.', media: 'both' },
  any_format: { doc: 'With q_auto: another format may be chosen when it is better.', media: 'both' },
  apng: { doc: 'Animated PNG.', media: 'both' },
  attachment: { doc: 'Download with a file name.', option: 'optional', inIf: true, media: 'both' },
  awebp: { doc: 'Animated WebP.', inIf: true, media: 'both' },
  c2pa: { doc: 'Content credentials; accepted, nothing is signed.', media: 'both' },
  clip: {
    doc: 'Cut to the clipping path that a JPEG, TIFF or PSD holds; pictures without one stay whole.',
    example: 'fl_clip',
  },
  clip_evenodd: { doc: 'Same, with the even-odd rule.', example: 'fl_clip_evenodd' },
  cutter: {
    doc: 'On a layer: the base keeps only what the layer covers.',
    example: 'l_logo,w_400/fl_cutter,fl_layer_apply',
    inIf: true,
    media: 'both',
  },
  draco: { doc: '3D compression; models are not transformed here.' },
  force_icc: { doc: 'Keep the embedded colour profile.' },
  force_strip: { doc: 'Strip all metadata.', media: 'both' },
  getinfo: { doc: 'JSON about input and output instead of the picture.', option: 'optional', media: 'both' },
  group4: { doc: 'TIFF: bilevel, CCITT group 4.' },
  hlsv3: { doc: 'HLS version 3, one file per segment.', media: 'video' },
  ignore_aspect_ratio: {
    doc: 'The side that is not given keeps its length.',
    example: 'fl_ignore_aspect_ratio,h_300',
    inIf: true,
    media: 'both',
  },
  ignore_mask_channels: { doc: 'Ignore alpha-like extra channels of TIFF and PSD.' },
  immutable_cache: { doc: 'Cache-Control: immutable.', media: 'both' },
  keep_attribution: { doc: 'Keep copyright metadata.' },
  keep_dar: { doc: 'Keep the display aspect ratio.', media: 'video' },
  keep_iptc: { doc: 'Keep all metadata.' },
  layer_apply: { doc: 'Closes a layer and places it.', inIf: true, media: 'both' },
  lossy: { doc: 'GIF: lossy compression. PNG without transparency: deliver as JPEG.', inIf: true },
  mono: { doc: 'One audio channel.', media: 'video' },
  no_overflow: {
    doc: 'A layer does not enlarge the canvas.',
    example: 'l_logo,w_700/fl_layer_apply,fl_no_overflow,g_east,x_-200',
    inIf: true,
    media: 'both',
  },
  no_stream: {
    doc: 'Do not stream while the video is being made: a video is always whole before it is sent.',
    media: 'video',
  },
  original: { doc: 'Deliver the stored file.', media: 'both' },
  png8: { doc: 'PNG with a palette.', inIf: true },
  png24: { doc: 'PNG, 24 bit.', inIf: true },
  png32: { doc: 'PNG, 32 bit.', inIf: true },
  preserve_transparency: { doc: 'Do not lose transparency to an automatic format.' },
  progressive: { doc: 'Progressive JPEG: semi, steep or none.', option: 'optional', inIf: true },
  rasterize: { doc: 'Pixels even when the format stays vector.' },
  region_relative: {
    doc: 'Fractions are of the region found by gravity.',
    example: 'l_logo/c_scale,fl_region_relative,w_1.0/fl_layer_apply,g_faces',
    inIf: true,
    media: 'both',
  },
  relative: {
    doc: 'Fractions are of the base picture.',
    example: 'l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply',
    inIf: true,
    media: 'both',
  },
  replace_image: { doc: 'Replaces an image inside a container.' },
  sanitize: { doc: 'SVG: strip scripts.' },
  splice: { doc: 'Joins a clip; transition_(name_<n>;du_<s>).', option: 'optional', media: 'video' },
  sprite: { doc: 'Seek thumbnails as .vtt.', media: 'video' },
  streaming_attachment: { doc: 'Download while it streams.', option: 'optional', media: 'video' },
  strip_profile: { doc: 'Drop the ICC profile.' },
  text_disallow_overflow: { doc: 'Error when a text layer is larger than the base.', media: 'both' },
  text_no_trim: {
    doc: 'Keep the blank margins of the text box.',
    example: 'l_text:Arial_120:ace,b_white,fl_text_no_trim',
    media: 'both',
  },
  tiff8_lzw: { doc: 'TIFF, 8 bit, LZW.' },
  tiled: {
    doc: 'Repeat the layer over the base.',
    example: 'l_logo,w_150/fl_layer_apply,fl_tiled',
    inIf: true,
    media: 'both',
  },
  truncate_ts: { doc: 'Cut to the times in the metadata of the file, which is always done.', media: 'video' },
  waveform: { doc: 'A picture of the sound; co_ and b_ for its colours.', media: 'video' },
} as const satisfies Record<string, FlagSpec>;

export type FlagName = keyof typeof FLAGS;

export interface Flag {
  readonly name: FlagName;
  readonly option: string | null;
}

/** Null when a flag is unknown or its option does not fit. */
export function parseFlags(text: string): readonly Flag[] | null {
  const flags: Flag[] = [];
  // Options may hold decimals: `splice:transition_(name_fade;du_0.5)`.
  for (const word of text.split(/\.(?![^(]*\))/)) {
    const colon = word.indexOf(':');
    const name = colon < 0 ? word : word.slice(0, colon);
    if (!Object.hasOwn(FLAGS, name)) return null;
    const spec: FlagSpec = FLAGS[name as FlagName];
    const option = colon < 0 ? null : percentDecode(word.slice(colon + 1));
    if (option !== null && (!spec.option || option === '')) return null;
    if (option === null && spec.option === 'required') return null;
    flags.push({ name: name as FlagName, option });
  }
  return flags;
}
