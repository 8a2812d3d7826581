import { sql } from 'kysely';
import type { App } from '../app.ts';
import type { Catalog } from '../catalog/catalog.ts';
import { forgetSwept, isReferenced, sweepShared } from './swept.ts';

const HOUR = 3_600_000;
/** An upload may lie between storing its bytes and its catalog entry. */
const GRACE = HOUR;

/** Bytes of uploads that wait for their turn (`async`): they are stored, and have no asset yet. */
async function waitingUploads({ db, dialect }: Catalog): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('jobs')
    .select(sql<string>`${dialect.jsonText('payload', ['file', 'hash'])}`.as('hash'))
    .where('kind', '=', 'upload')
    .where('status', 'in', ['waiting', 'running'])
    .execute();
  return new Set(rows.map(({ hash }) => hash));
}

/** What nobody needs any more is deleted: unfinished chunked uploads, bytes without an asset, old jobs. */
export async function sweep(app: App): Promise<void> {
  const { catalog, blobs, chunks, jobs, clock, config, log } = app;
  const now = clock();
  const uploads = await chunks.sweep(now - config['keep-unfinished-uploads'] * 1000);
  await jobs.sweep(now - 7 * 24 * HOUR);
  // Uploads that come in after this are younger than the grace.
  const waiting = await waitingUploads(catalog);
  const storedBefore = now - GRACE;
  const removed = await blobs.sweep({
    storedBefore,
    isReferenced: async (hash) => waiting.has(hash) || (await isReferenced(catalog.db, hash)),
    ...(catalog.shared && { remove: (hash) => sweepShared(app, hash, storedBefore) }),
  });
  await forgetSwept(app);
  if (uploads > 0 || removed.blobs > 0) log.info({ uploads, ...removed }, 'swept what nobody needs any more');
}

/** Sweeps an hour after the start and every hour. @returns how to stop */
export function startSweeps(app: App): () => void {
  const timer = setInterval(
    () => void sweep(app).catch((error: Error) => app.log.warn({ err: error }, 'sweep failed')),
    HOUR,
  );
  timer.unref();
  return () => clearInterval(timer);
}
