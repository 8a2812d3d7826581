import { normalize, parse, parseEager, print } from '@signet/transformation';
import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { type Derived, type DeriveRequest, derive, type Original } from '../delivery/derive.ts';
import { randomHex } from '../random-hex.ts';
import { deliveryPath, links, type ViewContext } from './view.ts';

/** One derived result asked for at upload. */
export interface Eager {
  /** As given, which is how its URL is written: `w_2.0` stays `w_2.0` (Node suite, explicit). */
  readonly transformation: string;
  /** Extension after the last slash; empty when none was given. */
  readonly extension: string;
}

export interface RenderedEager extends Eager {
  readonly derived: Derived;
}

/**
 * `c_pad,w_400/png|e_sepia`: several separated by `|`; the last segment without `_` is the format, an empty last
 * segment means "no extension".
 *
 * @throws 400 with the text of the transformation language
 */
export const parseEagerList = (text: string): Eager[] =>
  parseEager(text).map(({ transformation, extension }) => ({
    transformation: print(transformation),
    extension: extension ?? '',
  }));

/** Renders in the order given: one after the other, so that one upload cannot take every renderer. */
export async function renderEager(
  app: App,
  original: Original,
  list: readonly Eager[],
  { patience = 'answer', onProgress }: Pick<DeriveRequest, 'patience' | 'onProgress'> = {},
): Promise<RenderedEager[]> {
  const rendered: RenderedEager[] = [];
  for (const [i, eager] of list.entries())
    rendered.push({
      ...eager,
      derived: await derive(app, original, {
        transformation: eager.transformation,
        extension: eager.extension || null,
        patience,
        onProgress: onProgress && ((share) => onProgress((i + share) / list.length)),
        complete: true,
      }),
    });
  return rendered;
}

/** What the catalog keeps of derived results, so that lists, deletion and strict mode know them. */
export async function bookkeepDerived(
  tx: Db,
  app: Pick<App, 'clock'>,
  row: AssetRow,
  rendered: readonly RenderedEager[],
): Promise<void> {
  const now = app.clock();
  for (const { transformation, extension, derived } of rendered) {
    const normalized = transformation === '' ? '' : normalize(parse(transformation));
    await tx
      .insertInto('derived')
      .values({
        id: randomHex(),
        cloud: row.cloud,
        seq: row.seq,
        transformation: normalized,
        format: derived.format,
        extension,
        width: derived.width ?? null,
        height: derived.height ?? null,
        bytes: derived.bytes,
        cache_key: derived.key,
        created_at: now,
      })
      .onConflict((conflict) =>
        conflict
          .columns(['seq', 'transformation', 'extension', 'format'])
          .doUpdateSet({ bytes: derived.bytes, cache_key: derived.key }),
      )
      .execute();
    const name = extension === '' ? normalized : `${normalized}/${extension}`;
    await tx
      .insertInto('transformations')
      .values({
        cloud: row.cloud,
        name,
        named: 0,
        definition: normalized,
        allowed_for_strict: 0,
        used: 1,
        created_at: now,
        updated_at: now,
      })
      .onConflict((conflict) => conflict.columns(['cloud', 'named', 'name']).doUpdateSet({ used: 1 }))
      .execute();
  }
}

/** The `eager` member of an answer. */
export function eagerViews(
  row: AssetRow,
  context: ViewContext,
  rendered: readonly RenderedEager[],
): Record<string, unknown>[] {
  return rendered.map(({ transformation, extension, derived }) => ({
    transformation: extension === '' ? transformation : `${transformation}/${extension}`,
    width: derived.width,
    height: derived.height,
    bytes: derived.bytes,
    format: derived.format,
    ...links(context.origin, deliveryPath(row, context, { transformation, extension: extension || derived.format })),
  }));
}

/** The `eager` member while the results are still being made. */
export function pendingEagerViews(
  row: AssetRow,
  context: ViewContext,
  list: readonly Eager[],
  batchId: string,
): Record<string, unknown>[] {
  return list.map(({ transformation, extension }) => ({
    status: 'processing',
    batch_id: batchId,
    ...links(
      context.origin,
      deliveryPath(row, context, { transformation, extension: extension || (row.format ?? '') }),
    ),
  }));
}
