import type { Demuxer, Stream } from 'node-av';
import { type Av, decodedFrames, loadAv, openMedia, rotationOf, videoStream } from './av.ts';

/** The fields of the upload answer for a video or audio file, by their wire names (upload reference, "video upload"). */
export interface VideoFacts {
  /** Upright and in square-pixel units of the stored picture; absent for audio. */
  width?: number;
  height?: number;
  /** `{}` when there is no audio track. `bit_rate` is a string on the wire. */
  audio: { codec?: string; bit_rate?: string; frequency?: number; channels?: number; channel_layout?: string };
  /** `{}` for audio files. */
  video: {
    pix_format?: string;
    codec?: string;
    level?: number;
    profile?: string;
    bit_rate?: string;
    dar?: string;
    time_base?: string;
  };
  /** Absent when there is no audio track. */
  is_audio?: boolean;
  /** Frames a second, on average. */
  frame_rate?: number;
  /** Bits a second, of the whole file. */
  bit_rate?: number;
  /** Seconds. */
  duration?: number;
  /** Degrees clockwise. */
  rotation?: number;
  /** Only when the container states it. */
  nb_frames?: number;
}

export interface ProbeResult {
  readonly facts: VideoFacts;
  /** Tags of the container and of its streams, as strings. */
  readonly metadata: Record<string, string>;
}

const ratio = ({ num, den }: { num: number; den: number }) => (den === 0 ? 0 : num / den);

function aspect(stream: Stream, rotation: number): string | undefined {
  const sar = stream.sampleAspectRatio.num > 0 ? stream.sampleAspectRatio : stream.codecpar.sampleAspectRatio;
  if (sar.num <= 0 || sar.den <= 0) return undefined;
  const w = stream.codecpar.width * sar.num;
  const h = stream.codecpar.height * sar.den;
  const divisor = (a: number, b: number): number => (b === 0 ? a : divisor(b, a % b));
  const d = divisor(w, h) || 1;
  return rotation % 180 === 0 ? `${w / d}:${h / d}` : `${h / d}:${w / d}`;
}

function profileName(av: Av, stream: Stream): string | undefined {
  const { codecId, profile } = stream.codecpar;
  const known = av.Codec.findDecoder(codecId)?.profiles?.find((entry) => entry.profile === profile)?.name;
  return known ?? undefined;
}

/** Removes members without a value: the cloud leaves such keys out. */
const present = <T extends object>(object: T): T =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;

function videoFields(av: Av, stream: Stream): VideoFacts {
  const { codecpar, timeBase } = stream;
  const rotation = rotationOf(av, stream);
  const upright = rotation % 180 === 0;
  const rate = ratio(stream.avgFrameRate) || ratio(stream.rFrameRate);
  return {
    width: upright ? codecpar.width : codecpar.height,
    height: upright ? codecpar.height : codecpar.width,
    audio: {},
    video: present({
      pix_format: av.avGetPixFmtName(codecpar.format as never) ?? undefined,
      codec: av.avGetCodecName(codecpar.codecId) ?? undefined,
      level: codecpar.level,
      profile: profileName(av, stream),
      bit_rate: codecpar.bitRate > 0n ? String(codecpar.bitRate) : undefined,
      dar: aspect(stream, rotation),
      time_base: `${timeBase.num}/${timeBase.den}`,
    }),
    frame_rate: rate > 0 ? rate : undefined,
    rotation,
    nb_frames: stream.nbFrames > 0n ? Number(stream.nbFrames) : undefined,
  };
}

function audioFields(av: Av, stream: Stream): VideoFacts['audio'] {
  const { codecpar } = stream;
  return present({
    codec: av.avGetCodecName(codecpar.codecId) ?? undefined,
    bit_rate: codecpar.bitRate > 0n ? String(codecpar.bitRate) : undefined,
    frequency: codecpar.sampleRate,
    channels: codecpar.channels,
    channel_layout: av.avChannelLayoutDescribe(codecpar.channelLayout) ?? undefined,
  });
}

function tags(demuxer: Demuxer): Record<string, string> {
  const all: Record<string, string> = { ...demuxer.metadata };
  for (const stream of demuxer.streams) {
    for (const [key, value] of Object.entries(stream.metadata?.getAll() ?? {})) all[key] ??= value;
  }
  return all;
}

/** A file whose header is fine but whose pictures are not is broken: one frame has to come out. */
async function requireFrame(av: Av, demuxer: Demuxer, stream: Stream): Promise<void> {
  for await (const frame of decodedFrames(av, demuxer, stream)) {
    frame.free();
    return;
  }
  throw new Error('no picture or sound could be decoded');
}

/**
 * Opens a video or audio file and reads its facts.
 *
 * @throws when the file is not what its demuxer reads, or has neither picture nor sound
 */
export async function probe({ path, demuxer }: { path: string; demuxer: string }): Promise<ProbeResult> {
  const av = await loadAv();
  const media = await openMedia(av, path, demuxer);
  try {
    const video = videoStream(av, media);
    const audio = media.streams.find((stream) => stream.codecpar.codecType === av.AVMEDIA_TYPE_AUDIO);
    const main = video ?? audio;
    if (main === undefined) throw new Error('neither picture nor sound');
    const facts: VideoFacts = {
      ...(video === undefined ? { audio: {}, video: {} } : videoFields(av, video)),
      bit_rate: media.bitRate > 0 ? Math.round(media.bitRate * 1000) : undefined,
      duration: media.duration > 0 ? Math.round(media.duration * 1e6) / 1e6 : undefined,
    };
    if (audio !== undefined) {
      facts.audio = audioFields(av, audio);
      facts.is_audio = video === undefined;
    }
    const metadata = tags(media);
    await requireFrame(av, media, main);
    return { facts: present(facts), metadata };
  } finally {
    await media.close();
  }
}
