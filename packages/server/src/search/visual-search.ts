import { sql } from 'kysely';
import type { App } from '../app.ts';
import type { ViewContext } from '../assets/view.ts';
import { ERRORS } from '../errors.ts';
import type { FileParameter } from '../ingest/form.ts';
import { inputAt } from '../ingest/inspect/input.ts';
import { openSource } from '../ingest/source.ts';
import { breathe } from './plan.ts';
import { rowsBySeq } from './search-assets.ts';
import { searchItem } from './view.ts';

export interface VisualQuery {
  /** The picture to compare with: an asset, or a file (its bytes, an address or a data URI). */
  readonly like: { readonly assetId: string } | { readonly file: FileParameter };
  /** Least likeness, 0…1. */
  readonly threshold: number;
  /** 1…500. */
  readonly maxResults: number;
}

type Shares = readonly (readonly [name: string, percent: number])[];

interface Look {
  readonly high: number;
  readonly low: number;
  readonly colors: Shares;
}

/** How much the perceptual hash counts against the colours. */
const SHAPE = 0.8;
const SLICE = 4000;

const lookOf = (phash: unknown, colors: Shares | undefined): Look | undefined =>
  typeof phash === 'string' && /^[0-9a-f]{16}$/i.test(phash)
    ? {
        high: Number.parseInt(phash.slice(0, 8), 16),
        low: Number.parseInt(phash.slice(8), 16),
        colors: Array.isArray(colors) ? colors : [],
      }
    : undefined;

function ones(word: number): number {
  let bits = word - ((word >>> 1) & 0x55555555);
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  return (((bits + (bits >>> 4)) & 0x0f0f0f0f) * 0x01010101) >>> 24;
}

/** 1 is the same picture, 0 nothing in common. Without colours on both sides only the hash counts. */
function likeness(one: Look, other: Look): number {
  const shape = 1 - (ones(one.high ^ other.high) + ones(one.low ^ other.low)) / 64;
  if (one.colors.length === 0 || other.colors.length === 0) return shape;
  const shares = new Map(other.colors);
  const common = one.colors.reduce((sum, [name, percent]) => sum + Math.min(percent, shares.get(name) ?? 0), 0);
  return SHAPE * shape + (1 - SHAPE) * Math.min(1, common / 100);
}

async function inspect(app: App, path: string): Promise<Look | undefined> {
  const { analysis } = await app.inspector.inspectFile(inputAt(path), {
    resourceType: 'image',
    wanted: ['phash', 'colors'],
  });
  return lookOf(analysis.phash, analysis.predominant?.google);
}

async function askedLook(app: App, cloud: string, like: VisualQuery['like']): Promise<Look | undefined> {
  if ('assetId' in like) {
    const row = await app.catalog.assets.findById(app.catalog.db, cloud, like.assetId);
    if (row === undefined) throw ERRORS.ResourceNotFound(like.assetId);
    const known = JSON.parse(row.analysis) as { phash?: unknown; predominant?: { google?: Shares } };
    const look = lookOf(known.phash, known.predominant?.google);
    if (look !== undefined || row.blob === null || row.resource_type !== 'image') return look;
    const local = await app.blobs.local(row.blob);
    try {
      return await inspect(app, local.path);
    } finally {
      await local.release();
    }
  }
  const { file } = await openSource(like.file, {
    store: app.blobs,
    remote: app.remote,
    maxBytes: app.config['max-image-bytes'],
  });
  try {
    return await inspect(app, await file.path());
  } finally {
    await file.discard();
  }
}

/**
 * Pictures that look like a given one, the most alike first, the picture itself among them. The cloud compares image
 * embeddings; here it is the perceptual hash (64 bits) and the shares of the predominant colours, because no embedding
 * model with a suitable licence comes along. So it finds the same picture in another size, format or quality, or
 * slightly retouched, not "another photo of a dog", and it cannot search by text. Only assets whose hash is known are
 * found: those uploaded with `phash` or `visual_search`. All of these are compared, in slices, so that other requests
 * get their turn.
 *
 * @throws 404 for an unknown asset, 400 for a source that is no picture
 */
export async function visualSearch(
  app: App,
  context: ViewContext,
  { like, threshold, maxResults }: VisualQuery,
): Promise<Record<string, unknown>> {
  const started = performance.now();
  const { db, dialect } = app.catalog;
  const look = await askedLook(app, context.cloud.name, like);
  if (look === undefined) throw ERRORS.InvalidImageFile();
  const near: { seq: number; score: number }[] = [];
  for (let low = 0; ; ) {
    const { rows } = await sql<{ seq: number; phash: unknown; colors: string | null }>`
      SELECT a.seq, ${dialect.jsonText('a.analysis', ['phash'])} AS phash,
        ${dialect.jsonText('a.analysis', ['predominant', 'google'])} AS colors
      FROM ${dialect.assetsBySeq()}
      WHERE a.seq > ${low} AND a.cloud = ${context.cloud.name} AND a.resource_type = 'image' AND a.status = 'active'
      ORDER BY a.seq LIMIT ${SLICE}`.execute(db);
    for (const { seq, phash, colors } of rows) {
      const other = lookOf(phash, colors === null ? [] : (JSON.parse(colors) as Shares));
      const score = other === undefined ? 0 : likeness(look, other);
      if (other !== undefined && score >= threshold) near.push({ seq, score });
    }
    const last = rows.at(-1);
    if (last === undefined) break;
    low = last.seq;
    await breathe();
  }
  near.sort((one, other) => other.score - one.score || other.seq - one.seq);
  const page = await rowsBySeq(
    app.catalog,
    near.slice(0, maxResults).map(({ seq }) => seq),
  );
  return {
    total_count: near.length,
    time: Math.round(performance.now() - started),
    resources: page.map((row) => searchItem(row, context, { withField: [], fields: undefined })),
  };
}
