import { useState } from 'react';
import { api } from '../api.ts';
import { useLoad } from '../load.ts';
import { Button, Confirm, Dialog, IconButton, Problem, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Section, Table } from './shared.tsx';

interface Named {
  readonly name: string;
  readonly allowed_for_strict: boolean;
  readonly used: boolean;
}

function Editor({ onClose, onSaved }: { onClose: () => void; onSaved: () => void }) {
  const [name, setName] = useState('');
  const [transformation, setTransformation] = useState('');
  const [problem, setProblem] = useState<Error>();
  return (
    <Dialog title="New named transformation" onClose={onClose}>
      <form
        className="stack"
        onSubmit={async (event) => {
          event.preventDefault();
          try {
            await api.post('/admin/transformations', { name, transformation });
            onSaved();
            onClose();
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <TextField label="Name" required value={name} onValue={setName} />
        <TextField
          label="Transformation"
          className="input mono"
          required
          placeholder="c_fill,h_200,w_300"
          value={transformation}
          onValue={setTransformation}
        />
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

export default function Transformations() {
  const loaded = useLoad(
    () => api.get<{ transformations: Named[] }>('/admin/transformations', { named: true, max_results: 500 }),
    [],
  );
  const [adding, setAdding] = useState(false);
  const [deleting, setDeleting] = useState<Named>();
  const bare = (name: string): string => name.replace(/^t_/, '');
  return (
    <>
      <Section
        title="Named transformations"
        text="Used in addresses as t_name. Make them in the workbench, or here."
        loaded={loaded}
        action={
          <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
            New transformation
          </Button>
        }
      >
        {({ transformations }) =>
          transformations.length === 0 ? (
            <p className="hint">No named transformations yet.</p>
          ) : (
            <Table label="Named transformations" head={['Name', 'Used', 'Allowed when strict', '']}>
              {transformations.map((item) => (
                <tr key={item.name}>
                  <th scope="row" className="mono">
                    t_{bare(item.name)}
                  </th>
                  <td>{item.used ? 'Yes' : 'No'}</td>
                  <td>
                    <label className="check">
                      <input
                        type="checkbox"
                        checked={item.allowed_for_strict}
                        onChange={(event) =>
                          api
                            .put('/admin/transformations', {
                              transformation: bare(item.name),
                              allowed_for_strict: event.target.checked,
                            })
                            .then(loaded.reload, toast.problem)
                        }
                      />
                      <span className="hidden">Allow {bare(item.name)} when strict</span>
                    </label>
                  </td>
                  <td className="actions">
                    <IconButton label={`Delete ${bare(item.name)}`} icon="trash" onClick={() => setDeleting(item)} />
                  </td>
                </tr>
              ))}
            </Table>
          )
        }
      </Section>
      {adding && <Editor onClose={() => setAdding(false)} onSaved={loaded.reload} />}
      {deleting && (
        <Confirm
          title={`Delete ${deleting.name}`}
          text="Addresses that use it will fail."
          action="Delete"
          onClose={() => setDeleting(undefined)}
          onConfirm={async () => {
            await api.delete('/admin/transformations', { transformation: bare(deleting.name) });
            loaded.reload();
          }}
        />
      )}
    </>
  );
}
