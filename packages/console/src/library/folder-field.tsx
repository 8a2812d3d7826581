import { useEffect, useId, useState } from 'react';
import { api } from '../api.ts';
import { TextField } from '../ui/parts.tsx';
import { folderPath } from './folders.tsx';

/** A folder's path, with the folders there are offered while it is typed. */
export function FolderField({
  label,
  hint,
  value,
  onValue,
}: {
  label: string;
  hint?: string;
  value: string;
  onValue: (value: string) => void;
}) {
  const id = useId();
  const [known, setKnown] = useState<readonly string[]>([]);
  const parent = value.includes('/') ? value.slice(0, value.lastIndexOf('/')) : '';
  useEffect(() => {
    const abort = new AbortController();
    const path = parent === '' ? '/admin/folders' : `/admin/folders/${folderPath(parent)}`;
    api.get<{ folders: { path: string }[] }>(path, { max_results: 500 }, abort.signal).then(
      ({ folders }) => setKnown(folders.map((folder) => folder.path)),
      // A folder that is not there yet has nothing to offer.
      () => abort.signal.aborted || setKnown([]),
    );
    return () => abort.abort();
  }, [parent]);
  return (
    <>
      <TextField label={label} hint={hint} list={id} value={value} onValue={onValue} />
      <datalist id={id}>
        {known.map((path) => (
          <option key={path} value={path} />
        ))}
      </datalist>
    </>
  );
}
