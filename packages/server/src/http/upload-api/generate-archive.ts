import type { Readable } from 'node:stream';
import { type ArchiveRequest, createArchive, createArchiveLater, downloadArchive } from '../../archives/generate.ts';
import { ARCHIVE_TYPES, type ArchiveFormat } from '../../archives/pack.ts';
import { ERRORS } from '../../errors.ts';
import { attachmentHeader } from '../attachment.ts';
import type { Parameters } from '../parameters.ts';
import type { UploadCall, UploadOperation } from './operation.ts';

const MODES = ['create', 'download', 'create_and_download'];

function requestOf(resourceType: string, params: Parameters): ArchiveRequest {
  const format = params.text('target_format') ?? 'zip';
  if (!Object.hasOwn(ARCHIVE_TYPES, format)) throw ERRORS.InvalidParameter('target_format', format);
  return {
    selection: {
      resourceType,
      type: params.text('type') ?? 'upload',
      publicIds: params.list('public_ids') ?? [],
      fullyQualifiedIds: params.list('fully_qualified_public_ids') ?? [],
      tags: params.list('tags', { commas: true }) ?? [],
      prefixes: params.list('prefixes') ?? [],
      allowMissing: params.flag('allow_missing') ?? false,
    },
    naming: {
      flattenFolders: params.flag('flatten_folders') ?? false,
      flattenTransformations: params.flag('flatten_transformations') ?? false,
      skipTransformationName: params.flag('skip_transformation_name') ?? false,
      useOriginalFilename: params.flag('use_original_filename') ?? false,
    },
    transformations: params.text('transformations') ?? '',
    format: format as ArchiveFormat,
    target: {
      publicId: params.text('target_public_id'),
      assetFolder: params.text('target_asset_folder'),
      tags: params.list('target_tags', { commas: true }) ?? [],
    },
    notificationUrl: params.webhook('notification_url'),
  };
}

/** Sends a file that is made while it is read; when it fails in the middle the connection breaks off. */
export function sendDownload(
  { reply, app }: UploadCall,
  { stream, filename, contentType }: { stream: Readable; filename: string; contentType: string },
): undefined {
  stream.on('error', (error) => app.log.warn({ err: error.message }, 'download broke off'));
  reply.headers({
    'Content-Type': contentType,
    'Content-Disposition': attachmentHeader(filename),
    'Cache-Control': 'private, no-cache, max-age=0',
  });
  reply.send(stream);
  return undefined;
}

export const generateArchiveOperation: UploadOperation = {
  name: 'generate_archive',
  path: '/generate_archive',
  method: ['GET', 'POST'],
  expires: true,
  async handle(call) {
    const { app, actor, resourceType, params, request: http } = call;
    const request = requestOf(resourceType!, params);
    const mode = params.text('mode') ?? (http.method === 'GET' ? 'download' : 'create');
    if (!MODES.includes(mode)) throw ERRORS.InvalidParameter('mode', mode);
    if (mode === 'create')
      return params.flag('async') ? createArchiveLater(app, actor, request) : createArchive(app, actor, request);
    if (mode === 'create_and_download') await createArchive(app, actor, request);
    return sendDownload(call, {
      ...(await downloadArchive(app, actor, request)),
      contentType: ARCHIVE_TYPES[request.format],
    });
  },
};

/** Deprecated form of {@link generateArchiveOperation} for one tag (`lib/utils/index.js`, `zip_download_url`). */
export const downloadTagOperation: UploadOperation = {
  name: 'download_tag',
  path: '/download_tag.zip',
  method: 'GET',
  expires: true,
  async handle(call) {
    const { app, actor, resourceType, params } = call;
    const base = requestOf(resourceType!, params);
    const request: ArchiveRequest = {
      ...base,
      selection: { ...base.selection, tags: [params.required('tag')] },
      transformations: params.text('transformation') ?? '',
    };
    return sendDownload(call, { ...(await downloadArchive(app, actor, request)), contentType: ARCHIVE_TYPES.zip });
  },
};
