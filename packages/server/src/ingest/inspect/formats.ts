/**
 * Every file format the server knows by name: the one table that inspection, rendering and delivery read.
 *
 * Names are the canonical extensions of the cloud's format list (delivery reference, "Supported image formats" and
 * "Supported video formats"); the other extensions of a row are aliases and compare equal (`jpeg` is `jpg`).
 */

/** What a format holds. `audio` belongs to the resource type `video`, as on the cloud. */
export type FormatKind = 'image' | 'video' | 'audio' | 'raw';

/** `sharp`: libvips in the process; `av`: FFmpeg's codecs in a worker process; `pdfium`: PDF in a worker process; `own`: ours. */
export type FormatEngine = 'sharp' | 'av' | 'pdfium' | 'own';

export interface Format {
  /** Canonical name, which is also the extension of a delivery URL. */
  readonly name: string;
  /** All extensions, lower case, canonical first. */
  readonly extensions: readonly string[];
  readonly mime: string;
  readonly kind: FormatKind;
  /** Reads it. Without one the format can be stored and delivered as it is, nothing more. */
  readonly decode?: FormatEngine;
  /** Writes it. */
  readonly encode?: FormatEngine;
  /** Can hold several frames that play. */
  readonly animated?: true;
  /** Can hold transparency. */
  readonly alpha?: true;
  /** Can hold several pages. */
  readonly paged?: true;
  /** FFmpeg's demuxer; never guessed from the bytes, so that no playlist or script format can be opened. */
  readonly demuxer?: string;
  /** Formats that look alike from their content and are told apart by the file's name. */
  readonly family?: string;
}

type Traits = Omit<Format, 'name' | 'extensions' | 'mime' | 'kind'>;

const row = (kind: FormatKind, extensions: string, mime: string, traits: Traits = {}): Format => {
  const names = extensions.split(' ');
  return { name: names[0]!, extensions: names, mime, kind, ...traits };
};
const image = (extensions: string, mime: string, traits?: Traits) => row('image', extensions, mime, traits);
const video = (extensions: string, mime: string, demuxer: string, traits?: Traits) =>
  row('video', extensions, mime, { decode: 'av', demuxer, ...traits });
const audio = (extensions: string, mime: string, demuxer: string, traits?: Traits) =>
  row('audio', extensions, mime, { decode: 'av', demuxer, ...traits });
const raw = (extensions: string, mime: string) => row('raw', extensions, mime);

