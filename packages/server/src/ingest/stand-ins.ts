import { createReadStream, type ReadStream } from 'node:fs';
import { realpath, stat } from 'node:fs/promises';
import { resolve, sep } from 'node:path';

/** Where requests for a host go in place of the host: development and tests without a network. */
export type StandIn =
  | { readonly kind: 'server'; readonly origin: URL }
  | { readonly kind: 'folder'; readonly folder: string };

/** @throws {TypeError} for an address that is neither http(s) nor a folder's path */
export function readStandIns(hosts: Readonly<Record<string, string>>): ReadonlyMap<string, StandIn> {
  return new Map(
    Object.entries(hosts).map(([host, target]): [string, StandIn] => {
      if (/^https?:\/\//i.test(target)) {
        if (!URL.canParse(target)) throw new TypeError(`Expected a URL for ${host} but received ${target}`);
        return [host.toLowerCase(), { kind: 'server', origin: new URL(target) }];
      }
      if (/^[a-z]+:\/\//i.test(target))
        throw new TypeError(`Expected a folder or an http address for ${host} but received ${target}`);
      return [host.toLowerCase(), { kind: 'folder', folder: resolve(target) }];
    }),
  );
}

/** The same path and query on the stand-in server, below the path of its address. */
export function onServer(origin: URL, url: URL): URL {
  const target = new URL(origin);
  target.pathname = origin.pathname.replace(/\/$/, '') + url.pathname;
  target.search = url.search;
  return target;
}

/** The file of a path, or `undefined` when there is none; links that lead out of the folder count as none. */
export async function inFolder(
  folder: string,
  url: URL,
): Promise<{ readonly bytes: number; readonly path: string; open(): ReadStream } | undefined> {
  try {
    const root = await realpath(folder);
    const path = await realpath(resolve(root, `.${sep}${decodeURIComponent(url.pathname).replace(/^\/+/, '')}`));
    if (!path.startsWith(root + sep)) return undefined;
    const found = await stat(path);
    return found.isFile() ? { bytes: found.size, path, open: () => createReadStream(path) } : undefined;
  } catch {
    return undefined;
  }
}
