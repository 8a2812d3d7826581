import { type Catalog, openCatalog } from './catalog.ts';

/** What the contract suite runs against. A further back end is a row here and no other change. */
export const BACK_ENDS: readonly { readonly name: string; open(): Catalog | Promise<Catalog> }[] = [
  { name: 'SQLite', open: () => openCatalog(':memory:') },
];
