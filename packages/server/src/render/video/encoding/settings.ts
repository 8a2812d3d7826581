/** What the worker is told about encoders and containers. Plain data: it crosses to the worker process. */

export interface VideoEncoding {
  /** FFmpeg's name of the encoder. */
  readonly encoder: string;
  readonly pixelFormat: string;
  /** Options of the encoder, FFmpeg's names. */
  readonly options: Readonly<Record<string, string>>;
  /** Seconds from one key frame to the next at most; null leaves it to the encoder. */
  readonly keyframeInterval: number | null;
  /** The track is a transparency: of its planes only the first counts, and the file says that there is no other. */
  readonly onePlane?: true;
}

export interface AudioEncoding {
  readonly encoder: string;
  readonly sampleFormat: string;
  readonly sampleRate: number;
  readonly channels: 1 | 2;
  readonly options: Readonly<Record<string, string>>;
}

export interface ContainerSettings {
  /** FFmpeg's name of the muxer. */
  readonly muxer: string;
  readonly options: Readonly<Record<string, string>>;
}
