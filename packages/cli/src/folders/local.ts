import { readdir, stat } from 'node:fs/promises';
import { join, matchesGlob, relative, sep } from 'node:path';

export interface LocalFile {
  readonly path: string;
  /** Below the folder, with slashes. */
  readonly name: string;
  readonly size: number;
}

/** The files below a folder, sorted; hidden ones (a part of the name begins with a dot) only when asked for. */
export async function localFiles(
  folder: string,
  { glob = '**/*', hidden = false }: { glob?: string; hidden?: boolean } = {},
): Promise<LocalFile[]> {
  const files: LocalFile[] = [];
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const name = relative(folder, path).split(sep).join('/');
    if ((!hidden && /(^|\/)\./.test(name)) || !matchesGlob(name, glob)) continue;
    files.push({ path, name, size: (await stat(path)).size });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}
