import { createHash, randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { Catalog } from '../catalog/catalog.ts';
import type { MetadataRulesTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import type { MetadataRule, RuleCondition } from './types.ts';

const ruleOf = (row: Selectable<MetadataRulesTable>): MetadataRule => ({
  metadata_field_id: row.metadata_field_id,
  name: row.name,
  state: row.state,
  position: row.position,
  external_id: row.external_id,
  condition_signature: row.condition_signature,
  condition: JSON.parse(row.condition),
  result: JSON.parse(row.result),
});

const MAX_DEPTH = 10;

/** @throws 400 when it is neither a group nor an atom, or is nested too deeply */
function checkCondition(given: unknown, depth = 0): RuleCondition {
  const bad = () =>
    ERRORS.BadRequest(
      'condition is invalid: expected and, or, or a metadata_field_id with populated, equals or includes',
    );
  if (typeof given !== 'object' || given === null || depth > MAX_DEPTH) throw bad();
  const condition = given as Record<string, unknown>;
  for (const group of ['and', 'or'] as const)
    if (condition[group] !== undefined) {
      if (!Array.isArray(condition[group]) || condition[group].length === 0) throw bad();
      for (const part of condition[group]) checkCondition(part, depth + 1);
      return condition as unknown as RuleCondition;
    }
  if (condition.not !== undefined) checkCondition(condition.not, depth + 1);
  else if (
    typeof condition.metadata_field_id !== 'string' ||
    !['populated', 'equals', 'includes'].some((key) => key in condition)
  )
    throw bad();
  return condition as unknown as RuleCondition;
}

/** A UUID made from the condition: equal conditions, equal signatures. */
const signatureOf = (condition: unknown): string => {
  const hex = createHash('md5').update(JSON.stringify(condition)).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-3${hex.slice(13, 16)}-b${hex.slice(17, 20)}-${hex.slice(20)}`;
};

export interface RuleInput {
  readonly metadata_field_id?: string | undefined;
  readonly name?: string | undefined;
  readonly state?: string | undefined;
  readonly external_id?: string | undefined;
  readonly condition?: unknown;
  readonly result?: unknown;
}

const STATES = ['active', 'inactive'];

export function ruleStore(catalog: Catalog, clock: () => number) {
  const { db } = catalog;

  const find = async (cloud: string, id: string): Promise<MetadataRule> => {
    const row = await db
      .selectFrom('metadata_rules')
      .selectAll()
      .where('cloud', '=', cloud)
      .where('external_id', '=', id)
      .executeTakeFirst();
    if (row === undefined) throw ERRORS.NoSuchItem(`Metadata rule with external id ${id} was not found`);
    return ruleOf(row);
  };

  return {
    /** By field, then position. */
    all: async (cloud: string): Promise<MetadataRule[]> =>
      (
        await db
          .selectFrom('metadata_rules')
          .selectAll()
          .where('cloud', '=', cloud)
          .orderBy('metadata_field_id')
          .orderBy('position')
          .execute()
      ).map(ruleOf),

    find,

    /** @param fieldExists of the environment */
    async create(cloud: string, input: RuleInput): Promise<MetadataRule> {
      for (const name of ['metadata_field_id', 'name', 'condition', 'result'] as const)
        if (input[name] === undefined) throw ERRORS.MissingParameter(name);
      const condition = checkCondition(input.condition);
      const state = input.state ?? 'active';
      if (!STATES.includes(state)) throw ERRORS.InvalidParameter('state', state);
      const now = clock();
      const { last } = await db
        .selectFrom('metadata_rules')
        .select((select) => select.fn.max('position').as('last'))
        .where('cloud', '=', cloud)
        .where('metadata_field_id', '=', input.metadata_field_id!)
        .executeTakeFirstOrThrow();
      const external_id = input.external_id ?? randomBytes(32).toString('hex');
      const row = await db
        .insertInto('metadata_rules')
        .values({
          cloud,
          external_id,
          metadata_field_id: input.metadata_field_id!,
          name: input.name!,
          state,
          position: (last ?? 0) + 1,
          condition: JSON.stringify(condition),
          condition_signature: signatureOf(condition),
          result: JSON.stringify(input.result),
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) => conflict.doNothing())
        .returningAll()
        .executeTakeFirst();
      if (row === undefined) throw ERRORS.BadRequest(`external id ${external_id} already exists`);
      return ruleOf(row);
    },

    async update(cloud: string, id: string, input: RuleInput): Promise<MetadataRule> {
      const current = await find(cloud, id);
      const condition = input.condition === undefined ? current.condition : checkCondition(input.condition);
      const state = input.state ?? current.state;
      if (!STATES.includes(state)) throw ERRORS.InvalidParameter('state', state);
      const row = await db
        .updateTable('metadata_rules')
        .set({
          metadata_field_id: input.metadata_field_id ?? current.metadata_field_id,
          name: input.name ?? current.name,
          state,
          condition: JSON.stringify(condition),
          condition_signature: signatureOf(condition),
          result: JSON.stringify(input.result ?? current.result),
          updated_at: clock(),
        })
        .where('cloud', '=', cloud)
        .where('external_id', '=', id)
        .returningAll()
        .executeTakeFirstOrThrow();
      return ruleOf(row);
    },

    async remove(cloud: string, id: string): Promise<void> {
      await find(cloud, id);
      await db.deleteFrom('metadata_rules').where('cloud', '=', cloud).where('external_id', '=', id).execute();
    },
  };
}