export const FORMATS: readonly Format[] = [
  image('jpg jpeg jpe jfif jif', 'image/jpeg', { decode: 'sharp', encode: 'sharp' }),
  image('png apng', 'image/png', { decode: 'sharp', encode: 'sharp', alpha: true, animated: true }),
  image('gif', 'image/gif', { decode: 'sharp', encode: 'sharp', alpha: true, animated: true, demuxer: 'gif' }),
  image('webp', 'image/webp', { decode: 'sharp', encode: 'sharp', alpha: true, animated: true }),
  image('avif avifs', 'image/avif', { decode: 'sharp', encode: 'sharp', alpha: true, animated: true }),
  image('tiff tif', 'image/tiff', { decode: 'sharp', encode: 'sharp', alpha: true, paged: true }),
  image('svg', 'image/svg+xml', { decode: 'sharp', alpha: true }),
  image('jxl', 'image/jxl', { decode: 'av', encode: 'av', alpha: true, animated: true, demuxer: 'jpegxl_pipe' }),
  image('heic heif hif', 'image/heic', { decode: 'av', alpha: true, demuxer: 'mov' }),
  image('jp2 jpx jpf j2k j2c jpc jpm', 'image/jp2', { decode: 'av', encode: 'av', alpha: true, demuxer: 'j2k_pipe' }),
  image('psd psb', 'image/vnd.adobe.photoshop', { decode: 'av', encode: 'av', alpha: true, demuxer: 'psd_pipe' }),
  image('bmp dib', 'image/bmp', { decode: 'av', encode: 'av', alpha: true, demuxer: 'bmp_pipe' }),
  image('ico cur', 'image/x-icon', { decode: 'av', alpha: true, demuxer: 'ico' }),
  image('tga', 'image/x-tga', { decode: 'av', encode: 'av', alpha: true }),
  image('pdf', 'application/pdf', { decode: 'pdfium', paged: true }),
  image('ai', 'application/illustrator', { decode: 'pdfium', paged: true }),
  image('dng', 'image/x-adobe-dng', { decode: 'own' }),
  image('cr2', 'image/x-canon-cr2', { decode: 'own' }),
  image('nef', 'image/x-nikon-nef', { decode: 'own' }),
  image('arw', 'image/x-sony-arw', { decode: 'own' }),
  image('orf', 'image/x-olympus-orf'),
  image('rw2', 'image/x-panasonic-rw2', { decode: 'own' }),
  image('raf', 'image/x-fujifilm-raf', { decode: 'own' }),
  image('cr3', 'image/x-canon-cr3'),
  image('eps epsf ps', 'application/postscript'),
  image('jxr wdp hdp', 'image/vnd.ms-photo'),
  image('djvu djv', 'image/vnd.djvu'),
  image('flif', 'image/flif'),
  image('indd', 'application/x-indesign'),
  image('xcf', 'image/x-xcf'),
  image('icns', 'image/icns'),

  video('mp4 f4v', 'video/mp4', 'mov', { encode: 'av', family: 'isobmff' }),
  video('m4v', 'video/x-m4v', 'mov', { encode: 'av', family: 'isobmff' }),
  video('mov qt', 'video/quicktime', 'mov', { encode: 'av', family: 'isobmff' }),
  video('3gp', 'video/3gpp', 'mov', { family: 'isobmff' }),
  video('3g2', 'video/3gpp2', 'mov', { family: 'isobmff' }),
  video('webm', 'video/webm', 'matroska', { encode: 'av', alpha: true, family: 'matroska' }),
  video('mkv', 'video/x-matroska', 'matroska', { encode: 'av', family: 'matroska' }),
  video('avi', 'video/x-msvideo', 'avi'),
  video('flv', 'video/x-flv', 'flv'),
  video('ogv', 'video/ogg', 'ogg', { family: 'ogg' }),
  video('mpeg mpg mpe m1v m2v vob', 'video/mpeg', 'mpeg'),
  video('wmv asf', 'video/x-ms-wmv', 'asf', { family: 'asf' }),
  video('ts', 'video/mp2t', 'mpegts', { family: 'mpegts' }),
  video('m2ts', 'video/mp2t', 'mpegts', { family: 'mpegts' }),
  video('mts', 'video/mp2t', 'mpegts', { family: 'mpegts' }),
  video('mxf', 'application/mxf', 'mxf'),

  audio('mp3 mp2 mpga', 'audio/mpeg', 'mp3', { encode: 'av' }),
  audio('m4a m4b m4p f4a', 'audio/mp4', 'mov', { encode: 'av', family: 'isobmff' }),
  audio('aac', 'audio/aac', 'aac', { encode: 'av' }),
  audio('wav', 'audio/wav', 'wav', { encode: 'av' }),
  audio('ogg oga spx', 'audio/ogg', 'ogg', { encode: 'av', family: 'ogg' }),
  audio('opus', 'audio/opus', 'ogg', { encode: 'av', family: 'ogg' }),
  audio('flac', 'audio/flac', 'flac', { encode: 'av' }),
  audio('aiff aif aifc', 'audio/aiff', 'aiff', { encode: 'av' }),
  audio('amr', 'audio/amr', 'amr'),
  audio('ac3', 'audio/ac3', 'ac3'),
  audio('caf', 'audio/x-caf', 'caf'),
  audio('wma', 'audio/x-ms-wma', 'asf', { family: 'asf' }),
  audio('mka', 'audio/x-matroska', 'matroska', { family: 'matroska' }),
  audio('weba', 'audio/webm', 'matroska', { family: 'matroska' }),

  raw('m3u8', 'application/vnd.apple.mpegurl'),
  raw('mpd', 'application/dash+xml'),
  raw('mp4dv', 'video/mp4'),
  raw('mp4da', 'audio/mp4'),
  raw('vtt', 'text/vtt'),
  raw('srt', 'application/x-subrip'),
  raw('midi mid', 'audio/midi'),
  raw('glb', 'model/gltf-binary'),
  raw('gltf', 'model/gltf+json'),
  raw('usdz', 'model/vnd.usdz+zip'),
  raw('obj', 'model/obj'),
  raw('ttf', 'font/ttf'),
  raw('otf', 'font/otf'),
  raw('ttc', 'font/collection'),
  raw('woff', 'font/woff'),
  raw('woff2', 'font/woff2'),
  raw('eot', 'application/vnd.ms-fontobject'),
  raw('zip', 'application/zip'),
  raw('tgz tar.gz', 'application/gzip'),
  raw('gz', 'application/gzip'),
  raw('tar', 'application/x-tar'),
  raw('7z', 'application/x-7z-compressed'),
  raw('rar', 'application/vnd.rar'),
  raw('json', 'application/json'),
  raw('txt text log', 'text/plain'),
  raw('csv', 'text/csv'),
  raw('md', 'text/markdown'),
  raw('html htm', 'text/html'),
  raw('css', 'text/css'),
  raw('js mjs', 'text/javascript'),
  raw('xml', 'application/xml'),
  raw('doc', 'application/msword'),
  raw('docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'),
  raw('xls', 'application/vnd.ms-excel'),
  raw('xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'),
  raw('ppt', 'application/vnd.ms-powerpoint'),
  raw('pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'),
  raw('epub', 'application/epub+zip'),
  raw('mobi', 'application/x-mobipocket-ebook'),
  raw('rtf', 'application/rtf'),
];

