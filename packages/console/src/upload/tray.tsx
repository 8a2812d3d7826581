import { useState } from 'react';
import { bytesText, countText } from '../format.ts';
import { IconButton } from '../ui/parts.tsx';
import type { UploadItem } from './engine.ts';
import { type Queue, useUploads } from './queue.ts';

const WORDS: Readonly<Record<UploadItem['state'], string>> = {
  waiting: 'Waiting',
  sending: 'Uploading',
  paused: 'Paused',
  done: 'Done',
  failed: 'Failed',
  cancelled: 'Cancelled',
};

const fraction = ({ bytes, sent, state }: UploadItem): number =>
  state === 'done' ? 1 : bytes === 0 ? 0 : Math.min(sent / bytes, 1);

function Row({ item, queue }: { item: UploadItem; queue: Queue }) {
  const percent = Math.round(fraction(item) * 100);
  const { id, state, name } = item;
  return (
    <li className={`upload-row ${state}`}>
      <div className="upload-name" title={item.path ? `${item.path}/${name}` : name}>
        {name}
      </div>
      <div className="upload-buttons">
        {state === 'sending' && <IconButton label={`Pause ${name}`} icon="pause" onClick={() => queue.pause(id)} />}
        {state === 'paused' && <IconButton label={`Resume ${name}`} icon="play" onClick={() => queue.resume(id)} />}
        {(state === 'failed' || state === 'cancelled') && (
          <IconButton label={`Try ${name} again`} icon="retry" onClick={() => queue.resume(id)} />
        )}
        {state === 'sending' || state === 'waiting' || state === 'paused' ? (
          <IconButton label={`Cancel ${name}`} icon="close" onClick={() => queue.cancel(id)} />
        ) : (
          <IconButton label={`Remove ${name} from the list`} icon="close" onClick={() => queue.remove(id)} />
        )}
      </div>
      <div className="upload-state">
        {item.error ?? (
          <>
            {WORDS[state]}
            {item.bytes > 0 && ` · ${bytesText(item.bytes)}`}
            {state === 'sending' && item.bytes > 0 && ` · ${percent} %`}
          </>
        )}
      </div>
      <progress max={1} value={fraction(item)} aria-label={`Progress of ${name}`} />
    </li>
  );
}

const MOST_ROWS = 200;
const URGENCY: Readonly<Record<UploadItem['state'], number>> = {
  sending: 0,
  failed: 1,
  paused: 2,
  waiting: 3,
  cancelled: 4,
  done: 5,
};

/** All in their order; of very many, those first that somebody may want to act on. */
const inView = (items: readonly UploadItem[]): readonly UploadItem[] =>
  items.length <= MOST_ROWS ? items : items.toSorted((a, b) => URGENCY[a.state] - URGENCY[b.state]).slice(0, MOST_ROWS);

/** What is being uploaded, in the corner, on every page. */
export function UploadTray({ queue }: { queue: Queue }) {
  const items = useUploads(queue);
  const [folded, setFolded] = useState(false);
  if (items.length === 0) return null;
  const running = items.filter(({ state }) => state === 'sending' || state === 'waiting').length;
  const failed = items.filter(({ state }) => state === 'failed').length;
  const paused = items.filter(({ state }) => state === 'paused').length;
  const title =
    running > 0
      ? `Uploading ${countText(running, 'file')}`
      : failed > 0
        ? `${countText(failed, 'upload')} failed`
        : paused > 0
          ? `${countText(paused, 'upload')} paused`
          : `${countText(items.filter(({ state }) => state === 'done').length, 'upload')} finished`;
  return (
    <section className={folded ? 'tray folded' : 'tray'} aria-label="Uploads">
      <header>
        <h2 role="status">{title}</h2>
        {running > 1 && <IconButton label="Cancel all uploads" icon="trash" onClick={() => queue.stopAll()} />}
        {running === 0 && failed > 0 && (
          <IconButton
            label="Try all that failed again"
            icon="retry"
            onClick={() => {
              for (const { id, state } of items) if (state === 'failed') queue.resume(id);
            }}
          />
        )}
        <IconButton
          label={folded ? 'Show uploads' : 'Fold uploads'}
          icon="down"
          aria-expanded={!folded}
          onClick={() => setFolded(!folded)}
        />
        {running === 0 && <IconButton label="Close uploads" icon="close" onClick={() => queue.clear()} />}
      </header>
      {!folded && (
        <ul>
          {inView(items).map((item) => (
            <Row key={item.id} item={item} queue={queue} />
          ))}
        </ul>
      )}
    </section>
  );
}
