import { createHash, randomBytes } from 'node:crypto';
import type { App } from '../app.ts';
import type { CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { normalizedName, toParams, transformationText } from '../transformations/language.ts';
import { PREDEFINED } from './predefined.ts';

export interface StreamingProfile {
  readonly name: string;
  readonly displayName: string | null;
  readonly predefined: boolean;
  readonly externalId: string;
  /** Normalised transformation strings in their order. */
  readonly representations: readonly string[];
}

const builtIn = (cloud: CloudRow, name: string): StreamingProfile | undefined => {
  const found = PREDEFINED.find((profile) => profile.name === name);
  return (
    found && {
      name,
      displayName: found.displayName,
      predefined: true,
      externalId: createHash('sha256').update(`${cloud.id} ${name}`).digest('hex').slice(0, 34),
      representations: found.representations,
    }
  );
};

const rows = (app: App, cloud: CloudRow) =>
  app.catalog.db.selectFrom('streaming_profiles').selectAll().where('cloud', '=', cloud.name);

/** The built-in profiles, some perhaps changed, then the environment's own by name. */
export async function listProfiles(app: App, cloud: CloudRow): Promise<StreamingProfile[]> {
  const own = new Map((await rows(app, cloud).orderBy('name').execute()).map((row) => [row.name, row]));
  const all = [
    ...PREDEFINED.map(({ name }) => name),
    ...[...own.keys()].filter((name) => !PREDEFINED.some((p) => p.name === name)),
  ];
  return Promise.all(all.map((name) => requireProfile(app, cloud, name)));
}

/** Names do not mind case. */
export async function findProfile(app: App, cloud: CloudRow, given: string): Promise<StreamingProfile | undefined> {
  const name = given.toLowerCase();
  const row = await rows(app, cloud).where('name', '=', name).executeTakeFirst();
  const base = builtIn(cloud, name);
  if (row === undefined) return base;
  return {
    name,
    displayName: row.display_name,
    predefined: base !== undefined,
    externalId: row.external_id,
    representations: JSON.parse(row.representations) as string[],
  };
}

/** @throws 404 */
export async function requireProfile(app: App, cloud: CloudRow, name: string): Promise<StreamingProfile> {
  const profile = await findProfile(app, cloud, name);
  if (profile === undefined) throw ERRORS.NoSuchItem(`Can't find streaming profile with name ${name}`);
  return profile;
}

/** `[{"transformation":"w_1200,…"}]`; a transformation may be a string, an object or a list of objects. */
function readRepresentations(given: unknown): string[] {
  const list = Array.isArray(given) ? given : [given];
  if (list.length === 0) throw ERRORS.MissingParameter('representations');
  if (list.length > 50) throw ERRORS.BadRequest(`Expected up to 50 representations but received ${list.length}`);
  return list.map((item: unknown) => {
    if (typeof item !== 'object' || item === null || !('transformation' in item))
      throw ERRORS.BadRequest('Expected {"transformation": …} in every item of representations');
    return normalizedName(transformationText(item.transformation));
  });
}

export async function createProfile(
  app: App,
  cloud: CloudRow,
  input: { name: string; displayName?: string | undefined; representations: unknown },
): Promise<StreamingProfile> {
  const name = input.name.toLowerCase();
  if (!/^[a-z0-9_-]{1,255}$/.test(name)) throw ERRORS.InvalidParameter('name', input.name);
  if ((await findProfile(app, cloud, name)) !== undefined)
    throw ERRORS.Conflict(`Streaming profile ${name} already exists`);
  await save(app, cloud, {
    name,
    displayName: input.displayName ?? null,
    predefined: false,
    externalId: randomBytes(17).toString('hex'),
    representations: readRepresentations(input.representations),
  });
  return requireProfile(app, cloud, name);
}

async function save(app: App, cloud: CloudRow, profile: StreamingProfile): Promise<void> {
  const now = app.clock();
  const change = {
    display_name: profile.displayName,
    representations: JSON.stringify(profile.representations),
    updated_at: now,
  };
  await app.catalog.db
    .insertInto('streaming_profiles')
    .values({ cloud: cloud.name, name: profile.name, external_id: profile.externalId, created_at: now, ...change })
    .onConflict((conflict) => conflict.columns(['cloud', 'name']).doUpdateSet(change))
    .execute();
}

/** The new list of representations replaces the old one; a built-in profile keeps its name and can be reverted. */
export async function updateProfile(
  app: App,
  cloud: CloudRow,
  name: string,
  input: { displayName?: string | undefined; representations: unknown },
): Promise<StreamingProfile> {
  const profile = await requireProfile(app, cloud, name);
  await save(app, cloud, {
    ...profile,
    displayName: input.displayName ?? profile.displayName,
    representations:
      input.representations === undefined ? profile.representations : readRepresentations(input.representations),
  });
  return requireProfile(app, cloud, name);
}

/** A built-in profile goes back to what it was; another one is gone. */
export async function deleteProfile(app: App, cloud: CloudRow, given: string): Promise<StreamingProfile> {
  const profile = await requireProfile(app, cloud, given);
  await app.catalog.db
    .deleteFrom('streaming_profiles')
    .where('cloud', '=', cloud.name)
    .where('name', '=', profile.name)
    .execute();
  return profile;
}

export const profileItem = (profile: StreamingProfile) => ({
  name: profile.name,
  display_name: profile.displayName,
  predefined: profile.predefined,
  external_id: profile.externalId,
});

/** Transformations are always lists of components (the suites compare them deeply). */
export const profileView = (profile: StreamingProfile) => ({
  ...profileItem(profile),
  representations: profile.representations.map((text) => ({ transformation: toParams(text) })),
});
