/** A failure that the person at the terminal can do something about: exit code 1, no stack. */
export class CliError extends Error {
  override readonly name: string = 'CliError';
  /** What to do next, in one sentence. */
  readonly hint: string | undefined;

  constructor(message: string, hint?: string) {
    super(message);
    this.hint = hint;
  }
}

/** The command line itself is wrong: exit code 2. */
export class UsageError extends CliError {
  override readonly name = 'UsageError';
}

/** Exit codes of every command. */
export const EXIT = { ok: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** What each of them says. */
export const EXIT_MEANING: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  failed: 'failed, in part or whole: the server refused, a file was not sent, a check found something',
  usage: 'the command line is wrong; nothing was done',
  interrupted: 'stopped by Ctrl-C; the same command again goes on where it stopped',
};

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Text of whatever was thrown; the SDK rejects with `{error: {message, http_code}}` or `{message, http_code}`. */
export function messageOf(error: unknown): string {
  if (!isRecord(error)) return String(error);
  if (isRecord(error.error)) return messageOf(error.error);
  const { message, http_code: status, cause } = error;
  const text = typeof message === 'string' && message !== '' ? message : codeOf(error);
  const because = isRecord(cause) && cause.message ? `: ${String(cause.message) || codeOf(cause)}` : '';
  return typeof status === 'number' ? `${text} (${status})` : `${text}${because}`;
}

const codeOf = (error: Record<string, unknown>): string =>
  typeof error.code === 'string' ? error.code : JSON.stringify(error);

const NETWORK_CODES = ['ECONNREFUSED', 'ENOTFOUND', 'ECONNRESET', 'EAI_AGAIN', 'ETIMEDOUT', 'EHOSTUNREACH'];

/** Did nothing answer at the address? */
function isNetworkError(error: unknown): boolean {
  if (!isRecord(error)) return false;
  return (
    (typeof error.code === 'string' && NETWORK_CODES.includes(error.code)) ||
    isNetworkError(error.cause) ||
    isNetworkError(error.error) ||
    (Array.isArray(error.errors) && error.errors.some(isNetworkError))
  );
}

/** What to do next, if that is known. */
export function hintOf(error: unknown): string | undefined {
  if (error instanceof CliError && error.hint !== undefined) return error.hint;
  if (isNetworkError(error))
    return 'Nothing answers there. Is the server running? Start it with `signet serve`; `signet config` shows the address in use.';
  // The cloud's texts for credentials that are another account's.
  if (/^(Unknown API key|Invalid cloud_name|api_secret mismatch|unknown api_key)\b/i.test(messageOf(error)))
    return 'These are not the credentials of that server: `signet config` shows which are used, and where they come from.';
  if (/^Invalid Signature\b/.test(messageOf(error)))
    return '`signet explain` with this text says why: is the secret the one of the API key?';
  return undefined;
}
