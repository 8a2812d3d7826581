import { createUploads, type UploadItem } from '../upload/engine.ts';
import { prepareBatch, type Refused } from './batch.ts';
import { type EventName, warningsFor } from './catalog.ts';
import { make } from './dom.ts';
import { isMultiple, listOf, type Source, sourcesOf, type WidgetCallback, type WidgetOptions } from './options.ts';
import { advancedPanel } from './panels/advanced.ts';
import { isOver, moveBars, queueList } from './panels/queue.ts';
import { createCamera, localPanel, urlPanel } from './panels/sources.ts';
import { addThumbnail, fileInfo, fillForm, successInfo } from './results.ts';
import { type Prepared, prepare } from './sign.ts';
import { wordsOf } from './text.ts';
import { createWindow, type Display } from './window.ts';

const SMALLEST_CHUNK = 5 * 1024 * 1024;
const RESOURCE_TYPES = ['image', 'video', 'raw'];

export interface Widget {
  open(source?: string | null, options?: { files?: readonly (File | string)[] }): void;
  close(options?: { quiet?: boolean }): void;
  update(options?: Partial<WidgetOptions>): void;
  show(): void;
  hide(): void;
  minimize(): void;
  isShowing(): boolean;
  isMinimized(): boolean;
  isDestroyed(): boolean;
  destroy(options?: { removeThumbnails?: boolean }): Promise<void>;
}

/**
 * `cloudinary.createUploadWidget`: a window over the page or inside an element of it. Options, events and methods are
 * those of the cloud's upload widget reference, as `catalog.ts` lists them.
 */
