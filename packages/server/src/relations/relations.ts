import type { App } from '../app.ts';
import { LIST_COLUMNS } from '../assets/admin/columns.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { cutPage, readCursor } from '../listing/cursor.ts';

const PAGE = 100;
const MAX_PER_CALL = 10;

/** The assets related to one, in the order they were related. */
export async function relatedPage(app: App, cloud: CloudRow, asset: AssetRow, cursor: string | undefined) {
  const scope = { cloud, list: `related ${asset.asset_id}`, now: app.clock() };
  const key = cursor === undefined ? undefined : readCursor(scope, cursor, 'related_next_cursor');
  let query = app.catalog.db
    .selectFrom('asset_relations')
    .innerJoin('assets', 'assets.asset_id', 'asset_relations.related_id')
    .select(LIST_COLUMNS)
    .where('asset_relations.asset_id', '=', asset.asset_id)
    .where('assets.status', '=', 'active');
  if (key !== undefined) query = query.where('asset_relations.related_id', '>', String(key[0]));
  const rows = await query
    .orderBy('asset_relations.related_id')
    .limit(PAGE + 1)
    .execute();
  const cut = cutPage(rows, { maxResults: PAGE, nextCursor: cursor }, scope, (row) => [row.asset_id]);
  return {
    items: cut.rows.map(({ asset_id, public_id, resource_type, type }) => ({
      asset_id,
      public_id,
      resource_type,
      type,
    })),
    nextCursor: cut.nextCursor,
  };
}

const PAIRS = 500;

/** Every relation of the environment once, as `image/upload/dog`: the two ends in the order of their asset IDs. */
export async function relationPairs(app: App, cloud: CloudRow, cursor: string | undefined) {
  const scope = { cloud, list: 'relations', now: app.clock() };
  const key = cursor === undefined ? undefined : readCursor(scope, cursor);
  let query = app.catalog.db
    .selectFrom('asset_relations as pair')
    .innerJoin('assets as one', 'one.asset_id', 'pair.asset_id')
    .innerJoin('assets as other', 'other.asset_id', 'pair.related_id')
    .select([
      'pair.asset_id',
      'pair.related_id',
      'one.resource_type as one_resource_type',
      'one.type as one_type',
      'one.public_id as one_public_id',
      'other.resource_type as other_resource_type',
      'other.type as other_type',
      'other.public_id as other_public_id',
    ])
    .where('one.cloud', '=', cloud.name)
    .where('one.status', '=', 'active')
    .where('other.status', '=', 'active')
    .whereRef('pair.asset_id', '<', 'pair.related_id');
  if (key !== undefined)
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('pair.asset_id', 'pair.related_id'), '>', tuple(String(key[0]), String(key[1]))),
    );
  const rows = await query
    .orderBy('pair.asset_id')
    .orderBy('pair.related_id')
    .limit(PAIRS + 1)
    .execute();
  const cut = cutPage(rows, { maxResults: PAIRS, nextCursor: cursor }, scope, (row) => [row.asset_id, row.related_id]);
  return {
    items: cut.rows.map((row) => ({
      asset: `${row.one_resource_type}/${row.one_type}/${row.one_public_id}`,
      related: `${row.other_resource_type}/${row.other_type}/${row.other_public_id}`,
    })),
    nextCursor: cut.nextCursor,
  };
}

interface Outcome {
  readonly message: string;
  readonly code: string;
  readonly asset: string;
  readonly status: number;
}

const OUTCOMES = {
  success_ids: ['success', 200],
  already_exists_ids: ['resource already exists', 409],
  non_existing_ids: ['resource does not exist', 404],
  invalid_ids: ['invalid identifier', 400],
  invalid_relate_to_self_id: ['a resource cannot be related to itself', 400],
  relation_does_not_exist_ids: ['relation does not exist', 404],
} as const satisfies Record<string, readonly [string, number]>;

const outcome = (code: keyof typeof OUTCOMES, asset: string): Outcome => ({
  message: OUTCOMES[code][0],
  code,
  asset,
  status: OUTCOMES[code][1],
});

/** `image/upload/dog`, or an asset ID. */
const find = (app: App, cloud: CloudRow, text: string, byId: boolean): Promise<AssetRow | undefined> | undefined => {
  const { assets, db } = app.catalog;
  if (byId) return assets.findById(db, cloud.name, text);
  const match = /^(image|video|raw)\/([a-z]+)\/(.+)$/.exec(text);
  return match === null
    ? undefined
    : assets.find(db, { cloud: cloud.name, resource_type: match[1]!, type: match[2]!, public_id: match[3]! });
};

/**
 * Relates (or parts) an asset and up to ten others; relations are mutual. Every item succeeds or fails by itself.
 *
 * @throws 400 for none or more than ten
 */
export async function changeRelations(
  app: App,
  cloud: CloudRow,
  asset: AssetRow,
  given: readonly string[],
  { byId, remove }: { readonly byId: boolean; readonly remove: boolean },
): Promise<{ failed: Outcome[]; success: Outcome[] }> {
  if (given.length === 0) throw ERRORS.MissingParameter(remove ? 'assets_to_unrelate' : 'assets_to_relate');
  if (given.length > MAX_PER_CALL)
    throw ERRORS.BadRequest(`Expected up to ${MAX_PER_CALL} assets but received ${given.length}`);
  const outcomes: Outcome[] = [];
  for (const text of given) {
    const other = await find(app, cloud, text, byId);
    if (other === undefined || other.status === 'deleted') {
      outcomes.push(outcome(byId || /^(image|video|raw)\//.test(text) ? 'non_existing_ids' : 'invalid_ids', text));
      continue;
    }
    if (other.asset_id === asset.asset_id) {
      outcomes.push(outcome('invalid_relate_to_self_id', text));
      continue;
    }
    const pairs = [
      { asset_id: asset.asset_id, related_id: other.asset_id },
      { asset_id: other.asset_id, related_id: asset.asset_id },
    ];
    const changed = await app.catalog.transaction(async (tx) => {
      let count = 0;
      for (const pair of pairs)
        count += remove
          ? Number(
              (
                await tx
                  .deleteFrom('asset_relations')
                  .where('asset_id', '=', pair.asset_id)
                  .where('related_id', '=', pair.related_id)
                  .executeTakeFirst()
              ).numDeletedRows,
            )
          : Number(
              (
                await tx
                  .insertInto('asset_relations')
                  .values({ ...pair, created_at: app.clock() })
                  .onConflict((conflict) => conflict.doNothing())
                  .executeTakeFirst()
              ).numInsertedOrUpdatedRows ?? 0,
            );
      return count;
    });
    outcomes.push(
      outcome(changed > 0 ? 'success_ids' : remove ? 'relation_does_not_exist_ids' : 'already_exists_ids', text),
    );
  }
  return {
    failed: outcomes.filter(({ status }) => status !== 200),
    success: outcomes.filter(({ status }) => status === 200),
  };
}
