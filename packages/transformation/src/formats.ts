/** Formats as data: extensions, content types and what each can hold. */
export interface FormatSpec {
  readonly contentType: string;
  readonly kind: 'image' | 'video' | 'audio' | 'manifest' | 'text' | 'model';
  /** Can be made by a transformation. Others are only delivered as stored. */
  readonly output: boolean;
  readonly alpha: boolean;
  /** Can hold more than one frame. */
  readonly animated: boolean;
  /** Can hold several pages. */
  readonly paged: boolean;
  /** Vector or document: rasterised at a density when read. */
  readonly vector: boolean;
  readonly aliases: readonly string[];
}

type Row = [contentType: string, kind: FormatSpec['kind'], traits?: string, aliases?: string];

/** Traits: o output, a alpha, n animated, p paged, v vector. */
const ROWS: Record<string, Row> = {
  jpg: ['image/jpeg', 'image', 'o', 'jpeg jpe jfif'],
  png: ['image/png', 'image', 'oan', 'apng'],
  webp: ['image/webp', 'image', 'oan'],
  gif: ['image/gif', 'image', 'oan'],
  avif: ['image/avif', 'image', 'oan'],
  jxl: ['image/jxl', 'image', 'oa'],
  jp2: ['image/jp2', 'image', 'oa', 'j2k jpx'],
  tiff: ['image/tiff', 'image', 'oap', 'tif'],
  bmp: ['image/bmp', 'image', 'o'],
  ico: ['image/vnd.microsoft.icon', 'image', 'oa'],
  tga: ['image/x-tga', 'image', 'oa'],
  heic: ['image/heic', 'image', 'a', 'heif'],
  jxr: ['image/vnd.ms-photo', 'image', 'a', 'wdp hdp'],
  psd: ['image/vnd.adobe.photoshop', 'image', 'oa'],
  svg: ['image/svg+xml', 'image', 'oav'],
  pdf: ['application/pdf', 'image', 'oapv'],
  eps: ['application/postscript', 'image', 'av', 'ps ept eps3'],
  ai: ['application/postscript', 'image', 'av'],
  djvu: ['image/vnd.djvu', 'image', 'v'],
  indd: ['application/x-indesign', 'image', 'v'],
  flif: ['image/flif', 'image', 'a'],
  dng: ['image/x-adobe-dng', 'image'],
  arw: ['image/x-sony-arw', 'image'],
  cr2: ['image/x-canon-cr2', 'image'],
  cr3: ['image/x-canon-cr3', 'image'],
  nef: ['image/x-nikon-nef', 'image'],
  rw2: ['image/x-panasonic-rw2', 'image'],
  raf: ['image/x-fujifilm-raf', 'image'],
  exr: ['image/x-exr', 'image', 'a'],
  glb: ['model/gltf-binary', 'model'],
  gltf: ['model/gltf+json', 'model'],
  obj: ['model/obj', 'model'],
  usdz: ['model/vnd.usdz+zip', 'model'],
  fbx: ['application/octet-stream', 'model', '', '3ds ply u3d'],
  mp4: ['video/mp4', 'video', 'o'],
  mp4dv: ['video/mp4', 'video', 'o'],
  webm: ['video/webm', 'video', 'o'],
  mov: ['video/quicktime', 'video', 'o'],
  m4v: ['video/x-m4v', 'video', 'o'],
  mkv: ['video/x-matroska', 'video', 'o'],
  avi: ['video/x-msvideo', 'video', 'o'],
  flv: ['video/x-flv', 'video', 'o'],
  ogv: ['video/ogg', 'video', 'o'],
  mpeg: ['video/mpeg', 'video', 'o', 'mpg'],
  wmv: ['video/x-ms-wmv', 'video', 'o'],
  '3gp': ['video/3gpp', 'video', 'o'],
  '3g2': ['video/3gpp2', 'video', 'o'],
  ts: ['video/mp2t', 'video', 'o', 'm2ts mts'],
  mxf: ['application/mxf', 'video', 'o'],
  mp3: ['audio/mpeg', 'audio', 'o'],
  aac: ['audio/aac', 'audio', 'o'],
  m4a: ['audio/mp4', 'audio', 'o'],
  mp4da: ['audio/mp4', 'audio', 'o'],
  wav: ['audio/wav', 'audio', 'o'],
  ogg: ['audio/ogg', 'audio', 'o'],
  opus: ['audio/opus', 'audio', 'o'],
  flac: ['audio/flac', 'audio', 'o'],
  aiff: ['audio/aiff', 'audio', 'o', 'aif'],
  amr: ['audio/amr', 'audio', 'o'],
  midi: ['audio/midi', 'audio', '', 'mid'],
  m3u8: ['application/vnd.apple.mpegurl', 'manifest', 'o'],
  mpd: ['application/dash+xml', 'manifest', 'o'],
  vtt: ['text/vtt', 'text', 'o'],
};

export const FORMATS: ReadonlyMap<string, FormatSpec> = new Map(
  Object.entries(ROWS).map(([name, [contentType, kind, traits = '', aliases = '']]) => [
    name,
    {
      contentType,
      kind,
      output: traits.includes('o'),
      alpha: traits.includes('a'),
      animated: traits.includes('n'),
      paged: traits.includes('p'),
      vector: traits.includes('v'),
      aliases: aliases ? aliases.split(' ') : [],
    },
  ]),
);

const ALIASES = new Map([...FORMATS].flatMap(([name, spec]) => spec.aliases.map((alias) => [alias, name] as const)));

/** `JPEG` → `jpg`; unknown extensions come back in lower case. */
export function canonicalFormat(extension: string): string {
  const lower = extension.toLowerCase();
  return ALIASES.get(lower) ?? lower;
}

export function formatSpec(extension: string): FormatSpec | undefined {
  return FORMATS.get(canonicalFormat(extension));
}
