import type { Account } from '../account/account.ts';
import { CliError, messageOf } from '../errors.ts';

export interface AdminCall {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly query?: Readonly<Record<string, unknown>>;
  /** Sent as form fields; lists as `name[]`. */
  readonly form?: Readonly<Record<string, unknown>>;
  readonly json?: unknown;
  /** Default `v1_1`. */
  readonly version?: 'v1_1' | 'v2' | 'v2/notifications';
  readonly signal?: AbortSignal | undefined;
}

/** A refusal of the Admin API. */
export class AdminError extends CliError {
  override readonly name = 'AdminError';
  readonly status: number;

  constructor(message: string, status: number) {
    super(`${message} (${status})`);
    this.status = status;
  }
}

const ATTEMPTS = 5;
const isPassing = (status: number): boolean => [408, 420, 429, 500, 502, 503, 504].includes(status);

function encode(values: Readonly<Record<string, unknown>>): URLSearchParams {
  const out = new URLSearchParams();
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === null) continue;
    if (Array.isArray(value)) for (const item of value) out.append(`${name}[]`, String(item));
    else out.append(name, String(value));
  }
  return out;
}

/**
 * One call of the Admin API with HTTP Basic. Passing failures (network, rate limit, 5xx) are tried again with growing
 * pauses; a rate limit waits until the time the server names, a minute at most each time.
 * @param path below `/<version>/<cloud>`, its parts already encoded.
 * @throws {AdminError} with the server's message and status.
 */
export async function adminCall<T = Record<string, unknown>>(
  account: Account,
  path: string,
  { method = 'GET', query, form, json, signal, version = 'v1_1' }: AdminCall = {},
): Promise<T> {
  const search = query === undefined ? '' : `?${encode(query)}`;
  const url = `${account.api}/${version}/${encodeURIComponent(account.cloud)}${path}${search}`;
  const body = json !== undefined ? JSON.stringify(json) : form !== undefined ? encode(form) : undefined;
  const headers = {
    Authorization: `Basic ${Buffer.from(`${account.apiKey}:${account.apiSecret}`).toString('base64')}`,
    ...(json !== undefined && { 'Content-Type': 'application/json' }),
  };
  for (let attempt = 1; ; attempt++) {
    let pause = 250 * 2 ** attempt;
    try {
      const answer = await fetch(url, {
        method,
        headers,
        ...(body !== undefined && { body }),
        ...(signal && { signal }),
      });
      const text = await answer.text();
      if (answer.ok) return JSON.parse(text) as T;
      if (!isPassing(answer.status) || attempt === ATTEMPTS) throw new AdminError(errorOf(text, answer), answer.status);
      const reset = Date.parse(answer.headers.get('x-featureratelimit-reset') ?? '');
      if ((answer.status === 420 || answer.status === 429) && reset > Date.now())
        pause = Math.min(60_000, reset - Date.now());
    } catch (error) {
      if (error instanceof AdminError || signal?.aborted || attempt === ATTEMPTS) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

function errorOf(text: string, answer: Response): string {
  try {
    return messageOf(JSON.parse(text));
  } catch {
    return answer.headers.get('x-cld-error') ?? `The server answered without JSON: ${text.slice(0, 200)}`;
  }
}

/** Every item of a listing, page by page. */
export async function* adminItems<T>(
  account: Account,
  path: string,
  key: string,
  query: Readonly<Record<string, unknown>> = {},
  signal?: AbortSignal,
): AsyncGenerator<T> {
  let cursor: unknown;
  do {
    const page = await adminCall(account, path, {
      query: { max_results: 500, ...query, ...(cursor !== undefined && { next_cursor: cursor }) },
      signal,
    });
    yield* (page[key] ?? []) as T[];
    cursor = page.next_cursor ?? undefined;
  } while (cursor !== undefined);
}

/** A path made of parts, slashes inside a part kept. */
export const pathOf = (...parts: readonly string[]): string =>
  parts.map((part) => `/${part.split('/').map(encodeURIComponent).join('/')}`).join('');
