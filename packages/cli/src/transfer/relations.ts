import type { Account } from '../account/account.ts';
import { AdminError, adminCall, adminItems, pathOf } from '../client/admin.ts';
import { listAssets } from './server-side.ts';
import { type EnvironmentOptions, type Json, keyOf } from './types.ts';

/** Which assets are related: by one list, which only Signet has, or by a call for each asset when that is asked for. */
export async function readRelations(
  account: Account,
  signal: AbortSignal,
  { relatedOneByOne = false }: EnvironmentOptions,
): Promise<Json[]> {
  try {
    return await Array.fromAsync(adminItems<Json>(account, '/related_assets', 'relations', {}, signal));
  } catch (error) {
    if (!(error instanceof AdminError && error.status < 500)) throw error;
  }
  const found: Json[] = [];
  if (!relatedOneByOne) return found;
  for await (const asset of listAssets(account, signal)) {
    const path = pathOf('resources', asset.resource_type, asset.type, asset.public_id);
    const query = { related: true };
    for await (const other of adminItems<Json & Parameters<typeof keyOf>[0]>(
      account,
      path,
      'related_assets',
      query,
      signal,
    ))
      if (keyOf(asset) < keyOf(other)) found.push({ asset: keyOf(asset), related: keyOf(other) });
  }
  return found;
}

const MOST = 10;

/** Relates assets that are there; those related already stay so. @returns lines about what failed. */
export async function writeRelations(
  account: Account,
  relations: readonly Json[],
  signal: AbortSignal,
): Promise<string[]> {
  const problems: string[] = [];
  const byAsset = Map.groupBy(relations, ({ asset }) => String(asset));
  for (const [asset, pairs] of byAsset) {
    const [resourceType = '', type = '', ...publicId] = asset.split('/');
    const path = pathOf('resources', 'related_assets', resourceType, type, publicId.join('/'));
    for (let at = 0; at < pairs.length; at += MOST) {
      const others = pairs.slice(at, at + MOST).map(({ related }) => String(related));
      try {
        const { failed = [] } = await adminCall<{ failed?: { asset: string; code: string }[] }>(account, path, {
          method: 'POST',
          json: { assets_to_relate: others },
          signal,
        });
        for (const { asset: other, code } of failed)
          if (code !== 'already_exists_ids') problems.push(`related_assets ${asset} with ${other}: ${code}`);
      } catch (error) {
        if (signal.aborted) throw error;
        problems.push(`related_assets ${asset}: ${(error as Error).message}`);
      }
    }
  }
  return problems;
}
