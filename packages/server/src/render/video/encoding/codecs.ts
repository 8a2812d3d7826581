/** Codecs as data: the names of `vc_` and `ac_`, the encoder behind each and how it is set up for speed. */

export interface VideoCodec {
  readonly encoder: string;
  readonly pixelFormat: string;
  /** With alpha, when the codec can. */
  readonly alphaFormat?: string;
  /** Options that always apply: speed and threads. */
  readonly options: Readonly<Record<string, string>>;
  readonly doc: string;
}

/**
 * Presets are chosen for answers while somebody waits: 720p is made several times faster than it plays on two cores.
 */
export const VIDEO_CODECS = {
  h264: {
    encoder: 'libx264',
    pixelFormat: 'yuv420p',
    options: { preset: 'veryfast', 'forced-idr': '1' },
    doc: 'H.264',
  },
  h265: {
    encoder: 'libx265',
    pixelFormat: 'yuv420p',
    options: { preset: 'superfast', 'forced-idr': '1', 'x265-params': 'log-level=none' },
    doc: 'HEVC',
  },
  vp8: {
    encoder: 'libvpx',
    pixelFormat: 'yuv420p',
    options: { deadline: 'good', 'cpu-used': '5', 'auto-alt-ref': '0' },
    doc: 'VP8',
  },
  vp9: {
    encoder: 'libvpx-vp9',
    pixelFormat: 'yuv420p',
    alphaFormat: 'yuva420p',
    options: {
      deadline: 'good',
      'cpu-used': '6',
      'row-mt': '1',
      'tile-columns': '2',
      'auto-alt-ref': '0',
      'lag-in-frames': '0',
    },
    doc: 'VP9',
  },
  av1: { encoder: 'libsvtav1', pixelFormat: 'yuv420p', options: { preset: '11' }, doc: 'AV1' },
  prores: {
    encoder: 'prores_ks',
    pixelFormat: 'yuv422p10le',
    alphaFormat: 'yuva444p10le',
    options: { profile: '2', vendor: 'apl0' },
    doc: 'Apple ProRes 422',
  },
  theora: { encoder: 'libtheora', pixelFormat: 'yuv420p', options: {}, doc: 'Theora' },
  mpeg4: { encoder: 'mpeg4', pixelFormat: 'yuv420p', options: {}, doc: 'MPEG-4 part 2' },
  mpeg2: { encoder: 'mpeg2video', pixelFormat: 'yuv420p', options: {}, doc: 'MPEG-2' },
  wmv: { encoder: 'wmv2', pixelFormat: 'yuv420p', options: {}, doc: 'Windows Media Video 8' },
} as const satisfies Record<string, VideoCodec>;

export type VideoCodecName = keyof typeof VIDEO_CODECS;

export interface AudioCodec {
  readonly encoder: string;
  readonly sampleFormat: string;
  /** Sample rates it takes; null: any. Highest first. */
  readonly rates: readonly number[] | null;
  /** Bits per second for two channels when none is asked for; null: lossless. */
  readonly bitRate: number | null;
}

const AAC_RATES = [
  96_000, 88_200, 64_000, 48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000, 7_350,
];
const MP3_RATES = [48_000, 44_100, 32_000, 24_000, 22_050, 16_000, 12_000, 11_025, 8_000];

export const AUDIO_CODECS = {
  aac: { encoder: 'aac', sampleFormat: 'fltp', rates: AAC_RATES, bitRate: 128_000 },
  mp3: { encoder: 'libmp3lame', sampleFormat: 'fltp', rates: MP3_RATES, bitRate: 128_000 },
  opus: { encoder: 'libopus', sampleFormat: 'flt', rates: [48_000, 24_000, 16_000, 12_000, 8_000], bitRate: 96_000 },
  vorbis: { encoder: 'libvorbis', sampleFormat: 'fltp', rates: null, bitRate: 112_000 },
  flac: { encoder: 'flac', sampleFormat: 's16', rates: null, bitRate: null },
  pcm: { encoder: 'pcm_s16le', sampleFormat: 's16', rates: null, bitRate: null },
  pcm_48k: { encoder: 'pcm_s16le', sampleFormat: 's16', rates: [48_000], bitRate: null },
  pcm_big: { encoder: 'pcm_s16be', sampleFormat: 's16', rates: null, bitRate: null },
  pcm24: { encoder: 'pcm_s24le', sampleFormat: 's32', rates: null, bitRate: null },
  mp2: { encoder: 'mp2', sampleFormat: 's16', rates: [48_000, 44_100, 32_000], bitRate: 192_000 },
  wma: {
    encoder: 'wmav2',
    sampleFormat: 'fltp',
    rates: [48_000, 44_100, 32_000, 22_050, 16_000, 11_025, 8_000],
    bitRate: 128_000,
  },
} as const satisfies Record<string, AudioCodec>;

