import { ADDON_PARAMETERS, addonKey, type WantedAddon } from '../assets/addons.ts';
import { ConfigError } from '../config.ts';

/** Where an add-on's work is done: an address of the operator, called once for each asset. */
export interface AddonHook {
  readonly url: URL;
  /** Sent as `Authorization: Bearer <token>`. */
  readonly token: string | undefined;
  /** Milliseconds that one call may take. */
  readonly timeout: number;
  /** Milliseconds that the answer of `upload`, `explicit` and `update` waits for the result of a picture. */
  readonly wait: number;
}

/** `<parameter>:<value>`, or `<parameter>` alone where the value is no name (`auto_transcription`) → its hook. */
export type ConfiguredAddons = ReadonlyMap<string, AddonHook>;

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function seconds(key: string, name: string, value: unknown, initial: number, max: number): number {
  if (value === undefined) return initial * 1000;
  if (typeof value === 'number' && value >= 0 && value <= max) return value * 1000;
  throw new ConfigError(`Expected 0…${max} seconds for ${name} of add-on ${key} but received ${JSON.stringify(value)}`);
}

function readHook(key: string, value: unknown): AddonHook {
  const given = typeof value === 'string' ? { url: value } : value;
  const problem = (what: string) => new ConfigError(`Expected ${what} for add-on ${key}`);
  if (!isRecord(given) || typeof given.url !== 'string' || !URL.canParse(given.url))
    throw problem('an address, or {"url":…,"token":…,"timeout":…,"wait":…}');
  const unknown = Object.keys(given).filter((name) => !['url', 'token', 'timeout', 'wait'].includes(name));
  if (unknown.length > 0) throw problem(`only url, token, timeout and wait, not ${unknown.join(', ')},`);
  const url = new URL(given.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw problem('an http or https address');
  if (given.token !== undefined && typeof given.token !== 'string') throw problem('a text as token');
  return {
    url,
    token: given.token,
    timeout: seconds(key, 'timeout', given.timeout, 60, 3600),
    wait: seconds(key, 'wait', given.wait, 10, 60),
  };
}

/** Reads the setting `addons`. @throws {ConfigError} naming the entry, what was expected and what came */
export function readAddons(setting: unknown): ConfiguredAddons {
  if (!isRecord(setting))
    throw new ConfigError(`Expected an object such as {"ocr:adv_ocr":"http://127.0.0.1:5000/"} for addons`);
  return new Map(
    Object.entries(setting).map(([key, value]) => {
      const [parameter = '', name] = key.split(':');
      const known = parameter === 'moderation' || Object.hasOwn(ADDON_PARAMETERS, parameter);
      if (
        !known ||
        key !== addonKey(parameter as WantedAddon['parameter'], name ?? '') ||
        name === '' ||
        key === 'moderation:manual'
      )
        throw new ConfigError(
          `Expected <parameter>:<value> of ${Object.keys(ADDON_PARAMETERS).join(', ')} or moderation in addons but received ${key}`,
        );
      return [key, readHook(key, value)];
    }),
  );
}
