import { folderOf } from '../api.ts';
import { asValue, type Value } from '../metadata/model.ts';
import { type Details, metadataText, pairsText } from './details.ts';
import type { Pairs } from './pairs-field.tsx';

/** What the edit form holds of an asset. */
export interface Draft {
  readonly displayName: string;
  readonly folder: string;
  /** Separated by commas. */
  readonly tags: string;
  readonly context: Pairs;
  readonly metadata: Readonly<Record<string, Value>>;
}

export const draftOf = (asset: Details): Draft => ({
  displayName: asset.display_name ?? '',
  folder: folderOf(asset),
  tags: (asset.tags ?? []).join(', '),
  context: Object.entries(asset.context?.custom ?? {}),
  metadata: Object.fromEntries(Object.entries(asset.metadata ?? {}).map(([id, value]) => [id, asValue(value)])),
});

/** One call: the Admin API's `update`, or `tags` or `context` of the Upload API. */
export interface Change {
  readonly operation: 'update' | 'tags' | 'context';
  readonly params: Readonly<Record<string, string>>;
}

const tagsOf = ({ tags }: Draft): string[] => [
  ...new Set(
    tags
      .split(',')
      .map((tag) => tag.trim())
      .filter(Boolean),
  ),
];

const contextOf = ({ context }: Draft): Record<string, string> =>
  Object.fromEntries(context.filter(([name]) => name.trim() !== ''));

/** Tags to remove and to add. Their order is no matter: details show them by their letters. */
function tagChanges(before: readonly string[], after: readonly string[]): Change[] {
  const command = (command: string, tags: readonly string[]): Change[] =>
    tags.length === 0 ? [] : [{ operation: 'tags', params: { command, tag: tags.join(',') } }];
  return [
    ...command(
      'remove',
      before.filter((tag) => !after.includes(tag)),
    ),
    ...command(
      'add',
      after.filter((tag) => !before.includes(tag)),
    ),
  ];
}

/** Pairs that are new or have another value. */
function contextAdded(before: Readonly<Record<string, string>>, after: Readonly<Record<string, string>>): Change[] {
  const changed = Object.entries(after).filter(([name, value]) => before[name] !== value);
  return changed.length === 0
    ? []
    : [{ operation: 'context', params: { command: 'add', context: pairsText(Object.fromEntries(changed)) } }];
}

/** The calls that make what was edited true and leave alone what somebody else may have changed meanwhile. */
export function changesOf(before: Draft, after: Draft): Change[] {
  const params: Record<string, string> = {};
  if (after.displayName !== before.displayName) params.display_name = after.displayName;
  if (after.folder !== before.folder) params.asset_folder = after.folder;
  const metadata = Object.entries(after.metadata).filter(
    ([id, value]) => JSON.stringify(value) !== JSON.stringify(asValue(before.metadata[id])),
  );
  if (metadata.length > 0) params.metadata = metadataText(metadata);
  const [from, to] = [contextOf(before), contextOf(after)];
  // The API has no call that takes one pair away: the others are sent with it.
  const removes = Object.keys(from).some((name) => !Object.hasOwn(to, name));
  if (removes) params.context = pairsText(to);
  // First what the server may refuse.
  return [
    ...(Object.keys(params).length === 0 ? [] : [{ operation: 'update' as const, params }]),
    ...tagChanges(tagsOf(before), tagsOf(after)),
    ...(removes ? [] : contextAdded(from, to)),
  ];
}
