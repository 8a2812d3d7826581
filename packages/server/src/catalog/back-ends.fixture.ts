import { join } from 'node:path';
import type { DatabaseSync } from 'node:sqlite';
import { createDatabase } from '../../../../scripts/postgres.ts';
import { temporaryFolder } from '../temporary-folder.fixture.ts';
import { type Catalog, openCatalog, type SqliteCatalog } from './catalog.ts';

interface BackEnd {
  readonly name: string;
  /** Why it cannot be opened here; false when it can. */
  readonly skip: string | false;
  /** Several servers may open one catalog. */
  readonly shared: boolean;
  /** A new, empty catalog. */
  open(): Promise<Catalog>;
  /** A new, empty catalog that can be opened again. */
  place(): Promise<() => Promise<Catalog>>;
}

/** The server that `npm test` starts (scripts/postgres.ts). */
const SERVER = process.env.SIGNET_TEST_POSTGRES;

async function openNew(): Promise<() => Promise<Catalog>> {
  const { openPostgres } = await import('./postgres.ts');
  const url = await createDatabase(SERVER!);
  return () => openPostgres({ url });
}

/** What the contract suites run against. A further back end is a row here and no other change. */
export const BACK_ENDS: readonly BackEnd[] = [
  {
    name: 'SQLite',
    skip: false,
    shared: false,
    open: async () => openCatalog(':memory:'),
    place: async () => {
      const file = join(temporaryFolder('catalog'), 'catalog.sqlite');
      return async () => openCatalog(file);
    },
  },
  {
    name: 'PostgreSQL',
    shared: true,
    skip: SERVER === undefined && 'SIGNET_TEST_POSTGRES is not set (`npm test` starts a PostgreSQL where there is one)',
    open: async () => (await openNew())(),
    place: () => openNew(),
  },
];

/** Flags of a server of a test: with `SIGNET_TEST_CATALOG=postgres` its catalog is a new database on PostgreSQL. */
export const catalogFlags = async (): Promise<{ catalog?: string }> =>
  process.env.SIGNET_TEST_CATALOG === 'postgres' ? { catalog: await createDatabase(SERVER!) } : {};

/** The connection of a catalog that is SQLite. */
export const rawOf = (catalog: Catalog): DatabaseSync => (catalog as SqliteCatalog).raw;
