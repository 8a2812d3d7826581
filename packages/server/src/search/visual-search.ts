import { sql } from 'kysely';
import type { App } from '../app.ts';
import type { ViewContext } from '../assets/view.ts';
import { ERRORS } from '../errors.ts';
import { openSource } from '../ingest/source.ts';
import { rowsBySeq } from './search-assets.ts';
import { searchItem } from './view.ts';

export interface VisualQuery {
  readonly assetId: string | undefined;
  readonly url: string | undefined;
  /** Share of equal bits, 0–1. */
  readonly threshold: number;
  readonly maxResults: number;
}

const BITS = 64;

const distance = (a: string, b: string): number => {
  let difference = BigInt(`0x${a}`) ^ BigInt(`0x${b}`);
  let bits = 0;
  for (; difference > 0n; difference &= difference - 1n) bits++;
  return bits;
};

async function hashOf(app: App, { cloud }: ViewContext, { assetId, url }: VisualQuery): Promise<string> {
  const inspect = async (path: string) =>
    (await app.inspector.inspectFile(path, { resourceType: 'image', wanted: ['phash'] })).analysis.phash;
  if (assetId !== undefined) {
    const row = await app.catalog.assets.findById(app.catalog.db, cloud.name, assetId);
    if (!row?.blob) throw ERRORS.ResourceNotFound(assetId);
    const local = await app.blobs.local(row.blob);
    try {
      return (await inspect(local.path)) ?? '';
    } finally {
      await local.release();
    }
  }
  const { file } = await openSource(url!, {
    store: app.blobs,
    remote: app.remote,
    maxBytes: app.config['max-image-bytes'],
  });
  try {
    return (await inspect(await file.path())) ?? '';
  } finally {
    await file.discard();
  }
}

/**
 * Pictures that look alike, by perceptual hash: the same picture in another size, format or quality, or slightly
 * retouched; not other pictures of the same thing, which would need an embedding model. Only assets whose hash is known
 * are found: those uploaded with `phash` or `visual_search`.
 *
 * @throws 404 for an unknown asset, 400 for a source that is no picture
 */
export async function visualSearch(
  app: App,
  context: ViewContext,
  query: VisualQuery,
): Promise<Record<string, unknown>> {
  const started = performance.now();
  const wanted = await hashOf(app, context, query);
  const { rows } = await sql<{ seq: number; phash: string }>`
    SELECT seq, json_extract(analysis, '$.phash') AS phash FROM assets
    WHERE cloud = ${context.cloud.name} AND status = 'active' AND resource_type = 'image' AND json_extract(analysis, '$.phash') IS NOT NULL`.execute(
    app.catalog.db,
  );
  const near = rows
    .map(({ seq, phash }) => ({ seq, score: 1 - distance(wanted, phash) / BITS }))
    .filter(({ score }) => score >= query.threshold)
    .sort((a, b) => b.score - a.score || b.seq - a.seq);
  const page = await rowsBySeq(
    app.catalog.db,
    near.slice(0, query.maxResults).map(({ seq }) => seq),
  );
  return {
    total_count: near.length,
    time: Math.round(performance.now() - started),
    resources: page.map((row) => searchItem(row, context, { withField: [], fields: undefined })),
  };
}
