import type { Command } from 'commander';
import type { Account } from '../account/account.ts';
import { accountOption, findAccount, resolveAccount, signingOptions } from '../account/resolve.ts';
import { interruptible } from '../client/interrupt.ts';
import { createProgress } from '../client/progress.ts';
import { upload } from '../client/upload.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT, UsageError } from '../errors.ts';
import { examples, integerOption } from '../options.ts';
import { collectNames } from '../sdk/command.ts';
import { type Failure, forEachAsset } from '../transfer/each-asset.ts';
import { download, listAssets, searchAssets, uploadParams } from '../transfer/server-side.ts';
import { type Asset, keyOf } from '../transfer/types.ts';

interface Options {
  readonly account?: string;
  readonly overwrite?: true;
  readonly workers: number;
  readonly fields?: readonly string[];
  readonly searchExp?: string;
  readonly async?: true;
  readonly notificationUrl?: string;
  readonly dryRun?: true;
  readonly json?: true;
}

const FIELDS = ['tags', 'context'] as const;

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Copies assets into another environment, with the options of `cld clone`. Bytes go through this machine, so neither server needs to reach the other. For a whole environment with its settings there is `signet import`.',
    )
    .argument('<target>', 'cloudinary://KEY:SECRET@CLOUD[?upload_prefix=URL], or the name of a saved account')
    .option('--overwrite', 'also what the target has under the same public ID (also -ow)')
    .option('--fields <names>', 'also tags, context (comma-separated; also -fi)', collectNames)
    .option('--search-exp <expression>', 'only what this search finds (also -se)')
    .option('--async', 'let the target work in the background')
    .option('--notification-url <url>', 'webhook of each upload (also -nu)')
    .option('--url-expiry <seconds>', 'accepted for the sake of scripts; no address is handed on (also -ue)')
    .option('-F, --force', 'accepted for the sake of scripts; nothing is asked')
    .option('-w, --workers <n>', 'assets at the same time', integerOption(1, 100), 8)
    .option('--dry-run', 'say what would be copied')
    .option('--json', 'print {copied, skipped, failed}');
  examples(command, [
    ['signet clone staging -fi tags,context', 'everything, into the saved account staging'],
    ['signet clone staging -se "tags=launch" --dry-run', 'which would it be?'],
  ]).action(async (to: string, options: Options) => {
    const source = await resolveAccount(context, options);
    const target = await findAccount(context, to);
    if (target === undefined || (target.cloud === source.cloud && target.api === source.api))
      throw new UsageError('Source and target are the same environment.', 'Choose the source with --account.');
    const fields = options.fields ?? [];
    const odd = fields.filter((name) => !FIELDS.includes(name as (typeof FIELDS)[number]));
    if (odd.length > 0) throw new UsageError(`Expected tags, context but received ${odd.join(', ')}`);

    await interruptible('Run it again to go on: what the target has is left out.', async (signal) => {
      const there = new Set<string>();
      if (!options.overwrite) for await (const asset of listAssets(target, signal)) there.add(keyOf(asset));
      const found = await Array.fromAsync(
        options.searchExp === undefined
          ? listAssets(source, signal)
          : searchAssets(source, options.searchExp, signal, ['tags', 'context']),
      );
      const wanted = found.filter((asset) => !there.has(keyOf(asset)));
      const failed = options.dryRun ? [] : await copyAll(context, source, target, wanted, options, signal);
      const bad = new Set(failed.map(({ key }) => key));
      const copied = wanted.map(keyOf).filter((key) => !bad.has(key));
      report(context, { copied, skipped: found.length - wanted.length, failed }, options);
      if (failed.length > 0) context.exitCode = EXIT.failed;
    });
  });
}

/** What goes over with the bytes. */
function facts(asset: Asset, fields: readonly string[]): Asset {
  const { public_id, resource_type, type, format, bytes, secure_url, tags, context } = asset;
  return {
    ...{ public_id, resource_type, type, format, bytes, secure_url },
    ...(fields.includes('tags') && { tags }),
    ...(fields.includes('context') && { context }),
  } as Asset;
}

/** Copies assets, several at a time; answers which could not be. @throws when interrupted */
async function copyAll(
  context: Context,
  source: Account,
  target: Account,
  wanted: readonly Asset[],
  { fields = [], workers, async, notificationUrl, json }: Options,
  signal: AbortSignal,
): Promise<readonly Failure[]> {
  const progress = await createProgress(context, 'items', json);
  progress.expect(wanted.length);
  const copy = async (asset: Asset): Promise<void> => {
    const original = await download(source, asset, signal);
    await upload(context, target, {
      file: original.path,
      resourceType: asset.resource_type,
      params: {
        ...uploadParams(facts(asset, fields)),
        ...(async && { async: true }),
        ...(notificationUrl && { notification_url: notificationUrl }),
      },
      signing: signingOptions(target, {}),
      signal,
    }).finally(original.release);
  };
  return forEachAsset(wanted, { workers, progress, signal }, copy);
}

function report(
  context: Context,
  { copied, skipped, failed }: { copied: readonly string[]; skipped: number; failed: readonly Failure[] },
  { dryRun = false, json }: { readonly dryRun?: boolean; readonly json?: boolean },
): void {
  if (json) {
    printJson(context, { dry_run: dryRun, copied, skipped, failed });
    return;
  }
  if (dryRun) for (const key of copied) print(context, key);
  const done = dryRun ? 'would be copied' : 'copied';
  print(context, `${copied.length} ${done}, ${skipped} are there already, ${failed.length} failed`);
}
