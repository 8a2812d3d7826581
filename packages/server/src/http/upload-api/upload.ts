import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { requestHeaders } from '../../assets/headers.ts';
import { applyPreset, checkUnsigned, readUploadOptions, type UploadOptions } from '../../assets/parameters.ts';
import { checkUpload, type ResourceType, upload } from '../../assets/upload.ts';
import { uploadLater } from '../../assets/upload-later.ts';
import type { CloudRow } from '../../catalog/schema.ts';
import { maxBytesOf } from '../../config.ts';
import { ERRORS, SignetError } from '../../errors.ts';
import type { ChunkWriter } from '../../ingest/chunks.ts';
import { parseContentRange } from '../../ingest/content-range.ts';
import { type Field, type FileParameter, readForm } from '../../ingest/form.ts';
import { openSource } from '../../ingest/source.ts';
import { findPreset } from '../../presets/presets.ts';
import { originOf } from '../origin.ts';
import { audited } from './audited.ts';
import { authenticateUpload, type Caller } from './authenticate.ts';
import { parametersOf, RESOURCE_TYPES } from './operation.ts';

interface Permission {
  readonly caller: Caller;
  readonly unsigned: boolean;
}

/**
 * Who may upload: a signed or authenticated caller, or anybody with an unsigned preset.
 *
 * @throws the cloud's errors; thrown before the file is read when the parameters come first
 */
async function permit(
  app: App,
  cloud: CloudRow,
  request: FastifyRequest,
  fields: readonly Field[],
  file?: FileParameter,
): Promise<Permission> {
  const caller = await authenticateUpload(app, cloud, request, fields, { file });
  if (caller.key !== undefined) return { caller, unsigned: false };
  const params = parametersOf(fields);
  const presetName = params.text('upload_preset');
  if (presetName === undefined) throw ERRORS.BadRequest('Upload preset must be specified when using unsigned upload');
  const preset = await findPreset(app, cloud, presetName);
  if (!preset.unsigned) throw ERRORS.BadRequest('Upload preset must be whitelisted for unsigned uploads');
  checkUnsigned(params.raw());
  return { caller: { ...caller, actor: `preset ${presetName}` }, unsigned: true };
}

/** The call's parameters joined with its preset. */
async function uploadOptions(
  app: App,
  cloud: CloudRow,
  fields: readonly Field[],
  unsigned: boolean,
): Promise<UploadOptions> {
  const options = readUploadOptions(parametersOf(fields).raw());
  if (options.upload_preset === undefined) return options;
  const { settings } = await findPreset(app, cloud, options.upload_preset);
  return applyPreset(options, settings, { unsigned });
}

interface Target {
  readonly cloud: CloudRow;
  readonly resourceType: ResourceType | 'auto';
  /** Told the parameters as soon as they are there. */
  readonly seen: (fields: readonly Field[]) => void;
}

async function finish(
  app: App,
  request: FastifyRequest,
  target: Target,
  permission: Permission,
  fields: readonly Field[],
  file: FileParameter,
): Promise<Record<string, unknown>> {
  const change = {
    cloud: target.cloud,
    caller: permission.caller,
    operation: 'upload',
    parameters: parametersOf(fields).names(),
    target: `/${target.resourceType}/upload`,
  };
  return audited(app, request, change, () => store(app, request, target, permission, fields, file));
}

async function store(
  app: App,
  request: FastifyRequest,
  target: Target,
  permission: Permission,
  fields: readonly Field[],
  file: FileParameter,
): Promise<Record<string, unknown>> {
  const options = await uploadOptions(app, target.cloud, fields, permission.unsigned);
  // Nothing is loaded from elsewhere for a call that is refused anyway.
  if (file.kind === 'text') checkUpload(app, options);
  const source = await openSource(file, {
    store: app.blobs,
    remote: app.remote,
    maxBytes: maxBytesOf(app.config, target.resourceType),
    headers: requestHeaders(options.headers),
  });
  try {
    const actor = {
      cloud: target.cloud,
      key: permission.caller.key,
      origin: originOf(request, app.config['public-url']),
    };
    const work = options.async ? uploadLater : upload;
    return await work(app, actor, { resourceType: target.resourceType, options, source });
  } finally {
    await source.file.discard();
  }
}

/** One request, one file. */
async function uploadWhole(app: App, request: FastifyRequest, target: Target): Promise<Record<string, unknown>> {
  let permission: Permission | undefined;
  const form = await readForm(request.raw, {
    store: app.blobs,
    limits: { fileBytes: maxBytesOf(app.config, target.resourceType), requestBytes: app.config['max-request-bytes'] },
    decisive: ['signature', 'upload_preset'],
    onFieldsComplete: async (fields, _moment, file) => {
      target.seen(fields);
      permission = await permit(app, target.cloud, request, fields, file);
    },
  });
  try {
    permission ??= await permit(app, target.cloud, request, form.fields);
    if (form.file === undefined) throw ERRORS.MissingParameter('file');
    return await finish(app, request, target, permission, form.fields, form.file);
  } finally {
    await form.discard();
  }
}

