import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { sourceFacts } from '../delivery/facts.ts';
import { ERRORS } from '../errors.ts';
import type { AnalysisName } from '../ingest/inspect/analyze.ts';
import { canonicalFormat } from '../ingest/inspect/formats.ts';
import type { MediaFacts } from '../ingest/inspect/inspector.ts';
import { readAccessControl } from './access-control.ts';
import { checkAddons } from './addons.ts';
import { analysesWanted, analysisKeys, coordinatesOf } from './analyses.ts';
import { type Actor, viewContext } from './context.ts';
import { checkContext } from './contextual.ts';
import { issueDeleteToken } from './delete-by-token.ts';
import { bookkeepDerived, type Eager, eagerViews, parseEagerList, renderEager } from './eager.ts';
import { applyIncoming } from './incoming.ts';
import type { UploadOptions } from './parameters.ts';
import { nameUpload } from './public-id.ts';
import { storeAsset } from './store.ts';
import { checkTags } from './tags.ts';
import { assetView } from './view.ts';

export type ResourceType = 'image' | 'video' | 'raw';

export interface UploadRequest {
  /** From the path; `auto` decides by content. */
  readonly resourceType: ResourceType | 'auto';
  /** After the preset has been applied. */
  readonly options: UploadOptions;
  readonly unsigned: boolean;
  readonly source: {
    readonly file: SpooledFile;
    /** `undefined` when the source has none. */
    readonly filename: string | undefined;
    /** Address of a remote source. */
    readonly url: string | undefined;
  };
}

const DELIVERY_TYPES = ['upload', 'private', 'authenticated'];
const KIND_NAMES = { image: 'Image', video: 'Video', raw: 'Raw' } as const;
const MAX_BYTES = { image: 'max-image-bytes', video: 'max-video-bytes', raw: 'max-raw-bytes' } as const;

/** Inspects what came and decides what kind of asset it is. Raw is never decoded. */
async function understand(
  app: App,
  { source: { file }, resourceType }: UploadRequest,
  filename: string | undefined,
  wanted: readonly AnalysisName[],
): Promise<MediaFacts> {
  if (file.bytes === 0) throw ERRORS.EmptyFile();
  const facts = await app.inspector.inspectFile(await file.path(), { filename: filename ?? '', resourceType, wanted });
  const limit = app.config[MAX_BYTES[facts.resourceType]];
  if (file.bytes > limit) throw ERRORS.FileTooLarge(file.bytes, limit);
  return facts;
}

/**
 * `upload`: bytes become an asset. Nothing is visible before the one transaction at the end; when anything fails before
 * it, the spooled file is discarded by the caller and no trace is left.
 *
 * @returns the answer of the Upload API
 */
