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

/** What answers need; the response signature of an unsigned call is that of the oldest active key (inferred). */
export async function viewContext(app: App, { cloud, key, origin }: Actor): Promise<ViewContext> {
  return {
    cloud,
    origin,
    key: key ?? (await app.accounts.oldestKey(cloud.name)),
    unsigned: key === undefined,
    algorithm: app.config['signature-algorithm'] === 'sha256' ? 'sha256' : 'sha1',
  };
}
