import { copyFile, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { type Command, Option } from 'commander';
import type { Account } from '../account/account.ts';
import { accountOption, resolveAccount, signingOptions } from '../account/resolve.ts';
import { adminCall } from '../client/admin.ts';
import { interruptible } from '../client/interrupt.ts';
import { forEachConcurrently } from '../client/pool.ts';
import { createProgress, sayFailure } from '../client/progress.ts';
import { upload } from '../client/upload.ts';
import { type Context, print, printJson } from '../context.ts';
import { CliError, EXIT, messageOf, UsageError } from '../errors.ts';
import { type LocalFile, localFiles } from '../folders/local.ts';
import { type FolderMode, folderMode, joinFolders, placing } from '../folders/mode.ts';
import { namedAssets, normalName } from '../folders/names.ts';
import { examples, integerOption, type PairOptions, pairOptions, pairsOf } from '../options.ts';
import { md5Of } from '../transfer/folder-side.ts';
import { download, searchAssets } from '../transfer/server-side.ts';
import type { Asset } from '../transfer/types.ts';

interface Options extends PairOptions {
  readonly account?: string;
  readonly push?: true;
  readonly pull?: true;
  readonly includeHidden?: true;
  readonly workers: number;
  readonly delete?: true;
  readonly dryRun?: true;
  readonly json?: true;
  readonly status?: string;
  readonly deletionBatchSize: number;
}

interface Plan {
  readonly same: string[];
  readonly copy: string[];
  readonly remove: string[];
  /** Only at the destination, and left there because nobody asked for deletion. */
  readonly kept: string[];
}

/** Remembers names that the service stores otherwise, as `cld sync` does. */
const NAMES_FILE = '.cld-sync';

export function define(command: Command, context: Context): void {
  accountOption(command)
    .description(
      'Makes a local folder and a folder of the account the same, in one direction. Files are compared by MD5 and etag; what exists only at the destination is deleted only with --delete.',
    )
    .argument('<local_folder>')
    .argument('<cloud_folder>');
  pairOptions(command)
    .option('--push', 'from here to the account')
    .option('--pull', 'from the account to here')
    .option('--delete', 'delete what exists only at the destination')
    .option('-K, --keep-unique', 'keep it (what happens anyway)')
    .option('-F, --force', 'accepted for the sake of scripts; nothing is asked')
    .option('-D, --deletion-batch-size <n>', 'how many are deleted by one call', integerOption(1, 100), 30)
    .addOption(
      new Option('--status <status>', 'only assets with this status (also -st)').choices(['all', 'active', 'pending']),
    )
    .option('-H, --include-hidden', 'also names that begin with a dot')
    .option('-w, --workers <n>', 'transfers at the same time', integerOption(1, 100), 8)
    .option('--dry-run', 'say what would be done')
    .option('--json', 'print JSON');
  examples(command, [
    ['signet sync ./site site --push', 'upload what is new or changed'],
    ['signet sync ./site site --push --delete --dry-run', 'what would be deleted?'],
    ['signet sync ./copy site --pull', 'download what is new or changed'],
  ]).action(async (localFolder: string, cloudFolder: string, options: Options) => {
    if ((options.push ?? false) === (options.pull ?? false)) throw new UsageError('Give either --push or --pull.');
    const account = await resolveAccount(context, options);
    const root = resolve(context.cwd, localFolder);
    const folder = joinFolders(cloudFolder);
    const work = new Sync(context, account, root, folder, await folderMode(account), options);
    await interruptible('Run it again to go on: what is the same already is left out.', (signal) => work.run(signal));
  });
}

class Sync {
  readonly #context: Context;
  readonly #account: Account;
  readonly #root: string;
  readonly #folder: string;
  readonly #mode: FolderMode;
  readonly #options: Options;

  constructor(context: Context, account: Account, root: string, folder: string, mode: FolderMode, options: Options) {
    this.#context = context;
    this.#account = account;
    this.#root = root;
    this.#folder = folder;
    this.#mode = mode;
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { push, dryRun, json, workers } = this.#options;
    if (!push) await mkdir(this.#root, { recursive: true });
    const names = await this.#readNames();
    const found = await localFiles(this.#root, { hidden: this.#options.includeHidden }).catch(() => {
      throw new UsageError(`There is no folder ${this.#root}.`);
    });
    const local = new Map(
      found.filter(({ name }) => name !== NAMES_FILE).map((file) => [normalName(names[file.name] ?? file.name), file]),
    );
    const remote = namedAssets(await this.#listRemote(signal), this.#folder, this.#mode);
    const plan = await this.#plan(local, remote);
    if (dryRun) return this.#report(plan, [], true);

    const failed: { name: string; error: string }[] = [];
    const progress = await createProgress(this.#context, 'items', json);
    progress.expect(plan.copy.length + plan.remove.length);
    const each = async (name: string, work: () => Promise<unknown>): Promise<void> => {
      try {
        await work();
      } catch (error) {
        if (signal.aborted) throw error;
        failed.push({ name, error: messageOf(error) });
        sayFailure(progress, name, error);
      }
      progress.add(1);
    };
    try {
      await forEachConcurrently(
        plan.copy,
        workers,
        (name) =>
          each(name, async () => {
            if (!push) return this.#pull(name, remote.get(name)!, local.get(name), signal);
            const stored = await this.#push(local.get(name)!, remote.get(name), signal);
            const [[storedName]] = [...namedAssets([stored], this.#folder, this.#mode)] as [[string, Asset]];
            const own = local.get(name)!.name;
            if (storedName !== normalName(own)) names[own] = storedName;
          }),
        signal,
      );
      if (push)
        for (const batch of this.#batches(plan.remove.map((name) => remote.get(name)!)))
          await this.#deleteRemote(batch, signal, (name, error) => {
            if (error !== undefined) failed.push({ name, error });
            progress.add(1);
          });
      else
        await forEachConcurrently(plan.remove, workers, (name) => each(name, () => rm(local.get(name)!.path)), signal);
    } finally {
      progress.end();
      await this.#writeNames(names);
    }
    this.#report(plan, failed, false);
  }

  async #plan(local: ReadonlyMap<string, LocalFile>, remote: ReadonlyMap<string, Asset>): Promise<Plan> {
    const plan: Plan = { same: [], copy: [], remove: [], kept: [] };
    const [from, to] = this.#options.push ? [local, remote] : [remote, local];
    for (const name of from.keys()) {
      const [file, asset] = [local.get(name), remote.get(name)];
      const same = file !== undefined && asset !== undefined && (await md5Of(file.path)) === asset.etag;
      (same ? plan.same : plan.copy).push(name);
    }
    for (const name of to.keys()) if (!from.has(name)) (this.#options.delete ? plan.remove : plan.kept).push(name);
    return plan;
  }

  async #listRemote(signal: AbortSignal): Promise<Asset[]> {
    const field = this.#mode === 'fixed' ? 'folder' : 'asset_folder';
    const expression = this.#folder === '' ? '' : `${field}:"${this.#folder.replace(/(["\\])/g, '\\$1')}/*"`;
    const { status = 'all' } = this.#options;
    const assets = (await Array.fromAsync(searchAssets(this.#account, expression, signal))).filter(
      (asset) => status === 'all' || (asset as { status?: string }).status === status,
    );
    // The oldest keeps the plain name when several have the same.
    return assets.sort((a, b) => ((a.created_at ?? '') < (b.created_at ?? '') ? -1 : 1));
  }

  async #push(file: LocalFile, existing: Asset | undefined, signal: AbortSignal): Promise<Asset> {
    const folder = joinFolders(this.#folder, dirname(file.name));
    const place =
      existing === undefined
        ? placing(this.#mode, folder)
        : {
            public_id: existing.public_id,
            type: existing.type,
            overwrite: true,
            invalidate: true,
            // Said again, for an upload without them may put the asset elsewhere.
            ...(this.#mode === 'dynamic' && {
              asset_folder: existing.asset_folder,
              display_name: existing.display_name,
            }),
          };
    const result = await upload(this.#context, this.#account, {
      file: file.path,
      resourceType: existing?.resource_type ?? 'auto',
      params: { ...place, ...pairsOf(this.#options) },
      signing: signingOptions(this.#account, {}),
      signal,
    });
    return result as unknown as Asset;
  }

  async #pull(name: string, asset: Asset, file: LocalFile | undefined, signal: AbortSignal): Promise<void> {
    const path = file?.path ?? resolve(this.#root, name);
    if (!path.startsWith(this.#root + sep)) throw new CliError('Its name leads out of the folder.');
    const original = await download(this.#account, asset, signal);
    try {
      await mkdir(dirname(path), { recursive: true });
      await copyFile(original.path, `${path}.part`);
      await rename(`${path}.part`, path);
    } finally {
      await original.release();
    }
  }

  /** Assets of one resource type and type together, as the API deletes them. */
  *#batches(assets: readonly Asset[]): Generator<readonly Asset[]> {
    const size = this.#options.deletionBatchSize;
    for (const [, group] of Map.groupBy(assets, ({ resource_type, type }) => `${resource_type}/${type}`))
      for (let at = 0; at < group.length; at += size) yield group.slice(at, at + size);
  }

  async #deleteRemote(
    batch: readonly Asset[],
    signal: AbortSignal,
    told: (publicId: string, error?: string) => void,
  ): Promise<void> {
    const [{ resource_type, type }] = batch as [Asset];
    const ids = batch.map(({ public_id }) => public_id);
    try {
      const { deleted } = await adminCall<{ deleted: Record<string, string> }>(
        this.#account,
        `/resources/${resource_type}/${type}`,
        { method: 'DELETE', query: { public_ids: ids, invalidate: true }, signal },
      );
      for (const id of ids) told(id, deleted[id] === 'deleted' ? undefined : `The server answered ${deleted[id]}.`);
    } catch (error) {
      if (signal.aborted) throw error;
      for (const id of ids) told(id, messageOf(error));
    }
  }

  async #readNames(): Promise<Record<string, string>> {
    const text = await readFile(join(this.#root, NAMES_FILE), 'utf8').catch(() => '{}');
    try {
      return JSON.parse(text) as Record<string, string>;
    } catch {
      return {};
    }
  }

  async #writeNames(names: Readonly<Record<string, string>>): Promise<void> {
    if (Object.keys(names).length > 0) await writeFile(join(this.#root, NAMES_FILE), JSON.stringify(names, null, 2));
  }

  #report(plan: Plan, failed: readonly { name: string; error: string }[], dry: boolean): void {
    const done = plan.copy.length + plan.remove.length - failed.length;
    if (this.#options.json) printJson(this.#context, { dry_run: dry, ...plan, failed });
    else {
      const say = (text: string): void => print(this.#context, text);
      if (dry) {
        for (const name of plan.copy) say(`${this.#options.push ? 'upload  ' : 'download'}  ${name}`);
        for (const name of plan.remove) say(`delete    ${name}`);
      }
      if (plan.kept.length > 0)
        say(`${plan.kept.length} exist only at the destination and stay (--delete removes them)`);
      say(
        `In Sync ${plan.same.length} · ${dry ? 'To do' : 'Synced'} ${dry ? plan.copy.length + plan.remove.length : done} · Failed ${failed.length}`,
      );
    }
    if (failed.length > 0) this.#context.exitCode = EXIT.failed;
  }
}
