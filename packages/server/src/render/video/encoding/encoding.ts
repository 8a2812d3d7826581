import type { VideoOutput } from '@signet/transformation';
import {
  AUDIO_CODECS,
  type AudioCodec,
  type AudioCodecName,
  type Container,
  containerOf,
  VIDEO_CODECS,
  type VideoCodec,
  type VideoCodecName,
} from './codecs.ts';
import { quantiser, rateFactor, rateShare } from './quality.ts';
import type { AudioEncoding, ContainerSettings, VideoEncoding } from './settings.ts';

/** A wish that cannot be met; the message names the parameter and reaches the client with status 400. */
export class EncodingError extends Error {}

export type EncodingRequest = Pick<
  VideoOutput,
  | 'kind'
  | 'format'
  | 'quality'
  | 'qmax'
  | 'videoCodec'
  | 'audioCodec'
  | 'audioFrequency'
  | 'bitRate'
  | 'audioBitRate'
  | 'keyframeInterval'
  | 'hdr'
  | 'mono'
>;

export interface EncodingSource {
  /** Of the first audio track that goes in; null: there is none. */
  readonly audio: { readonly sampleRate: number; readonly channels: number } | null;
  readonly picture: boolean;
  /** The picture after the last step may hold transparency. */
  readonly alpha: boolean;
}

export interface Encoding {
  readonly video: VideoEncoding | null;
  readonly audio: AudioEncoding | null;
  readonly container: ContainerSettings;
}

/**
 * How a result is encoded: the URL's wishes, the container's defaults for the rest.
 *
 * @throws EncodingError for codecs a container cannot hold and parameters this server does not have
 */
export function encodingOf(output: EncodingRequest, source: EncodingSource): Encoding {
  const { format } = output;
  const container = containerOf(format);
  if (container === undefined) throw new EncodingError(`Invalid extension in transformation: ${format}`);
  const noPicture = output.kind === 'audio' || output.videoCodec?.name === 'none' || container.video.length === 0;
  const video = source.picture && !noPicture ? videoEncoding(output, container, source.alpha) : null;
  const audio =
    source.audio === null || output.audioCodec === 'none' || container.audio.length === 0
      ? null
      : audioEncoding(output, container, source.audio, video === null ? rateShare(output.quality) : 1);
  if (video === null && audio === null) throw new EncodingError('Neither picture nor sound is left in the result');
  return { video, audio, container: { muxer: container.muxer, options: container.options ?? {} } };
}

function videoEncoding(output: EncodingRequest, container: Container, alpha: boolean): VideoEncoding {
  const { videoCodec, qmax } = output;
  const asked = videoCodec === null || videoCodec.name === 'auto' ? container.video[0]! : videoCodec.name;
  if (!Object.hasOwn(VIDEO_CODECS, asked) || !(container.video as readonly string[]).includes(asked))
    throw new EncodingError(`Invalid video_codec in transformation: ${asked} is not available for ${output.format}`);
  const codec: VideoCodec = VIDEO_CODECS[asked as VideoCodecName];
  const options: Record<string, string> = { ...codec.options, ...rateOptions(codec.encoder, output) };
  if (qmax !== null) options.qmax = String(qmax);
  profileOptions(videoCodec, codec, options);
  if (output.hdr) {
    if (asked !== 'h265') throw new EncodingError('Invalid dynamic_range in transformation: high needs vc_h265');
    options['x265-params'] += ':colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc:hdr10=1:repeat-headers=1';
  }
  return {
    encoder: codec.encoder,
    pixelFormat: output.hdr ? 'yuv420p10le' : alpha && codec.alphaFormat ? codec.alphaFormat : codec.pixelFormat,
    options,
    keyframeInterval: output.keyframeInterval ?? container.keyframeInterval ?? null,
  };
}

/** A bit rate wins over a quality: both at once are a ceiling the cloud does not document. */
function rateOptions(encoder: string, { bitRate, quality }: EncodingRequest): Record<string, string> {
  if (bitRate !== null) {
    const bits = String(bitRate.value);
    // SVT-AV1 takes a ceiling with a rate factor only.
    if (encoder === 'libsvtav1') return { b: bits };
    const window = String(bitRate.value * (bitRate.constant ? 1 : 2));
    return { b: bits, maxrate: bits, bufsize: window, ...(bitRate.constant ? { minrate: bits } : {}) };
  }
  const factor = rateFactor(encoder, quality);
  if (factor === undefined)
    return encoder === 'prores_ks' ? {} : { flags: '+qscale', global_quality: String(quantiser(quality) * 118) };
  const crf = String(factor);
  if (encoder === 'libvpx') return { crf, b: '8M' };
  return encoder === 'libvpx-vp9' ? { crf, b: '0' } : { crf };
}

const PROFILES: Readonly<Record<string, string>> = {
  baseline: 'baseline',
  main: 'main',
  high: 'high',
  high444: 'high444',
};

function profileOptions(
  asked: EncodingRequest['videoCodec'],
  codec: VideoCodec,
  options: Record<string, string>,
): void {
  if (asked === null) return;
  if (codec.encoder !== 'libx264') {
    if (asked.profile !== null && asked.profile !== 'auto')
      throw new EncodingError(`Invalid video_codec in transformation: profile ${asked.profile} is for h264 only`);
    return;
  }
  const profile = asked.profile === null || asked.profile === 'auto' ? undefined : PROFILES[asked.profile];
  if (profile !== undefined) options.profile = profile;
  if (asked.level !== null) options.level = asked.level;
  if (!asked.bframes) options.bf = '0';
}

function audioEncoding(
  output: EncodingRequest,
  container: Container,
  source: { readonly sampleRate: number; readonly channels: number },
  share: number,
): AudioEncoding {
  const name = output.audioCodec ?? container.audio[0]!;
  if (!Object.hasOwn(AUDIO_CODECS, name) || !(container.audio as readonly string[]).includes(name))
    throw new EncodingError(`Invalid audio_codec in transformation: ${name} is not available for ${output.format}`);
  const codec: AudioCodec = AUDIO_CODECS[name as AudioCodecName];
  const channels = output.mono || source.channels === 1 ? 1 : 2;
  const wanted = typeof output.audioFrequency === 'number' ? output.audioFrequency : source.sampleRate;
  if (typeof output.audioFrequency === 'number' && codec.rates !== null && !codec.rates.includes(wanted))
    throw new EncodingError(
      `Invalid audio_frequency in transformation: ${wanted}. Expected one of ${codec.rates.join(', ')} for ${name}`,
    );
  const rate = codec.rates === null ? wanted : (codec.rates.find((one) => one <= wanted) ?? codec.rates.at(-1)!);
  const given = output.audioBitRate ?? (output.kind === 'audio' ? (output.bitRate?.value ?? null) : null);
  const bits = codec.bitRate === null ? null : (given ?? codec.bitRate * share * (channels === 1 ? 0.6 : 1));
  return {
    encoder: codec.encoder,
    sampleFormat: codec.sampleFormat,
    // Opus is always 48 kHz inside; anything else would only be resampled twice.
    sampleRate: name === 'opus' && output.audioFrequency === null ? 48_000 : rate,
    channels,
    options: bits === null ? {} : { b: String(Math.round(bits)) },
  };
}
