import type { Session } from '../api.ts';

/** What the library shows, as it stands in the address. */
export interface View {
  readonly q: string;
  readonly folder: string | null;
  readonly below: boolean;
  readonly kind: string;
  /** Age of what is shown, as the search language says it: `7d`. */
  readonly since: string;
  readonly sort: string;
  readonly layout: 'grid' | 'list';
}

export const SORTS: readonly (readonly [string, string])[] = [
  ['created_at:desc', 'Newest first'],
  ['created_at:asc', 'Oldest first'],
  ['updated_at:desc', 'Changed last'],
  ['public_id:asc', 'Name A–Z'],
  ['public_id:desc', 'Name Z–A'],
  ['bytes:desc', 'Largest first'],
  ['bytes:asc', 'Smallest first'],
];

export const KINDS: readonly (readonly [string, string])[] = [
  ['', 'All types'],
  ['image', 'Images'],
  ['video', 'Video and audio'],
  ['raw', 'Other files'],
];

export const SINCES: readonly (readonly [string, string])[] = [
  ['', 'Any time'],
  ['1d', 'Last day'],
  ['7d', 'Last week'],
  ['30d', 'Last 30 days'],
  ['1y', 'Last year'],
];

const known = (choices: readonly (readonly [string, string])[], value: string | null): string =>
  value !== null && choices.some(([id]) => id === value) ? value : choices[0]![0];

export const readView = (query: URLSearchParams): View => ({
  q: query.get('q') ?? '',
  folder: query.get('folder'),
  below: query.get('below') === '1',
  kind: known(KINDS, query.get('kind')),
  since: known(SINCES, query.get('since')),
  sort: known(SORTS, query.get('sort')),
  layout: query.get('layout') === 'list' ? 'list' : 'grid',
});

export const viewQuery = (view: View): Record<string, string | undefined> => ({
  q: view.q || undefined,
  folder: view.folder ?? undefined,
  below: view.below ? '1' : undefined,
  kind: view.kind || undefined,
  since: view.since || undefined,
  sort: view.sort === 'created_at:desc' ? undefined : view.sort,
  layout: view.layout === 'grid' ? undefined : view.layout,
});

const quote = (text: string): string => `"${text.replace(/["\\*]/g, '\\$&')}"`;

/** The whole expression, and where the typed part begins in it. */
export function expressionOf(session: Session, view: View): { expression: string; offset: number } {
  const field = session.folder_mode === 'dynamic' ? 'asset_folder' : 'folder';
  const clauses: string[] = [];
  if (view.folder !== null && view.folder !== '')
    clauses.push(
      view.below
        ? `(${field}=${quote(view.folder)} OR ${field}:"${view.folder.replace(/["\\*]/g, '\\$&')}/*")`
        : `${field}=${quote(view.folder)}`,
    );
  if (view.kind !== '') clauses.push(`resource_type:${view.kind}`);
  if (view.since !== '') clauses.push(`created_at>${view.since}`);
  const typed = view.q.trim();
  if (typed === '') return { expression: clauses.join(' AND '), offset: 0 };
  if (clauses.length === 0) return { expression: typed, offset: view.q.indexOf(typed) * -1 };
  return { expression: `(${typed}) AND ${clauses.join(' AND ')}`, offset: 1 };
}