export function createWidget(initial: WidgetOptions, callback: WidgetCallback): Widget {
  let options = initial;
  let display: Display = 'hidden';
  let destroyed = false;
  let source: Source = 'local';
  /** The sources are shown although there is a queue. */
  let choosing = false;
  /** Cropping or a question has the window's body. */
  let busy = false;
  let ended = true;
  let batches = 0;
  let drawn = '';
  const batchOf = new Map<string, string>();
  const targetOf = new Map<string, Prepared>();
  const previews = new Map<string, string>();
  const thumbnails: Element[] = [];
  const typed: Record<string, string> = {};
  let refused: readonly Refused[] = [];

  const frame = createWindow({ close: () => api.close(), minimize: () => api.minimize(), show: () => api.show() });
  const camera = createCamera();
  const words = () => wordsOf(options.language, options.text);
  const emit = (event: EventName, info?: unknown): void =>
    callback(null, info === undefined ? { event } : { event, info, data: { event, info } });
  const warn = (given: Readonly<Record<string, unknown>>): void => {
    for (const line of warningsFor(given)) console.warn(`Upload widget: ${line}`);
  };

  const paramsFor = (item: UploadItem): Record<string, unknown> => ({
    folder: options.folder,
    public_id: isMultiple(options) ? undefined : options.publicId,
    tags: listOf(options.tags).join(','),
    context: options.context,
    detection: options.detection,
    on_success: options.on_success,
    ...item.extra,
  });

  const uploads = createUploads({
    url(item) {
      const target = targetOf.get(item.id);
      const wanted = options.encryption ? 'raw' : (target?.resourceType ?? options.resourceType ?? 'auto');
      const kind = RESOURCE_TYPES.includes(wanted) ? wanted : 'auto';
      const cloud = encodeURIComponent(target?.cloudName ?? options.cloudName);
      return `${String(options.uploadPrefix ?? '').replace(/\/+$/, '')}/v1_1/${cloud}/${kind}/upload`;
    },
    async fields(item) {
      const params = Object.entries(paramsFor(item)).filter(([, value]) => value !== undefined && value !== '');
      const prepared = await prepare(options, Object.fromEntries(params));
      targetOf.set(item.id, prepared);
      return prepared.fields;
    },
    chunkBytes: Math.max(options.maxChunkSize ?? 20_000_000, SMALLEST_CHUNK),
    onChange: () => draw(),
    onDone(item) {
      const info = successInfo(item, batchOf.get(item.id) ?? '', options);
      fillForm(info, options);
      const thumbnail = addThumbnail(info, options);
      if (thumbnail) thumbnails.push(thumbnail);
      emit('success', info);
      settle();
    },
    onFailed(item) {
      callback({ status: item.error, statusText: item.error, id: item.id }, { event: 'error', info: item });
      settle();
    },
  });
  const ids = (wanted: (item: UploadItem) => boolean): string[] =>
    uploads
      .items()
      .filter(wanted)
      .map(({ id }) => id);

  /** Tells the end of a queue, one turn later, so that the page has seen `success` before it sees the end. */
  function settle(): void {
    const items = uploads.items();
    if (ended || !items.every(isOver)) return;
    ended = true;
    const files = items.map((item) => fileInfo(item, batchOf.get(item.id) ?? ''));
    setTimeout(() => {
      emit('queues-end', { files });
      const single = items.length === 1 && items[0]!.state === 'done' && !isMultiple(options);
      if (single && options.singleUploadAutoClose !== false && !options.inlineContainer) api.close();
    });
  }

  /** Checks, crops and sends what was chosen. */
  async function take(chosen: readonly (File | string)[]): Promise<void> {
    if (busy || chosen.length === 0) return;
    camera.stop();
    const kept = uploads.items().filter(({ state }) => state !== 'failed' && state !== 'cancelled').length;
    const batch = await prepareBatch(chosen, options, words(), {
      room: (isMultiple(options) ? (options.maxFiles ?? Number.POSITIVE_INFINITY) : 1) - kept,
      extra: Object.fromEntries(Object.entries(typed).filter(([, value]) => value !== '')),
      place() {
        busy = true;
        frame.tabs.hidden = true;
        frame.footer.hidden = true;
        return frame.body;
      },
    });
    busy = false;
    drawn = '';
    refused = batch.refused;
    for (const { name, text } of refused)
      callback({ status: text, statusText: text, file: name }, { event: 'error', info: { name, text } });
    if ('cancelled' in batch) emit('batch-cancelled', { reason: batch.cancelled });
    else if (batch.accepted.length > 0) send(batch.accepted);
    draw();
  }

  function send(accepted: readonly { source: File | string; preview: File | string; extra: Record<string, string> }[]) {
    batches += 1;
    const batchId = `uw-batch${batches}`;
    const starts = ended;
    ended = false;
    choosing = false;
    const added = uploads.add(accepted.map(({ source: file, extra }) => ({ source: file, extra })));
    for (const [at, item] of added.entries()) {
      const { preview, extra } = accepted[at]!;
      batchOf.set(item.id, batchId);
      if (preview instanceof File && preview.type.startsWith('image/'))
        previews.set(item.id, URL.createObjectURL(preview));
      const publicId = extra.public_id ?? (isMultiple(options) ? undefined : options.publicId);
      const tags = extra.tags ?? listOf(options.tags).join(',');
      const type = preview instanceof File ? preview.type : '';
      emit('upload-added', { file: { id: item.id, batchId, name: item.name, size: item.bytes, type }, publicId });
      if (publicId) emit('publicid', { id: item.id, public_id: publicId });
      if (tags) emit('tags', { id: item.id, tags: listOf(tags) });
    }
    if (starts) emit('queues-start', { batchId });
    drawn = '';
    if (options.autoMinimize) api.minimize();
  }

  const retry = (which: readonly string[]): void => {
    ended = false;
    emit('retry', { ids: which, all: which.length === uploads.items().length });
    for (const id of which) uploads.resume(id);
  };
  const cancel = (id: string): void => {
    uploads.cancel(id);
    emit('abort', { ids: [id], all: uploads.items().length === 1 });
    settle();
  };
  const changeSource = (next: Source): void => {
    if (source !== next) emit('source-changed', { source: next });
    source = next;
    camera.stop();
    draw();
    frame.root.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  };

  const button = (kind: 'plain' | 'action', label: string, onclick: () => void): HTMLElement =>
    make('button', { class: kind, type: 'button', onclick }, label);

  function draw(): void {
    if (destroyed || busy) return;
    const texts = words();
    const items = uploads.items();
    if (display === 'minimized') {
      const done = items.filter(({ state }) => state === 'done').length;
      frame.small.textContent = items.length === 0 ? texts.title : `${texts.title} ${done} / ${items.length}`;
    }
    if (display !== 'shown') return;
    const states = items.map(({ id, state, error }) => [id, state, error]);
    const picture = JSON.stringify([source, choosing, refused, states]);
    if (picture === drawn) {
      moveBars(frame.body, items);
      return;
    }
    drawn = picture;
    frame.dress(options, texts);
    const problems = refused.map(({ name, text }) =>
      make('div', { class: 'problem', role: 'alert' }, `${name}: ${text}`),
    );
    if (items.length === 0 || choosing) drawSources(problems);
    else drawQueue(problems);
  }

  function drawSources(problems: readonly HTMLElement[]): void {
    const texts = words();
    const sources = sourcesOf(options);
    const tab = (name: Source): HTMLElement =>
      make(
        'button',
        { type: 'button', role: 'tab', 'aria-selected': String(name === source), onclick: () => changeSource(name) },
        texts[name],
      );
    frame.tabs.hidden = sources.length < 2;
    frame.tabs.replaceChildren(...sources.map(tab));
    frame.footer.hidden = true;
    const taken = (chosen: readonly (File | string)[]): void => void take(chosen);
    const panels: Readonly<Record<Source, () => HTMLElement>> = {
      local: () => localPanel(texts, isMultiple(options), taken),
      url: () => urlPanel(texts, taken),
      camera: () => camera.panel(texts, taken),
    };
    const advanced = options.showAdvancedOptions ? [advancedPanel(texts, options, typed)] : [];
    frame.body.replaceChildren(panels[source](), ...problems, ...advanced);
  }

  function drawQueue(problems: readonly HTMLElement[]): void {
    const texts = words();
    const items = uploads.items();
    frame.tabs.hidden = true;
    frame.body.replaceChildren(queueList(texts, items, previews, { retry, cancel }), ...problems);
    frame.footer.hidden = !items.every(isOver);
    const more = (): void => {
      choosing = true;
      refused = [];
      draw();
    };
    const finish = (): void => {
      if (options.showCompletedButton) emit('show-completed', { items: items.map(({ answer }) => answer) });
      api.close();
    };
    frame.footer.replaceChildren(
      ...(isMultiple(options) && options.showUploadMoreButton !== false ? [button('plain', texts.more, more)] : []),
      button('action', texts.finish, finish),
    );
  }

  /** Uploads run and the window is to be closed: that is asked first. */
  function askBeforeClosing(): void {
    const texts = words();
    busy = true;
    const keep = button('plain', texts.keep, () => {
      busy = false;
      drawn = '';
      draw();
    });
    const stop = button('action', texts.stop, () => api.close({ quiet: true }));
    frame.footer.hidden = true;
    frame.body.replaceChildren(
      make('p', { role: 'alert' }, texts.running),
      make('div', { class: 'row end' }, keep, stop),
    );
    keep.focus();
  }

  function turn(next: Display, told: string = next): void {
    display = next;
    frame.small.textContent = words().title;
    frame.display(next);
    emit('display-changed', told);
    drawn = '';
    draw();
  }

  const api: Widget = {
    open(from, { files } = {}) {
      if (destroyed) return;
      frame.attach(options);
      const sources = sourcesOf(options);
      const wanted = (from ?? options.defaultSource) as Source | undefined;
      source = wanted !== undefined && sources.includes(wanted) ? wanted : sources[0]!;
      choosing = uploads.items().every(isOver);
      busy = false;
      turn('shown');
      frame.takeFocus();
      if (files !== undefined) void take(files);
    },
    close({ quiet = false } = {}) {
      if (display === 'hidden') return;
      const running = ids((item) => !isOver(item));
      if (running.length > 0 && !quiet) {
        if (display === 'minimized') api.show();
        askBeforeClosing();
        return;
      }
      camera.stop();
      busy = false;
      refused = [];
      if (running.length > 0) {
        uploads.stopAll();
        emit('abort', { ids: running, all: true });
        settle();
      }
      display = 'hidden';
      for (const address of previews.values()) URL.revokeObjectURL(address);
      for (const map of [previews, batchOf, targetOf]) map.clear();
      for (const id of ids(() => true)) uploads.remove(id);
      turn('hidden');
      frame.giveFocusBack();
      emit('close', { message: 'User closed widget' });
    },
    update(change = {}) {
      warn(change);
      options = { ...options, ...change };
      const sources = sourcesOf(options);
      if (!sources.includes(source)) source = sources[0]!;
      drawn = '';
      draw();
    },
    show() {
      if (destroyed) return;
      frame.attach(options);
      turn('shown', display === 'minimized' ? 'expanded' : 'shown');
      frame.takeFocus();
    },
    hide: () => turn('hidden'),
    minimize: () => turn('minimized'),
    isShowing: () => display === 'shown',
    isMinimized: () => display === 'minimized',
    isDestroyed: () => destroyed,
    async destroy({ removeThumbnails = false } = {}) {
      uploads.stopAll();
      camera.stop();
      destroyed = true;
      display = 'hidden';
      frame.host.remove();
      if (removeThumbnails) for (const item of thumbnails) item.remove();
    },
  };

  warn(initial);
  frame.display('hidden');
  if (options.inlineContainer) api.open();
  return api;
}
