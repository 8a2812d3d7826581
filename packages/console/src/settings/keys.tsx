import { useState } from 'react';
import { api } from '../api.ts';
import { dateText } from '../format.ts';
import { useLoad } from '../load.ts';
import { useSession } from '../session.ts';
import { NameDialog } from '../ui/editor-dialog.tsx';
import { Button, Code, Confirm, Dialog } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Section, Table } from './shared.tsx';

interface Key {
  readonly api_key: string;
  readonly name: string;
  readonly enabled: boolean;
  readonly role: string;
  readonly created_at: string;
}

type NewKey = Key & { readonly api_secret: string };

export function SecretDialog({
  cloud,
  made,
  onClose,
}: {
  cloud: string;
  made: Pick<NewKey, 'api_key' | 'api_secret'>;
  onClose: () => void;
}) {
  const url = `CLOUDINARY_URL=cloudinary://${made.api_key}:${made.api_secret}@${cloud}?upload_prefix=${location.origin}`;
  return (
    <Dialog title="Keep the secret now" onClose={onClose} actions={<Button onClick={onClose}>I have kept it</Button>}>
      <p>It is shown this once and cannot be read again.</p>
      <Code label="credentials" text={url} />
    </Dialog>
  );
}

export default function Keys() {
  const session = useSession();
  const loaded = useLoad(() => api.get<{ keys: Key[] }>('/keys'), []);
  const [asking, setAsking] = useState<'new' | { rotate: Key } | { remove: Key }>();
  const [made, setMade] = useState<NewKey>();
  const close = (): void => setAsking(undefined);
  return (
    <>
      <Section
        title="Access keys"
        text="To rotate: make the successor, give it to your programs, disable the old key, delete it when nothing fails."
        loaded={loaded}
        action={
          <Button look="primary" icon="plus" onClick={() => setAsking('new')}>
            New key
          </Button>
        }
      >
        {({ keys }) => (
          <Table label="Access keys" head={['Name', 'API key', 'Role', 'Made', 'State', '']}>
            {keys.map((key) => (
              <tr key={key.api_key}>
                <th scope="row">{key.name}</th>
                <td className="mono">{key.api_key}</td>
                <td>{key.role.replaceAll('_', ' ')}</td>
                <td>{dateText(key.created_at)}</td>
                <td>{key.enabled ? 'Enabled' : 'Disabled'}</td>
                <td className="actions">
                  <Button look="quiet" icon="retry" onClick={() => setAsking({ rotate: key })}>
                    Rotate
                  </Button>
                  <Button
                    look="quiet"
                    disabled={key.api_key === session.api_key}
                    title={key.api_key === session.api_key ? 'This session uses it' : undefined}
                    onClick={() =>
                      api.put(`/keys/${key.api_key}`, { enabled: !key.enabled }).then(loaded.reload, toast.problem)
                    }
                  >
                    {key.enabled ? 'Disable' : 'Enable'}
                  </Button>
                  {!key.enabled && (
                    <Button look="quiet" icon="trash" onClick={() => setAsking({ remove: key })}>
                      Delete
                    </Button>
                  )}
                </td>
              </tr>
            ))}
          </Table>
        )}
      </Section>
      {asking === 'new' && (
        <NameDialog
          title="New access key"
          label="Name"
          action="Make"
          onClose={close}
          onName={async (name) => {
            setMade(await api.post<NewKey>('/keys', { name }));
            loaded.reload();
          }}
        />
      )}
      {typeof asking === 'object' && 'rotate' in asking && (
        <Confirm
          title={`Rotate ${asking.rotate.name}`}
          text={`A successor of ${asking.rotate.api_key} is made; the old key works until you disable it.`}
          action="Make the successor"
          onClose={close}
          onConfirm={async () => {
            setMade(await api.post<NewKey>(`/keys/${asking.rotate.api_key}/rotate`));
            loaded.reload();
          }}
        />
      )}
      {typeof asking === 'object' && 'remove' in asking && (
        <Confirm
          title={`Delete ${asking.remove.api_key}`}
          text="It cannot be enabled again."
          action="Delete"
          onClose={close}
          onConfirm={async () => {
            await api.delete(`/keys/${asking.remove.api_key}`);
            loaded.reload();
          }}
        />
      )}
      {made && <SecretDialog cloud={session.cloud} made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