/** One picture in pixels that libvips or FFmpeg reads: no document, no drawing, no camera file. */
export const isBitmap = ({ name, decode }: Format): boolean =>
  (decode === 'sharp' && name !== 'svg') || decode === 'av';

const BY_EXTENSION: ReadonlyMap<string, Format> = new Map(
  FORMATS.flatMap((format) => format.extensions.map((extension) => [extension, format] as const)),
);

/** The row of an extension or alias, in any case, with or without a leading dot; undefined when unknown. */
export function formatOf(extension: string): Format | undefined {
  return BY_EXTENSION.get(extension.toLowerCase().replace(/^\./, ''));
}

/** `JPEG` → `jpg`; an unknown extension comes back in lower case. For comparing formats (`allowed_formats`). */
export function canonicalFormat(extension: string): string {
  return formatOf(extension)?.name ?? extension.toLowerCase().replace(/^\./, '');
}

/** Content-Type of a delivery; `application/octet-stream` when the extension is unknown. */
export function mimeOf(extension: string): string {
  return formatOf(extension)?.mime ?? 'application/octet-stream';
}

/** The extension of a file name, lower case, without dot; '' when there is none. */
export function extensionOf(filename: string): string {
  const base = filename.slice(Math.max(filename.lastIndexOf('/'), filename.lastIndexOf('\\')) + 1).toLowerCase();
  if (base.endsWith('.tar.gz')) return 'tar.gz';
  const dot = base.lastIndexOf('.');
  return dot > 0 ? base.slice(dot + 1) : '';
}

/** Resource type that `auto` picks: an image or video that this server can open, else `raw`. */
export function resourceTypeOf(format: Format | undefined): 'image' | 'video' | 'raw' {
  if (format?.decode === undefined) return 'raw';
  if (format.kind === 'image') return 'image';
  return format.kind === 'raw' ? 'raw' : 'video';
}
