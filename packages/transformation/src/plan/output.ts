import { WHITE } from '../colors.ts';
import { invalidValue, TransformationError } from '../errors.ts';
import type { FlagName } from '../flags.ts';
import { canonicalFormat, type FormatSpec, formatSpec } from '../formats.ts';
import type { FormatValue } from '../values.ts';
import type { PlanSettings, State } from './context.ts';
import { negotiateFormat, negotiateVideo } from './negotiate.ts';
import { note } from './size.ts';
import type { ClientHints, Decode, ImageOutput, Output, SourceFacts, SpriteSheet, VideoOutput } from './types.ts';

/** What the URL asks for, settled before the first step. */
export interface FormatChoice {
  readonly kind: 'image' | 'video';
  /** Null: `f_auto`, decided when size and transparency are known. */
  readonly format: string | null;
  /** The codec that goes with `f_auto` for videos. */
  readonly codec: string | null;
  /** `f_auto:animated` */
  readonly animated: boolean;
  readonly vary: readonly string[];
}

/**
 * Format by spec 2.8: `f_` beats the extension, which beats the stored format; a bare `f_auto` of a video without an
 * extension is a still.
 *
 * @throws TransformationError `Invalid extension in transformation: <ext>`
 */
export function chooseFormat(
  facts: SourceFacts,
  hints: ClientHints,
  extension: string | null,
  value: FormatValue | undefined,
  settings: PlanSettings,
): FormatChoice {
  const fixed = (written: string): FormatChoice => {
    const format = canonicalFormat(written);
    const spec = requireOutput(written, facts, settings);
    const moving = spec.kind === 'video' || spec.kind === 'audio' || spec.kind === 'manifest' || spec.kind === 'text';
    if (facts.resourceType === 'image' && (spec.kind === 'audio' || spec.kind === 'manifest'))
      throw invalidValue('extension', written);
    return { kind: moving ? 'video' : 'image', format, codec: null, animated: false, vary: [] };
  };
  if (value?.kind === 'format') return fixed(value.written);
  if (!value) return fixed(extension ?? facts.format);
  const asked = extension === null ? undefined : formatSpec(extension);
  const wantsVideo =
    value.mode === 'video' || (value.mode === null && facts.resourceType === 'video' && asked?.kind === 'video');
  if (!wantsVideo) {
    return { kind: 'image', format: null, codec: null, animated: value.mode === 'animated', vary: ['Accept'] };
  }
  const chosen = negotiateVideo(hints);
  return { kind: 'video', format: chosen.format, codec: chosen.codec, animated: false, vary: ['User-Agent'] };
}

function requireOutput(written: string, facts: SourceFacts, settings: PlanSettings): FormatSpec {
  const format = canonicalFormat(written);
  const spec = formatSpec(format);
  const stored = canonicalFormat(facts.format) === format;
  const possible = settings.formats ? settings.formats.includes(format) : spec?.output;
  if (!spec || !(possible || stored)) throw invalidValue('extension', written);
  return spec;
}

/**
 * Animated results: always for GIF, by flag or from the same format for the others (spec 2.13).
 *
 * @param made a film is made of the source: it is one, or a picture with `e_zoompan`
 */
export function isAnimated(
  facts: SourceFacts,
  choice: FormatChoice,
  flags: ReadonlySet<FlagName>,
  made: boolean,
): boolean {
  const fromVideo = made && !facts.isAudio;
  if (!fromVideo && !facts.animated) return false;
  if (choice.animated) return true;
  if (fromVideo && flags.has('sprite')) return true;
  const asked = flags.has('animated') || flags.has('awebp') || flags.has('apng');
  if (choice.format === null) return fromVideo ? asked : true;
  if (choice.format === 'gif') return true;
  if (!formatSpec(choice.format)?.animated) return false;
  return asked || (!fromVideo && canonicalFormat(facts.format) === choice.format);
}

export function finishOutput(state: State, choice: FormatChoice, decode: Decode): Output {
  return choice.kind === 'video' ? videoOutput(state, choice) : imageOutput(state, choice, decode);
}

function imageOutput(state: State, choice: FormatChoice, decode: Decode): ImageOutput {
  const { around, current, request } = state;
  if (current.width === 0 && around.facts.isAudio) throw new TransformationError('The asset has no picture');
  const has = new Set(request.flags.map((flag) => flag.name));
  let format =
    choice.format ??
    negotiateFormat({
      facts: around.facts,
      hints: around.hints,
      size: current,
      alpha: current.alpha,
      animated: around.animated,
      candidates: around.settings.autoFormats,
    });
  // fl_lossy: a PNG that needs no alpha is delivered as JPEG.
  if (has.has('lossy') && format === 'png' && !current.alpha && !around.animated) format = 'jpg';
  const spec = formatSpec(format);
  if (!spec) throw invalidValue('extension', format);
  const progressive = request.flags.findLast((flag) => flag.name === 'progressive');
  if (progressive?.option && !['semi', 'steep', 'none'].includes(progressive.option)) {
    throw invalidValue('flags', `progressive:${progressive.option}`);
  }
  const lossless =
    request.quality.mode === 'fixed' && request.quality.value === 100 && (format === 'webp' || format === 'jxl');
  return {
    kind: 'image',
    format,
    contentType: spec.contentType,
    quality: autoQuality(state),
    chroma: request.chroma,
    progressive: progressive ? ((progressive.option ?? 'semi') as ImageOutput['progressive']) : 'default',
    lossy: has.has('lossy'),
    lossless,
    pngBits: has.has('png8') ? 8 : has.has('png24') ? 24 : has.has('png32') ? 32 : null,
    animated: around.animated && spec.animated,
    delay: request.delay,
    loop: request.loop,
    sampling: request.sampling ?? samplingOf(state),
    metadata: metadataOf(has),
    profile: profileOf(has, request.colorSpace),
    colorSpace: colorSpaceOf(request.colorSpace),
    density: request.density,
    background: request.background ?? WHITE,
    alpha: current.alpha,
    anyFormat: has.has('any_format'),
    preserveTransparency: has.has('preserve_transparency'),
    drawingAsPng: choice.format === null && format === 'jpg' && canonicalFormat(around.facts.format) !== 'jpg',
    sanitize: has.has('sanitize'),
    tiff: format === 'tiff' ? { group4: has.has('group4'), lzw8: has.has('tiff8_lzw') } : null,
    getinfo: has.has('getinfo'),
    pages:
      spec.paged && decode.pages.kind === 'list' && state.around.facts.format !== 'psd' ? decode.pages.pages.length : 1,
    ...(has.has('sprite') ? { sprite: spriteSheet(state, format) } : {}),
  };
}

