import { useEffect, useRef, useState } from 'react';
import { api } from '../api.ts';
import { FolderField } from '../library/folder-field.tsx';
import { useLoad } from '../load.ts';
import { Icon } from '../ui/icons.tsx';
import { Button, Check, Dialog, SelectField, TextField } from '../ui/parts.tsx';
import { Tabs, tabId } from '../ui/tabs.tsx';
import { toast } from '../ui/toast.tsx';
import { Camera } from './camera.tsx';
import { filesOf, filesOfInput } from './drop.ts';
import { NO_CHOICE, type Queue, type UploadChoice } from './queue.ts';

const SOURCES = [
  ['files', 'Files'],
  ['address', 'Web address'],
  ['camera', 'Camera'],
] as const;

type Source = (typeof SOURCES)[number][0];

export function UploadDialog({ queue, folder, onClose }: { queue: Queue; folder: string; onClose: () => void }) {
  const [source, setSource] = useState<Source>('files');
  const [choice, setChoice] = useState<UploadChoice>({ ...NO_CHOICE, folder });
  const [address, setAddress] = useState('');
  const [over, setOver] = useState(false);
  const files = useRef<HTMLInputElement>(null);
  const folders = useRef<HTMLInputElement>(null);
  const presets = useLoad(
    () => api.get<{ presets: { name: string; unsigned: boolean }[] }>('/admin/upload_presets', { max_results: 500 }),
    [],
  );
  const set = (change: Partial<UploadChoice>): void => setChoice((before) => ({ ...before, ...change }));
  const start = (found: readonly { source: File | string; path?: string }[]): void => {
    if (found.length === 0) return;
    queue.add(found, { ...choice, folder: choice.folder.replace(/^\/+|\/+$/g, '') });
    onClose();
  };

  useEffect(() => {
    const paste = (event: ClipboardEvent): void => {
      if (event.clipboardData === null || event.clipboardData.files.length === 0) return;
      event.preventDefault();
      event.stopPropagation();
      void filesOf(event.clipboardData).then(start);
    };
    window.addEventListener('paste', paste, { capture: true });
    return () => window.removeEventListener('paste', paste, { capture: true });
  });

  return (
    <Dialog title="Upload" onClose={onClose} wide>
      <Tabs label="Source" tabs={SOURCES} value={source} panel="source-panel" onValue={setSource} />
      <div id="source-panel" role="tabpanel" aria-labelledby={tabId('source-panel', source)}>
        {source === 'files' && (
          // biome-ignore lint/a11y/noStaticElementInteractions: the buttons inside do the same by keyboard
          <div
            className={over ? 'drop-area over' : 'drop-area'}
            onDragOver={(event) => {
              event.preventDefault();
              setOver(true);
            }}
            onDragLeave={() => setOver(false)}
            onDrop={(event) => {
              event.preventDefault();
              event.stopPropagation();
              setOver(false);
              filesOf(event.dataTransfer).then(start, toast.problem);
            }}
          >
            <Icon name="upload" size={36} />
            <p>Drop files or folders here, or paste them</p>
            <div className="row">
              <Button look="primary" onClick={() => files.current?.click()}>
                Choose files
              </Button>
              <Button onClick={() => folders.current?.click()}>Choose a folder</Button>
            </div>
            <input
              ref={files}
              type="file"
              multiple
              hidden
              data-testid="upload-files"
              onChange={(event) => start(filesOfInput(event.target.files))}
            />
            <input
              ref={folders}
              type="file"
              hidden
              {...({ webkitdirectory: '' } as object)}
              onChange={(event) => start(filesOfInput(event.target.files))}
            />
          </div>
        )}
        {source === 'address' && (
          <form
            className="stack"
            onSubmit={(event) => {
              event.preventDefault();
              start(
                address
                  .split(/\s+/)
                  .filter(Boolean)
                  .map((line) => ({ source: line })),
              );
            }}
          >
            <TextField
              label="Address of a file"
              type="url"
              required
              placeholder="https://…"
              hint="The server fetches it."
              value={address}
              onValue={setAddress}
            />
            <div>
              <Button look="primary" type="submit">
                Fetch it
              </Button>
            </div>
          </form>
        )}
        {source === 'camera' && <Camera onPhoto={(file) => start([{ source: file }])} />}
      </div>
      <div className="form-grid">
        <FolderField label="Folder" value={choice.folder} onValue={(folder) => set({ folder })} />
        <SelectField
          label="Upload preset"
          value={choice.preset}
          onValue={(preset) => set({ preset })}
          options={[['', 'None'], ...(presets.data?.presets ?? []).map(({ name }) => [name, name] as const)]}
        />
        <TextField label="Tags" hint="Separated by commas" value={choice.tags} onValue={(tags) => set({ tags })} />
        <TextField
          label="Public ID"
          hint="For a single file; otherwise from the file's name"
          value={choice.publicId}
          onValue={(publicId) => set({ publicId })}
        />
        <Check
          label="Keep backups: deleting can be undone"
          checked={choice.backup}
          onChecked={(backup) => set({ backup })}
        />
        <Check
          label="Remove the background"
          checked={choice.removeBackground}
          onChecked={(removeBackground) => set({ removeBackground })}
        />
      </div>
    </Dialog>
  );
}
