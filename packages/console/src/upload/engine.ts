/**
 * Sends files to the upload API: a few at a time, each with progress, pause, resume, cancel and retry; large ones in
 * chunks (`Content-Range`, `X-Unique-Upload-Id`; Upload API reference, "Chunked upload"). No framework: the console and the
 * upload widget use it.
 */

export type UploadState = 'waiting' | 'sending' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface UploadItem {
  readonly id: string;
  /** A file, or the address of one that the server fetches. */
  readonly source: File | string;
  readonly name: string;
  readonly bytes: number;
  /** Folder of the file within what was dropped, `holiday/day 1`. */
  readonly path: string;
  readonly state: UploadState;
  /** Bytes that the server has. */
  readonly sent: number;
  readonly error?: string;
  readonly answer?: Readonly<Record<string, unknown>>;
  /** What the caller gave with the file: parameters of this one upload. */
  readonly extra?: Fields;
}

/** What goes into the form besides the file. Asked for again for every attempt and every chunk: signatures age. */
export type Fields = Readonly<Record<string, string>>;

export interface EngineOptions {
  /** `https://HOST/v1_1/CLOUD/auto/upload` */
  url(item: UploadItem): string;
  fields(item: UploadItem): Promise<Fields>;
  onChange(items: readonly UploadItem[]): void;
  onDone?(item: UploadItem): void;
  onFailed?(item: UploadItem): void;
  /** Files above it are sent in chunks of this size. Default 20,000,000; the server wants at least 5 MB. */
  chunkBytes?: number;
  /** Default 3. */
  parallel?: number;
  /** Name of the form's part with the file. Default `file`. */
  fieldName?: string;
}

const CHUNK = 20_000_000;
const ATTEMPTS = 3;

/** Random letters: `crypto.randomUUID` is missing on plain-HTTP pages. */
export const randomId = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => (byte % 36).toString(36)).join('');

class UploadFailure extends Error {
  /** Worth another attempt without asking: the network or the server stumbled. */
  readonly passing: boolean;
  constructor(message: string, passing: boolean) {
    super(message);
    this.passing = passing;
  }
}

class Stopped extends Error {}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function readAnswer(request: XMLHttpRequest): Record<string, unknown> {
  let answer: Record<string, unknown> = {};
  try {
    answer = JSON.parse(request.responseText) as Record<string, unknown>;
  } catch {
    // an answer without JSON is explained by its status below
  }
  if (request.status >= 200 && request.status < 300 && answer.error === undefined) return answer;
  const message = (answer.error as { message?: string } | undefined)?.message;
  // The doctor's sentence says what to repair; the protocol's text only that it is wrong.
  const diagnosis = request.getResponseHeader('X-Signet-Diagnosis');
  throw new UploadFailure(
    (diagnosis ? decodeHeader(diagnosis) : undefined) ?? message ?? `The server answered ${request.status}`,
    request.status >= 500 || request.status === 429,
  );
}

