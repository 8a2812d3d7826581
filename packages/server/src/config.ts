import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type Kind, SETTINGS, type Setting, type SettingName } from './settings.ts';

export { SETTINGS, type SettingName };

/**
 * The configuration: one typed value, made once at the start and passed down.
 *
 * Precedence: command-line flag, then environment, then the JSON file (`--config`, or `signet.config.json` in the
 * working directory), then the default of the setting.
 */
export type Config = { readonly [K in SettingName]: (typeof SETTINGS)[K]['default'] } & {
  /** Where each value came from, for `signet config`. */
  readonly sources: Readonly<Record<SettingName, 'flag' | 'environment' | 'file' | 'default'>>;
};

export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

const BYTE_UNITS: Readonly<Record<string, number>> = {
  '': 1,
  k: 1e3,
  kb: 1e3,
  m: 1e6,
  mb: 1e6,
  g: 1e9,
  gb: 1e9,
  kib: 1024,
  mib: 1024 ** 2,
  gib: 1024 ** 3,
};

/** A number of bytes as a person would write it for a setting: `10GB`, in the largest unit that it is whole in. */
export function bytesText(bytes: number): string {
  const [unit, size] = (
    [
      ['GB', 1e9],
      ['MB', 1e6],
      ['kB', 1e3],
    ] as const
  ).find(([, size]) => bytes > 0 && bytes % size === 0) ?? ['', 1];
  return `${bytes / size}${unit}`;
}

const PARSERS: Readonly<Record<Kind, (value: unknown) => unknown>> = {
  string: (value) => String(value),
  integer: (value) => (/^-?\d+$/.test(String(value)) ? Number(value) : undefined),
  boolean: (value) =>
    ({ true: true, '1': true, yes: true, on: true, false: false, '0': false, no: false, off: false })[
      String(value).toLowerCase()
    ],
  bytes: (value) => {
    const match = /^(\d+(?:\.\d+)?)\s*([a-z]*)$/i.exec(String(value).trim());
    const unit = match && BYTE_UNITS[match[2]!.toLowerCase()];
    return unit ? Math.round(Number(match![1]) * unit) : undefined;
  },
  list: (value) =>
    Array.isArray(value)
      ? value.map(String)
      : String(value)
          .split(',')
          .map((item) => item.trim())
          .filter(Boolean),
  map: (value) => {
    if (typeof value === 'object' && value !== null) return value;
    const pairs = String(value)
      .split(',')
      .filter(Boolean)
      .map((pair) => pair.split(/=(.*)/s).map((part) => part.trim()));
    return pairs.every((pair) => pair[0] && pair[1])
      ? Object.fromEntries(pairs.map((pair) => [pair[0], pair[1]]))
      : undefined;
  },
  json: (value) => {
    if (typeof value !== 'string') return value;
    try {
      return JSON.parse(value);
    } catch {
      return undefined;
    }
  },
};

const EXPECTED: Readonly<Record<Kind, string>> = {
  string: 'a text',
  integer: 'an integer',
  boolean: 'true or false',
  bytes: 'a number of bytes such as 100MB',
  list: 'a comma-separated list',
  map: 'pairs such as a=b,c=d',
  json: 'JSON',
};

const read = (name: SettingName, value: unknown, from: string): unknown => {
  const spec = SETTINGS[name] as Setting<unknown>;
  const parsed = PARSERS[spec.kind](value);
  const shown = spec.secret ? '(a secret)' : JSON.stringify(value);
  if (parsed === undefined)
    throw new ConfigError(`Expected ${EXPECTED[spec.kind]} for ${name} but received ${shown} from ${from}`);
  if (spec.choices && !spec.choices.includes(String(parsed)))
    throw new ConfigError(`Expected one of ${spec.choices.join(', ')} for ${name} but received ${shown} from ${from}`);
  if (
    typeof parsed === 'number' &&
    ((spec.min !== undefined && parsed < spec.min) || (spec.max !== undefined && parsed > spec.max))
  )
    throw new ConfigError(
      `Expected ${spec.min ?? ''}…${spec.max ?? ''} for ${name} but received ${shown} from ${from}`,
    );
  return parsed;
};

export interface ConfigInput {
  /** Values of flags by setting name; `undefined` means not given. */
  readonly flags?: Readonly<Partial<Record<SettingName, unknown>>>;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Path of a JSON file. A missing default file is not an error, a missing named one is. */
  readonly file?: string;
}

const readFile = (file: string | undefined): Record<string, unknown> => {
  const path = resolve(file ?? 'signet.config.json');
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (file === undefined && (error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw new ConfigError(`Cannot read the configuration file ${path}: ${(error as Error).message}`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ConfigError(`The configuration file ${path} is not JSON: ${(error as Error).message}`);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw new ConfigError(`Expected an object in the configuration file ${path}`);
  const unknown = Object.keys(parsed).filter((key) => !(key in SETTINGS));
  if (unknown.length > 0)
    throw new ConfigError(
      `Unknown settings in ${path}: ${unknown.join(', ')}. Known: ${Object.keys(SETTINGS).join(', ')}`,
    );
  return parsed as Record<string, unknown>;
};

const MAX_BYTES = { image: 'max-image-bytes', video: 'max-video-bytes', raw: 'max-raw-bytes' } as const;

/** The largest file of a resource type; `auto` may become any. */
export const maxBytesOf = (config: Config, resourceType: keyof typeof MAX_BYTES | 'auto'): number =>
  resourceType === 'auto'
    ? Math.max(...Object.values(MAX_BYTES).map((name) => config[name]))
    : config[MAX_BYTES[resourceType]];

/** Joins flags, environment, file and defaults. @throws {ConfigError} naming the setting, what was expected and what came. */
export function loadConfig(input: ConfigInput = {}): Config {
  const { flags = {}, env = {} } = input;
  const file = readFile(input.file);
  const config: Record<string, unknown> = {};
  const sources: Record<string, string> = {};
  for (const name of Object.keys(SETTINGS) as SettingName[]) {
    const spec = SETTINGS[name] as Setting<unknown>;
    const variable = spec.env.find((candidate) => env[candidate] !== undefined && env[candidate] !== '');
    const [source, value, from] =
      flags[name] !== undefined
        ? ['flag', flags[name], `--${name}`]
        : variable !== undefined
          ? ['environment', env[variable], variable]
          : name in file
            ? ['file', file[name], 'the configuration file']
            : ['default', spec.default, ''];
    config[name] = source === 'default' ? value : read(name, value, String(from));
    sources[name] = String(source);
  }
  const result = { ...config, sources } as unknown as Config;
  if (result.catalog !== '' && !/^postgres(ql)?:\/\//.test(result.catalog))
    throw new ConfigError('Expected postgres://USER:PASSWORD@HOST/DATABASE for catalog but received (a secret)');
  if (result.mode === 'production') {
    const refused = (['allow-private-sources', 'remote-hosts'] as const).filter((name) =>
      name === 'remote-hosts' ? Object.keys(result[name]).length > 0 : result[name],
    );
    if (refused.length > 0) throw new ConfigError(`${refused.join(' and ')} cannot be used in production mode`);
  }
  return result;
}
