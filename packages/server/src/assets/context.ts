import type { App } from '../app.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import type { ViewContext } from './view.ts';

/** Whose call it is and how the answer's links begin; every operation on assets gets one. */
export interface Actor {
  readonly cloud: CloudRow;
  /** The key that made the call; `undefined` for unsigned uploads. */
  readonly key: ApiKeyRow | undefined;
  /** `http://host:port` under which the caller reaches the server. */
  readonly origin: string;
}

/** What answers need: the caller's key, or the oldest active one of the environment for unsigned calls (inferred). */
export async function viewContext(app: App, { cloud, key, origin }: Actor): Promise<ViewContext> {
  return {
    cloud,
    origin,
    key: key ?? (await app.accounts.oldestKey(cloud.name)),
    algorithm: app.config['signature-algorithm'] === 'sha256' ? 'sha256' : 'sha1',
  };
}
