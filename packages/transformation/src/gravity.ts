import type { Compass, Gravity, GravityFallback, Rect } from './plan/types.ts';

export const COMPASS: readonly Compass[] = [
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

/** What `g_` may hold: a place, seam carving, or something this server has no service for. */
export type GravityValue =
  | { readonly kind: 'gravity'; readonly gravity: Gravity }
  | { readonly kind: 'liquid' }
  | { readonly kind: 'unavailable'; readonly what: string };

/** Rows of the reference page; `pattern` decides, in order. */
export const GRAVITIES = [
  { value: COMPASS.join(', '), doc: 'A fixed side, corner or the centre.' },
  {
    value: 'auto[:subject|classic][:<focus>][:<focus>_avoid][:aoi_x_y_w_h][:<0-100>][:thirds_0]',
    doc: 'The part that draws attention.',
  },
  { value: 'face[:center|auto]', doc: 'The largest face; without one, north (or the fallback).' },
  { value: 'faces[:center|auto]', doc: 'The box around all faces; without one, north (or the fallback).' },
  { value: 'body[:face]', doc: 'A detected body.' },
  { value: 'custom[:face|faces]', doc: 'Coordinates stored with the asset; without them, the centre (or faces).' },
  { value: 'region_!<name>!', doc: 'A named region stored with the asset.' },
  { value: 'xy_center', doc: 'x and y are the centre of the crop.' },
  { value: 'liquid', doc: 'Seam carving, with c_scale.' },
  { value: '<object>[:<object>…]', doc: 'Detected objects in order of priority.' },
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
  if (/^clipping_path_!([^!]+)!$/.test(text)) return { kind: 'unavailable', what: text };
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
  return names.length <= 20 && names.every((name) => OBJECT.test(name))
    ? place({ kind: 'object', names, fallback: 'center' })
    : null;
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

function parseAuto(options: readonly string[]): GravityValue | null {
  let algorithm: 'subject' | 'classic' = 'subject';
  const focus: string[] = [];
  const avoid: string[] = [];
  const areas: Rect[] = [];
  let aggressiveness: number | undefined;
  let ruleOfThirds = true;
  let customOverrides = true;
  let facesWanted = true;
  for (const option of options) {
    const area = /^aoi_(-?[\d.]+)_(-?[\d.]+)_([\d.]+)_([\d.]+)$/.exec(option);
    if (option === 'subject' || option === 'classic') algorithm = option;
    else if (option === 'thirds_0') ruleOfThirds = false;
    else if (option === 'thirds_1' || option === 'thirds') ruleOfThirds = true;
    else if (option === 'custom_no_override') customOverrides = false;
    else if (option === 'no_faces' || option === 'none') facesWanted = false;
    else if (/^\d{1,3}$/.test(option) && Number(option) <= 100) aggressiveness = Number(option);
    else if (area) {
      const [x = 0, y = 0, width = 0, height = 0] = area.slice(1).map(Number);
      if (![x, y, width, height].every(Number.isFinite) || width <= 0 || height <= 0) return null;
      areas.push({ x, y, width, height });
    } else if (option.endsWith('_avoid') && OBJECT.test(option)) avoid.push(option.slice(0, -'_avoid'.length));
    else if (OBJECT.test(option)) focus.push(option);
    else return null;
  }
  if (focus.length + avoid.length + areas.length > 40) return null;
  if (focus.length === 0 && facesWanted && !avoid.includes('face') && !avoid.includes('faces')) focus.push('faces');
  return place({ kind: 'auto', algorithm, focus, avoid, areas, aggressiveness, ruleOfThirds, customOverrides });
}
