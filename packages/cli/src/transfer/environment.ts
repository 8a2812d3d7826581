import type { Account } from '../account/account.ts';
import { AdminError, adminCall, adminItems, pathOf } from '../client/admin.ts';
import { loadSdk } from '../client/sdk.ts';
import { messageOf } from '../errors.ts';
import { readRelations, writeRelations } from './relations.ts';
import type { Environment, EnvironmentOptions, EnvironmentReport, Json } from './types.ts';

/** A server without one of the features answers 404 for its listing: then there is nothing to take. */
const orNothing = async <T>(work: Promise<T[]>): Promise<T[]> => {
  try {
    return await work;
  } catch (error) {
    if (error instanceof AdminError && (error.status === 404 || error.status === 403)) return [];
    throw error;
  }
};

export async function readEnvironment(
  account: Account,
  signal: AbortSignal,
  options: EnvironmentOptions = {},
): Promise<Environment> {
  const get = (path: string, query?: Json) => adminCall<Json>(account, path, { query, signal });
  const all = (path: string, key: string, query?: Json) =>
    Array.fromAsync(adminItems<Json>(account, path, key, query, signal));

  const transformations = await orNothing(all('/transformations', 'transformations', { named: true }));
  const profiles = await orNothing(get('/streaming_profiles').then(({ data }) => data as Json[]));
  return {
    metadata_fields: await orNothing(get('/metadata_fields').then(({ metadata_fields: fields }) => fields as Json[])),
    metadata_rules: await orNothing(get('/metadata_rules').then(({ metadata_rules: rules }) => rules as Json[])),
    folders: await orNothing(readFolders(account, signal)),
    transformations: await Promise.all(
      transformations.map(async ({ name }) => {
        const full = await get(pathOf('transformations', String(name)));
        return { name, allowed_for_strict: full.allowed_for_strict, info: full.info };
      }),
    ),
    streaming_profiles: await Promise.all(
      profiles
        .filter(({ predefined }) => predefined !== true)
        .map(async ({ name }) => (await get(pathOf('streaming_profiles', String(name)))).data as Json),
    ),
    upload_presets: await orNothing(all('/upload_presets', 'presets')),
    upload_mappings: await orNothing(all('/upload_mappings', 'mappings')),
    related_assets: await readRelations(account, signal, options),
  };
}

async function readFolders(account: Account, signal: AbortSignal): Promise<string[]> {
  const found: string[] = [];
  const waiting = [''];
  for (let parent = waiting.shift(); parent !== undefined; parent = waiting.shift()) {
    const path = parent === '' ? '/folders' : pathOf('folders', parent);
    for await (const folder of adminItems<{ path: string }>(account, path, 'folders', {}, signal)) {
      found.push(folder.path);
      waiting.push(folder.path);
    }
  }
  return found;
}

/** The SDK's helpers that turn stored settings back into parameters (`lib/utils/index.js`). */
interface SdkUtils {
  build_eager(transformations: unknown): string;
  build_upload_params(options: object): Json;
  clear_blank(params: Json): Json;
}

