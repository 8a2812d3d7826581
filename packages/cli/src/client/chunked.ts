import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import type { Answer, FilePart } from './send.ts';

/** Files above this go in chunks of this size, as the SDKs do it. */
export const CHUNK_BYTES = 20_000_000;

/** What is known of an upload in chunks: everything before `sent` was accepted under `id`. */
interface ChunkState {
  readonly id: string;
  readonly sent: number;
}

/** Remembers how far an upload in chunks came, so that the same command goes on after Ctrl-C or a crash. */
export interface ChunkMemory {
  read(): ChunkState | undefined;
  write(state: ChunkState): void;
  clear(): void;
}

/** Parts of an unfinished upload are kept by the server for a day; older states are of no use. */
const KEPT_MS = 20 * 3600 * 1000;

/** @param what everything that makes two uploads the same: address, parameters, path, size, time of change. */
export function chunkMemory({ env }: Context, what: unknown): ChunkMemory {
  const folder = join(env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'), 'signet', 'uploads');
  const file = join(folder, `${createHash('sha256').update(JSON.stringify(what)).digest('hex').slice(0, 32)}.json`);
  return {
    read() {
      try {
        const { id, sent, at } = JSON.parse(readFileSync(file, 'utf8')) as ChunkState & { at: number };
        return typeof id === 'string' && Number.isSafeInteger(sent) && Date.now() - at < KEPT_MS
          ? { id, sent }
          : undefined;
      } catch {
        return undefined;
      }
    },
    write(state) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeFileSync(`${file}.new`, JSON.stringify({ ...state, at: Date.now() }), { mode: 0o600 });
      renameSync(`${file}.new`, file);
    },
    clear: () => rmSync(file, { force: true }),
  };
}

export type SendPart = (part: FilePart, headers: Readonly<Record<string, string>>) => Promise<Answer>;

const ATTEMPTS = 4;
const isTransient = (status: number): boolean => status >= 500 || status === 429 || status === 420 || status === 408;

/**
 * Sends a file in chunks under one `X-Unique-Upload-Id` with `Content-Range` (SDK `upload_chunked_stream`). A chunk that
 * fails for a passing reason is sent again; what was accepted is remembered after each.
 * @param onSkip told the bytes that an earlier run already sent.
 */
export async function sendInChunks(
  file: FilePart,
  chunkBytes: number,
  memory: ChunkMemory,
  send: SendPart,
  onSkip: (bytes: number) => void,
): Promise<Answer> {
  const before = memory.read();
  const id = before?.id ?? randomBytes(16).toString('hex');
  // The last chunk brings the answer, so at least that one is sent.
  const lastStart = Math.floor((file.end - 1) / chunkBytes) * chunkBytes;
  let at = before === undefined ? 0 : Math.min(before.sent - (before.sent % chunkBytes), lastStart);
  if (at > 0) onSkip(at);
  for (;;) {
    const end = Math.min(at + chunkBytes, file.end);
    const headers = { 'X-Unique-Upload-Id': id, 'Content-Range': `bytes ${at}-${end - 1}/${file.end}` };
    const answer = await withRetries(() => send({ ...file, start: at, end }, headers));
    if (answer.status !== 200 || end === file.end) {
      memory.clear();
      return answer;
    }
    memory.write({ id, sent: end });
    at = end;
  }
}

async function withRetries(send: () => Promise<Answer>): Promise<Answer> {
  for (let attempt = 1; ; attempt++) {
    try {
      const answer = await send();
      if (!isTransient(answer.status) || attempt === ATTEMPTS) return answer;
    } catch (error) {
      if (attempt === ATTEMPTS || (error as Error).name === 'AbortError') throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, 250 * 2 ** attempt));
  }
}
