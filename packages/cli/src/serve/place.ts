import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * `server.json` in the data folder tells the other commands where the server of this folder listens. It holds no
 * secret and is removed at the end; a killed server leaves it behind, which `runningServer` sees through.
 */
export interface ServerPlace {
  readonly url: string;
  readonly pid: number;
}

const fileOf = (data: string): string => join(data, 'server.json');

export function readPlace(data: string): ServerPlace | undefined {
  try {
    const { url, pid } = JSON.parse(readFileSync(fileOf(data), 'utf8')) as Partial<ServerPlace>;
    return typeof url === 'string' && typeof pid === 'number' ? { url, pid } : undefined;
  } catch {
    return undefined;
  }
}

export function writePlace(data: string, place: ServerPlace): void {
  mkdirSync(data, { recursive: true });
  writeFileSync(fileOf(data), JSON.stringify(place));
}

export function removePlace(data: string): void {
  rmSync(fileOf(data), { force: true });
}

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
};

/** The other server that works on this data folder now, if any: its process lives and its address answers. */
export async function runningServer(data: string): Promise<ServerPlace | undefined> {
  const place = readPlace(data);
  if (place === undefined || place.pid === process.pid || !isAlive(place.pid)) return undefined;
  const answer = await fetch(`${place.url}/health`, { signal: AbortSignal.timeout(1000) }).catch(() => undefined);
  return answer === undefined ? undefined : place;
}
