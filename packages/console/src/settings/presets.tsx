import { useState } from 'react';
import { api } from '../api.ts';
import { useLoad } from '../load.ts';
import { EditorDialog } from '../ui/editor-dialog.tsx';
import { Check, TextField } from '../ui/parts.tsx';
import { eagerText, storedText } from '../workbench/stored.ts';
import { EditableList, type EditorProps } from './editable-list.tsx';

interface Preset {
  readonly name: string;
  readonly unsigned: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

const TEXTS = {
  folder: 'Folder',
  asset_folder: 'Asset folder',
  tags: 'Tags, separated by commas',
  allowed_formats: 'Allowed formats, separated by commas',
  transformation: 'Incoming transformation',
  eager: 'Eager transformations, separated by |',
  notification_url: 'Webhook address',
} as const;

const FLAGS = {
  use_filename: ['Public ID from the file name', false],
  unique_filename: ['Add random characters to it', true],
  overwrite: ['Replace what has the same public ID', false],
  disallow_public_id: ['Callers may not choose the public ID', false],
  backup: ['Keep backups', false],
} as const;

/** Settings as they are typed; empty for those that are no text, which are left as they are. */
function textOf(preset: Preset | undefined, name: string): string {
  const value = preset?.settings[name];
  if (value === undefined || value === null) return '';
  if (name === 'transformation') return storedText(value);
  if (name === 'eager') return eagerText(value);
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? value.join(',') : '';
  return typeof value === 'string' ? value : '';
}

const flagOf = (preset: Preset | undefined, id: keyof typeof FLAGS): boolean =>
  typeof preset?.settings[id] === 'boolean' ? (preset.settings[id] as boolean) : FLAGS[id][1];

const entriesOf = <T extends object>(table: T) => Object.entries(table) as [keyof T & string, T[keyof T]][];

function Editor({ item: preset, onClose, onSaved }: EditorProps<Preset>) {
  const [name, setName] = useState('');
  const [unsigned, setUnsigned] = useState(preset?.unsigned ?? false);
  const [texts, setTexts] = useState(
    () => Object.fromEntries(entriesOf(TEXTS).map(([id]) => [id, textOf(preset, id)])) as Record<string, string>,
  );
  const [flags, setFlags] = useState(
    () => Object.fromEntries(entriesOf(FLAGS).map(([id]) => [id, flagOf(preset, id)])) as Record<string, boolean>,
  );
  const save = async (): Promise<void> => {
    const body = {
      unsigned,
      ...Object.fromEntries(Object.entries(texts).filter(([id, value]) => value !== textOf(preset, id))),
      ...Object.fromEntries(
        entriesOf(FLAGS)
          .filter(([id]) => flags[id] !== flagOf(preset, id))
          .map(([id]) => [id, flags[id]]),
      ),
    };
    if (preset) await api.put(`/admin/upload_presets/${encodeURIComponent(preset.name)}`, body);
    else await api.post('/admin/upload_presets', { ...(name.trim() && { name: name.trim() }), ...body });
    onSaved();
  };
  return (
    <EditorDialog title={preset ? `Preset ${preset.name}` : 'New upload preset'} onClose={onClose} onSave={save}>
      {!preset && <TextField label="Name" hint="A random one when empty" value={name} onValue={setName} />}
      <Check label="Unsigned: browsers may upload with its name alone" checked={unsigned} onChecked={setUnsigned} />
      {entriesOf(TEXTS).map(([id, label]) => (
        <TextField
          key={id}
          label={label}
          value={texts[id] ?? ''}
          onValue={(value) => setTexts({ ...texts, [id]: value })}
        />
      ))}
      {entriesOf(FLAGS).map(([id, [label]]) => (
        <Check
          key={id}
          label={label}
          checked={flags[id] ?? false}
          onChecked={(value) => setFlags({ ...flags, [id]: value })}
        />
      ))}
    </EditorDialog>
  );
}

/** `folder: site`, one for each setting. */
const settingsText = (preset: Preset): string[] =>
  Object.entries(preset.settings).map(([name, value]) => {
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : textOf(preset, name) || JSON.stringify(value);
    return `${name.replaceAll('_', ' ')}: ${text}`;
  });

export default function Presets() {
  const loaded = useLoad(
    async () => (await api.get<{ presets: Preset[] }>('/admin/upload_presets', { max_results: 500 })).presets,
    [],
  );
  return (
    <EditableList
      title="Upload presets"
      text="Parameters kept under a name, for uploads from browsers and programs."
      noun="preset"
      loaded={loaded}
      head={['Name', 'Mode', 'Settings']}
      id={({ name }) => name}
      label={({ name }) => name}
      cells={(preset) => [
        <span key="mode" className={preset.unsigned ? 'pill warn' : 'pill'}>
          {preset.unsigned ? 'Unsigned' : 'Signed'}
        </span>,
        <span key="settings" className="soft">
          {settingsText(preset).join(' · ') || 'None'}
        </span>,
      ]}
      editor={(props) => <Editor {...props} />}
      deletion={{
        text: 'Uploads that name it will fail.',
        run: ({ name }) => api.delete(`/admin/upload_presets/${encodeURIComponent(name)}`),
      }}
    />
  );
}
