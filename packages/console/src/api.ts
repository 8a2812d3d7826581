/** The session, as the server tells it. The API secret is never here. */
export interface Session {
  readonly cloud: string;
  readonly api_key: string;
  readonly csrf: string;
  readonly operator: boolean;
  readonly folder_mode: 'fixed' | 'dynamic';
  readonly public_url: string;
  readonly expires_at: string;
}

export class ApiError extends Error {
  readonly status: number;
  /** The doctor's sentence, when a signature was wrong. */
  readonly diagnosis: string | null;

  constructor(status: number, message: string, diagnosis: string | null = null) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
    this.diagnosis = diagnosis;
  }
}

let csrf = '';
let whenSignedOut: () => void = () => {};

export const onSignedOut = (listener: () => void): void => {
  whenSignedOut = listener;
};

export const withSession = (session: Session): Session => {
  csrf = session.csrf;
  return session;
};

export type Query = Readonly<Record<string, string | number | boolean | readonly string[] | undefined>>;

const queryText = (query: Query): string => {
  const params = new URLSearchParams();
  for (const [name, value] of Object.entries(query))
    if (Array.isArray(value)) for (const item of value) params.append(`${name}[]`, item);
    else if (value !== undefined && value !== '') params.append(name, String(value));
  const text = params.toString();
  return text === '' ? '' : `?${text}`;
};

async function call<T>(method: string, path: string, body?: unknown, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(`/console/api${path}`, {
      method,
      credentials: 'same-origin',
      headers: {
        ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
        ...(method === 'GET' ? {} : { 'X-CSRF-Token': csrf }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    if ((error as Error).name === 'AbortError') throw error;
    throw new ApiError(0, 'The server cannot be reached. Is it running?');
  }
  const text = await response.text();
  let answer: unknown;
  try {
    answer = text === '' ? {} : JSON.parse(text);
  } catch {
    throw new ApiError(response.status, `The server answered ${response.status} without JSON`);
  }
  const message = (answer as { error?: { message?: string } }).error?.message;
  if (response.ok && message === undefined) return answer as T;
  if (response.status === 401 && path !== '/session' && !path.startsWith('/upload')) whenSignedOut();
  throw new ApiError(
    response.status,
    message ?? `The server answered ${response.status}`,
    response.headers.get('X-Signet-Diagnosis'),
  );
}

export const api = {
  get: <T>(path: string, query: Query = {}, signal?: AbortSignal) =>
    call<T>('GET', `${path}${queryText(query)}`, undefined, signal),
  post: <T>(path: string, body: unknown = {}, signal?: AbortSignal) => call<T>('POST', path, body, signal),
  put: <T>(path: string, body: unknown = {}) => call<T>('PUT', path, body),
  delete: <T>(path: string, body: unknown = {}) => call<T>('DELETE', path, body),
};

export const encodeId = (id: string): string => encodeURIComponent(id);

/** One asset as search and lists tell it. */
export interface Asset {
  readonly asset_id: string;
  readonly public_id: string;
  readonly resource_type: 'image' | 'video' | 'raw';
  readonly type: string;
  readonly format?: string | null;
  readonly version: number;
  readonly bytes: number;
  readonly width?: number | null;
  readonly height?: number | null;
  readonly duration?: number | null;
  readonly created_at: string;
  readonly uploaded_at?: string;
  readonly display_name?: string;
  readonly filename?: string;
  readonly folder?: string;
  readonly asset_folder?: string;
  readonly tags?: readonly string[];
  readonly context?: Readonly<Record<string, unknown>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly url?: string;
  readonly secure_url?: string;
  readonly backup_bytes?: number;
  readonly status?: string;
}

export interface Found {
  readonly total_count: number;
  /** The total is: counting would take too long. */
  readonly estimated?: boolean;
  readonly time: number;
  readonly resources: readonly Asset[];
  readonly next_cursor?: string;
}

const origin = (session: Session): string => session.public_url || location.origin;

const encodePath = (id: string): string => encodeURIComponent(id).replaceAll('%2F', '/').replaceAll('%3A', ':');

/** Delivery address of an asset, with a transformation and another format if wanted. */
export function deliveryUrl(
  session: Session,
  asset: Pick<Asset, 'public_id' | 'resource_type' | 'type' | 'format' | 'version' | 'asset_id'>,
  transformation = '',
  format: string | null | undefined = asset.format,
): string {
  if (asset.type !== 'upload') {
    const query = new URLSearchParams({ ...(transformation && { t: transformation }), ...(format && { format }) });
    return `/console/api/media/${asset.asset_id}?${query}`;
  }
  const extension = asset.resource_type === 'raw' || !format ? '' : `.${format}`;
  const parts = [
    origin(session),
    session.cloud,
    asset.resource_type,
    asset.type,
    ...(transformation === '' ? [] : [transformation]),
    `v${asset.version}`,
    `${encodePath(asset.public_id)}${extension}`,
  ];
  return parts.join('/');
}

/** Something to show for an asset in a list; `undefined` when it has no picture. */
export function thumbnailUrl(
  session: Session,
  asset: Asset,
  width: number,
  height: number,
  whole = false,
): string | undefined {
  if (asset.resource_type === 'raw' || asset.status === 'deleted') return undefined;
  // Made of a tag, they are delivered by that tag and take no transformation.
  if (asset.type === 'sprite' || asset.type === 'multi') return undefined;
  if (asset.resource_type === 'video' && !asset.width) return undefined;
  return deliveryUrl(
    session,
    asset,
    `${whole ? 'c_limit' : 'c_fill'},h_${height},w_${width}/q_auto`,
    asset.resource_type === 'video' ? 'jpg' : 'webp',
  );
}

/** Letters after the last dot of a file's name, for what has no format of its own. */
export function extensionOf(asset: Pick<Asset, 'format' | 'public_id'>): string {
  if (asset.format) return asset.format;
  const name = asset.public_id.slice(asset.public_id.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot > 0 && name.length - dot <= 9 ? name.slice(dot + 1) : '';
}

export const nameOf = (asset: Asset): string =>
  asset.display_name || asset.public_id.slice(asset.public_id.lastIndexOf('/') + 1);

export const folderOf = (asset: Asset): string => asset.asset_folder ?? asset.folder ?? '';
