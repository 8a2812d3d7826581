import type { App } from '../app.ts';
import type { Actor } from './context.ts';
import { type Selection, selectAssets } from './tags.ts';

/** `metadata`: structured metadata of many assets; answers the public IDs that exist. An empty value clears a field. */
export async function updateMetadata(
  app: App,
  { cloud, key }: Actor,
  given: Readonly<Record<string, string>>,
  selection: Selection,
  { clearInvalid }: { readonly clearInvalid: boolean },
): Promise<{ public_ids: string[] }> {
  const now = app.clock();
  const rows = await selectAssets(app, app.catalog.db, cloud.name, selection);
  const values = new Map<number, Record<string, unknown>>();
  for (const { seq, metadata } of rows)
    values.set(seq, await app.metadata.apply(cloud, JSON.parse(metadata), given, { clearInvalid }));
  const public_ids = await app.catalog.transaction(async (tx) => {
    const resources: Record<string, unknown> = {};
    for (const row of rows) {
      const before = JSON.parse(row.metadata);
      const after = values.get(row.seq);
      await app.catalog.assets.update(tx, row.seq, { metadata: JSON.stringify(after), updated_at: now });
      resources[row.asset_id] = {
        public_id: row.public_id,
        resource_type: row.resource_type,
        type: row.type,
        previous_metadata: before,
        new_metadata: after,
      };
    }
    if (rows.length > 0)
      await app.webhooks.notify(tx, {
        cloud: cloud.name,
        type: 'resource_metadata_changed',
        fields: { source: 'api', resources },
        triggeredBy: key?.api_key,
      });
    return rows.map(({ public_id }) => public_id);
  });
  app.jobs.wake();
  return { public_ids };
}
