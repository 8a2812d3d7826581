import { forEachConcurrently } from '../client/pool.ts';
import { type Progress, sayFailure } from '../client/progress.ts';
import { messageOf } from '../errors.ts';
import { type Asset, keyOf } from './types.ts';

export interface Failure {
  /** `<resource_type>/<type>/<public_id>` */
  readonly key: string;
  readonly error: string;
}

/**
 * Works through assets, `workers` at a time; a failure is said, noted, and stops none of the others. Ends the progress.
 *
 * @throws when interrupted
 */
export async function forEachAsset(
  assets: Iterable<Asset> | AsyncIterable<Asset>,
  {
    workers,
    progress,
    signal,
  }: { readonly workers: number; readonly progress: Progress; readonly signal: AbortSignal },
  work: (asset: Asset) => Promise<void>,
): Promise<readonly Failure[]> {
  const failed: Failure[] = [];
  try {
    await forEachConcurrently(
      assets,
      workers,
      async (asset) => {
        try {
          await work(asset);
        } catch (error) {
          if (signal.aborted) throw error;
          failed.push({ key: keyOf(asset), error: messageOf(error) });
          sayFailure(progress, keyOf(asset), error);
        }
        progress.add(1);
      },
      signal,
    );
  } finally {
    progress.end();
  }
  return failed;
}
