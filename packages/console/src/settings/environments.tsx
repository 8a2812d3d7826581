import { useState } from 'react';
import { api } from '../api.ts';
import { dateText } from '../format.ts';
import { useLoad } from '../load.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Button } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { SecretDialog } from './keys.tsx';
import { Section, Table } from './shared.tsx';

interface Environment {
  readonly name: string;
  readonly folder_mode: string;
  readonly enabled: boolean;
  readonly created_at: string;
  readonly current: boolean;
}

interface Made {
  readonly name: string;
  readonly api_key: string;
  readonly api_secret: string;
}

export default function Environments() {
  const session = useSession();
  const loaded = useLoad(() => api.get<{ environments: Environment[] }>('/environments'), []);
  const [adding, setAdding] = useState(false);
  const [made, setMade] = useState<Made>();
  return (
    <>
      <Section
        title="Environments"
        text={
          session.operator
            ? 'Each has its own assets, keys and settings.'
            : 'Sign in by the link that the server prints at its start to see and add others.'
        }
        loaded={loaded}
        action={
          session.operator && (
            <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
              New environment
            </Button>
          )
        }
      >
        {({ environments }) => (
          <Table label="Environments" head={['Cloud name', 'Folders', 'Made', '']}>
            {environments.map((item) => (
              <tr key={item.name}>
                <th scope="row">{item.name}</th>
                <td>{item.folder_mode}</td>
                <td>{dateText(item.created_at)}</td>
                <td className="actions">
                  {item.current ? (
                    'This one'
                  ) : (
                    <Button
                      look="quiet"
                      onClick={() =>
                        api
                          .post<{ path: string }>(`/environments/${encodeURIComponent(item.name)}/link`)
                          .then(({ path }) => location.assign(path), toast.problem)
                      }
                    >
                      Open
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
      {adding && (
        <NameDialog
          title="New environment"
          label="Cloud name: lower-case letters, digits and hyphens"
          action="Make"
          onClose={() => setAdding(false)}
          onName={async (name) => {
            setMade(await api.post<Made>('/environments', { name, folder_mode: session.folder_mode }));
            loaded.reload();
          }}
        />
      )}
      {made && <SecretDialog cloud={made.name} made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
