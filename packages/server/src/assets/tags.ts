import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Actor } from './context.ts';

export interface Selection {
  readonly resourceType: string;
  readonly type: string;
  readonly publicIds: readonly string[];
}

const MAX_IDS = 1000;
const MAX_TAGS = 1000;
const MAX_TAG_LENGTH = 255;

/** @throws 400 when a tag is too long or there are too many */
export function checkTags(tags: readonly string[]): string[] {
  const unique = [...new Set(tags)];
  const long = unique.find((tag) => tag.length > MAX_TAG_LENGTH);
  if (long !== undefined)
    throw ERRORS.BadRequest(`Expected tags of at most ${MAX_TAG_LENGTH} characters but received one of ${long.length}`);
  if (unique.length > MAX_TAGS)
    throw ERRORS.BadRequest(`Expected at most ${MAX_TAGS} tags but received ${unique.length}`);
  return unique;
}

type Change = (before: string[], tags: readonly string[]) => string[];

export const TAG_COMMANDS = {
  add: (before, tags) => checkTags([...before, ...tags]),
  set_exclusive: (before, tags) => checkTags([...before, ...tags]),
  remove: (before, tags) => before.filter((tag) => !tags.includes(tag)),
  replace: (_before, tags) => checkTags(tags),
  remove_all: () => [],
} as const satisfies Record<string, Change>;

export type TagCommand = keyof typeof TAG_COMMANDS;

/** The rows of a selection that exist, in the order asked for. */
export async function selectAssets(
  app: App,
  db: Parameters<App['catalog']['assets']['find']>[0],
  cloud: string,
  { resourceType, type, publicIds }: Selection,
): Promise<AssetRow[]> {
  if (publicIds.length > MAX_IDS)
    throw ERRORS.BadRequest(`Expected at most ${MAX_IDS} public_ids but received ${publicIds.length}`);
  const rows: AssetRow[] = [];
  for (const public_id of new Set(publicIds)) {
    const row = await app.catalog.assets.find(db, { cloud, resource_type: resourceType, type, public_id });
    if (row !== undefined && row.status !== 'deleted') rows.push(row);
  }
  return rows;
}

/** `tags`: changes the tags of many assets; answers the public IDs that exist. */
export async function changeTags(
  app: App,
  { cloud, key }: Actor,
  command: TagCommand,
  tags: readonly string[],
  selection: Selection,
): Promise<{ public_ids: string[] }> {
  const now = app.clock();
  const public_ids = await app.catalog.transaction(async (tx) => {
    const rows = await selectAssets(app, tx, cloud.name, selection);
    const resources: Record<string, unknown>[] = [];
    const write = async (row: AssetRow, after: string[]) => {
      const before = JSON.parse(row.tags) as string[];
      const added = after.filter((tag) => !before.includes(tag));
      const removed = before.filter((tag) => !after.includes(tag));
      if (added.length + removed.length === 0) return;
      await app.catalog.assets.update(tx, row.seq, { tags: JSON.stringify(after), updated_at: now });
      resources.push({
        asset_id: row.asset_id,
        public_id: row.public_id,
        resource_type: row.resource_type,
        type: row.type,
        added,
        removed,
      });
    };
    if (command === 'set_exclusive') {
      const others = await tx
        .selectFrom('assets')
        .selectAll('assets')
        .innerJoin('asset_tags', 'asset_tags.seq', 'assets.seq')
        .where('asset_tags.cloud', '=', cloud.name)
        .where('asset_tags.resource_type', '=', selection.resourceType)
        .where('asset_tags.tag', 'in', tags.length === 0 ? [''] : [...tags])
        .distinct()
        .execute();
      for (const row of others)
        if (!rows.some(({ seq }) => seq === row.seq))
          await write(row, TAG_COMMANDS.remove(JSON.parse(row.tags) as string[], tags));
    }
    for (const row of rows) await write(row, TAG_COMMANDS[command](JSON.parse(row.tags) as string[], tags));
    if (resources.length > 0)
      await app.webhooks.notify(tx, {
        cloud: cloud.name,
        type: 'resource_tags_changed',
        fields: { source: 'api', resources },
        triggeredBy: key?.api_key,
      });
    return rows.map(({ public_id }) => public_id);
  });
  app.jobs.wake();
  return { public_ids };
}
