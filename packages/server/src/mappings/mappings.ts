import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { App } from '../app.ts';
import type { CloudRow, UploadMappingsTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { cutPage, type Page, readCursor } from '../listing/cursor.ts';

type Row = Selectable<UploadMappingsTable>;

export const mappingView = (row: Row) => ({
  folder: row.folder,
  template: row.template,
  external_id: row.external_id,
  ...(row.upload_preset_name === null ? {} : { upload_preset_name: row.upload_preset_name }),
});

/** @throws 400 unless it is an http(s) address */
function checkTemplate(template: string): string {
  if (!/^(https?|s3|gs):\/\/[^\s]+$/i.test(template)) throw ERRORS.InvalidParameter('template', template);
  return template;
}

/** The mapping whose folder is the longest one that begins the path: dynamic upload on delivery. */
export async function mappingFor(app: App, cloud: Pick<CloudRow, 'name'>, publicId: string): Promise<Row | undefined> {
  const parts = publicId.split('/');
  const folders = parts.slice(0, -1).map((_, index) => parts.slice(0, index + 1).join('/'));
  if (folders.length === 0) return undefined;
  const rows = await app.catalog.db
    .selectFrom('upload_mappings')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('folder', 'in', folders)
    .execute();
  return rows.sort((a, b) => b.folder.length - a.folder.length)[0];
}

/** @throws 404 */
export async function requireMapping(app: App, cloud: CloudRow, folder: string): Promise<Row> {
  const row = await app.catalog.db
    .selectFrom('upload_mappings')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('folder', '=', folder)
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Can't find upload mapping for folder ${folder}`);
  return row;
}

/** The newest first. */
export async function listMappings(app: App, cloud: CloudRow, page: Page) {
  const scope = { cloud, list: 'upload_mappings', now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  const all = app.catalog.db.selectFrom('upload_mappings').where('cloud', '=', cloud.name);
  let query = all.selectAll();
  if (key !== undefined)
    query = query.where((where) =>
      where(where.refTuple('created_at', 'folder'), '<', where.tuple(Number(key[0]), String(key[1]))),
    );
  const rows = await query
    .orderBy('created_at', 'desc')
    .orderBy('folder', 'desc')
    .limit(page.maxResults + 1)
    .execute();
  const { total } = await all.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  return { ...cutPage(rows, page, scope, (row) => [row.created_at, row.folder]), total };
}

export interface MappingInput {
  readonly folder: string;
  readonly template: string;
  readonly uploadPreset?: string | undefined;
}

const newRow = (cloud: CloudRow, { folder, template, uploadPreset }: MappingInput, now: number) => ({
  cloud: cloud.name,
  folder,
  template: checkTemplate(template),
  external_id: randomBytes(17).toString('hex'),
  upload_preset_name: uploadPreset ?? null,
  created_at: now,
  updated_at: now,
});

/** @throws 409 when the folder has a mapping */
export async function createMapping(app: App, cloud: CloudRow, input: MappingInput): Promise<Row> {
  const row = await app.catalog.db
    .insertInto('upload_mappings')
    .values(newRow(cloud, input, app.clock()))
    .onConflict((conflict) => conflict.doNothing())
    .returningAll()
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.Conflict(`Upload mapping for folder ${input.folder} already exists`);
  return row;
}

export async function updateMapping(
  app: App,
  cloud: CloudRow,
  folder: string,
  change: { template?: string | undefined; uploadPreset?: string | undefined },
): Promise<Row> {
  const row = await requireMapping(app, cloud, folder);
  return app.catalog.db
    .updateTable('upload_mappings')
    .set({
      template: change.template === undefined ? row.template : checkTemplate(change.template),
      upload_preset_name: change.uploadPreset ?? row.upload_preset_name,
      updated_at: app.clock(),
    })
    .where('cloud', '=', cloud.name)
    .where('folder', '=', folder)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteMapping(app: App, cloud: CloudRow, folder: string): Promise<Row> {
  const row = await requireMapping(app, cloud, folder);
  await app.catalog.db
    .deleteFrom('upload_mappings')
    .where('cloud', '=', cloud.name)
    .where('folder', '=', folder)
    .execute();
  return row;
}

export async function replaceMappings(app: App, cloud: CloudRow, inputs: readonly MappingInput[]): Promise<void> {
  const now = app.clock();
  const rows = inputs.map((input) => newRow(cloud, input, now));
  await app.catalog.transaction(async (tx) => {
    await tx.deleteFrom('upload_mappings').where('cloud', '=', cloud.name).execute();
    if (rows.length > 0) await tx.insertInto('upload_mappings').values(rows).execute();
  });
}
