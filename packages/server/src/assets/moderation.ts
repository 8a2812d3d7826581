export interface Moderation {
  readonly status: 'pending' | 'queued';
  readonly kind: string;
}

/** `manual|…`: the first kind is pending, the others wait for it (Upload guide, moderation). */
export const moderationOf = (moderation: string): Moderation[] =>
  moderation
    .split('|')
    .filter(Boolean)
    .map((kind, index) => ({ status: index === 0 ? 'pending' : 'queued', kind }));
