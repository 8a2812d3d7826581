import { bytesText, loadConfig, SETTINGS, type SettingName } from '@signet/server/config';
import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { examples } from '../options.ts';
import { serve } from '../serve/serve.ts';

const EXAMPLES = [
  ['signet serve', 'on 127.0.0.1:4080 with the data in ./data; an environment `demo` is made at the first start'],
  ['signet serve --port 0 --data /tmp/signet', 'on a free port, which the ready line names'],
  [
    'CLOUDINARY_URL=cloudinary://123:abc@mine signet serve --public-url https://media.example.com',
    'with given credentials, behind a proxy',
  ],
  ['signet serve --mode production --host 0.0.0.0', 'for everybody, without development aids'],
] as const;

type AnySetting = (typeof SETTINGS)[SettingName] & {
  placeholder?: string;
  choices?: readonly string[];
  secret?: true;
};

const show = (value: unknown, kind: string): string =>
  kind === 'bytes'
    ? bytesText(Number(value))
    : value === '' || (typeof value === 'object' && JSON.stringify(value).length === 2)
      ? 'none'
      : String(value);

function optionOf(name: SettingName): Option {
  const spec = SETTINGS[name] as AnySetting;
  const placeholder = spec.placeholder ?? spec.choices?.join('|') ?? spec.kind;
  // A switch may stand alone: `--strict-transformations` is `--strict-transformations true`.
  const value = spec.kind === 'boolean' ? '[true|false]' : `<${placeholder}>`;
  return new Option(
    `--${name} ${value}`,
    `${spec.doc} (default: ${show(spec.default, spec.kind)}; env: ${spec.env.join(', ')})`,
  );
}

/** Flags as commander names them (camelCase) back to the names of settings. */
function flagsOf(options: Readonly<Record<string, unknown>>): Partial<Record<SettingName, unknown>> {
  const names = Object.keys(SETTINGS) as SettingName[];
  return Object.fromEntries(
    names.map((name) => [name, options[name.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())]]),
  );
}

export function define(command: Command, context: Context): void {
  command
    .description(
      'Starts the server. Values come from flags, then from the environment, then from the file, then from the defaults.',
    )
    .option('--config <file>', 'JSON file with settings by name (default: signet.config.json when it is there)')
    .option('--json', 'print what is ready as one line of JSON');
  for (const name of Object.keys(SETTINGS) as SettingName[]) command.addOption(optionOf(name));
  examples(command, EXAMPLES).action(async (options: Record<string, unknown>) => {
    const file = typeof options.config === 'string' ? options.config : undefined;
    await serve(loadConfig({ flags: flagsOf(options), env: context.env, file }), context, options.json === true);
  });
}
