import { randomBytes, randomUUID } from 'node:crypto';
import type { App } from '../app.ts';
import { readUploadOptions, type UploadOptions } from '../assets/parameters.ts';
import type { CloudRow, UploadPresetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { cutPage, type Page, readCursor } from '../listing/cursor.ts';
import { eagerParams, toParams, transformationText } from '../transformations/language.ts';

export interface UploadPreset {
  readonly name: string;
  readonly unsigned: boolean;
  readonly external_id: string;
  /** Typed like the parameters of an upload; `transformation` and `eager` as strings. */
  readonly settings: UploadOptions;
}

const presetOf = (row: UploadPresetRow): UploadPreset => ({
  name: row.name,
  unsigned: row.is_unsigned === 1,
  external_id: row.external_id,
  settings: JSON.parse(row.settings) as UploadOptions,
});

/** @returns the preset, or `undefined` */
async function lookUpPreset(app: App, cloud: Pick<CloudRow, 'name'>, name: string): Promise<UploadPreset | undefined> {
  const row = await app.catalog.db
    .selectFrom('upload_presets')
    .selectAll()
    .where('cloud', '=', cloud.name)
    .where('name', '=', name)
    .executeTakeFirst();
  return row && presetOf(row);
}

/** The preset an upload names. @throws 400 `Upload preset not found` */
export async function findPreset(app: App, cloud: Pick<CloudRow, 'name'>, name: string): Promise<UploadPreset> {
  const preset = await lookUpPreset(app, cloud, name);
  if (preset === undefined) throw ERRORS.BadRequest('Upload preset not found');
  return preset;
}

/** The preset an Admin call names. @throws 404 */
export async function requirePreset(app: App, cloud: CloudRow, name: string): Promise<UploadPreset> {
  const preset = await lookUpPreset(app, cloud, name);
  if (preset === undefined) throw ERRORS.NoSuchItem(`Can't find upload preset with name ${name}`);
  return preset;
}

/** Settings with typed transformations: a list of components, and one list for each eager result. */
export function presetSettings({ settings }: UploadPreset): Record<string, unknown> {
  const { transformation, eager, ...rest } = settings;
  return {
    ...rest,
    ...(transformation === undefined ? {} : { transformation: toParams(transformation) }),
    ...(eager === undefined ? {} : { eager: eagerParams(eager) }),
  };
}

/** Not settings: they say which preset, or belong to a signed form. */
const NOT_SETTINGS = new Set(['name', 'unsigned', 'external_id', 'timestamp', 'signature', 'api_key', 'max_results']);

/**
 * What a client sent, typed and without blanks; nothing is added.
 *
 * @throws 400 for a value of the wrong type, an unknown setting, or a transformation that cannot be read
 */
export function readSettings(raw: Readonly<Record<string, unknown>>): UploadOptions {
  const given = Object.fromEntries(
    Object.entries(raw)
      .filter(([name]) => !NOT_SETTINGS.has(name))
      .map(([name, value]) => {
        if (name === 'transformation') return [name, transformationText(value)];
        if (name === 'eager') return [name, (Array.isArray(value) ? value : [value]).map(transformationText).join('|')];
        return [name, value];
      }),
  );
  const settings = readUploadOptions(given);
  if (settings.transformation !== undefined) toParams(settings.transformation);
  if (settings.eager !== undefined) eagerParams(settings.eager);
  return settings;
}

export interface PresetInput {
  readonly name?: string | undefined;
  readonly unsigned?: boolean | undefined;
  readonly settings: UploadOptions;
}

/** Makes a preset, or replaces the one of that name. */
export async function createPreset(
  app: App,
  cloud: Pick<CloudRow, 'name'>,
  { name = randomBytes(5).toString('hex'), unsigned = false, settings }: PresetInput,
): Promise<UploadPreset> {
  if (name.length > 255 || /[/?#\\%]/.test(name)) throw ERRORS.InvalidParameter('name', name);
  const now = app.clock();
  const row = await app.catalog.db
    .insertInto('upload_presets')
    .values({
      cloud: cloud.name,
      name,
      external_id: randomUUID(),
      is_unsigned: Number(unsigned),
      settings: JSON.stringify(settings),
      created_at: now,
      updated_at: now,
    })
    .onConflict((conflict) =>
      conflict
        .columns(['cloud', 'name'])
        .doUpdateSet({ is_unsigned: Number(unsigned), settings: JSON.stringify(settings), updated_at: now }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
  return presetOf(row);
}

/** Merges new settings into a preset; what is not named stays (the cloud's behaviour is not documented, inferred). */
export async function updatePreset(app: App, cloud: CloudRow, name: string, input: PresetInput): Promise<UploadPreset> {
  const current = await requirePreset(app, cloud, name);
  const row = await app.catalog.db
    .updateTable('upload_presets')
    .set({
      is_unsigned: Number(input.unsigned ?? current.unsigned),
      settings: JSON.stringify({ ...current.settings, ...input.settings }),
      updated_at: app.clock(),
    })
    .where('cloud', '=', cloud.name)
    .where('name', '=', name)
    .returningAll()
    .executeTakeFirstOrThrow();
  return presetOf(row);
}

export async function deletePreset(app: App, cloud: CloudRow, name: string): Promise<UploadPreset> {
  const preset = await requirePreset(app, cloud, name);
  await app.catalog.db.deleteFrom('upload_presets').where('cloud', '=', cloud.name).where('name', '=', name).execute();
  return preset;
}

export type PresetOrder = 'name' | 'id' | 'created_at';

export async function listPresets(
  app: App,
  cloud: CloudRow,
  page: Page,
  { orderBy = 'created_at', direction = 'desc' }: { orderBy?: PresetOrder; direction?: 'asc' | 'desc' } = {},
) {
  const scope = { cloud, list: JSON.stringify(['upload_presets', orderBy, direction]), now: app.clock() };
  const key = page.nextCursor === undefined ? undefined : readCursor(scope, page.nextCursor);
  const after = direction === 'asc' ? '>' : '<';
  let query = app.catalog.db.selectFrom('upload_presets').selectAll().where('cloud', '=', cloud.name);
  if (orderBy === 'created_at') {
    if (key !== undefined)
      query = query.where((where) =>
        where(where.refTuple('created_at', 'name'), after, where.tuple(Number(key[0]), String(key[1]))),
      );
    query = query.orderBy('created_at', direction).orderBy('name', direction);
  } else {
    if (key !== undefined) query = query.where('name', after, String(key[0]));
    query = query.orderBy('name', direction);
  }
  const rows = await query.limit(page.maxResults + 1).execute();
  const cut = cutPage(rows, page, scope, (row) => (orderBy === 'created_at' ? [row.created_at, row.name] : [row.name]));
  return { presets: cut.rows.map(presetOf), nextCursor: cut.nextCursor };
}

/** Presets of the configuration (`upload-presets`) are made at the start when they are missing. */
export async function ensurePresets(app: App, cloud: Pick<CloudRow, 'name'>): Promise<void> {
  const wanted = app.config['upload-presets'];
  if (!Array.isArray(wanted)) throw new Error('Expected a JSON array for upload-presets');
  for (const item of wanted as { name?: unknown; unsigned?: unknown; settings?: Record<string, unknown> }[]) {
    if (typeof item?.name !== 'string' || item.name === '')
      throw new Error('Expected a name for every item of upload-presets');
    if ((await lookUpPreset(app, cloud, item.name)) !== undefined) continue;
    await createPreset(app, cloud, {
      name: item.name,
      unsigned: item.unsigned === true,
      settings: readSettings(item.settings ?? {}),
    });
  }
}
