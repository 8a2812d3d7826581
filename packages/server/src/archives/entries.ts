import type { Readable } from 'node:stream';
import type { App } from '../app.ts';
import type { Eager } from '../assets/eager.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { originalOf } from '../delivery/deliver.ts';
import { derive } from '../delivery/derive.ts';
import { ERRORS } from '../errors.ts';

/** One file of an archive; nothing is read or rendered before `open`. */
export interface ArchiveEntry {
  readonly name: string;
  /** Milliseconds since 1970. */
  readonly modified: number;
  open(): Promise<{ readonly bytes: number; readonly stream: Readable }>;
}

export interface Naming {
  readonly flattenFolders: boolean;
  readonly flattenTransformations: boolean;
  readonly skipTransformationName: boolean;
  readonly useOriginalFilename: boolean;
}

const MAX_ARCHIVE_FILES = 5000;

/** No name can lead out of the folder in which an archive is unpacked. */
const safe = (name: string): string =>
  name
    .split('/')
    // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this replaces
    .map((part) => part.replace(/[\\:*?"<>|\u0000-\u001f\u007f]/g, '_'))
    .filter((part) => part !== '' && part !== '.' && part !== '..')
    .join('/');

const splitLast = (path: string, separator: string): [string, string] => {
  const at = path.lastIndexOf(separator);
  return at < 0 ? ['', path] : [path.slice(0, at), path.slice(at + 1)];
};

/**
 * The name of a file: the public ID (or the original file name in its folder) and the format. A result of a
 * transformation lies in a folder named after the asset, `<public_id>/<transformation>.<format>`; flattened it is
 * `<public_id>_<transformation>.<format>` (both inferred); without its name it is the asset's own name.
 */
export function entryName(
  row: Pick<AssetRow, 'public_id' | 'original_filename' | 'resource_type' | 'format'>,
  { transformation, extension }: Eager,
  naming: Naming,
): string {
  const [folder, last] = splitLast(row.public_id, '/');
  const dot = last.lastIndexOf('.');
  const raw = row.resource_type === 'raw' && dot > 0;
  const stem = raw ? last.slice(0, dot) : last;
  const suffix = raw ? last.slice(dot + 1) : extension || row.format || '';
  const own = naming.useOriginalFilename && row.original_filename ? safe(row.original_filename) || stem : stem;
  const what = transformation.replaceAll('/', ',');
  const base =
    transformation === '' || naming.skipTransformationName
      ? own
      : `${own}${naming.flattenTransformations ? '_' : '/'}${what.slice(0, 150)}`;
  const path = naming.flattenFolders || folder === '' ? base : `${folder}/${base}`;
  return safe(suffix === '' ? path : `${path}.${suffix}`);
}

/** Names that came before get a counter: `a.jpg`, `a_1.jpg`. */
export function uniqueNames(): (name: string) => string {
  const used = new Set<string>();
  return (name) => {
    const [folder, last] = splitLast(name, '/');
    const dot = last.lastIndexOf('.');
    const [stem, extension] = dot > 0 ? [last.slice(0, dot), last.slice(dot)] : [last, ''];
    let unique = name;
    for (let count = 1; used.has(unique); count++)
      unique = `${folder === '' ? '' : `${folder}/`}${stem}_${count}${extension}`;
    used.add(unique);
    return unique;
  };
}

const ORIGINAL: Eager = { transformation: '', extension: '' };

/** @throws 400 above 5000 files */
export function archiveEntries(
  app: App,
  rows: readonly AssetRow[],
  transformations: readonly Eager[],
  naming: Naming,
): ArchiveEntry[] {
  const each = transformations.length === 0 ? [ORIGINAL] : transformations;
  if (rows.length * each.length > MAX_ARCHIVE_FILES)
    throw ERRORS.BadRequest(
      `Expected at most ${MAX_ARCHIVE_FILES} files in an archive but ${rows.length * each.length} were selected`,
    );
  const unique = uniqueNames();
  return rows.flatMap((row) =>
    (row.resource_type === 'raw' ? [ORIGINAL] : each).map((eager) => ({
      name: unique(entryName(row, eager, naming)),
      modified: row.uploaded_at,
      async open() {
        if (eager.transformation === '' && eager.extension === '')
          return { bytes: row.bytes, stream: await app.blobs.openRead(row.blob!) };
        const derived = await derive(app, originalOf(row), {
          transformation: eager.transformation,
          extension: eager.extension || null,
        });
        return { bytes: derived.bytes, stream: await derived.openRead({ start: 0, end: derived.bytes - 1 }) };
      },
    })),
  );
}
