import { findAsset } from '../../assets/destroy.ts';
import { originalOf } from '../../delivery/deliver.ts';
import { derive } from '../../delivery/derive.ts';
import { ERRORS } from '../../errors.ts';
import { mimeOf } from '../../ingest/inspect/formats.ts';
import { attachmentHeader } from '../attachment.ts';
import { respond } from '../delivery/respond.ts';
import type { UploadOperation } from './operation.ts';

const lastSegment = (id: string): string => id.slice(id.lastIndexOf('/') + 1);
const PRIVATE = { 'Cache-Control': 'private, no-cache, max-age=0' };

/** `private_download_url`: an asset of any type for whoever holds the signed URL, until it expires. */
export const downloadOperation: UploadOperation = {
  name: 'download',
  path: '/download',
  method: 'GET',
  expires: true,
  async handle({ app, actor, resourceType, params, request, reply }) {
    const publicId = params.required('public_id');
    const row = await findAsset(app, app.catalog.db, actor.cloud.name, {
      resource_type: resourceType!,
      type: params.text('type') ?? 'upload',
      public_id: publicId,
    });
    if (row === undefined || row.blob === null) throw ERRORS.ResourceNotFound(publicId);
    const derived = await derive(app, originalOf(row), {
      transformation: params.text('transformation') ?? '',
      extension: row.resource_type === 'raw' ? null : (params.text('format') ?? null),
    });
    const suffix = row.resource_type === 'raw' || derived.format === '' ? '' : `.${derived.format}`;
    const name = params.text('target_filename') ?? lastSegment(row.public_id);
    const filename = name.endsWith(suffix) ? name : name + suffix;
    await respond(request, reply, {
      bytes: derived.bytes,
      body: derived.data === undefined ? { open: async (range) => derived.openRead(range) } : { buffer: derived.data },
      contentType: derived.contentType,
      etag: derived.original ? row.etag : derived.key.slice(0, 32),
      lastModified: derived.original ? row.uploaded_at : derived.storedAt,
      headers: {
        ...PRIVATE,
        'Content-Security-Policy': 'sandbox',
        ...(params.flag('attachment') ? { 'Content-Disposition': attachmentHeader(filename) } : {}),
      },
    });
    return undefined;
  },
};

/** `download_backedup_asset`: the bytes of one kept version. */
export const downloadBackupOperation: UploadOperation = {
  name: 'download_backup',
  path: '//download_backup',
  method: 'GET',
  expires: true,
  async handle({ app, actor, params, request, reply }) {
    const [assetId, versionId] = [params.required('asset_id'), params.required('version_id')];
    const kept = await app.catalog.db
      .selectFrom('versions')
      .selectAll()
      .where('cloud', '=', actor.cloud.name)
      .where('asset_id', '=', assetId)
      .where('version_id', '=', versionId)
      .executeTakeFirst();
    if (kept === undefined) throw ERRORS.NoSuchItem(`Backup not found - ${assetId}/${versionId}`);
    const { public_id } = JSON.parse(kept.snapshot) as { public_id: string };
    const name = lastSegment(public_id);
    const filename = kept.format === null ? name : `${name}.${kept.format}`;
    await respond(request, reply, {
      bytes: kept.bytes,
      body: { open: (range) => app.blobs.openRead(kept.blob, range) },
      contentType: mimeOf(kept.format ?? ''),
      etag: kept.etag,
      lastModified: kept.created_at,
      headers: { ...PRIVATE, 'Content-Disposition': attachmentHeader(filename) },
    });
    return undefined;
  },
};
