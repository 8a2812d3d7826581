import type { Compilable, CompiledQuery, InferResult } from 'kysely';
import type { Db } from './catalog.ts';

/**
 * A query for hot paths, whose text is written once for each database: the query builder takes longer to write it than
 * SQLite to answer it. The text must not depend on the values.
 *
 * @param build what it gets stands for the values and can only be passed on
 */
export function compiledOnce<Values extends readonly unknown[], Query extends Compilable<unknown>>(
  build: (db: Db, ...values: Values) => Query,
): (db: Db, ...values: Values) => Promise<InferResult<Query>> {
  const known = new WeakMap<object, { query: CompiledQuery; from: readonly number[] }>();
  return async (db, ...values) => {
    const database = db.getExecutor().adapter;
    let found = known.get(database);
    if (found === undefined) {
      const places = values.map((_, index) => ({ index }));
      const query = build(db, ...(places as unknown as Values)).compile() as CompiledQuery;
      // Which value each parameter is; −1 for those that the query itself brings.
      found = { query, from: query.parameters.map((parameter) => places.indexOf(parameter as { index: number })) };
      known.set(database, found);
    }
    const { query, from } = found;
    const parameters = query.parameters.map((parameter, index) =>
      from[index]! < 0 ? parameter : values[from[index]!],
    );
    return (await db.executeQuery({ ...query, parameters })).rows as InferResult<Query>;
  };
}
