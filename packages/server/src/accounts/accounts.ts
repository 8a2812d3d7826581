import { randomBytes, randomInt } from 'node:crypto';
import type { Catalog, Db } from '../catalog/catalog.ts';
import type { ApiKeyRow, CloudRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';

/** Who is calling: an enabled key of an enabled environment (or, without key, an unsigned upload). */
export interface Account {
  readonly cloud: CloudRow;
  readonly key: ApiKeyRow;
}

/** `cloudinary://KEY:SECRET@CLOUD[?upload_prefix=…]`, as the SDKs write it (`lib/config.js`). */
export function parseCloudinaryUrl(url: string): {
  apiKey: string;
  apiSecret: string;
  cloudName: string;
  options: Record<string, string>;
} {
  let parsed: URL;
  try {
    parsed = new URL(url);
  } catch {
    throw new Error('Expected cloudinary://KEY:SECRET@CLOUD for the account but received something else');
  }
  const { protocol, username, password, hostname } = parsed;
  if (protocol !== 'cloudinary:' || !username || !password || !hostname)
    throw new Error('Expected cloudinary://KEY:SECRET@CLOUD for the account but received something else');
  return {
    apiKey: decodeURIComponent(username),
    apiSecret: decodeURIComponent(password),
    cloudName: hostname,
    options: Object.fromEntries(parsed.searchParams),
  };
}

/** A key as the cloud makes them: 15 digits, and a secret of 27 URL-safe characters. */
export const newCredentials = (): { apiKey: string; apiSecret: string } => ({
  apiKey: Array.from({ length: 15 }, (_, index) => randomInt(index === 0 ? 1 : 0, 10)).join(''),
  apiSecret: randomBytes(20).toString('base64url'),
});

export const newId = (): string => randomBytes(16).toString('hex');

/**
 * Environments and their keys. Every request asks for both, so they are kept in memory; whoever changes a cloud or a
 * key calls `forget()`, which makes a disabled key fail with the next request.
 */
export function createAccounts(catalog: Catalog, clock: () => number) {
  const { db } = catalog;
  let clouds = new Map<string, CloudRow | null>();
  let keys = new Map<string, ApiKeyRow | null>();
  let generation = 0;
  let seenAt = catalog.changesOf('accounts');

  const forget = (): void => {
    generation++;
    clouds = new Map();
    keys = new Map();
  };
  /** Forgets everything when another server may have changed something. */
  const current = (): number => {
    const changes = catalog.changesOf('accounts');
    if (changes !== seenAt) forget();
    seenAt = changes;
    return generation;
  };

  const remembered = async <T>(
    kind: () => Map<string, T | null>,
    name: string,
    find: () => Promise<T | undefined>,
  ): Promise<T | undefined> => {
    const before = current();
    const known = kind().get(name);
    if (known !== undefined) return known ?? undefined;
    const found = await find();
    // What changed meanwhile is not kept. Unknown names come from outside: do not let them fill the memory.
    if (current() === before && kind().size < 10_000) kind().set(name, found ?? null);
    return found;
  };

  const accounts = {
    /** Changes whenever an environment or a key does. */
    get generation(): number {
      return current();
    },

    forget,

    /** @throws 401 `Invalid cloud_name <name>` when it is unknown or disabled. */
    async cloud(name: string): Promise<CloudRow> {
      const cloud = await remembered(
        () => clouds,
        name,
        () => db.selectFrom('clouds').selectAll().where('name', '=', name).executeTakeFirst(),
      );
      if (cloud === undefined || cloud.enabled === 0) throw ERRORS.InvalidCloudName(name);
      return cloud;
    },

    /** @throws 401 `Unknown API key <key>` when the key is unknown, disabled or belongs to another environment. */
    async key(cloud: CloudRow, apiKey: string): Promise<ApiKeyRow> {
      const key = await remembered(
        () => keys,
        apiKey,
        () => db.selectFrom('api_keys').selectAll().where('api_key', '=', apiKey).executeTakeFirst(),
      );
      if (key === undefined || key.enabled === 0 || key.cloud !== cloud.name) throw ERRORS.UnknownApiKey(apiKey);
      return key;
    },

    /** All keys of an environment, the oldest first: the doctor tries them, unsigned uploads and webhooks use the first enabled one. */
    keysOf: (cloud: string, from: Db = db): Promise<ApiKeyRow[]> =>
      from
        .selectFrom('api_keys')
        .selectAll()
        .where('cloud', '=', cloud)
        .orderBy('created_at')
        .orderBy('api_key')
        .execute(),

    async oldestKey(cloud: string, from: Db = db): Promise<ApiKeyRow> {
      const key = (await accounts.keysOf(cloud, from)).find(({ enabled }) => enabled === 1);
      if (key === undefined) throw ERRORS.InvalidCredentials();
      return key;
    },

    async createCloud(input: {
      name: string;
      folderMode: string;
      apiKey?: string;
      apiSecret?: string;
      displayName?: string;
    }): Promise<Account> {
      const now = clock();
      const { apiKey, apiSecret } = {
        ...newCredentials(),
        ...(input.apiKey && input.apiSecret ? { apiKey: input.apiKey, apiSecret: input.apiSecret } : {}),
      };
      const account = await catalog.transaction(async (tx) => ({
        cloud: await tx
          .insertInto('clouds')
          .values({
            name: input.name,
            id: newId(),
            display_name: input.displayName ?? input.name,
            folder_mode: input.folderMode,
            created_at: now,
            updated_at: now,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
        key: await tx
          .insertInto('api_keys')
          .values({
            api_key: apiKey,
            api_secret: apiSecret,
            cloud: input.name,
            name: 'Root',
            root: 1,
            created_at: now,
            updated_at: now,
          })
          .returningAll()
          .executeTakeFirstOrThrow(),
      }));
      accounts.forget();
      return account;
    },

    /**
     * The environment of `--account`, made when missing, its key added when the environment exists without it; without
     * `--account` the first environment, or a new `demo`.
     */
    async ensure(accountUrl: string, folderMode: string): Promise<Account> {
      if (accountUrl === '') {
        const first = await db.selectFrom('clouds').selectAll().orderBy('created_at').executeTakeFirst();
        if (first !== undefined) return { cloud: first, key: await accounts.oldestKey(first.name) };
        return accounts.createCloud({ name: 'demo', folderMode });
      }
      const { apiKey, apiSecret, cloudName } = parseCloudinaryUrl(accountUrl);
      const cloud = await db.selectFrom('clouds').selectAll().where('name', '=', cloudName).executeTakeFirst();
      const taken = await db.selectFrom('api_keys').selectAll().where('api_key', '=', apiKey).executeTakeFirst();
      if (taken !== undefined && taken.cloud !== cloudName)
        throw new Error(`The API key ${apiKey} belongs to the environment ${taken.cloud}`);
      if (cloud === undefined) return accounts.createCloud({ name: cloudName, folderMode, apiKey, apiSecret });
      const now = clock();
      const key = await db
        .insertInto('api_keys')
        .values({
          api_key: apiKey,
          api_secret: apiSecret,
          cloud: cloudName,
          name: 'From --account',
          created_at: now,
          updated_at: now,
        })
        .onConflict((conflict) =>
          conflict.column('api_key').doUpdateSet({ api_secret: apiSecret, enabled: 1, updated_at: now }),
        )
        .returningAll()
        .executeTakeFirstOrThrow();
      accounts.forget();
      return { cloud, key };
    },
  };
  return accounts;
}

export type Accounts = ReturnType<typeof createAccounts>;