/** Makes what is missing; what has the same name already is left as it is. */
export async function writeEnvironment(
  account: Account,
  environment: Environment,
  signal: AbortSignal,
): Promise<EnvironmentReport> {
  const utils = (await loadSdk(account)).utils as unknown as SdkUtils;
  const transformationText = (info: unknown): string =>
    utils.build_eager([{ transformation: info }] as unknown[]).toString();
  const post = (path: string, call: { form?: Json; json?: unknown }) =>
    adminCall(account, path, { method: 'POST', signal, ...call });

  const steps: {
    readonly kind: Exclude<keyof Environment, 'related_assets'>;
    readonly make: (item: never) => Promise<unknown>;
  }[] = [
    // Mandatory only when all assets are there, for one without a value would be refused.
    {
      kind: 'metadata_fields',
      make: (field: Json) => post('/metadata_fields', { json: withoutKeys({ ...field, mandatory: false }, READ_ONLY) }),
    },
    { kind: 'folders', make: (path: string) => post(pathOf('folders', path), { form: {} }) },
    {
      kind: 'transformations',
      make: ({ name, info, allowed_for_strict: allowed }: Json) =>
        post('/transformations', {
          form: {
            name,
            transformation: transformationText(info),
            ...(allowed === true && { allowed_for_strict: true }),
          },
        }),
    },
    {
      kind: 'streaming_profiles',
      make: ({ name, display_name: displayName, representations }: Json) =>
        post('/streaming_profiles', {
          form: {
            name,
            display_name: displayName,
            representations: JSON.stringify(
              (representations as Json[]).map(({ transformation }) => ({
                transformation: transformationText(transformation),
              })),
            ),
          },
        }),
    },
    {
      kind: 'upload_presets',
      make: ({ name, unsigned, settings }: Json) =>
        post('/upload_presets', { form: { ...presetParams(utils, settings as Json), name, unsigned } }),
    },
    {
      kind: 'upload_mappings',
      make: ({ folder, template }: Json) => post('/upload_mappings', { form: { folder, template } }),
    },
    {
      kind: 'metadata_rules',
      make: (rule: Json) =>
        post('/metadata_rules', { json: withoutKeys(rule, ['external_id', 'condition_signature']) }),
    },
  ];

  const there = await readEnvironment(account, signal);
  const made: Record<string, number> = {};
  const problems: string[] = [];
  for (const { kind, make } of steps) {
    const known = new Set(there[kind].map(nameOf));
    for (const item of environment[kind]) {
      if (known.has(nameOf(item))) continue;
      try {
        await make(item as never);
        made[kind] = (made[kind] ?? 0) + 1;
      } catch (error) {
        if (signal.aborted) throw error;
        problems.push(`${kind} ${nameOf(item)}: ${messageOf(error)}`);
      }
    }
  }
  return { made, problems };
}

/** What needs all assets: fields that were mandatory become so again, and assets are related. */
export async function finishEnvironment(
  account: Account,
  { metadata_fields: fields, related_assets: relations = [] }: Environment,
  signal: AbortSignal,
): Promise<string[]> {
  const problems = await writeRelations(account, relations, signal);
  for (const { external_id: id, mandatory, default_value: value } of fields) {
    if (mandatory !== true) continue;
    await adminCall(account, pathOf('metadata_fields', String(id)), {
      method: 'PUT',
      json: { mandatory: true, ...(value !== undefined && value !== null && { default_value: value }) },
      signal,
    }).catch((error: unknown) => problems.push(`metadata_fields ${id}: not mandatory here: ${messageOf(error)}`));
  }
  return problems;
}

const READ_ONLY = ['default_disabled'];

const withoutKeys = (item: Json, keys: readonly string[]): Json =>
  Object.fromEntries(Object.entries(item).filter(([key, value]) => !keys.includes(key) && value !== null));

/** What makes two items the same: the name of a thing, and of a rule, which has none, its text. */
function nameOf(item: Json | string): string {
  if (typeof item === 'string') return item;
  if ('condition' in item)
    return `${item.metadata_field_id} ${JSON.stringify(item.condition)} ${JSON.stringify(item.result)}`;
  return String(item.external_id !== undefined && 'label' in item ? item.external_id : (item.name ?? item.folder));
}

/** Settings as they are answered (lists, objects) become parameters as they are sent; unknown ones go as they are. */
function presetParams(utils: SdkUtils, settings: Json): Json {
  const { timestamp: _now, ...known } = utils.clear_blank(utils.build_upload_params({ ...settings }));
  const rest = Object.fromEntries(
    Object.entries(settings)
      .filter(([name]) => !(name in known) && name !== 'allowed_formats')
      .map(([name, value]) => [name, typeof value === 'object' && value !== null ? JSON.stringify(value) : value]),
  );
  return { ...rest, ...known };
}
