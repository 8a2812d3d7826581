import { filesOf } from '../upload/drop.ts';
import { createUploads, type Fields, type UploadItem } from '../upload/engine.ts';
import { chooseCrop, type Part } from './crop.ts';
import { elementOf, make } from './dom.ts';
import { CSS, sheetOf } from './looks.ts';
import { listOf, refusal, type Source, sourcesOf, type WidgetCallback, type WidgetOptions } from './options.ts';
import { signedFields } from './sign.ts';
import { wordsOf } from './text.ts';

const SMALLEST_CHUNK = 5 * 1024 * 1024;

export interface Widget {
  open(source?: string, options?: { files?: readonly (File | string)[] }): void;
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

interface Extra {
  readonly fields: Readonly<Record<string, string>>;
  readonly batchId: string;
}

/** Pixels of a picture; `undefined` for what the browser cannot decode. */
async function sizeOf(file: File): Promise<{ width: number; height: number } | undefined> {
  if (!file.type.startsWith('image/')) return undefined;
  try {
    const bitmap = await createImageBitmap(file);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return undefined;
  }
}

/**
 * `cloudinary.createUploadWidget`: a window over the page, in a shadow tree, so neither's styles touch the other's. Options,
 * events and methods are those of the cloud's upload widget reference.
 */
export function createWidget(initial: WidgetOptions, callback: WidgetCallback): Widget {
  let options = initial;
  let shown = false;
  let minimized = false;
  let destroyed = false;
  let source: Source = 'local';
  let batchId = '';
  let lastFocus: Element | null = null;
  let camera: MediaStream | undefined;
  let cropping = false;
  let ending = false;
  const extras = new Map<string, Extra>();
  const previews = new Map<string, string>();
  const thumbnails: Element[] = [];
  const refused: { name: string; text: string }[] = [];
  const advanced: Record<string, string> = {};

  const host = make('div', { 'data-signet-widget': '' });
  const root = host.attachShadow({ mode: 'open' });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(CSS);
  root.adoptedStyleSheets = [sheet];
  const body = make('div', { class: 'body' });
  const footer = make('footer');
  const tabs = make('div', { class: 'tabs', role: 'tablist' });
  const title = make('h2', { id: 'title' });
  const closeButton = make('button', { class: 'icon', type: 'button', onclick: () => api.close() }, '×');
  const minimizeButton = make('button', { class: 'icon', type: 'button', onclick: () => api.minimize() }, '–');
  const panel = make(
    'div',
    { class: 'window', role: 'dialog', 'aria-modal': 'true', 'aria-labelledby': 'title' },
    make('header', {}, title, minimizeButton, closeButton),
    tabs,
    body,
    footer,
  );
  const back = make('div', { class: 'back' }, panel);
  const small = make('button', { class: 'small', type: 'button', onclick: () => api.show() });
  root.append(back, small);

  const words = () => wordsOf(options.language, options.text);
  const emit = (event: string, info?: unknown): void => {
    callback(null, info === undefined ? { event } : { event, info, data: { event, info } });
  };

  const paramsFor = (item: UploadItem): Record<string, unknown> => ({
    ...(options.folder ? { folder: options.folder } : {}),
    ...(options.publicId && !isMultiple() ? { public_id: options.publicId } : {}),
    ...(listOf(options.tags).length > 0 ? { tags: listOf(options.tags).join(',') } : {}),
    ...(options.context ? { context: options.context } : {}),
    ...(options.detection ? { detection: options.detection } : {}),
    ...extras.get(item.id)?.fields,
  });

  const uploads = createUploads({
    url: () =>
      `${String(options.uploadPrefix ?? '').replace(/\/+$/, '')}/v1_1/${encodeURIComponent(options.cloudName)}/${
        options.resourceType && ['image', 'video', 'raw'].includes(options.resourceType) ? options.resourceType : 'auto'
      }/upload`,
    fields: (item): Promise<Fields> => signedFields(options, paramsFor(item)),
    chunkBytes: Math.max(options.maxChunkSize ?? 20_000_000, SMALLEST_CHUNK),
    fieldName: 'file',
    onChange: () => draw(),
    onDone: finished,
    onFailed(item) {
      callback({ status: item.error, statusText: item.error, id: item.id }, { event: 'error', info: item });
      settle();
    },
  });

  const isMultiple = (): boolean => options.multiple !== false && options.maxFiles !== 1;

  function finished(item: UploadItem): void {
    const answer = item.answer ?? {};
    const address = String(answer.secure_url ?? answer.url ?? '');
    const thumbnail = address.replace(/\/(image|video)\/upload\//, '/$1/upload/c_limit,h_60,w_90/');
    const info = {
      ...answer,
      id: item.id,
      batchId: extras.get(item.id)?.batchId ?? batchId,
      path: [`v${answer.version}`, `${answer.public_id}${answer.format ? `.${answer.format}` : ''}`].join('/'),
      thumbnail_url: answer.resource_type === 'raw' ? '' : thumbnail,
    };
    fillForm(info);
    addThumbnail(info);
    emit('success', info);
    settle();
  }

  /** Hidden inputs for a form of the page, as the jQuery plug-in's widget made them: `image/upload/v1/id.jpg#signature`. */
  function fillForm(info: Record<string, unknown>): void {
    const form = elementOf(options.form);
    if (form === null) return;
    const value = `${info.resource_type}/${info.type}/${info.path}#${info.signature}`;
    form.append(make('input', { type: 'hidden', name: options.fieldName ?? 'image', value }));
  }

  function addThumbnail(info: Record<string, unknown>): void {
    const place = elementOf(options.thumbnails);
    if (place === null || !info.thumbnail_url) return;
    const image = make('img', { src: String(info.thumbnail_url), alt: String(info.original_filename ?? '') });
    const item = make('div', { class: 'cloudinary-thumbnail' }, image);
    thumbnails.push(item);
    place.append(item);
  }

  function settle(): void {
    const items = uploads.items();
    if (ending || items.some(({ state }) => state === 'waiting' || state === 'sending' || state === 'paused')) return;
    ending = true;
    // One turn later, so that the page has seen `success` before it sees the end.
    setTimeout(() => {
      emit('queues-end', {
        files: items.map(({ id, name, bytes, state, answer, error }) => ({
          id,
          name,
          size: bytes,
          batchId: extras.get(id)?.batchId,
          status: state === 'done' ? 'success' : 'error',
          done: state === 'done',
          failed: state === 'failed',
          aborted: state === 'cancelled',
          uploadInfo: answer,
          statusText: error,
        })),
      });
      const single = items.length === 1 && items[0]!.state === 'done' && !isMultiple();
      if (single && options.singleUploadAutoClose !== false) api.close();
    });
  }

  const changeSource = (next: Source): void => {
    if (source !== next) emit('source-changed', { source: next });
    source = next;
    stopCamera();
    draw();
    root.querySelector<HTMLElement>('[role=tab][aria-selected=true]')?.focus();
  };

  function stopCamera(): void {
    for (const track of camera?.getTracks() ?? []) track.stop();
    camera = undefined;
  }

  async function dimensionsProblem(file: File): Promise<boolean> {
    const { minImageWidth = 0, minImageHeight = 0, maxImageWidth, maxImageHeight } = options;
    if (!minImageWidth && !minImageHeight && !maxImageWidth && !maxImageHeight) return false;
    const size = await sizeOf(file);
    if (size === undefined) return false;
    return (
      size.width < minImageWidth ||
      size.height < minImageHeight ||
      size.width > (maxImageWidth ?? Number.POSITIVE_INFINITY) ||
      size.height > (maxImageHeight ?? Number.POSITIVE_INFINITY)
    );
  }

  /** Checks, crops and sends what was chosen. */
  async function take(chosen: readonly (File | string)[]): Promise<void> {
    const texts = words();
    const accepted: (File | string)[] = [];
    for (const item of chosen) {
      if (typeof item === 'string') {
        accepted.push(item);
        continue;
      }
      const reason = refusal(item, options) ?? ((await dimensionsProblem(item)) ? 'dimensions' : undefined);
      if (reason === undefined) accepted.push(item);
      else {
        refused.push({ name: item.name, text: texts[reason] });
        callback({ status: texts[reason], statusText: texts[reason], file: item.name }, { event: 'error' });
      }
    }
    const have = uploads.items().filter(({ state }) => state !== 'failed' && state !== 'cancelled').length;
    const limit = isMultiple() ? (options.maxFiles ?? Number.POSITIVE_INFINITY) : 1;
    const room = Math.max(0, limit - have);
    for (const over of accepted.splice(room))
      refused.push({ name: typeof over === 'string' ? over : over.name, text: `${texts.many} ${limit}` });
    if (accepted.length === 0) return draw();
    const { preBatch } = options;
    if (preBatch !== undefined) {
      const files = accepted.filter((item): item is File => item instanceof File);
      const answer = await new Promise<{ cancel?: boolean } | undefined>((done) => preBatch(done, { files }));
      if (answer?.cancel) {
        emit('batch-cancelled', { reason: 'user' });
        return draw();
      }
    }
    batchId = `uw-batch${uploads.items().length + 1}`;
    ending = false;
    for (const item of accepted) {
      let part: Part | undefined | null;
      if (options.cropping && accepted.length === 1 && item instanceof File && item.type.startsWith('image/')) {
        cropping = true;
        tabs.hidden = true;
        footer.replaceChildren();
        part = await chooseCrop(body, item, texts, {
          ratio: options.croppingAspectRatio,
          ...(options.croppingDefaultSelectionRatio
            ? { share: Math.min(options.croppingDefaultSelectionRatio, 1) }
            : {}),
          skip: options.showSkipCropButton !== false,
        });
        cropping = false;
      }
      const name = options.croppingCoordinatesMode === 'face' ? 'face_coordinates' : 'custom_coordinates';
      const fields = {
        ...Object.fromEntries(Object.entries(advanced).filter(([, value]) => value !== '')),
        ...(part ? { [name]: [part.x, part.y, part.width, part.height].join(',') } : {}),
      };
      const first = uploads.items().length === 0;
      // The engine asks for the fields at once, so they must be known before the file is.
      pending = { fields, batchId };
      const [added] = uploads.add([{ source: item }]);
      pending = undefined;
      if (added === undefined) continue;
      if (item instanceof File && item.type.startsWith('image/')) previews.set(added.id, URL.createObjectURL(item));
      emit('upload-added', { file: { id: added.id, name: added.name, size: added.bytes, batchId } });
      if (first) emit('queues-start', { batchId });
      if (fields.public_id) emit('publicid', { id: added.id, public_id: fields.public_id });
      if (fields.tags) emit('tags', { id: added.id, tags: fields.tags });
    }
    if (options.autoMinimize) api.minimize();
    draw();
  }
  let pending: Extra | undefined;

  function localPanel(): HTMLElement {
    const texts = words();
    const input = make('input', {
      type: 'file',
      hidden: true,
      multiple: isMultiple(),
      onchange: () => void take([...(input.files ?? [])]),
    });
    const drop = make(
      'div',
      { class: 'drop' },
      make('div', {}, texts.drop),
      make('button', { class: 'action', type: 'button', onclick: () => input.click() }, texts.browse),
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

  function urlPanel(): HTMLElement {
    const texts = words();
    const input = make('input', { type: 'url', required: true, placeholder: texts.addressPlaceholder });
    return make(
      'form',
      {
        onsubmit: (event: Event) => {
          event.preventDefault();
          void take([input.value.trim()]);
        },
      },
      make('label', {}, texts.address, input),
      make('div', { class: 'row' }, make('button', { class: 'action', type: 'submit' }, texts.upload)),
    );
  }

  function cameraPanel(): HTMLElement {
    const texts = words();
    const video = make('video', { autoplay: true, playsinline: true });
    video.muted = true;
    const box = make('div', { class: 'body' }, video);
    const shoot = (): void => {
      const canvas = make('canvas', { width: video.videoWidth, height: video.videoHeight });
      canvas.getContext('2d')?.drawImage(video, 0, 0);
      canvas.toBlob((blob) => {
        if (blob) void take([new File([blob], `camera-${Date.now()}.jpg`, { type: 'image/jpeg' })]);
        stopCamera();
      }, 'image/jpeg');
    };
    const start = async (): Promise<void> => {
      if (!camera) camera = await navigator.mediaDevices.getUserMedia({ video: true });
      video.srcObject = camera;
      box.append(make('button', { class: 'action', type: 'button', onclick: shoot }, texts.take));
    };
    start().catch(() => box.replaceChildren(make('p', { class: 'problem', role: 'alert' }, texts.noCamera)));
    return box;
  }

  function advancedPanel(): HTMLElement {
    const texts = words();
    const field = (name: string, label: string): HTMLElement =>
      make(
        'label',
        {},
        label,
        make('input', {
          value: advanced[name] ?? '',
          oninput: (event: Event) => {
            advanced[name] = (event.target as HTMLInputElement).value;
          },
        }),
      );
    const fields = make('div', { class: 'fields' }, field('public_id', texts.publicId), field('tags', texts.tags));
    options.getUploadPresets?.((presets) => {
      const select = make('select', {
        onchange: (event: Event) => {
          advanced.upload_preset = (event.target as HTMLSelectElement).value;
        },
      });
      for (const preset of [{ value: options.uploadPreset ?? '' }, ...presets])
        select.append(make('option', { value: preset.value }, ('label' in preset && preset.label) || preset.value));
      fields.append(make('label', {}, texts.preset, select));
    });
    return make('details', {}, make('summary', {}, texts.advanced), fields);
  }

  function itemRow(item: UploadItem): HTMLElement {
    const texts = words();
    const share = item.state === 'done' ? 1 : item.bytes === 0 ? 0 : Math.min(item.sent / item.bytes, 1);
    const preview = previews.get(item.id);
    const button = (label: string, sign: string, run: () => void): HTMLElement =>
      make(
        'button',
        { class: 'icon', type: 'button', title: label, 'aria-label': `${label}: ${item.name}`, onclick: run },
        sign,
      );
    const buttons = make('div', { class: 'buttons' });
    if (item.state === 'failed' || item.state === 'cancelled')
      buttons.append(
        button(texts.retry, '↻', () => {
          ending = false;
          emit('retry', { ids: [item.id] });
          uploads.resume(item.id);
        }),
      );
    if (item.state === 'sending' || item.state === 'waiting')
      buttons.append(
        button(texts.cancel, '×', () => {
          uploads.cancel(item.id);
          emit('abort', { ids: [item.id], all: false });
          settle();
        }),
      );
    return make(
      'li',
      { class: item.state, 'data-id': item.id },
      preview ? make('img', { src: preview, alt: '' }) : make('div', { class: 'blank' }),
      make('div', { class: 'name' }, item.name),
      buttons,
      make('div', { class: 'state' }, item.error ?? texts[item.state]),
      make('progress', { max: 1, value: share, 'aria-label': item.name }),
    );
  }

  let drawn = '';

  /** Progress alone changes often: then only the bars move, so that focus stays where it is. */
  function draw(): void {
    if (pending !== undefined) for (const { id } of uploads.items()) if (!extras.has(id)) extras.set(id, pending);
    if (destroyed || cropping || !shown) return;
    const texts = words();
    const items = uploads.items();
    const sources = sourcesOf(options);
    const queue = items.length > 0;
    const state = JSON.stringify([
      source,
      options.language,
      refused.length,
      showingSources,
      items.map((item) => [item.id, item.state, item.error]),
    ]);
    if (state === drawn) {
      for (const item of items) {
        const bar = body.querySelector<HTMLProgressElement>(`[data-id="${item.id}"] progress`);
        if (bar && item.bytes > 0) bar.value = Math.min(item.sent / item.bytes, 1);
      }
      return;
    }
    drawn = state;
    const sheetValues = sheetOf(options.theme, options.styles?.palette);
    for (const [name, value] of Object.entries(sheetValues)) host.style.setProperty(`--${name}`, value);
    title.textContent = texts.title;
    closeButton.setAttribute('aria-label', texts.close);
    minimizeButton.setAttribute('aria-label', texts.minimize);
    const choosing = !queue || showingSources;
    tabs.hidden = !choosing || sources.length < 2;
    tabs.setAttribute('aria-label', texts.title);
    tabs.replaceChildren(
      ...sources.map((name) =>
        make(
          'button',
          { type: 'button', role: 'tab', 'aria-selected': String(name === source), onclick: () => changeSource(name) },
          texts[name],
        ),
      ),
    );
    const problems = refused.map(({ name, text }) =>
      make('div', { class: 'problem', role: 'alert' }, `${name}: ${text}`),
    );
    if (choosing) {
      const content = source === 'local' ? localPanel() : source === 'url' ? urlPanel() : cameraPanel();
      body.replaceChildren(content, ...problems, ...(options.showAdvancedOptions ? [advancedPanel()] : []));
      footer.replaceChildren();
      footer.hidden = true;
      return;
    }
    body.replaceChildren(make('ul', {}, ...items.map(itemRow)), ...problems);
    const ended = items.every(({ state: at }) => at === 'done' || at === 'failed' || at === 'cancelled');
    footer.hidden = !ended;
    footer.replaceChildren(
      ...(isMultiple() && options.showUploadMoreButton !== false
        ? [
            make(
              'button',
              {
                class: 'plain',
                type: 'button',
                onclick: () => {
                  showingSources = true;
                  refused.length = 0;
                  draw();
                },
              },
              texts.more,
            ),
          ]
        : []),
      make(
        'button',
        {
          class: 'action',
          type: 'button',
          onclick: () => {
            if (options.showCompletedButton) emit('show-completed', { items: items.map(({ answer }) => answer) });
            api.close();
          },
        },
        texts.finish,
      ),
    );
    if (small.hidden === false)
      small.textContent = `${texts.title} ${items.filter(({ state: at }) => at === 'done').length} / ${items.length}`;
  }
  let showingSources = false;

  const keepFocus = (event: KeyboardEvent): void => {
    if (event.key === 'Escape') {
      event.stopPropagation();
      api.close();
    }
    if (event.key !== 'Tab' || options.inlineContainer) return;
    const stops = [
      ...panel.querySelectorAll<HTMLElement>('button, input:not([hidden]), select, summary, [tabindex="0"]'),
    ].filter((element) => element.offsetParent !== null);
    const [first, last] = [stops[0], stops.at(-1)];
    if (event.shiftKey && root.activeElement === first) {
      event.preventDefault();
      last?.focus();
    } else if (!event.shiftKey && root.activeElement === last) {
      event.preventDefault();
      first?.focus();
    }
  };
  panel.addEventListener('keydown', keepFocus);

  const display = (state: 'shown' | 'hidden' | 'minimized'): void => {
    shown = state === 'shown';
    minimized = state === 'minimized';
    back.hidden = !shown;
    back.style.display = shown ? '' : 'none';
    small.hidden = !minimized;
    small.style.display = minimized ? '' : 'none';
    small.textContent = words().title;
    emit('display-changed', state);
  };

  const attach = (): void => {
    const inline = elementOf(options.inlineContainer);
    back.classList.toggle('inline', inline !== null);
    if (!host.isConnected) (inline ?? document.body).append(host);
  };

  const api: Widget = {
    open(from, { files } = {}) {
      if (destroyed) return;
      attach();
      lastFocus = document.activeElement;
      const sources = sourcesOf(options);
      const wanted = (from ?? options.defaultSource) as Source | undefined;
      source = wanted !== undefined && sources.includes(wanted) ? wanted : sources[0]!;
      showingSources = uploads.items().length > 0;
      display('shown');
      drawn = '';
      draw();
      closeButton.focus();
      if (files !== undefined) void take(files);
    },
    close({ quiet = false } = {}) {
      if (!shown && !minimized) return;
      stopCamera();
      const running = uploads.items().some(({ state }) => state === 'sending' || state === 'waiting');
      if (running && !quiet) {
        uploads.stopAll();
        emit('abort', { ids: uploads.items().map(({ id }) => id), all: true });
      }
      display('hidden');
      for (const address of previews.values()) URL.revokeObjectURL(address);
      previews.clear();
      for (const { id } of uploads.items()) uploads.remove(id);
      refused.length = 0;
      if (lastFocus instanceof HTMLElement) lastFocus.focus();
      emit('close', { message: 'User closed widget' });
    },
    update(change = {}) {
      options = { ...options, ...change };
      drawn = '';
      draw();
    },
    show() {
      if (destroyed) return;
      attach();
      display('shown');
      drawn = '';
      draw();
    },
    hide: () => display('hidden'),
    minimize: () => display('minimized'),
    isShowing: () => shown,
    isMinimized: () => minimized,
    isDestroyed: () => destroyed,
    async destroy({ removeThumbnails = false } = {}) {
      uploads.stopAll();
      stopCamera();
      destroyed = true;
      shown = false;
      minimized = false;
      host.remove();
      if (removeThumbnails) for (const item of thumbnails) item.remove();
    },
  };

  back.style.display = 'none';
  small.style.display = 'none';
  if (options.inlineContainer) api.open();
  return api;
}
