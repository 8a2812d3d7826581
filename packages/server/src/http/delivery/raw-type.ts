import { createRequire } from 'node:module';
import type mimeTypes from 'mime-types';

const require = createRequire(import.meta.url);

/** Its table of 200 kB is read with the first raw file. */
const lookup = (name: string) => (require('mime-types') as typeof mimeTypes).lookup(name);

/** Types that no browser runs as a document, script or style of the origin it came from. */
const INERT =
  /^(?:image\/(?!svg)|audio\/|video\/|font\/|text\/(?:plain|csv|vtt|markdown|calendar)$|application\/(?:json|pdf|postscript|zip|gzip|x-tar|x-7z-compressed|vnd\.rar|epub\+zip|msword|rtf|x-subrip|geo\+json|vnd\.(?:openxmlformats|oasis|ms-|apple\.mpegurl)[\w.+-]*)$)/;

/**
 * What a raw file is delivered as, by the extension of its public ID: pages, scripts, styles and whatever is unknown
 * are only ever downloaded.
 */
export function rawContentType(publicId: string): string {
  const type = publicId.endsWith('.tgz') ? 'application/gzip' : lookup(publicId);
  if (type === false || !INERT.test(type)) return 'application/octet-stream';
  return type.startsWith('text/') || type === 'application/json' ? `${type}; charset=utf-8` : type;
}
