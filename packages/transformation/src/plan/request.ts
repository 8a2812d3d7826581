import type { BitRateValue, FpsValue, ProfileValue, Sampling, VideoCodecValue } from '../film-values.ts';
import type { Flag } from '../flags.ts';
import type { QualityValue } from '../values.ts';
import type { Color, Quality } from './types.ts';

/** What the components ask of the encoder; the last value given wins, flags add up. */
export interface OutputRequest {
  quality: Quality;
  chroma: QualityValue['chroma'];
  qmax: number | null;
  flags: Flag[];
  colorSpace: string | null;
  density: number | null;
  delay: number | null;
  loop: number | null;
  sampling: Sampling | null;
  background: Color | null;
  videoCodec: VideoCodecValue | null;
  audioCodec: string | null;
  audioFrequency: number | 'keep' | null;
  bitRate: BitRateValue | null;
  fps: FpsValue | null;
  keyframeInterval: number | null;
  profile: ProfileValue | null;
  hdr: boolean;
}

export function emptyRequest(): OutputRequest {
  return {
    quality: { mode: 'default' },
    chroma: null,
    qmax: null,
    flags: [],
    colorSpace: null,
    density: null,
    delay: null,
    loop: null,
    sampling: null,
    background: null,
    videoCodec: null,
    audioCodec: null,
    audioFrequency: null,
    bitRate: null,
    fps: null,
    keyframeInterval: null,
    profile: null,
    hdr: false,
  };
}
