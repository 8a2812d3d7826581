import { randomBytes } from 'node:crypto';
import type { Selectable } from 'kysely';
import type { App } from '../app.ts';
import type { Db } from '../catalog/catalog.ts';
import { compiledOnce } from '../catalog/compiled-once.ts';
import type { CloudRow, TriggersTable } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

/** Notification URLs of an environment (Notifications guide). */
const MAX_TRIGGERS = 30;

const EVENT_TYPES = [
  'all',
  'access_control_changed',
  'bulk_refresh_auto_fetch',
  'create_folder',
  'delete',
  'delete_by_token',
  'delete_folder',
  'eager',
  'error',
  'explode',
  'generate_archive',
  'info',
  'invalidate_custom_cdn',
  'moderation',
  'moderation_summary',
  'move',
  'move_or_rename_asset_folder',
  'multi',
  'publish',
  'rename',
  'report',
  'resource_context_changed',
  'resource_display_name_changed',
  'resource_metadata_changed',
  'resource_tags_changed',
  'restore_asset_version',
  'sprite',
  'upload',
] as const;

const URI_TYPES = ['webhook', 'flow', 'poll'] as const;

type Row = Selectable<TriggersTable>;

const time = (millis: number): string => `${new Date(millis).toISOString().slice(0, 19)}+00:00`;

export const triggerView = (row: Row, cloud: CloudRow) => ({
  id: row.id,
  product_environment_id: cloud.id,
  uri_type: row.uri_type,
  uri: row.uri,
  event_type: row.event_type,
  created_at: time(row.created_at),
  updated_at: time(row.updated_at),
});

/** `poll://<channel>` for polled triggers, an http(s) address otherwise. */
function checkUri(uri: string, uriType: string): string {
  const fits = uriType === 'poll' ? /^poll:\/\/[A-Za-z0-9_.-]{1,255}$/ : /^https?:\/\/[^\s/]+/i;
  if (!fits.test(uri) || uri.length > 2000) throw ERRORS.InvalidParameter('uri', uri);
  return uri;
}

export const listTriggers = (app: App, cloud: CloudRow, event?: string): Promise<Row[]> => {
  const all = app.catalog.db.selectFrom('triggers').selectAll().where('cloud', '=', cloud.name);
  return (event === undefined ? all : all.where('event_type', '=', event))
    .orderBy('created_at')
    .orderBy('id')
    .execute();
};

/** @throws 404 */
export async function requireTrigger(app: App, cloud: CloudRow, id: string): Promise<Row> {
  const row = await app.catalog.db
    .selectFrom('triggers')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) throw ERRORS.NoSuchItem(`Trigger ${id} was not found`);
  return row;
}

/** @throws 400 for a bad address or event, 409 for the same pair again, 400 above 30 */
export async function createTrigger(
  app: App,
  cloud: CloudRow,
  { uri, event, uriType: given }: { uri: string; event: string; uriType?: string | undefined },
): Promise<Row> {
  if (!(EVENT_TYPES as readonly string[]).includes(event)) throw ERRORS.InvalidParameter('event_type', event);
  const uriType = given ?? (uri.startsWith('poll://') ? 'poll' : 'webhook');
  if (!(URI_TYPES as readonly string[]).includes(uriType)) throw ERRORS.InvalidParameter('uri_type', uriType);
  if (uriType === 'flow')
    throw ERRORS.BadRequest('Triggers of type flow are not available on this server; use webhook or poll');
  checkUri(uri, uriType);
  const existing = await listTriggers(app, cloud);
  if (existing.length >= MAX_TRIGGERS)
    throw ERRORS.BadRequest(`Expected up to ${MAX_TRIGGERS} triggers in an environment`);
  if (existing.some((row) => row.uri === uri && row.event_type === event))
    throw ERRORS.Conflict(`Trigger for ${event} to ${uri} already exists`);
  const now = app.clock();
  return app.catalog.db
    .insertInto('triggers')
    .values({
      id: randomBytes(16).toString('hex'),
      cloud: cloud.name,
      uri_type: uriType,
      uri,
      event_type: event,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function updateTrigger(app: App, cloud: CloudRow, id: string, uri: string): Promise<void> {
  const row = await requireTrigger(app, cloud, id);
  await app.catalog.db
    .updateTable('triggers')
    .set({ uri: checkUri(uri, row.uri_type), updated_at: app.clock() })
    .where('id', '=', id)
    .execute();
}

export async function deleteTrigger(app: App, cloud: CloudRow, id: string): Promise<void> {
  await requireTrigger(app, cloud, id);
  await app.catalog.db.deleteFrom('triggers').where('id', '=', id).execute();
}

const addressesOf = compiledOnce((db, cloud: string, event: string) =>
  db
    .selectFrom('triggers')
    .select('uri')
    .where('cloud', '=', cloud)
    .where('uri_type', 'in', ['webhook', 'poll'])
    .where('event_type', 'in', [event, 'all']),
);

/** Web addresses and channels that want an event: those of the event and those of `all`. */
export async function triggerAddresses(db: Db, cloud: string, event: string): Promise<readonly string[]> {
  const rows = await addressesOf(db, cloud, event);
  return [...new Set(rows.map(({ uri }) => uri))];
}