export type AudioCodecName = keyof typeof AUDIO_CODECS;

export interface Container {
  readonly muxer: string;
  readonly options?: Readonly<Record<string, string>>;
  /** Codecs it may hold, the default first. Empty: no picture. */
  readonly video: readonly VideoCodecName[];
  readonly audio: readonly AudioCodecName[];
  /** Seconds between key frames when none are asked for. */
  readonly keyframeInterval?: number;
}

const MP4 = { movflags: '+faststart' };

/** By canonical format name. What is not here cannot be made. */
export const CONTAINERS = {
  mp4: { muxer: 'mp4', options: MP4, video: ['h264', 'h265', 'av1', 'vp9', 'mpeg4'], audio: ['aac', 'mp3', 'opus'] },
  mov: { muxer: 'mov', options: MP4, video: ['h264', 'h265', 'prores', 'mpeg4'], audio: ['aac', 'pcm24', 'mp3'] },
  m4v: { muxer: 'mp4', options: MP4, video: ['h264', 'h265'], audio: ['aac'] },
  webm: { muxer: 'webm', video: ['vp9', 'vp8', 'av1'], audio: ['opus', 'vorbis'] },
  mkv: {
    muxer: 'matroska',
    video: ['h264', 'h265', 'vp9', 'vp8', 'av1', 'theora', 'prores', 'mpeg4'],
    audio: ['aac', 'opus', 'vorbis', 'mp3', 'pcm24', 'flac'],
  },
  avi: { muxer: 'avi', video: ['mpeg4', 'h264'], audio: ['mp3'] },
  flv: { muxer: 'flv', video: ['h264'], audio: ['aac', 'mp3'] },
  ogv: { muxer: 'ogg', video: ['theora'], audio: ['vorbis', 'opus'] },
  mpeg: { muxer: 'mpeg', video: ['mpeg2'], audio: ['mp2'] },
  wmv: { muxer: 'asf', video: ['wmv'], audio: ['wma'] },
  mxf: { muxer: 'mxf', video: ['mpeg2', 'h264'], audio: ['pcm_48k'] },
  '3gp': { muxer: '3gp', video: ['h264', 'mpeg4'], audio: ['aac'] },
  '3g2': { muxer: '3g2', video: ['h264', 'mpeg4'], audio: ['aac'] },
  ts: { muxer: 'mpegts', video: ['h264', 'h265'], audio: ['aac', 'mp3'], keyframeInterval: 2 },
  // Pieces for DASH: a track each, fragments of two seconds, the index in front.
  mp4dv: {
    muxer: 'mp4',
    options: { movflags: '+frag_keyframe+dash+global_sidx+empty_moov+default_base_moof' },
    video: ['h264'],
    audio: [],
    keyframeInterval: 2,
  },
  mp4da: {
    muxer: 'mp4',
    options: { movflags: '+dash+global_sidx+empty_moov+default_base_moof', frag_duration: '2000000' },
    video: [],
    audio: ['aac'],
  },
  mp3: { muxer: 'mp3', video: [], audio: ['mp3'] },
  aac: { muxer: 'adts', video: [], audio: ['aac'] },
  m4a: { muxer: 'ipod', options: MP4, video: [], audio: ['aac'] },
  wav: { muxer: 'wav', video: [], audio: ['pcm', 'pcm24'] },
  ogg: { muxer: 'ogg', video: [], audio: ['vorbis', 'opus', 'flac'] },
  opus: { muxer: 'opus', video: [], audio: ['opus'] },
  flac: { muxer: 'flac', video: [], audio: ['flac'] },
  aiff: { muxer: 'aiff', video: [], audio: ['pcm_big'] },
} as const satisfies Record<string, Container>;

export type ContainerName = keyof typeof CONTAINERS;

export const containerOf = (format: string): Container | undefined =>
  Object.hasOwn(CONTAINERS, format) ? CONTAINERS[format as ContainerName] : undefined;
