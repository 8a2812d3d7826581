import type { App } from '../app.ts';
import { ERRORS } from '../errors.ts';
import type { Actor } from './context.ts';
import { type Selection, selectAssets } from './tags.ts';

export const CONTEXT_COMMANDS = ['add', 'remove_all'] as const;
export type ContextCommand = (typeof CONTEXT_COMMANDS)[number];

const MAX_PAIRS = 1000;
const MAX_VALUE = 1024;

/** @throws 400 when a value is too long or there are too many pairs */
export function checkContext(context: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(context);
  if (entries.length > MAX_PAIRS)
    throw ERRORS.BadRequest(`Expected at most ${MAX_PAIRS} context pairs but received ${entries.length}`);
  const long = entries.find(([, value]) => value.length > MAX_VALUE);
  if (long !== undefined)
    throw ERRORS.BadRequest(
      `Expected context values of at most ${MAX_VALUE} characters but received ${long[1].length} for ${long[0]}`,
    );
  return { ...context };
}

/** `context`: merges pairs into the contextual metadata of many assets, or takes all away. */
export async function changeContext(
  app: App,
  { cloud, key }: Actor,
  command: ContextCommand,
  context: Readonly<Record<string, string>>,
  selection: Selection,
): Promise<{ public_ids: string[] }> {
  const now = app.clock();
  const public_ids = await app.catalog.transaction(async (tx) => {
    const rows = await selectAssets(app, tx, cloud.name, selection);
    const resources: Record<string, unknown> = {};
    for (const row of rows) {
      const before = JSON.parse(row.context) as Record<string, string>;
      const after = command === 'add' ? checkContext({ ...before, ...context }) : {};
      await app.catalog.assets.update(tx, row.seq, { context: JSON.stringify(after), updated_at: now });
      resources[row.asset_id] = {
        public_id: row.public_id,
        resource_type: row.resource_type,
        type: row.type,
        added: Object.fromEntries(Object.entries(after).filter(([name]) => !(name in before))),
        removed: Object.keys(before).filter((name) => !(name in after)),
        updated: Object.fromEntries(
          Object.entries(after).filter(([name, value]) => name in before && before[name] !== value),
        ),
      };
    }
    if (rows.length > 0)
      await app.webhooks.notify(tx, {
        cloud: cloud.name,
        type: 'resource_context_changed',
        fields: { source: 'api', resources },
        triggeredBy: key?.api_key,
      });
    return rows.map(({ public_id }) => public_id);
  });
  app.jobs.wake();
  return { public_ids };
}
