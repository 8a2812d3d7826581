import { openAsBlob } from 'node:fs';
import { HopelessJob } from '../jobs/jobs.ts';
import type { AddonHook } from './configured.ts';

/** What a model is told beside the bytes. */
export interface AddonQuestion {
  /** `ocr`, `moderation` … */
  readonly parameter: string;
  /** `adv_ocr`, `aws_rek` …; the parameter's own name where its value is none. */
  readonly name: string;
  /** What stood behind the name (`document` of `adv_ocr:document`), or the JSON of `auto_transcription`. */
  readonly argument: string;
  readonly asset: Readonly<Record<string, unknown>>;
}

/** A text kept beside the asset, as a raw one of the same name with this ending. */
export interface AddonFile {
  readonly extension: string;
  readonly text: string;
}

export interface AddonAnswer {
  /** Goes to `info.<parameter>.<name>.data`. */
  readonly data: unknown;
  readonly files: readonly AddonFile[];
  /** Moderation only. */
  readonly status: 'approved' | 'rejected' | undefined;
  readonly response: unknown;
}

const MAX_ANSWER = 10_000_000;
const MAX_FILES = 20;
const EXTENSION = /^[.-][A-Za-z0-9][A-Za-z0-9._-]{0,60}$/;

/** Asked again later: the model may be busy or restarting. Everything else below 500 is its last word. */
const PASSING: ReadonlySet<number> = new Set([408, 425, 429]);

async function textOf(answer: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of answer.body ?? []) {
    bytes += part.length;
    if (bytes > MAX_ANSWER) throw new HopelessJob(`expected at most ${MAX_ANSWER} bytes from the add-on`);
    parts.push(part);
  }
  return Buffer.concat(parts).toString('utf8');
}

const isFile = (value: unknown): value is AddonFile => {
  const { extension, text } = (value ?? {}) as Partial<AddonFile>;
  return typeof extension === 'string' && EXTENSION.test(extension) && typeof text === 'string';
};

function readAnswer(text: string, parameter: string): AddonAnswer {
  let answer: Partial<AddonAnswer>;
  try {
    answer = JSON.parse(text) as Partial<AddonAnswer>;
  } catch {
    throw new HopelessJob('expected JSON from the add-on');
  }
  const { data, status, response, files = [] } = answer ?? {};
  if (parameter === 'moderation') {
    if (status !== 'approved' && status !== 'rejected')
      throw new HopelessJob('expected {"status":"approved"} or {"status":"rejected"} from the add-on');
  } else if (data === undefined) throw new HopelessJob('expected {"data":…} from the add-on');
  if (!Array.isArray(files) || files.length > MAX_FILES || !files.every(isFile))
    throw new HopelessJob(`expected files as up to ${MAX_FILES} of {"extension":".transcript","text":"…"}`);
  return { data, files, status, response };
}

/**
 * Asks the operator's model about one asset: a multipart form with `request` (JSON) and `file` (the bytes). The address
 * is the operator's, so it may be private; redirects are not followed.
 *
 * @param path a local file with the bytes
 * @throws {HopelessJob} for an answer that will not get better; any other error is worth another attempt
 */
export async function askAddon(hook: AddonHook, question: AddonQuestion, path: string): Promise<AddonAnswer> {
  const { url, token, timeout } = hook;
  const form = new FormData();
  form.append('request', JSON.stringify(question));
  form.append('file', await openAsBlob(path, { type: String(question.asset.mime_type) }), 'file');
  const signal = AbortSignal.timeout(timeout);
  try {
    const answer = await fetch(url, {
      method: 'POST',
      body: form,
      headers: token === undefined ? {} : { authorization: `Bearer ${token}` },
      redirect: 'error',
      signal,
    });
    const text = await textOf(answer);
    if (answer.ok) return readAnswer(text, question.parameter);
    const message = `the add-on answered ${answer.status}`;
    throw answer.status < 500 && !PASSING.has(answer.status) ? new HopelessJob(message) : new Error(message);
  } catch (error) {
    if (signal.aborted) throw new Error(`the add-on took longer than ${timeout / 1000} s`);
    // Undici says "fetch failed"; the address stays out of what clients read.
    if (error instanceof TypeError) throw new Error('the add-on could not be reached', { cause: error });
    throw error;
  }
}
