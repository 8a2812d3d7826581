import { type ClientHints, type DeliveryPath, normalize, parse, parseSource, references } from '@signet/transformation';
import type { App } from '../app.ts';
import { viewContext } from '../assets/context.ts';
import { deliveryPath } from '../assets/view.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS, type SignetError } from '../errors.ts';
import { checkAccess, checkRestricted, type Proof, proveAccess, type Visitor } from './access.ts';
import { type Derived, derive, type Original } from './derive.ts';
import { rowFacts } from './facts.ts';
import { type Found, findAsset } from './find.ts';

export interface Delivered {
  readonly row: AssetRow;
  readonly derived: Derived;
  readonly transformation: string;
  readonly extension: string | null;
  readonly name: string;
  readonly before: Found['before'];
  readonly proof: Proof;
  /** The asset is missing and its placeholder is delivered: what was missing. */
  readonly missing?: SignetError;
}

export const originalOf = (row: AssetRow): Original => ({ cloud: row.cloud, hash: row.blob!, facts: rowFacts(row) });

/**
 * Strict transformations: without proof only results that eager made, and named transformations allowed for strict.
 *
 * @throws 401
 */
async function checkStrict(
  app: App,
  row: AssetRow,
  transformation: string,
  extension: string | null,
  proof: Proof,
): Promise<void> {
  if (!app.config['strict-transformations'] || transformation === '' || proof.signed || proof.token) return;
  const normalized = normalize(parse(transformation));
  const names = [...new Set([normalized, extension === null ? normalized : `${normalized}/${extension}`])];
  const eager = await app.catalog.db
    .selectFrom('derived')
    .select('id')
    .where('seq', '=', row.seq)
    .where('transformation', '=', normalized)
    .executeTakeFirst();
  if (eager !== undefined) return;
  const named = /^t_[^,/]+$/.test(normalized) ? [normalized.slice(2)] : [];
  const allowed = await app.catalog.db
    .selectFrom('transformations')
    .select('name')
    .where('cloud', '=', row.cloud)
    .where('name', 'in', [...names, ...named])
    .where('allowed_for_strict', '=', 1)
    .executeTakeFirst();
  if (allowed === undefined)
    throw ERRORS.Unauthorized(
      'Transformation is not allowed - strict transformations are on and the URL is not signed',
    );
}

/** The placeholder of `d_`, transformed by the whole URL. */
async function findPlaceholder(app: App, cloud: string, path: DeliveryPath, missing: SignetError): Promise<Found> {
  // A folder like my_dir is read as a transformation; that it is none says more than that the rest is not there.
  const placeholder = missing.status === 404 ? references(parse(path.transformation)).placeholder : null;
  if (placeholder === null) throw missing;
  const candidates = [parseSource(placeholder.replaceAll(':', '/'), 'image')] as const;
  return findAsset(app, cloud, { resourceType: 'image', type: 'upload', candidates });
}

interface Located extends Found {
  readonly proof: Proof;
  readonly missing: SignetError | undefined;
}

/**
 * The asset behind a delivery URL, when the caller may see it and may ask for this transformation of it.
 *
 * @throws 401, 404
 */
export async function locate(app: App, cloud: CloudRow, path: DeliveryPath, visitor: Visitor): Promise<Located> {
  const proof = await proveAccess(app, cloud, path, visitor);
  checkRestricted(app, [path.type], proof);
  let missing: SignetError | undefined;
  const found = await findAsset(app, cloud.name, path).catch((error: SignetError) => {
    missing = error;
    return findPlaceholder(app, cloud.name, path, error);
  });
  const { row, extension } = found;
  const isOriginal = path.transformation === '' && (extension === null || extension === row.format);
  checkAccess(app, row, proof, { isOriginal });
  await checkStrict(app, row, path.transformation, extension, proof);
  return { ...found, proof, missing };
}

/**
 * A stored SVG is cleaned on its way out; `fl_original` asks for the file as it is. Cleaning is no derived asset of the
 * account: it is neither listed nor counted.
 */
async function withoutScripts(app: App, row: AssetRow, transformation: string, result: Derived): Promise<Derived> {
  if (
    !result.original ||
    row.resource_type !== 'image' ||
    result.format !== 'svg' ||
    /(?:^|[_.,/])original(?:$|[.,/])/.test(transformation)
  )
    return result;
  const parts = transformation === '' ? ['fl_sanitize'] : [transformation, 'fl_sanitize'];
  const clean = await derive(app, originalOf(row), { transformation: parts.join('/'), extension: 'svg' });
  return { ...clean, plan: result.plan, rendered: false };
}

/**
 * A delivery URL → what to answer: the asset is found, the caller may see it, the result is in the store or rendered.
 *
 * @throws 400, 401, 404 with the cloud's texts
 */
export async function deliver(
  app: App,
  cloud: CloudRow,
  path: DeliveryPath,
  hints: ClientHints,
  visitor: Visitor,
): Promise<Delivered> {
  const { row, extension, name, before, proof, missing } = await locate(app, cloud, path, visitor);
  const { transformation } = path;
  const derived = await derive(app, originalOf(row), {
    transformation,
    extension,
    hints,
    pathOf: async (other, format) => {
      const context = await viewContext(app, { cloud, key: undefined, origin: '' });
      return deliveryPath(row, context, { transformation: other, extension: format });
    },
    mayUse: (used) => checkReference(app, used, proof),
  }).then((result) => withoutScripts(app, row, transformation, result));
  checkRestricted(app, [derived.format], proof);
  return {
    row,
    derived,
    transformation,
    extension,
    name,
    before,
    proof,
    ...(missing === undefined ? {} : { missing }),
  };
}

/**
 * Private and authenticated layers need the whole URL to be signed. Fonts, colour tables and profiles are used and never
 * shown: `authenticated` is the documented way to keep them and needs no signature (delivery reference 2.2 and 3).
 */
export function checkReference(app: App, row: AssetRow, proof: Proof): void {
  const used = row.resource_type === 'raw' && row.type === 'authenticated' ? { ...row, type: 'upload' } : row;
  checkAccess(app, used, proof, { isOriginal: true });
}
