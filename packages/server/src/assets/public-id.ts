import { randomInt } from 'node:crypto';
import { ERRORS } from '../errors.ts';
import type { UploadOptions } from './parameters.ts';

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz0123456789';
const random = (length: number): string => Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');

/** Not allowed anywhere in a public ID (Upload API reference, `public_id`). */
const FORBIDDEN = /[?&#\\%<>+]/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this refuses
const CONTROL = /[\u0000-\u001f\u007f]/;
/** Characters of a name that become part of an ID, so that folder, suffix and extension fit beside it. */
const MAX_STEM = 150;
const MAX_EXTENSION = 20;

/** @throws 400 `public_id (<id>) is invalid` */
export function checkPublicId(id: string): string {
  const broken =
    id === '' ||
    id.length > 255 ||
    id !== id.trim() ||
    id.startsWith('/') ||
    id.endsWith('/') ||
    id.includes('//') ||
    FORBIDDEN.test(id) ||
    CONTROL.test(id) ||
    id.split('/').some((segment) => segment === '.' || segment === '..');
  if (broken) throw ERRORS.InvalidPublicId(id);
  return id;
}

/** What `use_filename` makes of a file name: forbidden characters become `_`, trimmed at both ends. */
const idFromFilename = (name: string): string =>
  name
    .replace(/[?&#\\%<>+/]/g, '_')
    .replace(new RegExp(CONTROL, 'g'), '_')
    .slice(0, MAX_STEM)
    .trim()
    .replace(/^[_.]+|[_.]+$/g, '')
    .trim();

/** The file name without folder and extension, and the extension in lower case. */
export function splitFilename(filename: string): { stem: string; extension: string } {
  const name = filename.split(/[\\/]/).at(-1) ?? '';
  const dot = name.lastIndexOf('.');
  return dot <= 0
    ? { stem: name, extension: '' }
    : { stem: name.slice(0, dot), extension: name.slice(dot + 1).toLowerCase() };
}

/** What stands behind the last dot of a file name, in its letter case. */
export const extensionAsSent = (filename: string): string => /[^\\/]\.([^.\\/]+)$/.exec(filename)?.[1] ?? '';

export interface Naming {
  readonly resourceType: string;
  readonly folderMode: string;
  /** As sent, or `undefined` (data URIs have none). */
  readonly filename: string | undefined;
  readonly options: UploadOptions;
}

export interface Name {
  readonly publicId: string;
  readonly assetFolder: string;
  readonly displayName: string;
}

/**
 * The public ID, asset folder and display name of an upload. Raw assets carry their extension in the public ID.
 * Fixed mode: `folder` is the prefix. Dynamic mode: `folder` acts as prefix and sets the asset folder when that is
 * missing (inferred from the dynamic-folders guide).
 */
export function nameUpload({ resourceType, folderMode, filename, options }: Naming): Name {
  const { stem, extension } = splitFilename(filename ?? '');
  const ending = idFromFilename(extension).slice(0, MAX_EXTENSION).trim();
  const suffix = resourceType === 'raw' && ending !== '' ? `.${ending}` : '';
  const fromFilename = options.use_filename ? idFromFilename(stem) : '';
  const own =
    options.public_id ??
    (fromFilename === ''
      ? random(20)
      : options.unique_filename === false
        ? fromFilename
        : `${fromFilename}_${random(6)}`);
  // A public ID that the caller chose stays as it is: whoever names a raw file says its extension too (upload guide).
  const withExtension = options.public_id === undefined && !own.toLowerCase().endsWith(suffix) ? own + suffix : own;
  const assetFolder = trimSlashes(options.asset_folder ?? options.folder ?? '');
  const prefix =
    folderMode === 'fixed'
      ? (options.folder ?? '')
      : (options.public_id_prefix ??
        options.folder ??
        (options.use_asset_folder_as_public_id_prefix ? assetFolder : ''));
  const publicId = checkPublicId([trimSlashes(prefix), withExtension].filter(Boolean).join('/'));
  const lastSegment = publicId.slice(publicId.lastIndexOf('/') + 1);
  return {
    publicId,
    assetFolder: folderMode === 'fixed' ? '' : checkFolder(assetFolder),
    displayName: checkDisplayName(
      options.display_name ?? (options.use_filename_as_display_name && stem !== '' ? stem.slice(0, 255) : lastSegment),
    ),
  };
}

const trimSlashes = (path: string): string => path.replace(/^\/+|\/+$/g, '');

export function checkFolder(path: string): string {
  if (
    path.length > 255 ||
    /[?&#\\%<>+]/.test(path) ||
    path.split('/').some((part) => part !== part.trim() || part === '.' || part === '..')
  )
    throw ERRORS.InvalidParameter('asset_folder', path);
  return path;
}

const checkDisplayName = (name: string): string => {
  if (name.length > 255 || name.includes('/')) throw ERRORS.InvalidParameter('display_name', name);
  return name;
};
