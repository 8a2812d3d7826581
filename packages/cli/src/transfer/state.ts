import { createHash } from 'node:crypto';
import { appendFileSync, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Context } from '../context.ts';
import { type Asset, keyOf } from './types.ts';

/** One line for each asset that is over, so that a killed run loses nothing and the next one goes on behind it. */
export interface TransferState {
  readonly file: string;
  readonly size: number;
  has(asset: Asset): boolean;
  add(asset: Asset, etag: string | undefined): void;
  /** The etag that the bytes had when they were taken over. */
  etagOf(key: string): string | undefined;
  clear(): void;
}

interface Line {
  readonly key: string;
  readonly version?: number;
  readonly etag?: string;
}

export const defaultStateFile = ({ env }: Context, source: string, target: string): string =>
  join(
    env.XDG_STATE_HOME || join(env.HOME || homedir(), '.local', 'state'),
    'signet',
    'transfers',
    `${createHash('sha256').update(`${source}\n${target}`).digest('hex').slice(0, 16)}.jsonl`,
  );

export function openState(file: string): TransferState {
  const done = new Map<string, Line>();
  let torn = false;
  if (existsSync(file)) {
    const text = readFileSync(file, 'utf8');
    torn = text !== '' && !text.endsWith('\n');
    for (const row of text.split('\n')) {
      try {
        const line = JSON.parse(row) as Line;
        done.set(line.key, line);
      } catch {
        // Empty, or torn by a kill: that asset is taken once more.
      }
    }
  }
  return {
    file,
    get size() {
      return done.size;
    },
    has: (asset) => {
      const line = done.get(keyOf(asset));
      return line !== undefined && line.version === asset.version;
    },
    add(asset, etag) {
      const line: Line = { key: keyOf(asset), version: asset.version, etag };
      mkdirSync(dirname(file), { recursive: true });
      appendFileSync(file, `${torn ? '\n' : ''}${JSON.stringify(line)}\n`);
      torn = false;
      done.set(line.key, line);
    },
    etagOf: (key) => done.get(key)?.etag,
    clear: () => rmSync(file, { force: true }),
  };
}
