import type { App } from '../../app.ts';
import type { Db } from '../../catalog/catalog.ts';
import type { AssetRow, CloudRow } from '../../catalog/schema.ts';
import { announce } from '../../events/announce.ts';
import { afterPrefix } from '../../listing/cursor.ts';
import type { Actor } from '../context.ts';
import { removeAsset } from '../destroy.ts';
import type { ViewContext } from '../view.ts';
import { listItem } from './view.ts';

/** Assets a bulk change takes at most; further ones by calling again. */
const BULK_LIMIT = 1000;

export type BulkSelector =
  | { readonly by: 'public_ids'; readonly ids: readonly string[] }
  | { readonly by: 'prefix'; readonly prefix: string }
  | { readonly by: 'tag'; readonly tag: string };

async function select(
  tx: Db,
  cloud: CloudRow,
  resourceType: string,
  types: readonly string[],
  selector: BulkSelector,
  notInMode?: string,
): Promise<AssetRow[]> {
  const all = tx
    .selectFrom('assets')
    .selectAll('assets')
    .where('assets.cloud', '=', cloud.name)
    .where('assets.resource_type', '=', resourceType)
    .where('assets.type', 'in', types)
    .where('assets.status', '=', 'active')
    .limit(BULK_LIMIT);
  if (selector.by === 'public_ids') return all.where('assets.public_id', 'in', selector.ids).execute();
  // What was changed by an earlier call is left out, so that calling again reaches the rest.
  const active = notInMode === undefined ? all : all.where('assets.access_mode', '<>', notInMode);
  if (selector.by === 'prefix') {
    const end = afterPrefix(selector.prefix);
    const query = active.where('assets.public_id', '>=', selector.prefix);
    return (end === undefined ? query : query.where('assets.public_id', '<', end)).execute();
  }
  return active
    .innerJoin('asset_tags', 'asset_tags.seq', 'assets.seq')
    .where('asset_tags.cloud', '=', cloud.name)
    .where('asset_tags.tag', '=', selector.tag)
    .where('asset_tags.resource_type', '=', resourceType)
    .execute();
}

/** The item of `published` and `updated`: the list item without its tags and metadata. */
const item = (row: AssetRow, context: ViewContext) => listItem(row, context, {});

/**
 * Turns private and authenticated assets into `upload` ones. An existing `upload` asset of the same ID makes it fail
 * unless `overwrite`.
 *
 * @param type the source type; without one both are looked through (inferred: NPM's prefix and tag tests name none)
 */
export async function publish(
  app: App,
  { cloud, key }: Actor,
  context: ViewContext,
  resourceType: string,
  selector: BulkSelector,
  { type, overwrite }: { readonly type?: string | undefined; readonly overwrite: boolean },
): Promise<{ published: unknown[]; failed: unknown[] }> {
  const types = type === undefined ? ['private', 'authenticated'] : type === 'upload' ? [] : [type];
  if (types.length === 0) return { published: [], failed: [] };
  const result = await app.catalog.transaction(async (tx) => {
    const published: AssetRow[] = [];
    const failed: unknown[] = [];
    for (const row of await select(tx, cloud, resourceType, types, selector)) {
      const identity = { cloud: cloud.name, resource_type: resourceType, type: 'upload', public_id: row.public_id };
      const target = await app.catalog.assets.find(tx, identity);
      if (target !== undefined && target.status === 'active' && !overwrite) {
        failed.push({ public_id: row.public_id, type: row.type, error: 'already exists' });
        continue;
      }
      if (target !== undefined) {
        await removeAsset(app, tx, target);
        await tx.deleteFrom('assets').where('seq', '=', target.seq).execute();
      }
      published.push(await app.catalog.assets.update(tx, row.seq, { type: 'upload', updated_at: app.clock() }));
    }
    if (published.length > 0)
      await announce(app, tx, {
        cloud: cloud.name,
        type: 'publish',
        fields: { resources: published.map((row) => item(row, context)) },
        triggeredBy: key?.api_key,
      });
    return { published: published.map((row) => item(row, context)), failed };
  });
  app.jobs.wake();
  return result;
}

/** Sets who may see assets of a delivery type without a token: `public` or `authenticated`. */
export async function changeAccessMode(
  app: App,
  { cloud, key }: Actor,
  context: ViewContext,
  { resourceType, type, selector, mode }: { resourceType: string; type: string; selector: BulkSelector; mode: string },
): Promise<{ updated: unknown[]; failed: unknown[] }> {
  const result = await app.catalog.transaction(async (tx) => {
    const updated: AssetRow[] = [];
    for (const row of await select(tx, cloud, resourceType, [type], selector, mode))
      updated.push(await app.catalog.assets.update(tx, row.seq, { access_mode: mode, updated_at: app.clock() }));
    if (updated.length > 0)
      await announce(app, tx, {
        cloud: cloud.name,
        type: 'access_control_changed',
        fields: { resources: updated.map((row) => item(row, context)) },
        triggeredBy: key?.api_key,
      });
    return updated.map((row) => item(row, context));
  });
  app.jobs.wake();
  return { updated: result, failed: [] };
}
