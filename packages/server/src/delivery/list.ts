import { encodeDeliverySource } from '@signet/signing';
import type { ListPath } from '@signet/transformation';
import type { App } from '../app.ts';
import { isoTime } from '../assets/view.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { checkAccess, checkRestricted, proveAccess, type Visitor } from './access.ts';

const MOST = 1000;
/** Their names are not public (inferred: the cloud's page speaks of delivered assets only). */
const HIDDEN = ['private', 'authenticated'] as const;

export interface TagList {
  readonly resources: readonly Record<string, unknown>[];
  readonly updated_at: string;
}

/**
 * `/<cloud>/<resource type|any>/list/<tag>.json`: assets with the tag, the newest first, at most 1000 (delivery reference
 * 1.6). Restricted unless the URL is signed or the operator has taken `list` out of `restricted-types`.
 *
 * @throws 401
 */
export async function listByTag(
  app: App,
  cloud: CloudRow,
  { resourceType, tag, signature }: ListPath,
  visitor: Visitor,
): Promise<TagList> {
  const candidates = [{ source: encodeDeliverySource(tag, 'json') }];
  const proof = await proveAccess(app, cloud, { signature, transformation: '', candidates }, visitor);
  checkRestricted(app, ['list'], proof);
  let query = app.catalog.db
    .selectFrom('asset_tags as t')
    .innerJoin('assets as a', 'a.seq', 't.seq')
    .selectAll('a')
    .where('t.cloud', '=', cloud.name)
    .where('t.tag', '=', tag)
    .where('a.type', 'not in', [...HIDDEN])
    .where((where) =>
      where.or([where('a.moderation_status', 'is', null), where('a.moderation_status', '!=', 'rejected')]),
    );
  if (resourceType !== 'any') query = query.where('t.resource_type', '=', resourceType);
  const rows = await query.orderBy('t.created_at', 'desc').orderBy('t.seq', 'desc').limit(MOST).execute();
  const visible = rows.filter((row) => {
    try {
      checkAccess(app, row, proof, { isOriginal: false });
      return row.blob !== null;
    } catch {
      return false;
    }
  });
  return {
    resources: visible.map((row) => {
      const custom = JSON.parse(row.context) as Record<string, string>;
      const facts = JSON.parse(row.facts) as { video?: { duration?: number } };
      return {
        public_id: row.public_id,
        version: row.version,
        format: row.format ?? undefined,
        width: row.width ?? undefined,
        height: row.height ?? undefined,
        duration: facts.video?.duration,
        type: row.type,
        ...(resourceType === 'any' ? { resource_type: row.resource_type } : {}),
        created_at: isoTime(row.created_at),
        ...(Object.keys(custom).length > 0 ? { context: { custom } } : {}),
      };
    }),
    updated_at: isoTime(Math.max(0, ...visible.map(({ updated_at }) => updated_at)) || app.clock()),
  };
}
