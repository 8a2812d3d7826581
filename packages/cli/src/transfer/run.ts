import { interruptible } from '../client/interrupt.ts';
import { createProgress, formatBytes } from '../client/progress.ts';
import { type Context, print, printJson } from '../context.ts';
import { EXIT } from '../errors.ts';
import { forEachAsset } from './each-asset.ts';
import type { TransferState } from './state.ts';
import { type Asset, type Environment, keyOf, type Source, type Target } from './types.ts';

export interface TransferOptions {
  readonly workers: number;
  readonly dryRun?: boolean;
  readonly verify?: boolean;
  readonly json?: boolean;
  /** Forget what an earlier run did. */
  readonly fresh?: boolean;
  /** Ask each asset for its related ones, where the source has no list of them. */
  readonly related?: boolean;
}

interface Counts {
  readonly assets: Readonly<Record<string, { count: number; bytes: number }>>;
  readonly total: number;
  readonly bytes: number;
  readonly done: number;
}

const HINT = 'Run the same command to go on where it stopped.';

/** Takes an environment from source to target: settings first, then every asset, resumable, a failure never stops the rest. */
export async function transfer(
  context: Context,
  source: Source,
  target: Target,
  state: TransferState,
  options: TransferOptions,
): Promise<void> {
  if (options.fresh) state.clear();
  const report = await interruptible(HINT, (signal) =>
    options.verify
      ? verify(source, target, state, signal)
      : options.dryRun
        ? dryRun(source, target, state, options, signal)
        : run(context, source, target, state, options, signal),
  );
  if (options.json) printJson(context, { source: source.name, target: target.name, ...report.facts });
  else for (const line of report.lines) print(context, line);
  if (report.failed) context.exitCode = EXIT.failed;
}

interface Report {
  readonly facts: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
  readonly failed: boolean;
}

const countEnvironment = (environment: Environment): Record<string, number> =>
  Object.fromEntries(Object.entries(environment).map(([kind, items]) => [kind, (items as unknown[]).length]));

async function count(source: Source, state: TransferState, signal: AbortSignal): Promise<Counts> {
  const assets: Record<string, { count: number; bytes: number }> = {};
  let [total, bytes, done] = [0, 0, 0];
  for await (const asset of source.assets(signal)) {
    const kind = `${asset.resource_type}/${asset.type}`;
    const before = assets[kind] ?? { count: 0, bytes: 0 };
    assets[kind] = { count: before.count + 1, bytes: before.bytes + asset.bytes };
    total += 1;
    bytes += asset.bytes;
    if (state.has(asset)) done += 1;
  }
  return { assets, total, bytes, done };
}

async function dryRun(
  source: Source,
  target: Target,
  state: TransferState,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<Report> {
  const environment = countEnvironment(await source.environment(signal, { relatedOneByOne: options.related }));
  const notKept = await target.limits(signal);
  const counts = await count(source, state, signal);
  return {
    facts: { dry_run: true, environment, ...counts, not_kept: notKept },
    lines: [
      ...Object.entries(environment).map(([kind, n]) => `${kind.padEnd(22)} ${n}`),
      ...Object.entries(counts.assets).map(
        ([kind, row]) => `${kind.padEnd(22)} ${row.count}, ${formatBytes(row.bytes)}`,
      ),
      `${'assets in all'.padEnd(22)} ${counts.total}, ${formatBytes(counts.bytes)}; ${counts.done} are over already`,
      ...notKept.map((line) => `not kept: ${line}`),
      'Nothing was changed (--dry-run).',
    ],
    failed: false,
  };
}

async function run(
  context: Context,
  source: Source,
  target: Target,
  state: TransferState,
  options: TransferOptions,
  signal: AbortSignal,
): Promise<Report> {
  const environment = await source.environment(signal, { relatedOneByOne: options.related });
  const notKept = await target.limits(signal);
  const { made, problems } = await target.putEnvironment(environment, signal);
  const counts = await count(source, state, signal);
  const progress = await createProgress(context, 'items', options.json);
  progress.expect(counts.total - counts.done);
  let [moved, skipped, bytes] = [0, 0, 0];
  const left = async function* () {
    for await (const asset of source.assets(signal))
      if (state.has(asset)) skipped += 1;
      else yield asset;
  };
  const failed = await forEachAsset(left(), { workers: options.workers, progress, signal }, async (asset) => {
    await moveOne(asset, source, target, state, signal);
    moved += 1;
    bytes += asset.bytes;
  });
  const late = signal.aborted ? [] : await target.finish(environment, signal);
  const all = [...problems, ...late];
  return {
    facts: { environment: made, problems: all, moved, skipped, failed, bytes, not_kept: notKept, state: state.file },
    lines: [
      ...all.map((line) => `not taken over: ${line}`),
      ...notKept.map((line) => `not kept: ${line}`),
      `${moved} assets taken over (${formatBytes(bytes)}), ${skipped} were there from an earlier run, ${failed.length} failed`,
      ...(failed.length > 0 ? [HINT] : []),
    ],
    failed: failed.length > 0 || all.length > 0,
  };
}

async function moveOne(asset: Asset, source: Source, target: Target, state: TransferState, signal: AbortSignal) {
  const original = await source.original(asset, signal);
  try {
    const { etag } = await target.putAsset(asset, original, signal);
    if (etag !== undefined && etag !== original.md5)
      throw new Error(`the target has the etag ${etag}, the original ${original.md5}`);
    state.add(asset, original.md5);
  } finally {
    await original.release();
  }
}

/** Compares both sides by etag; where the source's list has none, with the one its bytes had when they were taken over. */
async function verify(source: Source, target: Target, state: TransferState, signal: AbortSignal): Promise<Report> {
  const there = new Map<string, string | undefined>();
  for await (const asset of target.assets(signal)) there.set(keyOf(asset), asset.etag);
  const missing: string[] = [];
  const different: string[] = [];
  const unknown: string[] = [];
  let same = 0;
  for await (const asset of source.assets(signal)) {
    const key = keyOf(asset);
    const wanted = asset.etag ?? state.etagOf(key);
    const has = there.get(key);
    if (!there.has(key)) missing.push(key);
    else if (wanted === undefined || has === undefined) unknown.push(key);
    else if (wanted === has) same += 1;
    else different.push(key);
  }
  const failed = missing.length + different.length > 0;
  return {
    facts: { verified: !failed, same, missing, different, unknown },
    lines: [
      ...missing.map((key) => `missing    ${key}`),
      ...different.map((key) => `different  ${key}`),
      ...unknown.map((key) => `no etag    ${key}`),
      `${same} assets are the same, ${missing.length} are missing, ${different.length} differ, ${unknown.length} cannot be told`,
    ],
    failed,
  };
}
