import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * The folder for files on their way between processes: pixels, films that are being made. Empty at the start: what is there
 * was left behind by a server that was killed, and a data folder belongs to one server.
 */
export async function openScratch(data: string): Promise<string> {
  const folder = join(data, 'tmp');
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true, mode: 0o750 });
  return folder;
}
