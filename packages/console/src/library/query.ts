import type { Session } from '../api.ts';

/** What the library shows, as it stands in the address. */
export interface View {
  readonly q: string;
  readonly folder: string | null;
  readonly below: boolean;
  readonly kind: string;
  readonly sort: string;
  readonly layout: 'grid' | 'list';
}

export const SORTS: readonly (readonly [string, string])[] = [
  ['created_at:desc', 'Newest first'],
  ['created_at:asc', 'Oldest first'],
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

export const readView = (query: URLSearchParams): View => ({
  q: query.get('q') ?? '',
  folder: query.get('folder'),
  below: query.get('below') === '1',
  kind: query.get('kind') ?? '',
  sort: SORTS.some(([id]) => id === query.get('sort')) ? query.get('sort')! : 'created_at:desc',
  layout: query.get('layout') === 'list' ? 'list' : 'grid',
});

export const viewQuery = (view: View): Record<string, string | undefined> => ({
  q: view.q || undefined,
  folder: view.folder ?? undefined,
  below: view.below ? '1' : undefined,
  kind: view.kind || undefined,
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
  const typed = view.q.trim();
  if (typed === '') return { expression: clauses.join(' AND '), offset: 0 };
  if (clauses.length === 0) return { expression: typed, offset: view.q.indexOf(typed) * -1 };
  return { expression: `(${typed}) AND ${clauses.join(' AND ')}`, offset: 1 };
}
