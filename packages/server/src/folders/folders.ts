import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { checkFolder } from '../assets/public-id.ts';
import { rememberFolder } from '../assets/store.ts';
import type { Db } from '../catalog/catalog.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { announce } from '../events/announce.ts';
import { afterPrefix, cutPage, type Page, readCursor } from '../listing/cursor.ts';

export interface Folder {
  readonly name: string;
  readonly path: string;
  readonly external_id: string;
}

/** Slashes at the ends say nothing; `/` is the top. */
export const cleanPath = (path: string): string => path.replace(/^\/+|\/+$/g, '').replace(/\/{2,}/g, '/');

const pathColumn = (cloud: Pick<CloudRow, 'folder_mode'>) =>
  cloud.folder_mode === 'fixed' ? 'folder' : 'asset_folder';

const find = (db: Db, cloud: string, path: string) =>
  db.selectFrom('folders').selectAll().where('cloud', '=', cloud).where('path', '=', path).executeTakeFirst();

/**
 * The folders right below `path` (`''` is the top), by name.
 *
 * @throws 404 `Can't find folder with path <path>`
 */
export async function listFolders(app: App, cloud: CloudRow, path: string, page: Page) {
  const { db } = app.catalog;
  const scope = { cloud, list: JSON.stringify(['folders', path]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : String(readCursor(scope, page.nextCursor)[0]);
  if (path !== '' && (await find(db, cloud.name, path)) === undefined) throw ERRORS.FolderNotFound(path);
  const below = db.selectFrom('folders').where('cloud', '=', cloud.name).where('parent', '=', path);
  const rows = await (key === undefined ? below : below.where('name', '>', key))
    .select(['name', 'path', 'external_id'])
    .orderBy('name')
    .limit(page.maxResults + 1)
    .execute();
  const { total } = await below.select((select) => select.fn.countAll<number>().as('total')).executeTakeFirstOrThrow();
  const cut = cutPage(rows, page, scope, ({ name }) => [name]);
  return { folders: cut.rows as readonly Folder[], nextCursor: cut.nextCursor, total };
}

/** Makes a folder and its parents; one that is there already is no error (the SDK suites make the same names again). */
export async function createFolder(app: App, { cloud, key }: Actor, path: string): Promise<Folder> {
  if (path === '' || path.split('/').some((part) => part === '' || part === '.' || part === '..'))
    throw ERRORS.InvalidParameter('path', path);
  checkFolder(path);
  const folder = await app.catalog.transaction(async (tx) => {
    const before = await find(tx, cloud.name, path);
    if (before !== undefined) return before;
    await rememberFolder(tx, cloud.name, path, app.clock());
    const made = (await find(tx, cloud.name, path))!;
    await announce(app, tx, {
      cloud: cloud.name,
      type: 'create_folder',
      fields: { source: 'api', folder_path: path, folder_name: made.name, folder_external_id: made.external_id },
      triggeredBy: key?.api_key,
    });
    return made;
  });
  app.jobs.wake();
  return { name: folder.name, path: folder.path, external_id: folder.external_id };
}

const descendants = (db: Db, cloud: string, path: string) =>
  db
    .selectFrom('folders')
    .selectAll()
    .where('cloud', '=', cloud)
    .where('path', '>=', `${path}/`)
    .where('path', '<', afterPrefix(`${path}/`)!);

/** Whether an asset lies in the folder or below it. */
const holdsAssets = async (db: Db, cloud: CloudRow, path: string): Promise<boolean> => {
  const column = pathColumn(cloud);
  const within = db
    .selectFrom('assets')
    .select('seq')
    .where('cloud', '=', cloud.name)
    .where('status', '=', 'active')
    .limit(1);
  const inside = await within.where(column, '=', path).executeTakeFirst();
  const below = await within
    .where(column, '>=', `${path}/`)
    .where(column, '<', afterPrefix(`${path}/`)!)
    .executeTakeFirst();
  return inside !== undefined || below !== undefined;
};

/**
 * Takes an empty folder and its empty descendants away.
 *
 * @returns the paths that are gone
 * @throws 404 `Can't find folder with path <path>`, 400 when assets lie in it (status and text inferred)
 */
export async function deleteFolder(app: App, { cloud, key }: Actor, path: string): Promise<string[]> {
  const gone = await app.catalog.transaction(async (tx) => {
    const folder = await find(tx, cloud.name, path);
    if (folder === undefined) throw ERRORS.FolderNotFound(path);
    if (await holdsAssets(tx, cloud, path)) throw ERRORS.BadRequest('Folder is not empty');
    const paths = [path, ...(await descendants(tx, cloud.name, path).execute()).map((row) => row.path)];
    await tx
      .deleteFrom('folders')
      .where('cloud', '=', cloud.name)
      .where((where) =>
        where.or([
          where('path', '=', path),
          where.and([where('path', '>=', `${path}/`), where('path', '<', afterPrefix(`${path}/`)!)]),
        ]),
      )
      .execute();
    await announce(app, tx, {
      cloud: cloud.name,
      type: 'delete_folder',
      fields: { source: 'api', folder_path: path, folder_name: folder.name, folder_external_id: folder.external_id },
      triggeredBy: key?.api_key,
    });
    return paths;
  });
  app.jobs.wake();
  return gone;
}

/**
 * Renames or moves a folder with everything in it. Dynamic mode: assets change their folder and nothing else. Fixed mode
 * is refused: the folder is part of every public ID.
 *
 * @throws 404 for an unknown folder, 400 in fixed mode or when the target lies inside the folder, 409 when it exists
 */
export async function renameFolder(app: App, { cloud, key }: Actor, from: string, to: string) {
  if (cloud.folder_mode === 'fixed')
    throw ERRORS.BadRequest('Renaming folders is supported in dynamic folder mode only');
  checkFolder(to);
  if (to === '' || to === from || to.startsWith(`${from}/`)) throw ERRORS.InvalidParameter('to_folder', to);
  await app.catalog.transaction(async (tx) => {
    const folder = await find(tx, cloud.name, from);
    if (folder === undefined) throw ERRORS.FolderNotFound(from);
    if ((await find(tx, cloud.name, to)) !== undefined) throw ERRORS.Conflict(`Folder with path ${to} already exists`);
    const now = app.clock();
    const inside = await descendants(tx, cloud.name, from).execute();
    await rememberFolder(tx, cloud.name, to.split('/').slice(0, -1).join('/'), now);
    for (const row of [folder, ...inside]) {
      const path = to + row.path.slice(from.length);
      const parts = path.split('/');
      await tx
        .updateTable('folders')
        .set({ path, parent: parts.slice(0, -1).join('/'), name: parts.at(-1)! })
        .where('cloud', '=', cloud.name)
        .where('path', '=', row.path)
        .execute();
      await tx
        .updateTable('assets')
        .set({ asset_folder: path, updated_at: now })
        .where('cloud', '=', cloud.name)
        .where('asset_folder', '=', row.path)
        .execute();
    }
    await announce(app, tx, {
      cloud: cloud.name,
      type: 'move_or_rename_asset_folder',
      fields: { source: 'api', from_path: from, to_path: to, folder_external_id: folder.external_id },
      triggeredBy: key?.api_key,
    });
  });
  app.jobs.wake();
  const named = (path: string) => ({ name: path.split('/').at(-1)!, path });
  return { from: named(from), to: named(to) };
}