/** One chunk of a larger file: `Content-Range` and `X-Unique-Upload-Id`; every chunk is signed on its own. */
async function uploadChunk(
  app: App,
  request: FastifyRequest,
  target: Target,
  uploadId: string,
  header: string,
): Promise<Record<string, unknown>> {
  const range = parseContentRange(header);
  if (range.start === 0 && range.total !== undefined && range.end === range.total - 1)
    return { ...(await uploadWhole(app, request, target)), done: true };
  const maxBytes = maxBytesOf(app.config, target.resourceType);
  const writer: ChunkWriter = await app.chunks.begin({ scope: target.cloud.name, uploadId, range, maxBytes });
  try {
    let permission: Permission | undefined;
    const form = await readForm(request.raw, {
      store: app.blobs,
      sink: writer.sink,
      limits: { fileBytes: maxBytes, requestBytes: app.config['max-request-bytes'] },
      decisive: ['signature', 'upload_preset'],
      onFieldsComplete: async (fields) => {
        permission = await permit(app, target.cloud, request, fields);
      },
    });
    permission ??= await permit(app, target.cloud, request, form.fields);
    if (form.file?.kind !== 'written') throw ERRORS.MissingParameter('file');
    const { filename, contentType } = form.file;
    const progress = await writer.commit({ fields: form.fields, filename, contentType });
    if (progress.state === 'answered') return progress.answer as Record<string, unknown>;
    if (progress.state === 'partial') {
      // The public ID exactly as the request gave it: PHP and Python send back what they find here without signing it.
      const publicId = parametersOf(progress.first.fields).text('public_id');
      return {
        done: false,
        bytes: progress.bytes,
        kind: 'upload',
        ...(publicId === undefined ? {} : { public_id: publicId }),
      };
    }
    const { file, first } = progress;
    const parameter: FileParameter = {
      kind: 'bytes',
      field: 'file',
      file,
      filename: first.filename,
      contentType: first.contentType,
      dataUri: false,
    };
    const answer = { ...(await finish(app, request, target, permission, first.fields, parameter)), done: true };
    await progress.remember(answer);
    return answer;
  } finally {
    await writer.abort();
  }
}

/**
 * Where a form that the browser itself has posted (no script) is sent on to: `callback`. Scripts and SDKs get their
 * answer (Upload API reference, `callback`: ignored for XHR).
 */
function callbackOf({ headers }: FastifyRequest, fields: readonly Field[]): string | undefined {
  const mode = headers['sec-fetch-mode'];
  const navigates = mode === undefined ? /^text\/html/i.test(headers.accept ?? '') : mode === 'navigate';
  if (!navigates || headers['x-requested-with'] !== undefined) return undefined;
  const callback = parametersOf(fields).text('callback');
  return callback !== undefined && /^https?:\/\//i.test(callback) && URL.canParse(callback) ? callback : undefined;
}

const sendBack = (reply: FastifyReply, callback: string, answer: unknown) =>
  reply.redirect(`${callback}?${encodeURIComponent(JSON.stringify(answer))}`, 302);

const CHUNK_PATHS = ['/upload', '/upload_chunked'];

/** `upload` and `upload_chunked`, with or without the resource type in the path. */
export function registerUpload(server: FastifyInstance, app: App): void {
  const handler = async (request: FastifyRequest, reply: FastifyReply) => {
    let callback: string | undefined;
    const { cloud: cloudName, resource_type: resourceType = 'auto' } = request.params as Record<string, string>;
    try {
      const cloud = await app.accounts.cloud(cloudName!);
      if (resourceType === 'all') throw ERRORS.InvalidParameter('resource_type', resourceType);
      const target: Target = {
        cloud,
        resourceType: resourceType as Target['resourceType'],
        seen: (fields) => {
          callback = callbackOf(request, fields);
        },
      };
      const uploadId = request.headers['x-unique-upload-id'];
      const range = request.headers['content-range'];
      const answer =
        typeof uploadId === 'string' && uploadId !== '' && range !== undefined
          ? await uploadChunk(app, request, target, uploadId, range)
          : await uploadWhole(app, request, target);
      if (callback !== undefined) return sendBack(reply, callback, answer);
      return reply.type('application/json; charset=utf-8').send(answer);
    } catch (error) {
      const { detail } = error as SignetError;
      if (detail !== undefined && app.diagnosis)
        reply.header(
          'X-Signet-Diagnosis',
          detail.replace(/[^\t\x20-\x7e]/g, (character) => encodeURIComponent(character)),
        );
      if (callback !== undefined && error instanceof SignetError)
        return sendBack(reply, callback, { error: { message: error.message } });
      throw error;
    }
  };
  for (const path of CHUNK_PATHS) {
    server.post(`/v1_1/:cloud/${RESOURCE_TYPES}${path}`, { config: { operation: 'upload' } }, handler);
    server.post(`/v1_1/:cloud${path}`, { config: { operation: 'upload' } }, handler);
  }
}
