import { useState } from 'react';
import { api } from '../api.ts';
import type { MetadataField } from '../library/details.ts';
import { useLoad } from '../load.ts';
import { Button, Check, Confirm, Dialog, IconButton, Problem, SelectField, TextField } from '../ui/parts.tsx';
import { Section, Table } from './shared.tsx';

interface Rule {
  readonly external_id: string;
  readonly name: string;
  readonly metadata_field_id: string;
  readonly state: string;
  readonly condition: unknown;
  readonly result: unknown;
}

const TYPES = ['string', 'integer', 'date', 'enum', 'set'] as const;

function FieldEditor({ field, onClose, onSaved }: { field?: MetadataField; onClose: () => void; onSaved: () => void }) {
  const [label, setLabel] = useState(field?.label ?? '');
  const [id, setId] = useState('');
  const [type, setType] = useState<string>(field?.type ?? 'string');
  const [mandatory, setMandatory] = useState(field?.mandatory ?? false);
  const [initial, setInitial] = useState(
    field?.default_value === null || field?.default_value === undefined ? '' : String(field.default_value),
  );
  const [values, setValues] = useState(
    (field?.datasource?.values ?? [])
      .filter(({ state }) => state !== 'inactive')
      .map(({ external_id, value }) => (external_id === value ? value : `${external_id}: ${value}`))
      .join('\n'),
  );
  const [problem, setProblem] = useState<Error>();
  const listed = type === 'enum' || type === 'set';
  const entries = values
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)
    .map((line) => {
      const [, external, value] = /^([\w-]+):\s+(.*)$/.exec(line) ?? [null, undefined, line];
      return { external_id: external ?? line.toLowerCase().replace(/\W+/g, '_'), value: value! };
    });
  const initialValue = (): unknown => {
    if (initial.trim() === '') return null;
    if (type === 'integer') return Number(initial);
    return type === 'set' ? initial.split(',').map((part) => part.trim()) : initial;
  };
  return (
    <Dialog title={field ? field.label : 'New metadata field'} onClose={onClose}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            const body = { label, mandatory, default_value: initialValue() };
            if (field) {
              const path = `/admin/metadata_fields/${encodeURIComponent(field.external_id)}`;
              await api.put(path, body);
              if (listed) await api.put(`${path}/datasource`, { values: entries });
            } else
              await api.post('/admin/metadata_fields', {
                ...body,
                type,
                ...(id && { external_id: id }),
                ...(listed && { datasource: { values: entries } }),
              });
            onSaved();
            onClose();
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <TextField label="Label" required value={label} onValue={setLabel} />
        {!field && (
          <>
            <TextField label="External ID" hint="Made up when empty; never changes" value={id} onValue={setId} />
            <SelectField
              label="Type"
              value={type}
              onValue={setType}
              options={TYPES.map((name) => [name, name] as const)}
            />
          </>
        )}
        {listed && (
          <div className="field">
            <label htmlFor="field-values">Values, one a line</label>
            <textarea
              id="field-values"
              className="input mono"
              rows={5}
              value={values}
              onChange={(event) => setValues(event.target.value)}
            />
            <div className="hint">“id: label”, or only the label</div>
          </div>
        )}
        <TextField label="Default value" value={initial} onValue={setInitial} />
        <Check label="Every asset must have a value" checked={mandatory} onChecked={setMandatory} />
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

function RuleEditor({
  fields,
  rule,
  onClose,
  onSaved,
}: {
  fields: readonly MetadataField[];
  rule?: Rule;
  onClose: () => void;
  onSaved: () => void;
}) {
  const [name, setName] = useState(rule?.name ?? '');
  const [target, setTarget] = useState(rule?.metadata_field_id ?? fields[0]?.external_id ?? '');
  const [condition, setCondition] = useState(
    JSON.stringify(rule?.condition ?? { metadata_field_id: fields[0]?.external_id ?? '', populated: true }, null, 2),
  );
  const [result, setResult] = useState(JSON.stringify(rule?.result ?? { enable: true }, null, 2));
  const [problem, setProblem] = useState<Error>();
  return (
    <Dialog title={rule ? rule.name : 'New rule'} onClose={onClose}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            const body = {
              name,
              metadata_field_id: target,
              condition: JSON.parse(condition) as unknown,
              result: JSON.parse(result) as unknown,
            };
            if (rule) await api.put(`/admin/metadata_rules/${rule.external_id}`, body);
            else await api.post('/admin/metadata_rules', body);
            onSaved();
            onClose();
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <TextField label="Name" required value={name} onValue={setName} />
        <SelectField
          label="Field it acts on"
          value={target}
          onValue={setTarget}
          options={fields.map(({ external_id, label }) => [external_id, label] as const)}
        />
        {(
          [
            ['Condition (JSON)', condition, setCondition],
            ['Result (JSON)', result, setResult],
          ] as const
        ).map(([label, value, change]) => (
          <div className="field" key={label}>
            <label htmlFor={label}>{label}</label>
            <textarea
              id={label}
              className="input mono"
              rows={5}
              value={value}
              onChange={(event) => change(event.target.value)}
            />
          </div>
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

function Rules({ fields }: { fields: readonly MetadataField[] }) {
  const loaded = useLoad(() => api.get<{ metadata_rules: Rule[] }>('/admin/metadata_rules'), []);
  const [editing, setEditing] = useState<Rule | 'new'>();
  return (
    <div className="stack">
      <div className="row wrap">
        <h3 className="grow">Rules</h3>
        <Button icon="plus" disabled={fields.length === 0} onClick={() => setEditing('new')}>
          New rule
        </Button>
      </div>
      {loaded.error !== undefined && loaded.data === undefined && <Problem error={loaded.error} />}
      {loaded.data?.metadata_rules.length === 0 && <p className="hint">No rules yet.</p>}
      {loaded.data !== undefined && loaded.data.metadata_rules.length > 0 && (
        <Table label="Metadata rules" head={['Name', 'Field', 'Condition', '']}>
          {loaded.data.metadata_rules.map((rule) => (
            <tr key={rule.external_id}>
              <th scope="row">{rule.name}</th>
              <td>{rule.metadata_field_id}</td>
              <td className="mono break">{JSON.stringify(rule.condition)}</td>
              <td className="actions">
                <Button look="quiet" onClick={() => setEditing(rule)}>
                  Edit
                </Button>
                <IconButton
                  label={`Delete ${rule.name}`}
                  icon="trash"
                  onClick={() => api.delete(`/admin/metadata_rules/${rule.external_id}`).then(loaded.reload)}
                />
              </td>
            </tr>
          ))}
        </Table>
      )}
      {editing !== undefined && (
        <RuleEditor
          fields={fields}
          {...(editing === 'new' ? {} : { rule: editing })}
          onClose={() => setEditing(undefined)}
          onSaved={loaded.reload}
        />
      )}
    </div>
  );
}

export default function MetadataFields() {
  const loaded = useLoad(() => api.get<{ metadata_fields: MetadataField[] }>('/admin/metadata_fields'), []);
  const [editing, setEditing] = useState<MetadataField | 'new'>();
  const [deleting, setDeleting] = useState<MetadataField>();
  return (
    <>
      <Section
        title="Structured metadata"
        text="Fields with a type that every asset may carry."
        loaded={loaded}
        action={
          <Button look="primary" icon="plus" onClick={() => setEditing('new')}>
            New field
          </Button>
        }
      >
        {({ metadata_fields: fields }) => (
          <>
            {fields.length === 0 ? (
              <p className="hint">No fields yet.</p>
            ) : (
              <Table label="Metadata fields" head={['Label', 'External ID', 'Type', 'Required', '']}>
                {fields.map((field) => (
                  <tr key={field.external_id}>
                    <th scope="row">{field.label}</th>
                    <td className="mono">{field.external_id}</td>
                    <td>{field.type}</td>
                    <td>{field.mandatory ? 'Yes' : 'No'}</td>
                    <td className="actions">
                      <Button look="quiet" onClick={() => setEditing(field)}>
                        Edit
                      </Button>
                      <IconButton label={`Delete ${field.label}`} icon="trash" onClick={() => setDeleting(field)} />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
            <Rules fields={fields} />
          </>
        )}
      </Section>
      {editing !== undefined && (
        <FieldEditor
          {...(editing === 'new' ? {} : { field: editing })}
          onClose={() => setEditing(undefined)}
          onSaved={loaded.reload}
        />
      )}
      {deleting && (
        <Confirm
          title={`Delete the field ${deleting.label}`}
          text="Its values go from all assets, and its ID can never be used again."
          action="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={async () => {
            await api.delete(`/admin/metadata_fields/${encodeURIComponent(deleting.external_id)}`);
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
