import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { type Actor, viewContext } from './context.ts';
import { removeAsset } from './destroy.ts';
import { checkPublicId } from './public-id.ts';
import { rememberFolder } from './store.ts';
import { assetView } from './view.ts';

export interface Rename {
  readonly resourceType: string;
  readonly type: string;
  readonly from: string;
  readonly to: string;
  readonly toType?: string | undefined;
  readonly overwrite?: boolean | undefined;
  readonly context?: boolean | undefined;
  readonly metadata?: boolean | undefined;
  readonly notificationUrl?: string | undefined;
}

const TYPES = ['upload', 'private', 'authenticated'];

/**
 * `rename`: a new public ID or delivery type for the same asset (same `asset_id`, same version). `context` and
 * `metadata` are in the answer only when asked for (PHP suite).
 *
 * @throws 404 when there is no source, 400 when the target exists and `overwrite` is off
 */
export async function rename(app: App, actor: Actor, request: Rename): Promise<Record<string, unknown>> {
  const { cloud, key } = actor;
  const toType = request.toType ?? request.type;
  if (!TYPES.includes(toType)) throw ERRORS.InvalidParameter('to_type', toType);
  checkPublicId(request.to);
  const now = app.clock();
  const row = await app.catalog.transaction(async (tx): Promise<AssetRow> => {
    const { assets } = app.catalog;
    const identity = { cloud: cloud.name, resource_type: request.resourceType };
    const source = await assets.find(tx, { ...identity, type: request.type, public_id: request.from });
    if (source === undefined || source.status === 'deleted') throw ERRORS.ResourceNotFound(request.from);
    const target = await assets.find(tx, { ...identity, type: toType, public_id: request.to });
    if (target !== undefined && target.seq !== source.seq) {
      if (!request.overwrite && target.status !== 'deleted') throw ERRORS.AlreadyExists('to_public_id', request.to);
      await removeAsset(app, tx, target);
      await tx.deleteFrom('assets').where('seq', '=', target.seq).execute();
    }
    const renamed = await assets.update(tx, source.seq, { public_id: request.to, type: toType, updated_at: now });
    if (cloud.folder_mode === 'fixed') await rememberFolder(tx, cloud.name, renamed.folder, now);
    await app.webhooks.notify(tx, {
      cloud: cloud.name,
      type: 'rename',
      fields: {
        resource_type: renamed.resource_type,
        type: renamed.type,
        asset_id: renamed.asset_id,
        ...(cloud.folder_mode === 'dynamic'
          ? { asset_folder: renamed.asset_folder, display_name: renamed.display_name }
          : { folder: renamed.folder }),
        from_public_id: request.from,
        to_public_id: request.to,
      },
      triggeredBy: key?.api_key,
      url: request.notificationUrl,
    });
    return renamed;
  });
  app.jobs.wake();
  const { context, metadata, ...view } = assetView(row, await viewContext(app, actor));
  return {
    ...view,
    ...(request.context ? { context: context ?? { custom: {} } } : {}),
    ...(request.metadata ? { metadata: metadata ?? {} } : {}),
  };
}
