import { OBJECT_NAMES, OBJECTS, objectNamed } from './objects.ts';
import type { Compass, Gravity, GravityFallback, Rect } from './plan/types.ts';
import { percentDecode } from './text.ts';

const COMPASS: readonly Compass[] = [
  'north_west',
  'north',
  'north_east',
  'west',
  'center',
  'east',
  'south_west',
  'south',
  'south_east',
];

/** What `g_` may hold: a place, seam carving, something this server has no service for, or objects no detector knows. */
export type GravityValue =
  | { readonly kind: 'gravity'; readonly gravity: Gravity }
  | { readonly kind: 'liquid' }
  | { readonly kind: 'unavailable'; readonly what: string }
  | { readonly kind: 'unknown'; readonly what: string };

/** Rows of the reference page; `pattern` decides, in order. */
export const GRAVITIES = [
  {
    name: 'compass',
    value: COMPASS.join(', '),
    doc: 'A fixed side, corner or the centre.',
    example: 'c_crop,g_south_east,h_300,w_400',
  },
  {
    name: 'auto',
    value: 'auto[:subject|classic][:<focus>][:<focus>_avoid][:aoi_x_y_w_h][:<0-100>][:thirds_0]',
    doc: 'The part that draws attention.',
    example: 'c_fill,g_auto,h_300,w_200',
  },
  {
    name: 'face',
    value: 'face[:center|auto]',
    doc: 'The largest face; without one, north (or the fallback).',
    example: 'c_thumb,g_face,h_150,w_150',
  },
  {
    name: 'faces',
    value: 'faces[:center|auto]',
    doc: 'The box around all faces; without one, north (or the fallback).',
    example: 'c_thumb,g_faces,h_100,w_200',
  },
  {
    name: 'body',
    value: 'body[:face]',
    doc: 'The people; where none is seen, bodies as their faces say.',
    example: 'c_fill,g_body,h_200,w_100',
  },
  {
    name: 'custom',
    value: 'custom[:face|faces]',
    doc: 'Coordinates stored with the asset; without them, the centre (or faces).',
    example: 'c_crop,g_custom',
  },
  {
    name: 'region',
    value: 'region_!<name>!',
    doc: 'A named region stored with the asset.',
    example: 'c_thumb,g_region_!house!,h_150,w_150',
  },
  {
    name: 'clipping_path',
    value: 'clipping_path_!<name>!',
    doc: 'The box around a path that a JPEG, TIFF or PSD holds; without it, the centre.',
    example: 'c_crop,g_clipping_path_!star!',
  },
  {
    name: 'xy_center',
    value: 'xy_center',
    doc: 'x and y are the centre of the crop.',
    example: 'c_crop,g_xy_center,h_200,w_200,x_315,y_345',
  },
  {
    name: 'liquid',
    value: 'liquid',
    doc: 'Seam carving, with c_scale.',
    example: 'w_300/c_scale,g_liquid,h_200,w_200',
  },
  {
    name: 'object',
    value: '<object>[:<object>…]',
    doc: `Detected objects, the first name that is found; without one, the centre (in \`auto:<object>\`: what draws attention). Categories: ${Object.keys(OBJECTS).join(', ')}. Objects: ${OBJECT_NAMES.join(', ')}. Other names answer 400.`,
    example: 'c_fill,g_person,h_300,w_200',
  },
  {
    name: 'add-on',
    value: 'adv_face, adv_faces, adv_eyes, ocr_text, track_person',
    doc: 'Need an add-on of the cloud: 400.',
    example: null,
  },
] as const;

const compass = (text: string): text is Compass => (COMPASS as readonly string[]).includes(text);
const place = (gravity: Gravity): GravityValue => ({ kind: 'gravity', gravity });

/** Null when the text is no gravity. */
export function parseGravity(text: string): GravityValue | null {
  if (compass(text)) return place({ kind: 'compass', at: text });
  if (text === 'xy_center') return place({ kind: 'point' });
  if (text === 'liquid') return { kind: 'liquid' };
  if (/^(?:adv_(?:face|faces|eyes)|ocr_text|track_person|cld-decompose_tile)(?::|$)/.test(text)) {
    return { kind: 'unavailable', what: text };
  }
  const region = /^region_!([^!]+)!$/.exec(text)?.[1];
  if (region !== undefined) return place({ kind: 'region', name: region, fallback: 'center' });
  const path = /^clipping_path_!([^!]+)!$/.exec(text)?.[1];
  if (path !== undefined) return place({ kind: 'path', name: percentDecode(path), fallback: 'center' });
  const [head = '', ...rest] = text.split(':');
  switch (head) {
    case 'auto':
      return parseAuto(rest);
    case 'face':
    case 'faces':
      return rest.length > 1 ? null : withFallback(rest[0], 'north', (fallback) => ({ kind: head, fallback }));
    case 'body':
      return rest.length > 1 ? null : place({ kind: 'body', fallback: 'center' });
    case 'custom':
      return parseCustom(rest);
  }
  const names = [head, ...rest];
  if (names.length > 20 || !names.every((name) => OBJECT.test(name))) return null;
  const known = detectable(names);
  return known === null ? { kind: 'unknown', what: text } : place({ kind: 'object', names: known, fallback: 'center' });
}

