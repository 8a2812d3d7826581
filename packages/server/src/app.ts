import type { Accounts } from './accounts/accounts.ts';
import type { Catalog } from './catalog/catalog.ts';
import type { Config } from './config.ts';
import type { Log } from './observe/log.ts';

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
}
