import type { UploadItem } from '../../upload/engine.ts';
import { make } from '../dom.ts';
import type { Words } from '../text.ts';

export interface QueueActions {
  retry(ids: readonly string[]): void;
  cancel(id: string): void;
}

export const isOver = ({ state }: UploadItem): boolean =>
  state === 'done' || state === 'failed' || state === 'cancelled';
const shareOf = ({ state, bytes, sent }: UploadItem): number =>
  state === 'done' ? 1 : bytes === 0 ? 0 : Math.min(sent / bytes, 1);

export function queueList(
  words: Words,
  items: readonly UploadItem[],
  previews: ReadonlyMap<string, string>,
  actions: QueueActions,
): HTMLElement {
  return make('ul', {}, ...items.map((item) => row(words, item, previews.get(item.id), actions)));
}

function row(words: Words, item: UploadItem, preview: string | undefined, actions: QueueActions): HTMLElement {
  const button = (label: string, sign: string, run: () => void): HTMLElement =>
    make(
      'button',
      { class: 'icon', type: 'button', title: label, 'aria-label': `${label}: ${item.name}`, onclick: run },
      sign,
    );
  const failed = item.state === 'failed' || item.state === 'cancelled';
  const running = item.state === 'sending' || item.state === 'waiting';
  return make(
    'li',
    { class: item.state, 'data-id': item.id },
    previewOf(preview),
    make('div', { class: 'name' }, item.name),
    make(
      'div',
      { class: 'buttons' },
      failed && button(words.retry, '↻', () => actions.retry([item.id])),
      running && button(words.cancel, '×', () => actions.cancel(item.id)),
    ),
    make('div', { class: 'state' }, item.error ?? words[item.state]),
    make('progress', { max: 1, value: shareOf(item), 'aria-label': item.name }),
  );
}

/** What the browser cannot show is left blank: not every `.jpg` is one. */
function previewOf(address: string | undefined): HTMLElement {
  const blank = make('div', { class: 'blank' });
  if (address === undefined) return blank;
  const image: HTMLElement = make('img', { src: address, alt: '', onerror: () => image.replaceWith(blank) });
  return image;
}

/** Moves the bars alone, so that focus stays where it is. */
export function moveBars(body: HTMLElement, items: readonly UploadItem[]): void {
  for (const item of items) {
    const bar = body.querySelector<HTMLProgressElement>(`[data-id="${item.id}"] progress`);
    if (bar && item.bytes > 0) bar.value = shareOf(item);
  }
}
