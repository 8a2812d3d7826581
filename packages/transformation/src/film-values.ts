import { type Expression, parseExpression } from './expression.ts';
import { whole } from './values.ts';

/** Values of parameters for video and audio; grammars as in `values.ts`. */

export type Offset =
  | { readonly kind: 'percent'; readonly value: number }
  | { readonly kind: 'seconds'; readonly expr: Expression }
  | { readonly kind: 'auto' };

export interface FpsValue {
  readonly min: number | null;
  readonly max: number | null;
}

export interface BitRateValue {
  readonly video: number | null;
  readonly audio: number | null;
  readonly constant: boolean;
}

export interface VideoCodecValue {
  readonly name: string;
  readonly profile: string | null;
  readonly level: string | null;
  readonly bframes: boolean;
}

export type Sampling = { readonly frames: number } | { readonly every: number };

export interface ProfileValue {
  readonly name: string;
  readonly options: Readonly<Record<string, string>>;
}

export function offset(text: string): Offset | null {
  if (text === 'auto') return { kind: 'auto' };
  const percent = /^(\d{1,3}(?:\.\d+)?)[p%]$/.exec(text)?.[1];
  if (percent !== undefined) return Number(percent) <= 100 ? { kind: 'percent', value: Number(percent) } : null;
  const expr = parseExpression(text);
  return !expr || expr.k === 'str' || (expr.k === 'num' && expr.v < 0) ? null : { kind: 'seconds', expr };
}

export function duration(text: string): Offset | null {
  const value = offset(text);
  return value?.kind === 'auto' ? null : value;
}

export function fps(text: string): FpsValue | null {
  const match = /^(\d{1,4}(?:\.\d+)?)?(-)?(\d{1,4}(?:\.\d+)?)?$/.exec(text);
  const min = match?.[1] === undefined ? null : Number(match[1]);
  const max = match?.[2] === undefined ? min : match[3] === undefined ? null : Number(match[3]);
  if (!match || (min === null && max === null) || (match[2] === undefined && match[3] !== undefined)) return null;
  return (min ?? 1) > 0 && (max ?? 1) > 0 && (min ?? 0) <= (max ?? 1e9) ? { min, max } : null;
}

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1e3, m: 1e6 };

function rate(text: string): number | null {
  const match = /^(\d{1,10}(?:\.\d+)?)([km]?)$/i.exec(text);
  const value = match ? Number(match[1]) * UNITS[match[2]!.toLowerCase()]! : 0;
  return value > 0 && value <= 1e9 ? Math.round(value) : null;
}

export function bitRate(text: string): BitRateValue | null {
  if (text.startsWith('av:')) return trackBitRates(text.slice('av:'.length));
  const [value = '', mode, extra] = text.split(':');
  const video = rate(value);
  if (video === null || extra !== undefined || (mode !== undefined && mode !== 'constant')) return null;
  return { video, audio: null, constant: mode === 'constant' };
}

/** `video_(value_2m;mode_cbr);audio_(value_128k)` */
function trackBitRates(text: string): BitRateValue | null {
  let rates: BitRateValue = { video: null, audio: null, constant: false };
  for (const part of text.split(/;(?![^(]*\))/)) {
    const match = /^(video|audio)_\(([^()]*)\)$/.exec(part);
    const track = match && trackBitRate(match[2]!.split(';'));
    if (!track) return null;
    rates = {
      ...rates,
      ...(track.value === null ? {} : { [match[1] as 'video' | 'audio']: track.value }),
      constant: rates.constant || track.constant,
    };
  }
  return rates.video === null && rates.audio === null ? null : rates;
}

function trackBitRate(options: readonly string[]): { value: number | null; constant: boolean } | null {
  let value: number | null = null;
  for (const option of options) {
    if (option === 'mode_cbr' || option === 'mode_vbr') continue;
    value = option.startsWith('value_') ? rate(option.slice('value_'.length)) : null;
    if (value === null) return null;
  }
  return { value, constant: options.includes('mode_cbr') };
}

const CODECS = ['h264', 'h265', 'av1', 'vp8', 'vp9', 'prores', 'theora', 'auto', 'none'];
const PROFILES = ['baseline', 'main', 'high', 'high422', 'high444', 'main10', 'auto'];

export function videoCodec(text: string): VideoCodecValue | null {
  const parts = text.split(':');
  const name = parts.shift() ?? '';
  if (!CODECS.includes(name)) return null;
  const bframes = parts.at(-1) !== 'bframes_no';
  if (!bframes) parts.pop();
  const [profile = null, level = null, extra] = parts;
  if (
    extra !== undefined ||
    (profile !== null && !PROFILES.includes(profile) && !(name === 'prores' && /^[a-z0-9]+$/.test(profile)))
  )
    return null;
  if (level !== null && level !== 'auto' && !/^\d(?:\.\d)?$/.test(level)) return null;
  return { name, profile, level, bframes };
}

export function audioFrequency(text: string): number | 'keep' | null {
  return text === 'iaf' ? 'keep' : whole(text, 7350, 192_000);
}

export function sampling(text: string): Sampling | null {
  const seconds = /^(\d+(?:\.\d+)?)s$/.exec(text)?.[1];
  if (seconds !== undefined) return Number(seconds) > 0 ? { every: Number(seconds) } : null;
  const frames = whole(text, 1, 10_000);
  return frames === null ? null : { frames };
}

export function streamingProfile(text: string): ProfileValue | null {
  const colon = text.indexOf(':');
  const name = colon < 0 ? text : text.slice(0, colon);
  if (!/^[A-Za-z0-9_-]{1,100}$/.test(name)) return null;
  const options: Record<string, string> = {};
  if (colon >= 0) {
    for (const part of text.slice(colon + 1).split(/;(?![^(]*\))/)) {
      const match = /^([a-z]{1,20})_(.+)$/s.exec(part);
      if (!match?.[1] || match[2] === undefined || !['maxres', 'subtitles'].includes(match[1])) return null;
      if (match[1] === 'maxres' && !/^(?:2160|1440|1080|720|540|360)p$/.test(match[2])) return null;
      options[match[1]] = match[2];
    }
  }
  return { name: name.toLowerCase(), options };
}
