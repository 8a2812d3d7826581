import { useSyncExternalStore } from 'react';

const BASE = '/console';
const listeners = new Set<() => void>();
const notify = (): void => {
  for (const listener of listeners) listener();
};
window.addEventListener('popstate', notify);

export interface Place {
  /** Parts of the path below `/console`, decoded. */
  readonly path: readonly string[];
  readonly query: URLSearchParams;
}

let last: { href: string; place: Place } | undefined;

function current(): Place {
  const { href, pathname, search } = location;
  if (last?.href !== href)
    last = {
      href,
      place: {
        path: pathname.slice(BASE.length).split('/').filter(Boolean).map(decodeURIComponent),
        query: new URLSearchParams(search),
      },
    };
  return last.place;
}

export const usePlace = (): Place =>
  useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, current);

export function hrefOf(path: readonly string[], query: Readonly<Record<string, string | undefined>> = {}): string {
  const given = Object.entries(query).filter((entry): entry is [string, string] => Boolean(entry[1]));
  const text = new URLSearchParams(given).toString();
  return `${BASE}/${path.map(encodeURIComponent).join('/')}${text === '' ? '' : `?${text}`}`;
}

export function go(href: string, { replace = false } = {}): void {
  if (href === location.pathname + location.search) return;
  history[replace ? 'replaceState' : 'pushState'](null, '', href);
  notify();
}