/** Found by the detector of faces. */
const BY_FACE = new Set(['face', 'faces', 'body']);

/** The names as detectors know them. Null: one of them is unknown, and would silently fall back to the centre. */
function detectable(words: readonly string[]): string[] | null {
  const names = words.map((word) => (BY_FACE.has(word) ? word : objectNamed(word)));
  return names.every((name) => name !== null) ? names : null;
}

const OBJECT = /^[a-z][a-z0-9 _-]{1,40}$/;

function withFallback(word: string | undefined, otherwise: Compass, make: (fallback: GravityFallback) => Gravity) {
  if (word === undefined) return place(make(otherwise));
  return word === 'auto' || compass(word) ? place(make(word)) : null;
}

function parseCustom(rest: readonly string[]): GravityValue | null {
  if (rest.length === 0) return place({ kind: 'custom', fallback: 'center', next: null });
  if (rest.length > 1) return null;
  const next = rest[0]?.replace(/^adv_/, '');
  if (next === 'face' || next === 'faces') return place({ kind: 'custom', fallback: 'north', next });
  return withFallback(next, 'center', (fallback) => ({ kind: 'custom', fallback, next: null }));
}

/** `g_auto` while its options are read. */
interface AutoDraft {
  algorithm: 'subject' | 'classic';
  focus: string[];
  avoid: string[];
  areas: Rect[];
  aggressiveness: number | undefined;
  ruleOfThirds: boolean;
  customOverrides: boolean;
  faces: boolean;
}

/** Options that are one word. */
const AUTO_WORDS: Readonly<Record<string, Partial<AutoDraft>>> = {
  subject: { algorithm: 'subject' },
  classic: { algorithm: 'classic' },
  thirds: { ruleOfThirds: true },
  thirds_1: { ruleOfThirds: true },
  thirds_0: { ruleOfThirds: false },
  custom_no_override: { customOverrides: false },
  no_faces: { faces: false },
  none: { faces: false },
};

function parseArea(option: string): Rect | null {
  const match = /^aoi_(-?[\d.]+)_(-?[\d.]+)_([\d.]+)_([\d.]+)$/.exec(option);
  if (!match) return null;
  const [x = 0, y = 0, width = 0, height = 0] = match.slice(1).map(Number);
  return [x, y, width, height].every(Number.isFinite) && width > 0 && height > 0 ? { x, y, width, height } : null;
}

/** False when the option is none. */
function readAutoOption(draft: AutoDraft, option: string): boolean {
  if (Object.hasOwn(AUTO_WORDS, option)) {
    Object.assign(draft, AUTO_WORDS[option]);
    return true;
  }
  if (/^\d{1,3}$/.test(option)) {
    draft.aggressiveness = Number(option);
    return draft.aggressiveness <= 100;
  }
  if (option.startsWith('aoi_')) {
    const area = parseArea(option);
    if (area) draft.areas.push(area);
    return area !== null;
  }
  if (!OBJECT.test(option)) return false;
  if (option.endsWith('_avoid')) draft.avoid.push(option.slice(0, -'_avoid'.length));
  else draft.focus.push(option);
  return true;
}

function parseAuto(options: readonly string[]): GravityValue | null {
  const draft: AutoDraft = {
    algorithm: 'subject',
    focus: [],
    avoid: [],
    areas: [],
    aggressiveness: undefined,
    ruleOfThirds: true,
    customOverrides: true,
    faces: true,
  };
  if (!options.every((option) => readAutoOption(draft, option))) return null;
  if (draft.focus.length + draft.avoid.length + draft.areas.length > 40) return null;
  const [focus, avoid] = [detectable(draft.focus), detectable(draft.avoid)];
  if (focus === null || avoid === null) return { kind: 'unknown', what: ['auto', ...options].join(':') };
  const faces = draft.faces && !avoid.includes('face') && !avoid.includes('faces');
  return place({ kind: 'auto', ...draft, focus, avoid, faces });
}
