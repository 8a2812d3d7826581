import { createReadStream } from 'node:fs';
import type { App } from '../app.ts';
import type { SpooledFile } from '../blobs/store.ts';
import { type Original, planDerived } from '../delivery/derive.ts';
import { sourceFacts } from '../delivery/facts.ts';
import { renderPlan } from '../delivery/references.ts';
import { ERRORS } from '../errors.ts';
import type { AnalysisName } from '../ingest/inspect/analyze.ts';
import { formatOf, resourceTypeOf } from '../ingest/inspect/formats.ts';
import type { MediaFacts } from '../ingest/inspect/inspector.ts';
import type { Rendered } from '../render/renderer.ts';

export interface Incoming {
  readonly cloud: string;
  readonly file: SpooledFile;
  readonly facts: MediaFacts;
  readonly transformation: string | undefined;
  /** Convert to this format; `undefined` keeps the one that came. */
  readonly format: string | undefined;
  readonly wanted: readonly AnalysisName[];
}

async function spooled(app: App, rendered: Rendered): Promise<SpooledFile> {
  const spool = app.blobs.spool();
  try {
    if ('data' in rendered) await spool.write(rendered.data);
    else for await (const chunk of createReadStream(rendered.file)) await spool.write(chunk as Buffer);
    return await spool.end();
  } catch (error) {
    await spool.abort();
    throw error;
  } finally {
    if (!('data' in rendered)) await rendered.discard();
  }
}

/**
 * The incoming transformation: what is stored is its result, the file that came is not kept.
 *
 * @returns `undefined` when nothing changes
 */
export async function applyIncoming(
  app: App,
  incoming: Incoming,
): Promise<{ file: SpooledFile; facts: MediaFacts } | undefined> {
  const { cloud, file, facts, transformation = '', format, wanted } = incoming;
  const same = format === undefined || format === facts.format;
  if (transformation === '' && same) return undefined;
  // A film stays a film (text: cloudinary_js issue 97).
  if (facts.resourceType === 'video' && format !== undefined && resourceTypeOf(formatOf(format)) !== 'video')
    throw ERRORS.InvalidParameter('video_file_type', format);
  if (facts.resourceType === 'raw') throw ERRORS.BadRequest('Transformations cannot be applied to raw files');
  const { sha256: hash } = await file.digests();
  const original: Original = { cloud, hash, facts: sourceFacts(facts, hash, { publicId: '' }) };
  const { plan, rows } = await planDerived(app, original, {
    transformation,
    extension: format ?? facts.format ?? null,
  });
  if (plan.original) return undefined;
  const rendered = await renderPlan(app, {
    plan,
    rows,
    cloud,
    facts: original.facts,
    source: { path: await file.path() },
    effort: 'best',
  });
  const result = await spooled(app, rendered);
  try {
    return {
      file: result,
      facts: await app.inspector.inspectFile(result, { resourceType: facts.resourceType, wanted }),
    };
  } catch (error) {
    await result.discard();
    throw error;
  }
}
