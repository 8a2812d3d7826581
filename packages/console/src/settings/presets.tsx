import { useState } from 'react';
import { api } from '../api.ts';
import { useLoad } from '../load.ts';
import { Button, Check, Confirm, Dialog, IconButton, Problem, TextField } from '../ui/parts.tsx';
import { Section, Table } from './shared.tsx';

interface Preset {
  readonly name: string;
  readonly unsigned: boolean;
  readonly settings: Readonly<Record<string, unknown>>;
}

const KNOWN = ['folder', 'asset_folder', 'tags', 'allowed_formats', 'transformation', 'eager'] as const;
type Known = (typeof KNOWN)[number];

const LABELS: Readonly<Record<Known, string>> = {
  folder: 'Folder',
  asset_folder: 'Asset folder',
  tags: 'Tags, separated by commas',
  allowed_formats: 'Allowed formats, separated by commas',
  transformation: 'Incoming transformation',
  eager: 'Eager transformations, separated by |',
};

/** Settings that are text; the others of a preset are left as they are. */
const textOf = (value: unknown): string => {
  if (Array.isArray(value)) return value.every((item) => typeof item === 'string') ? value.join(',') : '';
  return typeof value === 'string' ? value : '';
};

function Editor({ preset, onClose, onSaved }: { preset?: Preset; onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState(preset?.name ?? '');
  const [unsigned, setUnsigned] = useState(preset?.unsigned ?? false);
  const [values, setValues] = useState<Record<string, string>>(
    Object.fromEntries(KNOWN.map((id) => [id, textOf(preset?.settings[id])])),
  );
  const [flags, setFlags] = useState<Record<string, boolean>>({
    use_filename: preset?.settings.use_filename === true,
    unique_filename: preset?.settings.unique_filename !== false,
    overwrite: preset?.settings.overwrite === true,
    disallow_public_id: preset?.settings.disallow_public_id === true,
    backup: preset?.settings.backup === true,
  });
  const [problem, setProblem] = useState<Error>();
  return (
    <Dialog title={preset ? `Preset ${preset.name}` : 'New upload preset'} onClose={onClose}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          const given = Object.fromEntries(
            Object.entries(values).filter(([id, value]) => value !== textOf(preset?.settings[id])),
          );
          const changed = Object.fromEntries(
            Object.entries(flags).filter(([id, value]) => value !== (preset?.settings[id] ?? id === 'unique_filename')),
          );
          const body = { unsigned, ...given, ...changed };
          try {
            if (preset) await api.put(`/admin/upload_presets/${encodeURIComponent(preset.name)}`, body);
            else await api.post('/admin/upload_presets', { ...(name.trim() && { name: name.trim() }), ...body });
            onSaved();
            onClose();
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        {!preset && <TextField label="Name" hint="A random one when empty" value={name} onValue={setName} />}
        <Check label="Unsigned: browsers may upload with its name alone" checked={unsigned} onChecked={setUnsigned} />
        {KNOWN.map((id) => (
          <TextField
            key={id}
            label={LABELS[id]}
            value={values[id] ?? ''}
            onValue={(value) => setValues({ ...values, [id]: value })}
          />
        ))}
        {Object.entries({
          use_filename: 'Public ID from the file name',
          unique_filename: 'Add random characters to it',
          overwrite: 'Replace what has the same public ID',
          disallow_public_id: 'Callers may not choose the public ID',
          backup: 'Keep backups',
        }).map(([id, label]) => (
          <Check
            key={id}
            label={label}
            checked={flags[id] ?? false}
            onChecked={(value) => setFlags({ ...flags, [id]: value })}
          />
        ))}
        {problem && <Problem error={problem} />}
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit">
            Save
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

export default function Presets() {
  const loaded = useLoad(() => api.get<{ presets: Preset[] }>('/admin/upload_presets', { max_results: 500 }), []);
  const [editing, setEditing] = useState<Preset | 'new'>();
  const [deleting, setDeleting] = useState<Preset>();
  return (
    <>
      <Section
        title="Upload presets"
        text="Parameters kept under a name, for uploads from browsers and programs."
        loaded={loaded}
        action={
          <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
            New preset
          </Button>
        }
      >
        {({ presets }) =>
          presets.length === 0 ? (
            <p className="hint">No presets yet.</p>
          ) : (
            <Table label="Upload presets" head={['Name', 'Mode', 'Settings', '']}>
              {presets.map((preset) => (
                <tr key={preset.name}>
                  <th scope="row">{preset.name}</th>
                  <td>{preset.unsigned ? 'Unsigned' : 'Signed'}</td>
                  <td className="mono break">{JSON.stringify(preset.settings)}</td>
                  <td className="actions">
                    <Button look="quiet" onClick={() => setEditing(preset)}>
                      Edit
                    </Button>
                    <IconButton label={`Delete ${preset.name}`} icon="trash" onClick={() => setDeleting(preset)} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Section>
      {editing !== undefined && (
        <Editor
          {...(editing === 'new' ? {} : { preset: editing })}
          onClose={() => setEditing(undefined)}
          onSaved={loaded.reload}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete the preset ${deleting.name}`}
          text="Uploads that name it will fail."
          action="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={async () => {
            await api.delete(`/admin/upload_presets/${encodeURIComponent(deleting.name)}`);
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
