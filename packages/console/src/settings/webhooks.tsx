import { useState } from 'react';
import { api } from '../api.ts';
import { timeText } from '../format.ts';
import { useLoad } from '../load.ts';
import { EditorDialog } from '../ui/editor-dialog.tsx';
import { Button, Code, Dialog, SelectField, TextField } from '../ui/parts.tsx';
import { toast } from '../ui/toast.tsx';
import { EditableList, type EditorProps } from './editable-list.tsx';
import { History, StatePill } from './history.tsx';

const words = (name: string): string => name.replaceAll('_', ' ');

interface Trigger {
  readonly id: string;
  readonly uri: string;
  readonly event_type: string;
}

interface Delivery {
  readonly id: number;
  readonly notification_type: string;
  readonly url: string;
  readonly payload: unknown;
  readonly status: string;
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

function Editor({ onClose, onSaved }: EditorProps<Trigger>) {
  const [uri, setUri] = useState('');
  const [event, setEvent] = useState('all');
  return (
    <EditorDialog
      title="New webhook"
      action="Add"
      onClose={onClose}
      onSave={async () => {
        await api.post('/admin/triggers', { uri, event_type: event });
        onSaved();
      }}
    >
      <TextField label="Address" type="url" required placeholder="https://…" value={uri} onValue={setUri} />
      <SelectField
        label="Event"
        value={event}
        onValue={setEvent}
        options={EVENTS.map((name) => [name, words(name)] as const)}
      />
    </EditorDialog>
  );
}

async function loadDeliveries(cursor: string | undefined) {
  const found = await api.get<{ deliveries: Delivery[]; next_cursor?: string }>('/admin/webhook_deliveries', {
    max_results: 50,
    next_cursor: cursor,
  });
  return { items: found.deliveries, next: found.next_cursor };
}

function Log() {
  const [shown, setShown] = useState<Delivery>();
  return (
    <section className="settings-section" aria-labelledby="deliveries-title">
      <div>
        <h2 id="deliveries-title">Deliveries</h2>
        <p className="hint">What was sent where, and what came back.</p>
      </div>
      <History
        label="Webhook deliveries"
        empty="Nothing was sent yet"
        head={['Time', 'Event', 'Address', 'Result', '']}
        load={loadDeliveries}
        isMoving={({ status }) => status === 'waiting'}
        row={(item, reload) => (
          <tr key={item.id}>
            <td>{timeText(item.created_at)}</td>
            <td>{words(item.notification_type)}</td>
            <td className="mono break">{item.url}</td>
            <td>
              <StatePill state={item.status} />
              {item.response_status !== null && ` ${item.response_status}`}
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
                  api.post(`/admin/webhook_deliveries/${item.id}/replay`).then(() => {
                    toast.show('Sent again');
                    reload();
                  }, toast.problem)
                }
              >
                Send again
              </Button>
            </td>
          </tr>
        )}
      />
      {shown && (
        <Dialog
          title={`${words(shown.notification_type)}, ${timeText(shown.created_at)}`}
          onClose={() => setShown(undefined)}
          wide
        >
          <Code label="payload" text={JSON.stringify(shown.payload, null, 2)} />
        </Dialog>
      )}
    </section>
  );
}

export default function Webhooks() {
  const loaded = useLoad(async () => (await api.get<{ triggers: Trigger[] }>('/admin/triggers')).triggers, []);
  return (
    <>
      <EditableList
        title="Webhooks"
        text="Addresses that are told when something happens."
        noun="webhook"
        loaded={loaded}
        head={['Address', 'Event']}
        id={({ id }) => id}
        label={({ uri }) => uri}
        cells={({ event_type }) => [words(event_type)]}
        editable={false}
        editor={(props) => <Editor {...props} />}
        deletion={{
          text: 'The address is told nothing any more.',
          run: ({ id }) => api.delete(`/admin/triggers/${id}`),
        }}
      />
      <Log />
    </>
  );
}
