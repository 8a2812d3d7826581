import { parseDeliveryPath } from '@signet/transformation';
import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { originalOf } from '../delivery/deliver.ts';
import { derive, type Original } from '../delivery/derive.ts';
import { sourceFacts } from '../delivery/facts.ts';
import { findAsset } from '../delivery/find.ts';
import { ERRORS } from '../errors.ts';
import { openSource } from '../ingest/source.ts';

/** What is assembled: the images of a tag, or those under addresses. */
export interface Pictures {
  readonly tag: string | undefined;
  readonly urls: readonly string[];
}

export interface Picture {
  /** The public ID or the address. */
  readonly name: string;
  /** PNG after the transformation. */
  readonly data: Buffer;
}

const MAX_PICTURES = 1000;

/** A delivery URL of this very server names a stored asset: nothing goes over the network. */
async function ownOriginal(
  app: App,
  { cloud, origin }: Actor,
  url: string,
): Promise<{ original: Original; transformation: string } | undefined> {
  if (!URL.canParse(url) || new URL(url).host !== new URL(origin).host) return undefined;
  const path = parseDeliveryPath(new URL(url).pathname);
  // What needs a signature or a token is not opened by its address.
  if (path === null || path.kind === 'list' || path.cloud !== cloud.name || path.type !== 'upload') return undefined;
  const { row } = await findAsset(app, cloud.name, path);
  if (row.access_mode !== 'public' || row.access_control !== null) return undefined;
  return { original: originalOf(row), transformation: path.transformation };
}

async function remoteOriginal(app: App, { cloud }: Actor, url: string): Promise<Original> {
  const source = await openSource(url, {
    store: app.blobs,
    remote: app.remote,
    maxBytes: app.config['max-image-bytes'],
  });
  try {
    const facts = await app.inspector.inspectFile(source.file, {
      filename: source.filename,
      resourceType: 'image',
    });
    const { hash } = await app.blobs.put(source.file);
    return { cloud: cloud.name, hash, facts: sourceFacts(facts, hash, { publicId: '' }) };
  } finally {
    await source.file.discard();
  }
}

/** Transformation of one picture: format and frame delay belong to the whole. */
export const partOf = (transformation: string): string =>
  transformation
    .split('/')
    .map((component) =>
      component
        .split(',')
        .filter((parameter) => !/^(?:f|dl)_/.test(parameter))
        .join(','),
    )
    .filter(Boolean)
    .join('/');

const joinComponents = (...parts: readonly string[]): string => parts.filter(Boolean).join('/');

/**
 * The pictures, transformed, sorted by public ID; those of addresses in the order given.
 *
 * @throws 400 for neither a tag nor addresses, too many, or none found
 */
export async function collectPictures(
  app: App,
  actor: Actor,
  { tag, urls }: Pictures,
  transformation: string,
): Promise<Picture[]> {
  const each = partOf(transformation);
  const render = async (name: string, original: Original, before = ''): Promise<Picture> => {
    const derived = await derive(app, original, { transformation: joinComponents(before, each), extension: 'png' });
    const chunks: Buffer[] = [];
    if (derived.data !== undefined) return { name, data: derived.data };
    for await (const chunk of await derived.openRead({ start: 0, end: derived.bytes - 1 }))
      chunks.push(chunk as Buffer);
    return { name, data: Buffer.concat(chunks) };
  };
  const limit = (count: number): void => {
    if (count > MAX_PICTURES)
      throw ERRORS.BadRequest(`Expected at most ${MAX_PICTURES} pictures but received ${count}`);
  };
  const pictures: Picture[] = [];
  if (tag !== undefined) {
    const rows = await app.catalog.db
      .selectFrom('assets')
      .selectAll('assets')
      .where('assets.cloud', '=', actor.cloud.name)
      .where('assets.resource_type', '=', 'image')
      .where('assets.status', '=', 'active')
      .where('assets.blob', 'is not', null)
      .where('assets.seq', 'in', (db) =>
        db
          .selectFrom('asset_tags')
          .select('seq')
          .where('cloud', '=', actor.cloud.name)
          .where('resource_type', '=', 'image')
          .where('tag', '=', tag),
      )
      .orderBy('assets.public_id')
      .limit(MAX_PICTURES + 1)
      .execute();
    limit(rows.length);
    if (rows.length === 0) throw ERRORS.NoSuchItem(`No images found with tag ${tag}`);
    for (const row of rows) pictures.push(await render(row.public_id, originalOf(row)));
    return pictures;
  }
  if (urls.length === 0) throw ERRORS.BadRequest('Expected tag or urls');
  limit(urls.length);
  for (const url of urls) {
    const own = await ownOriginal(app, actor, url);
    pictures.push(
      own === undefined
        ? await render(url, await remoteOriginal(app, actor, url))
        : await render(url, own.original, own.transformation),
    );
  }
  return pictures;
}
