import type { Selectable } from 'kysely';
import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import type { CloudRow, TransformationsTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { cutPage, type Page, readCursor } from '../listing/cursor.ts';
import { normalizedName, toParams, transformationText } from './language.ts';

type Row = Selectable<TransformationsTable>;

const NAME = /^[\p{L}\p{N}_.-]+$/u;

export const transformationItem = (row: Row) => ({
  name: row.named === 1 ? `t_${row.name}` : row.name,
  allowed_for_strict: row.allowed_for_strict === 1,
  used: row.used === 1,
  named: row.named === 1,
});

/** What a result of this transformation is called in the catalog of derived results. */
const derivedName = (row: Pick<Row, 'named' | 'name'>): string =>
  row.named === 1
    ? `t_${row.name}`
    : row.name.replace(/\/[a-z0-9]*$/, (tail) => (/^\/([a-z0-9]{2,5})?$/.test(tail) ? '' : tail));

/** A named transformation by its name, without `t_`. */
const findNamed = (db: Db, cloud: string, name: string): Promise<Row | undefined> =>
  db
    .selectFrom('transformations')
    .selectAll()
    .where('cloud', '=', cloud)
    .where('named', '=', 1)
    .where('name', '=', name)
    .executeTakeFirst();

/**
 * By name (`thumb`, `t_thumb`) or by parameters in any order, as a string or as objects.
 *
 * @throws 404
 */
export async function requireTransformation(app: App, cloud: CloudRow, given: string): Promise<Row> {
  const { db } = app.catalog;
  const name = given.startsWith('t_') && !/[,/]/.test(given) ? given.slice(2) : given;
  const named = NAME.test(name) ? await findNamed(db, cloud.name, name) : undefined;
  if (named !== undefined) return named;
  const missing = ERRORS.NoSuchItem(`Can't find transformation ${given}`);
  let normalized: string;
  try {
    normalized = normalizedName(transformationText(given));
  } catch {
    throw missing;
  }
  const row = await db
    .selectFrom('transformations')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('named', '=', 0)
    .where('name', '=', normalized)
    .executeTakeFirst();
  if (row === undefined) throw missing;
  return row;
}

export async function listTransformations(app: App, cloud: CloudRow, page: Page, named: boolean | undefined) {
  const scope = { cloud, list: JSON.stringify(['transformations', named ?? null]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  let query = app.catalog.db.selectFrom('transformations').selectAll().where('cloud', '=', cloud.name);
  if (named !== undefined) query = query.where('named', '=', Number(named));
  if (key !== undefined)
    query = query.where((where) =>
      where(where.refTuple('created_at', 'name'), '<', where.tuple(Number(key[0]), String(key[1]))),
    );
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('name', 'desc')
    .limit(page.maxResults + 1)
    .execute();
  return cutPage(rows, page, scope, (row) => [row.created_at, row.name]);
}

/** The derived results of a transformation, the newest first. */
export async function derivedOf(app: App, cloud: CloudRow, row: Row, page: Page) {
  const scope = { cloud, list: JSON.stringify(['transformation', row.named, row.name]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  let query = app.catalog.db
    .selectFrom('derived')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('transformation', '=', derivedName(row));
  if (key !== undefined)
    query = query.where((where) =>
      where(where.refTuple('created_at', 'id'), '<', where.tuple(Number(key[0]), String(key[1]))),
    );
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(page.maxResults + 1)
    .execute();
  const cut = cutPage(rows, page, scope, (item) => [item.created_at, item.id]);
  const seqs = [...new Set(cut.rows.map(({ seq }) => seq))];
  const assets =
    seqs.length === 0 ? [] : await app.catalog.db.selectFrom('assets').selectAll().where('seq', 'in', seqs).execute();
  const bySeq = new Map(assets.map((asset) => [asset.seq, asset]));
  return {
    items: cut.rows.flatMap((derived) => {
      const asset = bySeq.get(derived.seq);
      return asset === undefined ? [] : [{ derived, asset }];
    }),
    nextCursor: cut.nextCursor,
  };
}

/** @throws 400 for a bad name or definition, 409 when the name exists */
export async function createTransformation(
  app: App,
  cloud: CloudRow,
  { name: given, definition, allowedForStrict }: { name: string; definition: string; allowedForStrict: boolean },
): Promise<void> {
  const name = given.startsWith('t_') ? given.slice(2) : given;
  if (!NAME.test(name) || name.length > 255) throw ERRORS.InvalidParameter('name', given);
  const text = transformationText(definition);
  toParams(text);
  const now = app.clock();
  const made = await app.catalog.db
    .insertInto('transformations')
    .values({
      cloud: cloud.name,
      name,
      named: 1,
      definition: text,
      allowed_for_strict: Number(allowedForStrict),
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .returning('name')
    .executeTakeFirst();
  if (made === undefined) throw ERRORS.Conflict(`Transformation ${name} already exists`);
}

/**
 * Changes whether strict mode lets it through, and, with `unsafeUpdate`, what a name stands for; then its derived
 * results of the old meaning go. A parameter string that was never used becomes known (strict mode's allow list).
 */
export async function updateTransformation(
  app: App,
  cloud: CloudRow,
  given: string,
  change: { allowedForStrict?: boolean | undefined; unsafeUpdate?: string | undefined },
): Promise<void> {
  let row: Row;
  try {
    row = await requireTransformation(app, cloud, given);
  } catch (error) {
    if (
      change.allowedForStrict === undefined ||
      change.unsafeUpdate !== undefined ||
      !/_/.test(given) ||
      /^t_[^,/]*$/.test(given)
    )
      throw error;
    const now = app.clock();
    const name = normalizedName(transformationText(given));
    await app.catalog.db
      .insertInto('transformations')
      .values({ cloud: cloud.name, name, named: 0, definition: name, created_at: now, updated_at: now })
      .execute();
    row = await requireTransformation(app, cloud, given);
  }
  const definition = change.unsafeUpdate === undefined ? undefined : transformationText(change.unsafeUpdate);
  if (definition !== undefined) {
    if (row.named === 0) throw ERRORS.BadRequest('unsafe_update is for named transformations');
    toParams(definition);
  }
  await app.catalog.transaction(async (tx) => {
    await tx
      .updateTable('transformations')
      .set({
        ...(definition === undefined ? {} : { definition }),
        ...(change.allowedForStrict === undefined ? {} : { allowed_for_strict: Number(change.allowedForStrict) }),
        updated_at: app.clock(),
      })
      .where('cloud', '=', cloud.name)
      .where('named', '=', row.named)
      .where('name', '=', row.name)
      .execute();
    if (definition !== undefined && definition !== row.definition)
      await tx
        .deleteFrom('derived')
        .where('cloud', '=', cloud.name)
        .where('transformation', '=', derivedName(row))
        .execute();
  });
}

/** Takes it and its derived results away. */
export async function deleteTransformation(app: App, cloud: CloudRow, given: string): Promise<void> {
  const row = await requireTransformation(app, cloud, given);
  await app.catalog.transaction(async (tx) => {
    await tx
      .deleteFrom('derived')
      .where('cloud', '=', cloud.name)
      .where('transformation', '=', derivedName(row))
      .execute();
    await tx
      .deleteFrom('transformations')
      .where('cloud', '=', cloud.name)
      .where('named', '=', row.named)
      .where('name', '=', row.name)
      .execute();
  });
}

export const transformationInfo = (row: Row) => toParams(row.definition);
