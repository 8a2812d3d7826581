import type { DatabaseSync } from 'node:sqlite';
import type { AssetIdentity } from './assets.ts';
import type { AssetRow } from './schema.ts';

/** Everything of a row that decides whether and how it is delivered. */
const DECISIVE = [
  'seq',
  'blob',
  'version_id',
  'status',
  'access_mode',
  'access_control',
  'moderation_status',
  'coordinates',
  'tags',
  'context',
  'metadata',
  'headers',
  'updated_at',
] as const satisfies readonly (keyof AssetRow)[];
export const stampOf = (row: AssetRow): string => DECISIVE.map((column) => row[column] ?? '').join('|');
const STAMP = `SELECT ${DECISIVE.map((column) => `ifnull(${column}, '')`).join(" || '|' || ")} FROM assets
  WHERE cloud = ? AND resource_type = ? AND type = ? AND public_id = ?`;

/** The stamp of the row as it is stored now, without the query builder: a hit in memory asks for it. */
export function assetStamps(raw: DatabaseSync): (identity: AssetIdentity) => string | undefined {
  const statement = raw.prepare(STAMP);
  statement.setReturnArrays(true);
  return ({ cloud, resource_type, type, public_id }) =>
    (statement.get(cloud, resource_type, type, public_id) as unknown as [string] | undefined)?.[0];
}
