import { Readable } from 'node:stream';
import {
  type ClientHints,
  evaluate,
  expand,
  type Plan,
  parse,
  references,
  type SourceFacts,
  type Transformation,
} from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Effort } from '../render/image/encode.ts';
import type { Patience } from '../render/renderer.ts';
import { derivedKey } from './derived-key.ts';
import { rowFacts } from './facts.ts';
import { contentOf, findReferences, type ReferencedRows, renderPlan } from './references.ts';

/** The original a result is made from. */
export interface Original {
  readonly cloud: string;
  /** SHA-256 of the bytes. */
  readonly hash: string;
  readonly facts: SourceFacts;
}

export interface DeriveRequest {
  /** As in a URL: components joined by slashes. */
  readonly transformation: string;
  /** Extension asked for, or null. */
  readonly extension: string | null;
  readonly hints?: ClientHints;
  /** Refuses layers the caller may not see. */
  readonly mayUse?: (row: AssetRow) => void;
  /** `best` waits for the slow encoder; default `fast`. */
  readonly effort?: Effort;
  /** `job`: nobody waits, films may be large and take long. Default `answer`. */
  readonly patience?: Patience;
  readonly onProgress?: (share: number) => void;
  /** The path of another result of the same asset, for playlists that name some. */
  readonly pathOf?: (transformation: string, extension: string) => Promise<string>;
  /** What a playlist names is made too. */
  readonly complete?: boolean;
}

export interface Derived {
  /** The stored bytes themselves: nothing was asked for. */
  readonly original: boolean;
  readonly plan: Plan;
  /** Address in the store of derived results; the ETag. */
  readonly key: string;
  readonly format: string;
  readonly contentType: string;
  readonly width: number | undefined;
  readonly height: number | undefined;
  readonly bytes: number;
  /** Milliseconds since 1970. */
  readonly storedAt: number;
  /** In memory when it was just made or is small. */
  readonly data: Buffer | undefined;
  openRead(range: { readonly start: number; readonly end: number }): Promise<Readable> | Readable;
  /** Whether it had to be rendered. */
  readonly rendered: boolean;
  /** A better encoding of the same picture can still be made. */
  readonly improvable: boolean;
}

interface Meta {
  readonly format: string;
  readonly contentType: string;
  readonly width: number;
  readonly height: number;
  readonly best: boolean;
}

/** Definitions of the named transformations a tree needs, and of those they need. */
async function namedDefinitions(app: App, cloud: string, tree: Transformation): Promise<Map<string, string>> {
  const definitions = new Map<string, string>();
  let open = references(tree).named;
  while (open.length > 0) {
    const rows = await app.catalog.db
      .selectFrom('transformations')
      .select(['name', 'definition'])
      .where('cloud', '=', cloud)
      .where('named', '=', 1)
      .where('name', 'in', [...open])
      .execute();
    for (const { name, definition } of rows) definitions.set(name, definition);
    open = rows
      .flatMap(({ definition }) => references(parse(definition)).named)
      .filter((name) => !definitions.has(name));
  }
  return definitions;
}

/** Plans a transformation of an original: pure but for the look-ups of names and layers. */
export async function planDerived(
  app: App,
  original: Original,
  request: DeriveRequest,
): Promise<{ plan: Plan; rows: ReferencedRows; tree: Transformation }> {
  const tree = parse(request.transformation);
  const definitions = await namedDefinitions(app, original.cloud, tree);
  const expanded = expand(tree, (name) => definitions.get(name));
  const rows = await findReferences(app, original.cloud, references(expanded).layers);
  for (const row of rows.values()) request.mayUse?.(row);
  const plan = evaluate(expanded, {
    facts: original.facts,
    hints: request.hints ?? {},
    format: request.extension,
    layers: new Map([...rows].map(([key, row]) => [key, rowFacts(row)])),
  });
  return { plan, rows, tree };
}

/**
 * The result of a transformation: from the store when it is there, else rendered once for everyone who waits.
 *
 * @throws 400 with the cloud's text for what cannot be parsed, planned or rendered
 */
export async function derive(app: App, original: Original, request: DeriveRequest): Promise<Derived> {
  const { plan, rows, tree } = await planDerived(app, original, request);
  const key = plan.original ? original.hash : derivedKey(original.hash, plan.canonical + contentOf(rows));
  if ((plan.output.kind === 'manifest' || plan.output.kind === 'thumbnails') && !plan.original)
    return (await import('./manifest.ts')).deriveManifest(app, original, { plan, tree, key, request });
  if (plan.original) {
    const stat = await app.blobs.stat(original.hash);
    if (stat === undefined) throw ERRORS.ResourceNotFound(original.facts.publicId);
    const { format, width, height } = original.facts;
    return {
      original: true,
      plan,
      key,
      format,
      contentType: plan.output.contentType,
      width,
      height,
      bytes: stat.bytes,
      storedAt: stat.storedAt,
      data: undefined,
      openRead: (range) => app.blobs.openRead(original.hash, range),
      rendered: false,
      improvable: false,
    };
  }
  const known = await app.derived.get<Meta>(key);
  if (known !== undefined) {
    const { meta, bytes, storedAt, data, openRead } = known;
    return {
      original: false,
      plan,
      key,
      ...meta,
      bytes,
      storedAt,
      data,
      openRead,
      rendered: false,
      improvable: !meta.best,
    };
  }
  const { data, meta } = await app.flights(key, () => renderAndKeep(app, original, plan, rows, key, request));
  return {
    original: false,
    plan,
    key,
    ...meta,
    ...(data === undefined
      ? await keptFile(app, key)
      : {
          bytes: data.length,
          storedAt: app.clock(),
          data,
          openRead: ({ start, end }) => Readable.from([data.subarray(start, end + 1)]),
        }),
    rendered: true,
    improvable: !meta.best,
  };
}

/** A film lies in the store already. */
async function keptFile(app: App, key: string): Promise<Pick<Derived, 'bytes' | 'storedAt' | 'data' | 'openRead'>> {
  const kept = await app.derived.get<Meta>(key);
  if (kept === undefined) throw ERRORS.Unavailable('The result was evicted before it could be sent');
  const { bytes, storedAt, data, openRead } = kept;
  return { bytes, storedAt, data, openRead };
}

export interface Made {
  /** Absent when it is too large for memory. */
  readonly data: Buffer | undefined;
  readonly meta: Meta;
  /** Resolves when it is in the store. Nobody who wants the picture has to wait for that. */
  readonly kept: Promise<void>;
}

export async function renderAndKeep(
  app: App,
  original: Original,
  plan: Plan,
  rows: ReferencedRows,
  key: string,
  { effort = 'fast', patience, onProgress }: Pick<DeriveRequest, 'effort' | 'patience' | 'onProgress'>,
): Promise<Made> {
  const { cloud, facts, hash } = original;
  const source = { plan, rows, cloud, facts, source: { hash }, effort, patience, onProgress };
  const rendered = await renderPlan(app, source);
  const { format, contentType, width, height, best } = rendered;
  const meta: Meta = { format, contentType, width, height, best };
  if ('data' in rendered) {
    const { kept } = await app.derivedWrites.put(key, rendered.data, meta);
    return { data: rendered.data, meta, kept };
  }
  try {
    await app.derived.putFile(key, rendered.file, meta);
    return { data: undefined, meta, kept: Promise.resolve() };
  } finally {
    await rendered.discard();
  }
}
