import { newCredentials } from '../../accounts/accounts.ts';
import type { ApiKeyRow } from '../../catalog/schema.ts';
import { type ConsoleCall, type ConsoleRoute, refuse } from './route.ts';
import { sessionsOf } from './sessions.ts';

const iso = (millis: number): string => new Date(millis).toISOString();

const keyView = ({ api_key, name, enabled, root, role, created_at, updated_at }: ApiKeyRow) => ({
  api_key,
  name,
  enabled: enabled === 1,
  root: root === 1,
  role,
  created_at: iso(created_at),
  updated_at: iso(updated_at),
});

function requireAdmin({ account: { key } }: ConsoleCall): void {
  if (!/admin/.test(key.role) || /media_library/.test(key.role))
    throw refuse(403, `Expected a key with an administrator's role but this one is ${key.role}`);
}

const NAME = /^[\p{L}\p{N} ._-]{1,100}$/u;

function requireName(name: string): string {
  if (!NAME.test(name)) throw refuse(400, 'Expected a name of up to 100 letters, digits, spaces, dots, _ and -');
  return name;
}

async function findKey(call: ConsoleCall): Promise<ApiKeyRow> {
  const { api_key } = call.request.params as Record<string, string>;
  const key = (await call.app.accounts.keysOf(call.account.cloud.name)).find((row) => row.api_key === api_key);
  if (key === undefined) throw refuse(404, `There is no API key ${api_key} here`);
  return key;
}

async function addKey({ app, account }: ConsoleCall, name: string, role: string) {
  const now = app.clock();
  const { apiKey, apiSecret } = newCredentials();
  const row = await app.catalog.db
    .insertInto('api_keys')
    .values({
      api_key: apiKey,
      api_secret: apiSecret,
      cloud: account.cloud.name,
      name,
      role,
      created_at: now,
      updated_at: now,
    })
    .returningAll()
    .executeTakeFirstOrThrow();
  app.accounts.forget();
  // The only answer that ever holds the secret: it is shown once.
  return { ...keyView(row), api_secret: apiSecret };
}

const keys: ConsoleRoute = {
  name: 'console_keys',
  method: 'GET',
  path: '/keys',
  async handle({ app, account }) {
    return { keys: (await app.accounts.keysOf(account.cloud.name)).map(keyView) };
  },
};

const createKey: ConsoleRoute = {
  name: 'console_create_key',
  method: 'POST',
  path: '/keys',
  async handle(call) {
    requireAdmin(call);
    return addKey(call, requireName((await call.params()).required('name')), call.account.key.role);
  },
};

/** Rotation: a successor with the same name and role; the old key works until it is disabled. */
const rotateKey: ConsoleRoute = {
  name: 'console_rotate_key',
  method: 'POST',
  path: '/keys/:api_key/rotate',
  async handle(call) {
    requireAdmin(call);
    const old = await findKey(call);
    return addKey(call, old.name, old.role);
  },
};

const updateKey: ConsoleRoute = {
  name: 'console_update_key',
  method: 'PUT',
  path: '/keys/:api_key',
  async handle(call) {
    requireAdmin(call);
    const { app, account } = call;
    const key = await findKey(call);
    const params = await call.params();
    const name = params.text('name');
    const enabled = params.flag('enabled');
    if (enabled === false && key.api_key === account.key.api_key)
      throw refuse(400, 'Expected another key: this session uses this one');
    await app.catalog.db
      .updateTable('api_keys')
      .set({
        updated_at: app.clock(),
        ...(name === undefined ? {} : { name: requireName(name) }),
        ...(enabled === undefined ? {} : { enabled: enabled ? 1 : 0 }),
      })
      .where('cloud', '=', account.cloud.name)
      .where('api_key', '=', key.api_key)
      .execute();
    app.accounts.forget();
    return keyView(await findKey(call));
  },
};

const deleteKey: ConsoleRoute = {
  name: 'console_delete_key',
  method: 'DELETE',
  path: '/keys/:api_key',
  async handle(call) {
    requireAdmin(call);
    const key = await findKey(call);
    if (key.enabled === 1)
      throw refuse(400, 'Expected a disabled key: disable it first, and delete it when nothing fails');
    await call.app.catalog.db
      .deleteFrom('api_keys')
      .where('cloud', '=', call.account.cloud.name)
      .where('api_key', '=', key.api_key)
      .execute();
    call.app.accounts.forget();
    return { deleted: key.api_key };
  },
};

/** All environments for whoever started the server; for everybody else their own. */
const environments: ConsoleRoute = {
  name: 'console_environments',
  method: 'GET',
  path: '/environments',
  async handle({ app, account, session }) {
    const rows = session.operator
      ? await app.catalog.db.selectFrom('clouds').selectAll().orderBy('created_at').limit(1000).execute()
      : [account.cloud];
    return {
      environments: rows.map(({ name, display_name, enabled, folder_mode, created_at }) => ({
        name,
        display_name,
        enabled: enabled === 1,
        folder_mode,
        created_at: iso(created_at),
        current: name === account.cloud.name,
      })),
    };
  },
};

const CLOUD_NAME = /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/;

const createEnvironment: ConsoleRoute = {
  name: 'console_create_environment',
  method: 'POST',
  path: '/environments',
  async handle({ app, session, params: read }) {
    if (!session.operator)
      throw refuse(403, 'Expected a session by the link that the server prints: only it may add environments');
    const params = await read();
    const name = params.required('name');
    if (!CLOUD_NAME.test(name)) throw refuse(400, 'Expected a name of up to 64 lower-case letters, digits and hyphens');
    const taken = await app.catalog.db.selectFrom('clouds').select('name').where('name', '=', name).executeTakeFirst();
    if (taken !== undefined) throw refuse(409, `An environment ${name} exists already`);
    const folderMode = params.text('folder_mode') ?? app.config['folder-mode'];
    if (folderMode !== 'fixed' && folderMode !== 'dynamic')
      throw refuse(400, 'Expected fixed or dynamic as folder_mode');
    const { cloud, key } = await app.accounts.createCloud({ name, folderMode });
    return { name: cloud.name, api_key: key.api_key, api_secret: key.api_secret };
  },
};

const switchEnvironment: ConsoleRoute = {
  name: 'console_switch_environment',
  method: 'POST',
  path: '/environments/:name/link',
  async handle({ app, session, request }) {
    if (!session.operator) throw refuse(403, 'Expected a session by the link that the server prints');
    const { name } = request.params as Record<string, string>;
    const cloud = await app.accounts.cloud(name!);
    const key = await app.accounts.oldestKey(cloud.name);
    return { path: `/console/login?token=${sessionsOf(app).createLink({ cloud: cloud.name, apiKey: key.api_key })}` };
  },
};

export const ACCOUNT_ROUTES: readonly ConsoleRoute[] = [
  keys,
  createKey,
  rotateKey,
  updateKey,
  deleteKey,
  environments,
  createEnvironment,
  switchEnvironment,
];
