import type { Asset } from '../transfer/types.ts';
import type { FolderMode } from './mode.ts';

/** Extensions that the service stores under another name (`cld`: `utils/file_utils.py`). */
const ALIASES: Readonly<Record<string, string>> = {
  jpeg: 'jpg',
  jpe: 'jpg',
  tif: 'tiff',
  heif: 'heic',
  m4v: 'mp4',
  h264: 'mp4',
  asf: 'wmv',
  m2v: 'mpeg',
  htm: 'html',
};

/** The name two files are compared by: the extension in lower case and without aliases. */
export function normalName(name: string): string {
  const match = /^([\s\S]*)\.([A-Za-z0-9]+)$/.exec(name);
  if (match === null) return name.normalize();
  const extension = match[2]!.toLowerCase();
  return `${match[1]!.normalize()}.${ALIASES[extension] ?? extension}`;
}

/** The extension of a raw asset is part of its public ID, and its display name may have lost it. */
function withExtension(name: string, { resource_type, format, public_id }: Asset): string {
  const extension = resource_type === 'raw' ? /\.([A-Za-z0-9]+)$/.exec(public_id)?.[1] : format;
  return extension === undefined || normalName(name).endsWith(`.${extension.toLowerCase()}`)
    ? name
    : `${name}.${extension}`;
}

/** Path of an asset below a folder, as a file would be called. */
function nameBelow(asset: Asset, folder: string, mode: FolderMode): string {
  const below = (path: string): string =>
    folder === '' ? path : path === folder ? '' : path.startsWith(`${folder}/`) ? path.slice(folder.length + 1) : path;
  if (mode === 'fixed') return withExtension(below(asset.public_id), asset);
  const inner = below(asset.asset_folder ?? '');
  const name = asset.display_name ?? asset.public_id.split('/').at(-1)!;
  return withExtension(inner === '' ? name : `${inner}/${name}`, asset);
}

/** Assets by file name below the folder; a second one of the same name becomes `name (1).ext`. */
export function namedAssets(assets: readonly Asset[], folder: string, mode: FolderMode): Map<string, Asset> {
  const named = new Map<string, Asset>();
  for (const asset of assets) {
    const name = nameBelow(asset, folder, mode);
    const [, stem = name, extension = ''] = /^([\s\S]*?)(\.[A-Za-z0-9]+)?$/.exec(name) ?? [];
    let free = name;
    for (let n = 1; named.has(normalName(free)); n++) free = `${stem} (${n})${extension}`;
    named.set(normalName(free), asset);
  }
  return named;
}
