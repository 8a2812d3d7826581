/** What one kind of moderation says of an asset (Upload guide, moderation). */
export interface Moderation {
  readonly kind: string;
  /** One is pending, those behind it are queued; a rejection aborts them. */
  readonly status: 'pending' | 'queued' | 'approved' | 'rejected' | 'aborted';
  readonly response?: unknown;
  readonly updated_at?: string;
}

/** `aws_rek|manual`: the first kind is pending, the others wait for it. */
export const moderationOf = (moderation: string): Moderation[] =>
  moderation
    .split('|')
    .filter(Boolean)
    .map((kind, index) => ({ status: index === 0 ? 'pending' : 'queued', kind: kind.split(':')[0]! }));

/** The one a decision is about: who is asked now, else who spoke last. */
export const currentModeration = (list: readonly Moderation[]): Moderation | undefined =>
  list.find(({ status }) => status === 'rejected' || status === 'pending') ??
  list.findLast(({ status }) => status !== 'queued');

export interface Decision {
  readonly status: Moderation['status'];
  readonly response?: unknown;
  /** Milliseconds since 1970. */
  readonly now: number;
}

/**
 * The list after the current kind has decided: an approval, or one that gave up, asks the next; a rejection is the end
 * of it. Without any moderation the decision is a manual one (inferred).
 */
export function decided(list: readonly Moderation[], { status, response, now }: Decision): Moderation[] {
  const current = currentModeration(list) ?? { kind: 'manual', status: 'pending' };
  const made = {
    ...current,
    status,
    ...(response === undefined ? {} : { response }),
    updated_at: `${new Date(now).toISOString().slice(0, 19)}Z`,
  };
  const all = list.length === 0 ? [made] : list.map((one) => (one === current ? made : one));
  if (status === 'pending') return all;
  const next = all.findIndex((one) => one.status === 'queued');
  return all.map((one, index) => {
    if (one.status !== 'queued') return one;
    if (status === 'rejected') return { ...one, status: 'aborted' };
    return index === next ? { ...one, status: 'pending' } : one;
  });
}

/** The columns that hold it: the list, and what listings filter by. */
export function moderationColumns(list: readonly Moderation[]) {
  const current = currentModeration(list);
  return {
    moderation: list.length === 0 ? null : JSON.stringify(list),
    moderation_kind: current?.kind ?? null,
    moderation_status: current?.status ?? null,
  };
}
