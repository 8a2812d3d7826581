import { randomHex } from '../random-hex.ts';
import type { Catalog } from './catalog.ts';

const KEY = 'catalog_id';

/** What tells this catalog from every other; made with the first call and kept. */
export async function catalogIdentity({ db }: Pick<Catalog, 'db'>): Promise<string> {
  await db
    .insertInto('server_state')
    .values({ key: KEY, value: randomHex() })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const { value } = await db
    .selectFrom('server_state')
    .select('value')
    .where('key', '=', KEY)
    .executeTakeFirstOrThrow();
  return value;
}
