import { useState } from 'react';
import { api } from '../api.ts';
import { timeText } from '../format.ts';
import { useLoad } from '../load.ts';
import { Button, Code, Dialog, IconButton, Problem, SelectField, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { Section, Table } from './shared.tsx';

interface Trigger {
  readonly id: string;
  readonly uri: string;
  readonly event_type: string;
}

interface Delivery {
  readonly id: number;
  readonly notification_type: string;
  readonly url: string;
  readonly payload: string;
  readonly status: string;
  readonly attempts: number;
  readonly response_status: number | null;
  readonly error: string | null;
  readonly created_at: string;
}

const EVENTS = [
  'all',
  'upload',
  'delete',
  'rename',
  'move',
  'eager',
  'moderation',
  'publish',
  'resource_tags_changed',
  'resource_context_changed',
  'resource_metadata_changed',
  'resource_display_name_changed',
  'access_control_changed',
  'restore_asset_version',
  'create_folder',
  'delete_folder',
  'generate_archive',
  'error',
];

function Editor({ onClose, onSaved }: { onClose: () => void; onSaved: () => void }) {
  const [uri, setUri] = useState('');
  const [event, setEvent] = useState('all');
  const [problem, setProblem] = useState<Error>();
  return (
    <Dialog title="New webhook" onClose={onClose}>
      <form
        className="stack"
        onSubmit={async (submitted) => {
          submitted.preventDefault();
          try {
            await api.post('/admin/triggers', { uri, event_type: event });
            onSaved();
            onClose();
          } catch (error) {
            setProblem(error as Error);
          }
        }}
      >
        <TextField label="Address" type="url" required placeholder="https://…" value={uri} onValue={setUri} />
        <SelectField
          label="Event"
          value={event}
          onValue={setEvent}
          options={EVENTS.map((name) => [name, name.replaceAll('_', ' ')] as const)}
        />
        {problem && <Problem error={problem} />}
        <div className="row end">
          <Button onClick={onClose}>Cancel</Button>
          <Button look="primary" type="submit">
            Add
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

const pretty = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
};

function Log() {
  const loaded = useLoad(() => api.get<{ deliveries: Delivery[] }>('/webhook-deliveries'), []);
  const [shown, setShown] = useState<Delivery>();
  return (
    <div className="stack">
      <div className="row wrap">
        <h3 className="grow">Deliveries</h3>
        <Button icon="retry" onClick={loaded.reload}>
          Refresh
        </Button>
      </div>
      {loaded.error !== undefined && loaded.data === undefined && <Problem error={loaded.error} />}
      {loaded.data?.deliveries.length === 0 && <p className="hint">Nothing was sent yet.</p>}
      {loaded.data !== undefined && loaded.data.deliveries.length > 0 && (
        <Table label="Webhook deliveries" head={['Time', 'Event', 'Address', 'Result', '']}>
          {loaded.data.deliveries.map((item) => (
            <tr key={item.id}>
              <td>{timeText(item.created_at)}</td>
              <td>{item.notification_type}</td>
              <td className="mono break">{item.url}</td>
              <td>
                {item.status}
                {item.response_status !== null && ` (${item.response_status})`}
                {item.error !== null && <div className="hint problem">{item.error}</div>}
              </td>
              <td className="actions">
                <Button look="quiet" onClick={() => setShown(item)}>
                  Show
                </Button>
                <Button
                  look="quiet"
                  icon="retry"
                  onClick={() =>
                    api.post(`/webhook-deliveries/${item.id}/replay`).then(() => {
                      toast.show('Sent again');
                      loaded.reload();
                    }, toast.problem)
                  }
                >
                  Send again
                </Button>
              </td>
            </tr>
          ))}
        </Table>
      )}
      {shown && (
        <Dialog
          title={`${shown.notification_type}, ${timeText(shown.created_at)}`}
          onClose={() => setShown(undefined)}
          wide
        >
          <Code label="payload" text={pretty(shown.payload)} />
        </Dialog>
      )}
    </div>
  );
}

export default function Webhooks() {
  const loaded = useLoad(() => api.get<{ triggers: Trigger[] }>('/admin/triggers'), []);
  const [adding, setAdding] = useState(false);
  return (
    <>
      <Section
        title="Webhooks"
        text="Addresses that are told when something happens."
        loaded={loaded}
        action={
          <Button look="primary" icon="plus" onClick={() => setAdding(true)}>
            New webhook
          </Button>
        }
      >
        {({ triggers }) => (
          <>
            {triggers.length === 0 ? (
              <p className="hint">No webhooks yet.</p>
            ) : (
              <Table label="Webhooks" head={['Address', 'Event', '']}>
                {triggers.map((trigger) => (
                  <tr key={trigger.id}>
                    <th scope="row" className="mono break">
                      {trigger.uri}
                    </th>
                    <td>{trigger.event_type.replaceAll('_', ' ')}</td>
                    <td className="actions">
                      <IconButton
                        label={`Delete the webhook to ${trigger.uri}`}
                        icon="trash"
                        onClick={() => api.delete(`/admin/triggers/${trigger.id}`).then(loaded.reload, toast.problem)}
                      />
                    </td>
                  </tr>
                ))}
              </Table>
            )}
            <Log />
          </>
        )}
      </Section>
      {adding && <Editor onClose={() => setAdding(false)} onSaved={loaded.reload} />}
    </>
  );
}
