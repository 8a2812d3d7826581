import type { Compass, LayerSource, LayerStep, Size } from '@signet/transformation';

/** One line or more of text with its time, in seconds. */
export interface Cue {
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

const TIMES = /^(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})\s+-->\s+(?:(\d{1,3}):)?(\d{1,2}):(\d{2})[.,](\d{3})/;
const MOST_CUES = 20_000;

const seconds = (parts: readonly (string | undefined)[]): number => {
  const [hours = '0', minutes, secs, milliseconds] = parts;
  return Number(hours) * 3600 + Number(minutes) * 60 + Number(secs) + Number(milliseconds) / 1000;
};

/**
 * Cues of SubRip (.srt) or WebVTT (https://www.w3.org/TR/webvtt1/): blocks with a line of times, text below it. Blocks
 * without times (notes, styles, the head) are left out.
 */
export function parseSubtitles(file: string): Cue[] {
  const cues: Cue[] = [];
  for (const block of file
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split(/\n{2,}/)) {
    const lines = block.split('\n').filter((line) => line.trim() !== '');
    const at = lines.findIndex((line) => TIMES.test(line));
    const match = at < 0 ? null : TIMES.exec(lines[at]!);
    if (match === null || cues.length >= MOST_CUES) continue;
    const text = lines.slice(at + 1).join('\n');
    cues.push({ start: seconds(match.slice(1, 5)), end: seconds(match.slice(5, 9)), text });
  }
  return cues;
}

/** Where on the keypad a compass point is: how ASS counts alignments. */
const KEYPAD: Readonly<Record<Compass, number>> = {
  south_west: 1,
  south: 2,
  south_east: 3,
  west: 4,
  center: 5,
  east: 6,
  north_west: 7,
  north: 8,
  north_east: 9,
};

const clock = (value: number): string => {
  const hundredths = Math.round(value * 100);
  const two = (part: number) => String(Math.floor(part)).padStart(2, '0');
  return `${Math.floor(hundredths / 360_000)}:${two((hundredths / 6000) % 60)}:${two((hundredths / 100) % 60)}.${two(hundredths % 100)}`;
};

/** `&HAABBGGRR`, where alpha counts the other way. */
const color = ({ r, g, b, alpha }: { r: number; g: number; b: number; alpha: number }): string =>
  `&H${[255 - alpha * 255, b, g, r]
    .map((value) => Math.round(value).toString(16).padStart(2, '0'))
    .join('')
    .toUpperCase()}`;

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', nbsp: '\u00a0', lrm: '', rlm: '' };

/** Bold, italic and underline stay; other tags go; what ASS would read as a command becomes harmless. */
const markup = (text: string): string =>
  text
    .replace(/[{}\\]/g, (char) => ({ '{': '(', '}': ')', '\\': '/' })[char]!)
    .replace(/<(\/?)([biu])>/gi, (_, close: string, tag: string) => `{\\${tag.toLowerCase()}${close ? 0 : 1}}`)
    .replace(/<[^>]*>/g, '')
    .replace(/&(\w+);/g, (whole, name: string) => ENTITIES[name] ?? whole)
    .replace(/\n/g, '\\N');

type Subtitles = Extract<LayerSource, { kind: 'subtitles' }>;

const MARGIN = 10;

/** Advanced SubStation Alpha, which the filter reads, in pixels of the film. */
export function toAss(
  cues: readonly Cue[],
  { style, color: ink, background }: Subtitles,
  { gravity, x, y }: LayerStep['placement'],
  size: Size,
): string {
  const at = gravity.kind === 'compass' && gravity.at !== 'center' ? gravity.at : 'south';
  const flag = (on: boolean) => (on ? -1 : 0);
  const black = { r: 0, g: 0, b: 0, alpha: 1 };
  const fields = [
    'Default',
    style.fontFamily.replace(/[,\n]/g, ' '),
    Math.round(style.fontSize * 1.2),
    color(ink),
    color(ink),
    color(background ?? black),
    color(background ?? black),
    flag(style.weight === 'bold'),
    flag(style.style === 'italic'),
    flag(style.decoration === 'underline'),
    flag(style.decoration === 'strikethrough'),
    100,
    100,
    style.letterSpacing,
    0,
    // 1: letters with an outline, 3: a box behind them.
    background === null ? 1 : 3,
    background === null ? Math.max(1, Math.round(style.fontSize / 15)) : 4,
    0,
    KEYPAD[at],
    MARGIN + Math.max(0, Math.round(x)),
    MARGIN + Math.max(0, Math.round(x)),
    MARGIN + Math.max(0, Math.round(y)),
    1,
  ];
  return [
    '[Script Info]',
    'ScriptType: v4.00+',
    `PlayResX: ${size.width}`,
    `PlayResY: ${size.height}`,
    'ScaledBorderAndShadow: yes',
    '',
    '[V4+ Styles]',
    'Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding',
    `Style: ${fields.join(',')}`,
    '',
    '[Events]',
    'Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text',
    ...cues.map(({ start, end, text }) => `Dialogue: 0,${clock(start)},${clock(end)},Default,,0,0,0,,${markup(text)}`),
    '',
  ].join('\n');
}
