import { useState } from 'react';
import { api } from '../api.ts';
import { useLoad } from '../load.ts';
import { hrefOf } from '../router.ts';
import { EditorDialog } from '../ui/editor-dialog.tsx';
import { Link, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { EditableList, type EditorProps } from './editable-list.tsx';

interface Named {
  readonly name: string;
  readonly allowed_for_strict: boolean;
  readonly used: boolean;
}

const bare = ({ name }: Named): string => name.replace(/^t_/, '');

function Editor({ onClose, onSaved }: EditorProps<Named>) {
  const [name, setName] = useState('');
  const [transformation, setTransformation] = useState('');
  return (
    <EditorDialog
      title="New named transformation"
      onClose={onClose}
      onSave={async () => {
        await api.post('/admin/transformations', { name, transformation });
        onSaved();
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
    </EditorDialog>
  );
}

export default function Transformations() {
  const loaded = useLoad(
    async () =>
      (await api.get<{ transformations: Named[] }>('/admin/transformations', { named: true, max_results: 500 }))
        .transformations,
    [],
  );
  return (
    <EditableList
      title="Named transformations"
      text={
        <>
          Used in addresses as t_name. Make them here, or try them first in the{' '}
          <Link href={hrefOf(['transform'])}>workbench</Link>.
        </>
      }
      noun="transformation"
      loaded={loaded}
      head={['Name', 'Used', 'Allowed when strict']}
      id={({ name }) => name}
      label={(item) => `t_${bare(item)}`}
      cells={(item) => [
        item.used ? 'Yes' : 'No',
        <label key="strict" className="check">
          <input
            type="checkbox"
            checked={item.allowed_for_strict}
            onChange={(event) =>
              api
                .put('/admin/transformations', {
                  transformation: bare(item),
                  allowed_for_strict: event.target.checked,
                })
                .then(loaded.reload, toast.problem)
            }
          />
          <span className="hidden">Allow {bare(item)} when strict</span>
        </label>,
      ]}
      editable={false}
      editor={(props) => <Editor {...props} />}
      deletion={{
        text: 'Addresses that use it will fail.',
        run: (item) => api.delete('/admin/transformations', { transformation: bare(item) }),
      }}
    />
  );
}
