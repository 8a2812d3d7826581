import type { App } from '../../app.ts';
import type { Db } from '../../catalog/catalog.ts';
import type { AssetRow, CloudRow } from '../../catalog/schema.ts';
import { announce } from '../../events/announce.ts';
import { type CursorKey, readCursor, writeCursor } from '../../listing/cursor.ts';
import type { Actor } from '../context.ts';
import { deletedResource, removeAsset } from '../destroy.ts';
import { keyOf, listQuery, type Selector } from './list.ts';

/** Originals that one call deletes at most; then the answer is partial and carries a cursor. */
const DELETE_LIMIT = 1000;

export type DeleteSelector =
  | { readonly by: 'public_ids'; readonly resourceType: string; readonly type: string; readonly ids: readonly string[] }
  | { readonly by: 'asset_ids'; readonly ids: readonly string[] }
  | (Selector & { readonly by: 'recent' | 'prefix' | 'tag' });

export interface DeleteOptions {
  /** Only derived results go. */
  readonly keepOriginal: boolean;
  /** Only derived results of these transformations go (normalised strings). */
  readonly transformations?: readonly string[] | undefined;
  readonly nextCursor?: string | undefined;
  readonly notificationUrl?: string | undefined;
}

export interface Deletion {
  readonly deleted: Record<string, 'deleted' | 'not_found'>;
  readonly deleted_counts: Record<string, { original: number; derived: number }>;
  readonly partial: boolean;
  readonly next_cursor?: string;
}

/** The rows that are named, or the next ones of a list, in the order of its index, and one more. */
async function selectRows(
  tx: Db,
  cloud: CloudRow,
  selector: DeleteSelector,
  key: CursorKey | undefined,
): Promise<AssetRow[]> {
  const active = tx
    .selectFrom('assets')
    .selectAll('assets')
    .where('assets.cloud', '=', cloud.name)
    .where('assets.status', '=', 'active');
  switch (selector.by) {
    case 'asset_ids':
      return active.where('assets.asset_id', 'in', selector.ids).execute();
    case 'public_ids':
      return active
        .where('assets.resource_type', '=', selector.resourceType)
        .where('assets.type', '=', selector.type)
        .where('assets.public_id', 'in', selector.ids)
        .execute();
    default: {
      const page = await listQuery(tx, cloud, selector, 'asc', key)
        .limit(DELETE_LIMIT + 1)
        .execute();
      const rows =
        page.length === 0
          ? []
          : await active
              .where(
                'seq',
                'in',
                page.map(({ seq }) => seq),
              )
              .execute();
      const bySeq = new Map(rows.map((row) => [row.seq, row]));
      return page.flatMap(({ seq }) => bySeq.get(seq) ?? []);
    }
  }
}

/** Removes derived results of one asset and says how many there were. */
async function removeDerived(tx: Db, seq: number, transformations?: readonly string[]): Promise<number> {
  const all = tx.deleteFrom('derived').where('seq', '=', seq);
  const query = transformations === undefined ? all : all.where('transformation', 'in', transformations);
  return Number((await query.executeTakeFirst()).numDeletedRows);
}

/**
 * Deletes assets or only their derived results, up to 1000 originals a call. An unknown ID is `not_found`, never an
 * error; a longer selection answers `partial` with a cursor to go on from.
 */
export async function deleteAssets(
  app: App,
  { cloud, key }: Actor,
  selector: DeleteSelector,
  { keepOriginal, transformations, nextCursor, notificationUrl }: DeleteOptions,
): Promise<Deletion> {
  const scope = {
    cloud,
    list: JSON.stringify(['delete', selector, keepOriginal, transformations ?? null]),
    now: app.clock(),
  };
  const after = nextCursor === undefined ? undefined : readCursor(scope, nextCursor);
  const answer = await app.catalog.transaction(async (tx): Promise<Deletion> => {
    const found = await selectRows(tx, cloud, selector, after);
    const rows = found.slice(0, DELETE_LIMIT);
    const deleted: Deletion['deleted'] = {};
    const counts: Deletion['deleted_counts'] = {};
    const onlyDerived = keepOriginal || transformations !== undefined;
    for (const row of rows) {
      const id = selector.by === 'asset_ids' ? row.asset_id : row.public_id;
      const derived = await removeDerived(tx, row.seq, transformations);
      if (!onlyDerived) await removeAsset(app, tx, row);
      deleted[id] = 'deleted';
      counts[id] = {
        original: (counts[id]?.original ?? 0) + (onlyDerived ? 0 : 1),
        derived: (counts[id]?.derived ?? 0) + derived,
      };
    }
    if ('ids' in selector)
      for (const id of selector.ids)
        if (!(id in deleted)) {
          deleted[id] = 'not_found';
          counts[id] = { original: 0, derived: 0 };
        }
    if (!onlyDerived && rows.length > 0)
      await announce(app, tx, {
        cloud: cloud.name,
        type: 'delete',
        fields: { resources: rows.map((row) => deletedResource(row, cloud)) },
        triggeredBy: key?.api_key,
        url: notificationUrl,
      });
    const partial = found.length > rows.length;
    return {
      deleted,
      deleted_counts: counts,
      partial,
      ...(partial && !('ids' in selector) ? { next_cursor: writeCursor(scope, keyOf(selector, rows.at(-1)!)) } : {}),
    };
  });
  app.jobs.wake();
  return answer;
}

/** Deletes derived results by their IDs. @returns what happened to each, and the delivery paths that are gone */
export async function deleteDerived(app: App, cloud: CloudRow, ids: readonly string[]) {
  return app.catalog.transaction(async (tx) => {
    const found = await tx
      .selectFrom('derived')
      .innerJoin('assets', 'assets.seq', 'derived.seq')
      .select(['derived.id', 'derived.transformation', 'assets.resource_type', 'assets.type', 'assets.public_id'])
      .where('derived.cloud', '=', cloud.name)
      .where('derived.id', 'in', ids)
      .execute();
    if (found.length > 0)
      await tx
        .deleteFrom('derived')
        .where(
          'id',
          'in',
          found.map(({ id }) => id),
        )
        .execute();
    const gone = new Set(found.map(({ id }) => id));
    return {
      deleted: Object.fromEntries(ids.map((id) => [id, gone.has(id) ? 'deleted' : 'not_found'])),
      urls: found.map((row) => `/${row.resource_type}/${row.type}/${row.transformation}/${row.public_id}`),
    };
  });
}
