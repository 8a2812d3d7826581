import type { App } from '../app.ts';
import { mediaColumns, storeAsset } from '../assets/store.ts';
import type { AssetRow, CloudRow } from '../catalog/schema.ts';
import { maxBytesOf } from '../config.ts';
import { ERRORS } from '../errors.ts';
import { openSource } from '../ingest/source.ts';

/** Whether the host of a URL is one of the allowed domains or below one. An empty list allows every public host. */
function isAllowedDomain(url: string, domains: readonly string[]): boolean {
  if (domains.length === 0) return true;
  const host = URL.canParse(url) ? new URL(url).hostname.toLowerCase() : '';
  return domains.some((domain) => host === domain.toLowerCase() || host.endsWith(`.${domain.toLowerCase()}`));
}

export interface RemoteIdentity {
  readonly public_id: string;
  readonly resource_type: 'image' | 'video' | 'raw';
  readonly type: string;
}

/**
 * Loads a remote file by the same guarded loader as remote uploads and stores it under an identity.
 *
 * @throws 400 `Error in loading <url> - …`
 */
export async function storeRemote(app: App, cloud: CloudRow, url: string, identity: RemoteIdentity): Promise<AssetRow> {
  const { resource_type: resourceType } = identity;
  const maxBytes = maxBytesOf(app.config, resourceType);
  const source = await openSource(url, { store: app.blobs, remote: app.remote, maxBytes });
  try {
    const { file } = source;
    const facts = await app.inspector.inspectFile(file, { filename: source.filename, resourceType });
    const blob = await app.blobs.put(file);
    const { row } = await app.catalog.transaction((tx) =>
      storeAsset(
        app,
        tx,
        cloud,
        {
          ...mediaColumns(facts, blob),
          ...identity,
          format: facts.format ?? null,
          source_url: url,
        },
        { backup: false },
      ),
    );
    return row;
  } finally {
    await source.file.discard();
  }
}

/**
 * The asset of delivery type `fetch` behind a remote URL: loaded, inspected and stored at the first request, by the
 * same guarded loader as remote uploads.
 *
 * @throws 401 when the domain is not allowed, 400 `Error in loading <url> - …`
 */
export async function fetchAsset(
  app: App,
  cloudName: string,
  url: string,
  resourceType: 'image' | 'video' = 'image',
): Promise<AssetRow> {
  const cloud = await app.accounts.cloud(cloudName);
  const identity = { cloud: cloudName, resource_type: resourceType, type: 'fetch', public_id: url };
  const known = await app.catalog.assets.find(app.catalog.db, identity);
  if (known?.blob) return known;
  if (!isAllowedDomain(url, app.config['allowed-fetch-domains']))
    throw ERRORS.Unauthorized('Images of type fetch are restricted in this account');
  return storeRemote(app, cloud, url, { public_id: url, resource_type: resourceType, type: 'fetch' });
}
