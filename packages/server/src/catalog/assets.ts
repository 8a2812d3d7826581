import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Db } from './catalog.ts';
import type { AssetChange, AssetRow, NewAsset } from './schema.ts';

export interface AssetIdentity {
  readonly cloud: string;
  readonly resource_type: string;
  readonly type: string;
  readonly public_id: string;
}

/** The columns that also stand as rows of their own, for indexes. */
const INDEXED = ['tags', 'context', 'metadata', 'resource_type', 'created_at'] as const;

/** The directory part and the last segment of a public ID. */
const splitPublicId = (publicId: string): { folder: string; filename: string } => {
  const slash = publicId.lastIndexOf('/');
  return { folder: slash < 0 ? '' : publicId.slice(0, slash), filename: publicId.slice(slash + 1) };
};

async function writeIndexRows(db: Db, row: AssetRow): Promise<void> {
  const { cloud, resource_type, created_at, seq } = row;
  const tags = [...new Set(JSON.parse(row.tags) as string[])];
  if (tags.length > 0)
    await db
      .insertInto('asset_tags')
      .values(tags.map((tag) => ({ cloud, resource_type, tag, created_at, seq })))
      .execute();
  const context = Object.entries(JSON.parse(row.context) as Record<string, string>);
  if (context.length > 0)
    await db
      .insertInto('asset_context')
      .values(context.map(([key, value]) => ({ cloud, resource_type, key, value, created_at, seq })))
      .execute();
  const metadata = Object.entries(JSON.parse(row.metadata) as Record<string, unknown>).flatMap(([field, value]) =>
    (Array.isArray(value) ? value : [value]).map((item) => ({
      cloud,
      field,
      text: item === null ? null : String(item),
      number: typeof item === 'number' ? item : null,
      seq,
    })),
  );
  if (metadata.length > 0) await db.insertInto('asset_metadata').values(metadata).execute();
}

async function clearIndexRows(db: Db, seq: number): Promise<void> {
  await db.deleteFrom('asset_tags').where('seq', '=', seq).execute();
  await db.deleteFrom('asset_context').where('seq', '=', seq).execute();
  await db.deleteFrom('asset_metadata').where('seq', '=', seq).execute();
}

/**
 * Prepared statements for what every upload asks and writes: the query builder takes longer to write these than SQLite to
 * run them. Only for use inside a transaction, when the connection is its own.
 */
function hotStatements(raw: DatabaseSync) {
  const inserts = new Map<string, StatementSync>();
  let find: StatementSync | undefined;
  return {
    find({ cloud, resource_type, type, public_id }: AssetIdentity): AssetRow | undefined {
      find ??= raw.prepare('SELECT * FROM assets WHERE cloud = ? AND resource_type = ? AND type = ? AND public_id = ?');
      return find.get(cloud, resource_type, type, public_id) as AssetRow | undefined;
    },
    /** Columns that are `undefined` get their defaults. */
    insert(asset: NewAsset): AssetRow {
      const names: string[] = [];
      const values: SQLInputValue[] = [];
      for (const [name, value] of Object.entries(asset))
        if (value !== undefined) {
          names.push(name);
          values.push(value);
        }
      const columns = names.join(', ');
      let insert = inserts.get(columns);
      if (insert === undefined) {
        insert = raw.prepare(`INSERT INTO assets (${columns}) VALUES (${names.map(() => '?').join(', ')}) RETURNING *`);
        inserts.set(columns, insert);
      }
      // To its end, and not only to the first row: the statement is over then.
      return insert.all(...values)[0] as unknown as AssetRow;
    },
  };
}

/**
 * Reading and writing asset rows together with their index rows. Writers pass a transaction.
 *
 * @param raw the one connection, when the database is in this process
 */
export function assetRows(raw?: DatabaseSync) {
  const hot = raw && hotStatements(raw);
  return {
    async find(db: Db, identity: AssetIdentity): Promise<AssetRow | undefined> {
      if (db.isTransaction && hot) return hot.find(identity);
      const { cloud, resource_type, type, public_id } = identity;
      return db
        .selectFrom('assets')
        .selectAll()
        .where('cloud', '=', cloud)
        .where('resource_type', '=', resource_type)
        .where('type', '=', type)
        .where('public_id', '=', public_id)
        .executeTakeFirst();
    },

    findById: (db: Db, cloud: string, assetId: string): Promise<AssetRow | undefined> =>
      db.selectFrom('assets').selectAll().where('asset_id', '=', assetId).where('cloud', '=', cloud).executeTakeFirst(),

    async insert(tx: Db, asset: NewAsset): Promise<AssetRow> {
      const values = { ...asset, ...splitPublicId(asset.public_id) };
      const row = hot
        ? hot.insert(values)
        : await tx.insertInto('assets').values(values).returningAll().executeTakeFirstOrThrow();
      await writeIndexRows(tx, row);
      return row;
    },

    /** Changes a row and, when it touches one of them, its index rows. Returns the row as it is now. */
    async update(tx: Db, seq: number, change: AssetChange): Promise<AssetRow> {
      const row = await tx
        .updateTable('assets')
        .set({ ...change, ...(change.public_id === undefined ? {} : splitPublicId(change.public_id)) })
        .where('seq', '=', seq)
        .returningAll()
        .executeTakeFirstOrThrow();
      if (INDEXED.some((column) => change[column] !== undefined)) {
        await clearIndexRows(tx, seq);
        await writeIndexRows(tx, row);
      }
      return row;
    },

    /** Removes the row and everything that hangs on it (tags, context, metadata, derived). Bytes are swept later. */
    async remove(tx: Db, seq: number): Promise<void> {
      await tx.deleteFrom('assets').where('seq', '=', seq).execute();
    },
  };
}

export type AssetRows = ReturnType<typeof assetRows>;
