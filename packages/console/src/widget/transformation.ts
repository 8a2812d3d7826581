/** Long names of a transformation that front ends give as objects, with their short ones (transformation reference). */
const SHORT: Readonly<Record<string, string>> = {
  width: 'w',
  height: 'h',
  crop: 'c',
  gravity: 'g',
  quality: 'q',
  fetch_format: 'f',
  format: 'f',
  effect: 'e',
  radius: 'r',
  angle: 'a',
  aspect_ratio: 'ar',
  background: 'b',
  border: 'bo',
  color: 'co',
  dpr: 'dpr',
  opacity: 'o',
  overlay: 'l',
  underlay: 'u',
  start_offset: 'so',
  end_offset: 'eo',
  duration: 'du',
  video_codec: 'vc',
  audio_codec: 'ac',
  bit_rate: 'br',
  fps: 'fps',
  streaming_profile: 'sp',
  transformation: 't',
  named_transformation: 't',
  flags: 'fl',
  zoom: 'z',
  x: 'x',
  y: 'y',
};

const snake = (name: string): string => name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

function component(values: Readonly<Record<string, unknown>>): string {
  const parts: string[] = [];
  for (const [name, value] of Object.entries(values)) {
    const key = snake(name);
    if (value === undefined || value === null || value === '') continue;
    if (key === 'raw_transformation') parts.push(String(value));
    else if (SHORT[key] !== undefined)
      parts.push(`${SHORT[key]}_${Array.isArray(value) ? value.join('.') : String(value)}`);
  }
  return parts.join(',');
}

/** `w_90,h_60,c_limit` of text, `{width: 90, height: 60, crop: 'limit'}`, or a list of such. */
export function transformationText(given: unknown): string {
  if (typeof given === 'string') return given;
  if (Array.isArray(given)) return given.map(transformationText).filter(Boolean).join('/');
  return typeof given === 'object' && given !== null ? component(given as Record<string, unknown>) : '';
}
