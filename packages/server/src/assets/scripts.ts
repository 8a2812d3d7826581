import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Actor } from './context.ts';
import { checkContext } from './contextual.ts';
import type { Intake } from './intake.ts';
import { readUploadOptions, type UploadOptions } from './parameters.ts';
import { checkTags } from './tags.ts';

/**
 * `eval`: a script that runs before storing. It reads `resource_info` and changes `upload_options` (Upload API
 * reference, `eval`). What it sets is typed like a parameter of the call.
 */
export async function runEval(app: App, options: UploadOptions, { facts, file }: Intake): Promise<UploadOptions> {
  const { eval: script, ...rest } = options;
  if (script === undefined) return options;
  const { analysis, video, ...media } = facts;
  const info = {
    ...media,
    ...video,
    ...analysis,
    bytes: file.bytes,
    etag: (await file.digests()).md5,
    resource_type: facts.resourceType,
  };
  const changed = await app.scripts.run({
    script,
    globals: { resource_info: info, upload_options: rest },
    prelude: '',
    result: 'globalThis.upload_options',
  });
  if (typeof changed !== 'object' || changed === null || Array.isArray(changed))
    throw ERRORS.BadRequest('Expected upload_options to stay an object');
  return readUploadOptions(changed as Record<string, unknown>);
}

/**
 * `on_success`: a script that runs after storing. `current_asset.update({tags, context})` changes the asset; the answer
 * shows it. The name of the event object's member (`upload_info`) is inferred.
 */
export async function runOnSuccess(app: App, actor: Actor, row: AssetRow, script: string): Promise<AssetRow> {
  const info = {
    public_id: row.public_id,
    asset_id: row.asset_id,
    resource_type: row.resource_type,
    type: row.type,
    format: row.format,
    width: row.width,
    height: row.height,
    bytes: row.bytes,
    tags: JSON.parse(row.tags) as string[],
    context: JSON.parse(row.context) as object,
  };
  const prelude =
    'const $updates = []; globalThis.event = { upload_info: globalThis.__info }; globalThis.current_asset = { ...globalThis.__info, update: (change) => { $updates[$updates.length] = change; } };';
  const updates = (await app.scripts.run({
    script,
    globals: { __info: info },
    prelude,
    result: '$updates',
  })) as unknown[];
  if (updates.length === 0) return row;
  const merged = readUploadOptions(
    Object.assign({}, ...updates.filter((update) => typeof update === 'object' && update !== null)) as Record<
      string,
      unknown
    >,
  );
  const metadata =
    merged.metadata === undefined
      ? undefined
      : await app.metadata.apply(actor.cloud, JSON.parse(row.metadata), merged.metadata);
  return app.catalog.transaction((tx) =>
    app.catalog.assets.update(tx, row.seq, {
      ...(merged.tags === undefined ? {} : { tags: JSON.stringify(checkTags(merged.tags)) }),
      ...(merged.context === undefined ? {} : { context: JSON.stringify(checkContext(merged.context)) }),
      ...(metadata === undefined ? {} : { metadata: JSON.stringify(metadata) }),
      updated_at: app.clock(),
    }),
  );
}
