/** Files of a drop or paste, folders walked through, each with the folder it lay in. */
export interface Dropped {
  readonly source: File;
  readonly path: string;
}

const MOST = 20_000;

const readAll = (reader: FileSystemDirectoryReader): Promise<FileSystemEntry[]> =>
  new Promise((resolve, reject) => {
    const entries: FileSystemEntry[] = [];
    // Browsers hand out a hundred entries at a time.
    const more = (): void =>
      reader.readEntries((part) => {
        if (part.length === 0) return resolve(entries);
        entries.push(...part);
        more();
      }, reject);
    more();
  });

async function walk(entry: FileSystemEntry, path: string, found: Dropped[]): Promise<void> {
  if (found.length >= MOST || entry.name.startsWith('.')) return;
  if (entry.isFile) {
    const source = await new Promise<File>((resolve, reject) => (entry as FileSystemFileEntry).file(resolve, reject));
    found.push({ source, path });
  } else if (entry.isDirectory) {
    const inside = path === '' ? entry.name : `${path}/${entry.name}`;
    for (const child of await readAll((entry as FileSystemDirectoryEntry).createReader()))
      await walk(child, inside, found);
  }
}

export async function filesOf(data: DataTransfer): Promise<Dropped[]> {
  // Entries and files must be taken before the first await: the browser empties the list afterwards.
  const items = [...data.items].filter(({ kind }) => kind === 'file');
  const entries = items.map((item) => item.webkitGetAsEntry?.() ?? null);
  const files = [...data.files];
  const found: Dropped[] = [];
  if (entries.length > 0 && entries.every((entry) => entry !== null))
    for (const entry of entries) await walk(entry, '', found);
  else for (const source of files) found.push({ source, path: '' });
  return found;
}

/** Files of an `<input type=file webkitdirectory>` carry their path. */
export const filesOfInput = (files: FileList | null): Dropped[] =>
  [...(files ?? [])].map((source) => {
    const path = source.webkitRelativePath ?? '';
    return { source, path: path.includes('/') ? path.slice(0, path.lastIndexOf('/')) : '' };
  });