function decodeHeader(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

export function createUploads(options: EngineOptions) {
  let items: UploadItem[] = [];
  const requests = new Map<string, XMLHttpRequest>();
  const uploadIds = new Map<string, string>();
  const chunkBytes = options.chunkBytes ?? CHUNK;

  const find = (id: string): UploadItem | undefined => items.find((item) => item.id === id);

  const change = (id: string, update: Partial<UploadItem>): UploadItem | undefined => {
    items = items.map((item) => (item.id === id ? { ...item, ...update } : item));
    options.onChange(items);
    return find(id);
  };

  const send = (
    id: string,
    fields: Fields,
    body: Blob | string,
    name: string,
    headers: Fields,
    onProgress: (sent: number) => void,
  ): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const item = find(id);
      if (item === undefined || item.state !== 'sending') return reject(new Stopped());
      const form = new FormData();
      // Parameters first: the server can refuse a wrong signature before it reads the file.
      for (const [field, value] of Object.entries(fields)) form.append(field, value);
      const part = options.fieldName ?? 'file';
      if (typeof body === 'string') form.append(part, body);
      else form.append(part, body, name);
      const request = new XMLHttpRequest();
      requests.set(id, request);
      request.open('POST', options.url(item));
      for (const [header, value] of Object.entries(headers)) request.setRequestHeader(header, value);
      request.upload.onprogress = ({ loaded, total }) =>
        typeof body === 'string' || onProgress(total === 0 ? 0 : Math.round((body.size * loaded) / total));
      request.onload = () => {
        try {
          resolve(readAnswer(request));
        } catch (error) {
          reject(error);
        }
      };
      request.onerror = () => reject(new UploadFailure('The connection to the server was lost', true));
      request.onabort = () => reject(new Stopped());
      request.onloadend = () => requests.delete(id);
      request.send(form);
    });

  const sendWhole = async (item: UploadItem): Promise<Record<string, unknown>> =>
    send(item.id, await options.fields(item), item.source, item.name, {}, (sent) => change(item.id, { sent }));

  /** Goes on behind what the server has, so a paused or failed upload loses one chunk at most. */
  const sendChunks = async (item: UploadItem, file: File): Promise<Record<string, unknown>> => {
    const uploadId = uploadIds.get(item.id) ?? randomId();
    uploadIds.set(item.id, uploadId);
    let start = Math.floor((item.sent === file.size ? 0 : item.sent) / chunkBytes) * chunkBytes;
    for (;;) {
      const end = Math.min(start + chunkBytes, file.size);
      const headers = {
        'X-Unique-Upload-Id': uploadId,
        'Content-Range': `bytes ${start}-${end - 1}/${file.size}`,
      };
      const from = start;
      const answer = await send(
        item.id,
        await options.fields(item),
        file.slice(start, end, file.type),
        item.name,
        headers,
        (sent) => change(item.id, { sent: Math.min(from + sent, end) }),
      );
      change(item.id, { sent: end });
      if (end === file.size) return answer;
      start = end;
    }
  };

  const run = async (id: string): Promise<void> => {
    for (let attempt = 1; ; attempt += 1) {
      const item = find(id);
      if (item === undefined || item.state !== 'sending') return;
      try {
        const answer =
          item.source instanceof File && item.source.size > chunkBytes
            ? await sendChunks(item, item.source)
            : await sendWhole(item);
        uploadIds.delete(id);
        const done = change(id, { state: 'done', sent: item.bytes, answer });
        if (done) options.onDone?.(done);
        return;
      } catch (error) {
        if (error instanceof Stopped || find(id)?.state !== 'sending') return;
        if (error instanceof UploadFailure && error.passing && attempt < ATTEMPTS) {
          await pause(attempt * 1000);
          continue;
        }
        const failed = change(id, { state: 'failed', error: (error as Error).message });
        if (failed) options.onFailed?.(failed);
        return;
      }
    }
  };

  const pump = (): void => {
    let room = (options.parallel ?? 3) - items.filter(({ state }) => state === 'sending').length;
    for (const { id } of items.filter(({ state }) => state === 'waiting')) {
      if (room <= 0) return;
      room -= 1;
      change(id, { state: 'sending' });
      void run(id).finally(pump);
    }
  };

  const stop = (id: string, state: 'paused' | 'cancelled'): void => {
    change(id, { state });
    requests.get(id)?.abort();
    pump();
  };

  return {
    items: (): readonly UploadItem[] => items,

    add(sources: readonly { source: File | string; path?: string; extra?: Fields }[]): UploadItem[] {
      const added = sources.map(
        ({ source, path = '', extra }): UploadItem => ({
          id: randomId(),
          source,
          name: typeof source === 'string' ? nameOfAddress(source) : source.name,
          bytes: typeof source === 'string' ? 0 : source.size,
          path,
          state: 'waiting',
          sent: 0,
          ...(extra === undefined ? {} : { extra }),
        }),
      );
      items = [...items, ...added];
      options.onChange(items);
      pump();
      return added;
    },

    pause: (id: string) => stop(id, 'paused'),
    cancel: (id: string) => stop(id, 'cancelled'),
    /** Also the way to try a failed or cancelled one again. */
    resume(id: string): void {
      const whole = find(id)?.bytes ?? 0;
      change(id, { state: 'waiting', error: undefined, ...(whole > chunkBytes ? {} : { sent: 0 }) });
      pump();
    },
    remove(id: string): void {
      requests.get(id)?.abort();
      items = items.filter((item) => item.id !== id);
      options.onChange(items);
      pump();
    },
    clear(): void {
      items = items.filter(({ state }) => state === 'waiting' || state === 'sending' || state === 'paused');
      options.onChange(items);
    },
    stopAll(): void {
      for (const { id, state } of items) if (state === 'waiting' || state === 'sending') stop(id, 'cancelled');
    },
  };
}

export type Uploads = ReturnType<typeof createUploads>;

export function nameOfAddress(address: string): string {
  if (address.startsWith('data:')) return 'data';
  try {
    const { pathname, hostname } = new URL(address);
    return decodeURIComponent(pathname.slice(pathname.lastIndexOf('/') + 1)) || hostname;
  } catch {
    return address.slice(0, 60);
  }
}
