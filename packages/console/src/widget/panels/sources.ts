/** Where files come from: this device, an address, the camera. */
import { filesOf } from '../../upload/drop.ts';
import { make } from '../dom.ts';
import type { Words } from '../text.ts';

export type Take = (chosen: readonly (File | string)[]) => void;

export function localPanel(words: Words, multiple: boolean, take: Take): HTMLElement {
  const input = make('input', {
    type: 'file',
    hidden: true,
    multiple,
    onchange: () => take([...(input.files ?? [])]),
  });
  const drop = make(
    'div',
    { class: 'drop' },
    make('div', {}, words.drop),
    make('button', { class: 'action', type: 'button', onclick: () => input.click() }, words.browse),
    input,
  );
  drop.addEventListener('dragover', (event) => {
    event.preventDefault();
    drop.classList.add('over');
  });
  drop.addEventListener('dragleave', () => drop.classList.remove('over'));
  drop.addEventListener('drop', (event) => {
    event.preventDefault();
    drop.classList.remove('over');
    if (event.dataTransfer)
      void filesOf(event.dataTransfer).then((found) => take(found.map(({ source: file }) => file)));
  });
  return drop;
}

export function urlPanel(words: Words, take: Take): HTMLElement {
  const input = make('input', { type: 'url', required: true, placeholder: words.addressPlaceholder });
  return make(
    'form',
    {
      class: 'address',
      onsubmit: (event: Event) => {
        event.preventDefault();
        take([input.value.trim()]);
      },
    },
    make('label', {}, words.address, input),
    make('div', { class: 'row' }, make('button', { class: 'action', type: 'submit' }, words.upload)),
  );
}

/** The camera runs from the moment that its panel is shown until `stop`. */
export function createCamera() {
  let stream: MediaStream | undefined;
  let wanted = 0;

  const stop = (): void => {
    wanted += 1;
    for (const track of stream?.getTracks() ?? []) track.stop();
    stream = undefined;
  };

  const panel = (words: Words, take: Take): HTMLElement => {
    stop();
    const turn = wanted;
    const video = make('video', { autoplay: true, playsinline: true, 'aria-label': words.camera });
    video.muted = true;
    const box = make('div', { class: 'camera' }, video);
    const shoot = (): void => {
      const canvas = make('canvas', { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext('2d')?.drawImage(video, 0, 0);
      canvas.toBlob((blob) => {
        stop();
        if (blob) take([new File([blob], `camera-${Date.now()}.jpg`, { type: 'image/jpeg' })]);
      }, 'image/jpeg');
    };
    const start = async (): Promise<void> => {
      const opened = await navigator.mediaDevices.getUserMedia({ video: true });
      if (turn !== wanted) {
        for (const track of opened.getTracks()) track.stop();
        return;
      }
      stream = opened;
      video.srcObject = opened;
      await new Promise((done) => video.addEventListener('loadeddata', done, { once: true }));
      box.append(make('button', { class: 'action', type: 'button', onclick: shoot }, words.take));
    };
    start().catch(() => box.replaceChildren(make('p', { class: 'problem', role: 'alert' }, words.noCamera)));
    return box;
  };

  return { panel, stop };
}
