import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { createAccounts } from './accounts/accounts.ts';
import type { App } from './app.ts';
import { openCatalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import { createLog, type Log } from './observe/log.ts';

export interface Composition {
  readonly app: App;
  /** Stops what runs in the background and closes the catalog. */
  close(): Promise<void>;
}

export interface ComposeOptions {
  readonly config: Config;
  readonly log?: Log;
  readonly clock?: () => number;
}

/** The one place where parts are chosen and joined. */
export async function compose({
  config,
  log = createLog(config['log-level'], config['log-format']),
  clock = Date.now,
}: ComposeOptions): Promise<Composition> {
  const data = resolve(config.data);
  mkdirSync(data, { recursive: true });
  const catalog = openCatalog(join(data, 'catalog.sqlite'));
  const accounts = createAccounts(catalog, clock);
  const app: App = { config, log, clock, catalog, accounts };
  return {
    app,
    async close() {
      await catalog.close();
    },
  };
}