/** Pictures a second of an animated picture that is made from a film: ten, or as `fps_` wants. */
const ANIMATED_RATE = 10;

function samplingOf({ around, request: { fps } }: State): ImageOutput['sampling'] {
  if (fps === null || around.result !== 'animated') return null;
  const rate = Math.min(ANIMATED_RATE, around.facts.frameRate || ANIMATED_RATE);
  return { every: 1 / Math.max(fps.min ?? 0, Math.min(fps.max ?? Number.POSITIVE_INFINITY, rate)) };
}

const THUMBNAIL_WIDTH = 160;
const MOST_THUMBNAILS = 100;
const COLUMNS = 10;

/** One thumbnail a second, or a hundred in all. The sheet and its list (.vtt) come to the same figures. Inferred. */
function spriteSheet({ around, current }: State, format: string): SpriteSheet {
  if (around.facts.resourceType !== 'video' || format !== 'jpg') throw invalidValue('flags', 'sprite');
  if (!current.duration || current.width === 0) throw new TransformationError('The asset has no picture');
  const interval = Math.max(1, current.duration / MOST_THUMBNAILS);
  const count = Math.max(1, Math.min(MOST_THUMBNAILS, Math.ceil(current.duration / interval - 1e-6)));
  const height = Math.max(2, 2 * Math.round((THUMBNAIL_WIDTH * current.height) / current.width / 2));
  return { interval, count, columns: Math.min(COLUMNS, count), width: THUMBNAIL_WIDTH, height };
}

function metadataOf(has: ReadonlySet<FlagName>): ImageOutput['metadata'] {
  if (has.has('force_strip')) return 'strip';
  return has.has('keep_iptc') ? 'all' : has.has('keep_attribution') ? 'attribution' : 'strip';
}

function profileOf(has: ReadonlySet<FlagName>, colorSpace: string | null): ImageOutput['profile'] {
  if (has.has('strip_profile')) return 'strip';
  if (has.has('force_icc')) return 'keep';
  return colorSpace === 'tinysrgb' ? 'tiny' : 'convert';
}

function colorSpaceOf(text: string | null): ImageOutput['colorSpace'] {
  if (text === null || text === 'copy') return 'srgb';
  if (text.startsWith('icc:')) return { icc: text.slice(4) };
  return text === 'cmyk' ? 'cmyk' : text === 'keep_cmyk' ? 'keep' : 'srgb';
}

/** `Save-Data: on` turns an automatic quality into `eco` (spec 2.11). */
function autoQuality(state: State): ImageOutput['quality'] {
  const { quality } = state.request;
  if (quality.mode !== 'auto') return quality;
  note(state, 'Save-Data');
  return state.around.hints.saveData && quality.level !== 'low' ? { mode: 'auto', level: 'eco' } : quality;
}

function videoOutput(state: State, choice: FormatChoice): VideoOutput {
  const { around, current, request } = state;
  const format = choice.format ?? 'mp4';
  const spec = formatSpec(format);
  if (!spec) throw invalidValue('extension', format);
  const has = new Set(request.flags.map((flag) => flag.name));
  const kind =
    spec.kind === 'manifest'
      ? 'manifest'
      : spec.kind === 'text'
        ? 'thumbnails'
        : spec.kind === 'audio'
          ? 'audio'
          : 'video';
  if (kind === 'thumbnails' && !has.has('sprite')) throw invalidValue('extension', format);
  const codec =
    request.videoCodec ?? (choice.codec ? { name: choice.codec, profile: null, level: null, bframes: true } : null);
  if (kind === 'audio' && around.facts.hasAudio === false)
    throw new TransformationError('The video has no audio track');
  return {
    kind,
    format,
    contentType: spec.contentType,
    quality: autoQuality(state),
    qmax: request.qmax,
    videoCodec: codec,
    audioCodec: request.audioCodec,
    audioFrequency: request.audioFrequency,
    bitRate: request.bitRate?.video ? { value: request.bitRate.video, constant: request.bitRate.constant } : null,
    audioBitRate: request.bitRate?.audio ?? null,
    fps: request.fps,
    keyframeInterval: request.keyframeInterval,
    streamingProfile: request.profile,
    hdr: request.hdr,
    mono: has.has('mono'),
    hlsVersion: has.has('hlsv3') ? 3 : 4,
    keepDar: has.has('keep_dar'),
    noStream: has.has('no_stream'),
    truncateTs: has.has('truncate_ts'),
    getinfo: has.has('getinfo'),
    colorSpace: request.colorSpace,
    duration: current.duration,
  };
}
