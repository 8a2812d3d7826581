import type { App } from '../../app.ts';
import type { AssetRow } from '../../catalog/schema.ts';
import type { AnalysisName } from '../../ingest/inspect/analyze.ts';
import { inputAt } from '../../ingest/inspect/input.ts';
import { floats } from '../floats.ts';

/** Flag of a details call → the analysis that answers it, and the keys of the answer. */
const FLAGS = {
  colors: { analysis: 'colors', keys: ['colors', 'predominant'] },
  faces: { analysis: 'faces', keys: ['faces'] },
  exif: { analysis: 'image_metadata', keys: ['exif'] },
  image_metadata: { analysis: 'image_metadata', keys: ['image_metadata'] },
  media_metadata: { analysis: 'media_metadata', keys: ['media_metadata'] },
  quality_analysis: { analysis: 'quality_analysis', keys: ['quality_analysis', 'quality_score'] },
  cinemagraph_analysis: { analysis: 'cinemagraph_analysis', keys: ['cinemagraph_analysis'] },
  accessibility_analysis: { analysis: 'accessibility_analysis', keys: ['accessibility_analysis'] },
  phash: { analysis: 'phash', keys: ['phash'] },
} as const satisfies Record<string, { analysis: AnalysisName; keys: readonly string[] }>;

type Flag = keyof typeof FLAGS;

/**
 * The analyses a call asks for. What the upload did not compute is computed now and kept with the asset, as long as its
 * bytes are those that were analysed.
 *
 * @param wants whether the call has a flag set
 */
export async function analysesOf(
  app: App,
  row: AssetRow,
  wants: (flag: Flag) => boolean,
): Promise<Record<string, unknown>> {
  const flags = (Object.keys(FLAGS) as Flag[]).filter(wants);
  if (flags.length === 0) return {};
  let known = JSON.parse(row.analysis) as Record<string, unknown>;
  const missing = [...new Set(flags.map((flag) => FLAGS[flag].analysis))].filter((name) => !(name in known));
  const blob = row.blob;
  if (missing.length > 0 && blob !== null && row.resource_type !== 'raw') {
    const computed = await analyzeBlob(app, row, blob, missing);
    known = { ...known, ...computed };
    await app.catalog.db
      .updateTable('assets')
      .set({ analysis: JSON.stringify(known) })
      .where('seq', '=', row.seq)
      .where('blob', '=', blob)
      .execute();
  }
  const given = (JSON.parse(row.coordinates) as { faces?: unknown }).faces;
  const answers: Record<string, unknown> = {
    ...known,
    quality_analysis: floats(known.quality_analysis),
    ...(given === undefined ? {} : { faces: given }),
    exif: known.exif ?? exifOf(known.image_metadata ?? known.media_metadata),
    // The key is there whatever was found (NPM `api_spec`).
    faces: given ?? known.faces ?? [],
  };
  return Object.fromEntries(
    flags
      .flatMap((flag) => FLAGS[flag].keys)
      .filter((key) => answers[key] !== undefined)
      .map((key) => [key, answers[key]]),
  );
}

async function analyzeBlob(
  app: App,
  row: AssetRow,
  blob: string,
  wanted: readonly AnalysisName[],
): Promise<Record<string, unknown>> {
  const local = await app.blobs.local(blob);
  try {
    const { analysis } = await app.inspector.inspectFile(inputAt(local.path), {
      filename: `${row.filename}.${row.format ?? ''}`,
      resourceType: row.resource_type as 'image' | 'video',
      wanted,
    });
    return { ...analysis };
  } finally {
    await local.release();
  }
}

/** The part of the metadata that comes from EXIF: everything else is a profile's or the file's. */
const exifOf = (metadata: unknown): Record<string, unknown> =>
  typeof metadata === 'object' && metadata !== null ? { ...metadata } : {};
