import type { Accounts } from './accounts/accounts.ts';
import type { Tokens } from './accounts/tokens.ts';
import type { ConfiguredAddons } from './addons/configured.ts';
import type { Cache } from './blobs/cache.ts';
import type { BlobStore } from './blobs/store.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Delivered } from './delivery/deliver.ts';
import type { Made } from './delivery/derive.ts';
import type { DerivedLog } from './delivery/derived-log.ts';
import type { Proxies } from './delivery/proxies.ts';
import type { WriteBehind } from './delivery/write-behind.ts';
import type { Chunks } from './ingest/chunks.ts';
import type { Inspector } from './ingest/inspect/inspector.ts';
import type { Remote } from './ingest/remote.ts';
import type { Jobs } from './jobs/jobs.ts';
import type { Webhooks } from './jobs/webhooks.ts';
import type { Metadata } from './metadata/metadata.ts';
import type { Audit } from './observe/audit.ts';
import type { Log } from './observe/log.ts';
import type { ImageRenderer } from './render/image/renderer.ts';
import type { Render } from './render/renderer.ts';
import type { VideoWorkers } from './render/video/video-workers.ts';
import type { Scripts } from './scripting/scripts.ts';
import type { TimeBudget } from './time-budget.ts';
import type { Counters } from './usage/usage.ts';

/**
 * The parts a request can use, chosen and joined in compose.ts. Domain functions take it as their first argument;
 * modules add their part here and nowhere else.
 */
export interface App {
  readonly config: Config;
  readonly log: Log;
  /** Milliseconds since 1970; a test can freeze it. */
  readonly clock: () => number;
  readonly catalog: Catalog;
  readonly accounts: Accounts;
  readonly tokens: Tokens;
  readonly audit: Audit;
  readonly metadata: Metadata;
  /** Originals. */
  readonly blobs: BlobStore;
  /** Derived results. */
  readonly derived: Cache;
  /** Unfinished chunked uploads. */
  readonly chunks: Chunks;
  /** Loads from other servers. */
  readonly remote: Remote;
  readonly inspector: Inspector;
  /** Models that the operator has plugged in. */
  readonly addons: ConfiguredAddons;
  readonly images: Pick<ImageRenderer, 'render' | 'renderText' | 'proxy' | 'load'>;
  /** Mid-size copies of large originals; `undefined` when there shall be none. */
  readonly proxies: Proxies | undefined;
  readonly workers: VideoWorkers;
  /** Users' scripts. */
  readonly scripts: Scripts;
  readonly render: Render;
  /** Renders of the same key share one run. */
  readonly flights: (key: string, work: () => Promise<Made>) => Promise<Made>;
  /** Keeps what was rendered while it is sent. */
  readonly derivedWrites: WriteBehind;
  readonly derivedLog: DerivedLog;
  /** Makes the thorough encoding of a result that was answered from the fast one. */
  readonly improve: (delivered: Delivered) => void;
  readonly counters: Counters;
  readonly jobs: Jobs;
  readonly webhooks: Webhooks;
  /** Whether a wrong signature is answered with the doctor's finding. */
  readonly diagnosis: boolean;
  /** Time that looking for what made a signature wrong may take. */
  readonly diagnosisTime: TimeBudget;
}