export async function upload(app: App, actor: Actor, request: UploadRequest): Promise<Record<string, unknown>> {
  const { options, unsigned } = request;
  const { cloud, key } = actor;
  const type = options.type ?? 'upload';
  if (!DELIVERY_TYPES.includes(type)) throw ERRORS.InvalidParameter('type', type);
  checkAddons(options);
  const accessControl =
    options.access_control === undefined ? null : JSON.stringify(readAccessControl(options.access_control));
  const eager: Eager[] = options.eager === undefined ? [] : parseEagerList(options.eager);
  const tags = checkTags(options.tags ?? []);
  const context = checkContext(options.context ?? {});
  const filename = options.filename_override ?? request.source.filename;

  let file = request.source.file;
  const wanted = analysesWanted(options);
  let facts = await understand(app, request, filename, options.transformation || options.format ? [] : wanted);
  const { resourceType } = facts;
  const allowed = options.allowed_formats?.map(canonicalFormat);
  const isAllowed = allowed === undefined || allowed.includes(canonicalFormat(facts.format ?? ''));
  if (!isAllowed && options.format === undefined)
    throw ERRORS.FormatNotAllowed(KIND_NAMES[resourceType], facts.format ?? '');
  // With allowed_formats, only files outside the list are converted (Upload API reference, `allowed_formats`).
  const convertTo =
    options.format !== undefined && (allowed === undefined || !isAllowed) ? canonicalFormat(options.format) : undefined;
  if (allowed !== undefined && convertTo !== undefined && !allowed.includes(convertTo))
    throw ERRORS.FormatNotAllowed(KIND_NAMES[resourceType], facts.format ?? '');
  const incoming = await applyIncoming(app, {
    cloud: cloud.name,
    file,
    facts,
    transformation: options.transformation,
    format: convertTo,
    wanted,
  });
  if (incoming !== undefined) {
    file = incoming.file;
    facts = incoming.facts;
  }
  try {
    const name = nameUpload({ resourceType, folderMode: cloud.folder_mode, filename, options });
    if (options.overwrite === false) {
      const existing = await app.catalog.assets.find(app.catalog.db, {
        cloud: cloud.name,
        resource_type: resourceType,
        type,
        public_id: name.publicId,
      });
      if (existing !== undefined && existing.status === 'active')
        return assetView(existing, await viewContext(app, actor), { existing: true });
    }
    const metadata = await app.metadata.apply(cloud, {}, options.metadata ?? {}, {
      clearInvalid: options.clear_invalid ?? false,
      isNew: true,
    });
    const { analysis: found, ...media } = facts;
    const analysis: Record<string, unknown> = { ...found };
    const coordinates = coordinatesOf(options, facts, { clip: true });
    if (wanted.includes('faces') && coordinates.faces !== undefined) analysis.faces = coordinates.faces;
    const stem = filename?.replace(/\.[^.]*$/, '');
    const { hash } = await app.blobs.put(file);
    const rendered = options.eager_async
      ? []
      : await renderEager(
          app,
          {
            cloud: cloud.name,
            hash,
            facts: sourceFacts(facts, hash, {
              publicId: name.publicId,
              tags,
              context,
              coordinates,
              faces: found.faces,
            }),
          },
          eager,
        );
    const moderations = (options.moderation ?? '')
      .split('|')
      .filter(Boolean)
      .map((kind, index) => ({ status: index === 0 ? 'pending' : 'queued', kind }));
    const callKey = key?.api_key ?? null;
    const stored = await app.catalog.transaction(async (tx) => {
      const { row, overwritten } = await storeAsset(
        app,
        tx,
        cloud,
        {
          public_id: name.publicId,
          resource_type: resourceType,
          type,
          format: resourceType === 'raw' ? null : (facts.format ?? null),
          blob: hash,
          bytes: file.bytes,
          etag: file.md5,
          width: facts.width ?? null,
          height: facts.height ?? null,
          pages: facts.pages ?? null,
          pixels: facts.width && facts.height ? facts.width * facts.height : null,
          aspect_ratio:
            facts.width && facts.height ? Math.round((facts.width / facts.height) * 100_000) / 100_000 : null,
          duration: facts.video?.duration ?? null,
          asset_folder: name.assetFolder,
          display_name: name.displayName,
          original_filename: options.discard_original_filename || !stem ? null : stem,
          access_mode: options.access_mode ?? 'public',
          access_control: accessControl,
          tags: JSON.stringify(tags),
          context: JSON.stringify(context),
          metadata: JSON.stringify(metadata),
          moderation: moderations.length === 0 ? null : JSON.stringify(moderations),
          moderation_kind: moderations[0]?.kind ?? null,
          moderation_status: moderations[0]?.status ?? null,
          facts: JSON.stringify(media),
          analysis: JSON.stringify(analysis),
          coordinates: JSON.stringify(coordinates),
          info: '{}',
          headers: options.headers ?? null,
          source_url: request.source.url ?? null,
          created_by: callKey,
          uploaded_by: callKey,
        },
        { backup: options.backup ?? app.config['automatic-backup'] },
      );
      await bookkeepDerived(tx, app, row, rendered);
      const token = options.return_delete_token ? await issueDeleteToken(app, tx, cloud.name, row.asset_id) : undefined;
      await scheduleAfter(app, tx, actor, row, { options, unsigned, eager });
      return { row, overwritten, token };
    });
    app.jobs.wake();
    const view = await viewContext(app, actor);
    return {
      ...assetView(stored.row, view, { analyses: analysisKeys(options), overwritten: stored.overwritten }),
      ...(rendered.length > 0 ? { eager: eagerViews(stored.row, view, rendered) } : {}),
      ...(stored.token === undefined ? {} : { delete_token: stored.token }),
    };
  } finally {
    if (incoming !== undefined) await incoming.file.discard();
  }
}

/** What is done later, written with the asset: webhooks, eager in the background, background removal. */
async function scheduleAfter(
  app: App,
  tx: Parameters<App['webhooks']['notify']>[0],
  actor: Actor,
  row: AssetRow,
  { options }: { readonly options: UploadOptions; readonly unsigned: boolean; readonly eager: readonly Eager[] },
): Promise<void> {
  const { signature: _signature, pages: _pages, ...fields } = assetView(row, await viewContext(app, actor));
  await app.webhooks.notify(tx, {
    cloud: actor.cloud.name,
    type: 'upload',
    fields,
    triggeredBy: actor.key?.api_key,
    url: options.notification_url,
  });
}
