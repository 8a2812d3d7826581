import type { QuickJSContext } from 'quickjs-emscripten';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Actor } from './context.ts';
import { checkContext } from './contextual.ts';
import type { Intake } from './intake.ts';
import { readUploadOptions, type UploadOptions } from './parameters.ts';
import { checkTags } from './tags.ts';

const TIME = 200;
const MEMORY = 16 * 1024 * 1024;
const STACK = 512 * 1024;
const MAX_SCRIPT = 100_000;

/**
 * Runs a user's script in an interpreter of its own (QuickJS in WebAssembly): no module, no timer, no network, no file,
 * a limit of time and of memory. It sees the given values as globals and answers what `result` says.
 *
 * @throws 400 with the script's own error
 */
async function runScript(
  script: string,
  globals: Readonly<Record<string, unknown>>,
  prelude: string,
  result: string,
): Promise<unknown> {
  if (script.length > MAX_SCRIPT)
    throw ERRORS.BadRequest(`Expected a script of at most ${MAX_SCRIPT} characters but received ${script.length}`);
  const { getQuickJS, shouldInterruptAfterDeadline } = await import('quickjs-emscripten');
  const runtime = (await getQuickJS()).newRuntime({
    memoryLimitBytes: MEMORY,
    maxStackSizeBytes: STACK,
    interruptHandler: shouldInterruptAfterDeadline(Date.now() + TIME),
  });
  const context = runtime.newContext();
  try {
    const setUp = Object.entries(globals)
      .map(([name, value]) => `globalThis.${name} = ${JSON.stringify(value)};`)
      .join('\n');
    evaluate(context, `${setUp}\n${prelude}`);
    evaluate(context, script);
    return JSON.parse(String(evaluate(context, `JSON.stringify(${result})`)));
  } finally {
    context.dispose();
    runtime.dispose();
  }
}

function evaluate(context: QuickJSContext, code: string): unknown {
  const outcome = context.evalCode(code);
  if (outcome.error) {
    const error: unknown = context.dump(outcome.error);
    outcome.error.dispose();
    const message =
      typeof error === 'object' && error !== null && 'message' in error ? String(error.message) : String(error);
    throw ERRORS.BadRequest(`Error in evaluated script: ${message.slice(0, 300)}`);
  }
  const value: unknown = context.dump(outcome.value);
  outcome.value.dispose();
  return value;
}

/**
 * `eval`: a script that runs before storing. It reads `resource_info` and changes `upload_options` (Upload API
 * reference, `eval`). What it sets is typed like a parameter of the call.
 */
export async function runEval(options: UploadOptions, { facts, file }: Intake): Promise<UploadOptions> {
  const { eval: script, ...rest } = options;
  if (script === undefined) return options;
  const { analysis, video, ...media } = facts;
  const info = {
    ...media,
    ...video,
    ...analysis,
    bytes: file.bytes,
    etag: file.md5,
    resource_type: facts.resourceType,
  };
  const changed = await runScript(
    script,
    { resource_info: info, upload_options: rest },
    '',
    'globalThis.upload_options',
  );
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
    'globalThis.__updates = []; globalThis.event = { upload_info: globalThis.__info }; globalThis.current_asset = { ...globalThis.__info, update: (change) => { globalThis.__updates.push(change); } };';
  const updates = (await runScript(script, { __info: info }, prelude, 'globalThis.__updates')) as unknown[];
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
