import { type AssetRef, layerKey, type Plan, type SourceFacts, type TextStyle } from '@signet/transformation';
import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { Effort } from '../render/image/encode.ts';
import type { Pixels } from '../render/image/source.ts';
import type { Patience, Rendered } from '../render/renderer.ts';
import { fetchAsset } from './fetch-asset.ts';

/** The rows of what a transformation refers to (layers, fonts, colour tables, profiles, text presets), by `layerKey`. */
export type ReferencedRows = ReadonlyMap<string, AssetRow>;

/** Fonts and profiles are kept as raw `authenticated`, colour tables as raw `upload`; the other one is looked at too. */
const RAW_TYPES = ['upload', 'authenticated'] as const;

const FONT_FILE = /\.(?:ttf|otf|woff2?)$/i;

async function findRow(app: App, cloud: string, ref: AssetRef): Promise<AssetRow | undefined> {
  if (ref.type === 'fetch') return fetchAsset(app, cloud, ref.publicId);
  const types = ref.resourceType === 'raw' ? [ref.type, ...RAW_TYPES.filter((type) => type !== ref.type)] : [ref.type];
  for (const type of types) {
    const identity = { cloud, resource_type: ref.resourceType, type, public_id: ref.publicId };
    const row = await app.catalog.assets.find(app.catalog.db, identity);
    if (row?.blob) return row;
  }
  return undefined;
}

/** What `image/text` keeps in the facts of a text asset: the style that `l_text:<public_id>:` takes over. */
const textStyleOf = (row: AssetRow | undefined): TextStyle | undefined =>
  row && (JSON.parse(row.facts) as { textStyle?: TextStyle }).textStyle;

/** Unknown ones are left out: the plan, or the renderer, names them in its error. */
export async function findReferences(app: App, cloud: string, refs: readonly AssetRef[]): Promise<ReferencedRows> {
  const rows = new Map<string, AssetRow>();
  for (const ref of refs) {
    const row = await findRow(app, cloud, ref);
    if (!row) continue;
    rows.set(layerKey(ref), row);
    const family = row.type === 'text' ? textStyleOf(row)?.fontFamily : undefined;
    const font = { resourceType: 'raw', type: 'authenticated', publicId: family ?? '', format: null } as const;
    const file = FONT_FILE.test(font.publicId) ? await findRow(app, cloud, font) : undefined;
    if (file) rows.set(layerKey(font), file);
  }
  return rows;
}

/**
 * What a result depends on besides the plan: the plan names pictures by their content, but fonts, colour tables, profiles
 * and text presets by their name alone.
 */
export const contentOf = (rows: ReferencedRows): string =>
  [...rows]
    .filter(([, { resource_type, type }]) => resource_type === 'raw' || type === 'text')
    .map(([key, { blob, facts, type }]) => `\0${key}\0${type === 'text' ? facts : blob}`)
    .sort()
    .join('');

export interface RenderSource {
  readonly plan: Plan;
  readonly rows: ReferencedRows;
  readonly cloud: string;
  readonly facts: SourceFacts;
  /** Path of the original, or its hash in the store. */
  readonly source: { readonly path: string } | { readonly hash: string };
  readonly effort: Effort;
  readonly patience?: Patience;
  readonly onProgress?: (share: number) => void;
}

/**
 * Renders a plan with everything it refers to at hand. The one way from the domain to the renderer: delivery, eager,
 * incoming transformations and background removal.
 *
 * @throws 400 when something it refers to does not exist
 */
export async function renderPlan(
  app: App,
  { plan, rows, cloud, facts, source, effort, patience, onProgress }: RenderSource,
): Promise<Rendered> {
  const opened: { release(): Promise<void> }[] = [];
  const open = async (hash: string): Promise<string> => {
    const local = await app.blobs.local(hash);
    opened.push(local);
    return local.path;
  };
  const raw = (publicId: string): AssetRow | undefined =>
    RAW_TYPES.map((type) => rows.get(layerKey({ resourceType: 'raw', type, publicId }))).find(Boolean);
  const unknown = (kind: string, publicId: string) =>
    ERRORS.BadRequest(`Unknown or invalid referenced ${kind} ${publicId}`);
  const render = (path: string, pixels?: Pixels): Promise<Rendered> =>
    app.render(plan, {
      source: path,
      pixels,
      facts,
      cloud,
      effort,
      patience,
      onProgress,
      open: async (ref) => {
        const row = rows.get(layerKey(ref));
        if (!row?.blob) throw unknown('image', `${ref.publicId} of type ${ref.type}`);
        return open(row.blob);
      },
      openRaw: async (publicId) => {
        const row = raw(publicId);
        if (!row?.blob) throw unknown('raw file', publicId);
        return open(row.blob);
      },
      openFont: async (fileName) => {
        const row = raw(fileName);
        return row?.blob ? open(row.blob) : undefined;
      },
      openTextStyle: async (publicId) => {
        const style = textStyleOf(rows.get(layerKey({ resourceType: 'image', type: 'text', publicId })));
        if (!style) throw unknown('image', `${publicId} of type text`);
        return style;
      },
    });
  try {
    if ('path' in source) return await render(source.path);
    const proxy = await app.proxies?.find(plan, source.hash, facts);
    if (proxy !== undefined) return await render('', proxy);
    return await render(await open(source.hash));
  } finally {
    await Promise.all(opened.map((local) => local.release()));
  }
}
