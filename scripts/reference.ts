/**
 * Writes the tables of docs/reference from the data the code reads. `node scripts/reference.ts --check` only compares,
 * which is what the tests do.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ADDON_PARAMETERS, MODERATION_ADDONS } from '../packages/server/src/assets/addons.ts';
import { UPLOAD_PARAMETERS } from '../packages/server/src/assets/parameters.ts';
import { SETTINGS } from '../packages/server/src/config.ts';

const cell = (text: unknown): string => String(text).replaceAll('|', '\\|');
const table = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');

interface SettingRow {
  readonly env: readonly string[];
  readonly default: unknown;
  readonly doc: string;
  readonly choices?: readonly string[];
}
interface ParameterRow {
  readonly kind: string;
  readonly unsigned?: true;
  readonly doc: string;
}

const shown = (value: unknown): string =>
  value === ''
    ? ''
    : typeof value === 'object'
      ? Object.keys(value as object).length === 0
        ? ''
        : JSON.stringify(value)
      : String(value);

export const PAGES: Readonly<Record<string, string>> = {
  'settings.md': `# Settings

A flag wins over the environment, the environment over the file (\`--config\`, or \`signet.config.json\` in the working directory).

${table(
  ['Flag', 'Environment', 'Default', 'Meaning'],
  Object.entries(SETTINGS as Readonly<Record<string, SettingRow>>).map(
    ([name, { env, default: value, doc, choices }]) => [
      `\`--${name}\``,
      env.map((variable) => `\`${variable}\``).join(', '),
      shown(value),
      choices === undefined ? doc : `${doc} One of ${choices.join(', ')}.`,
    ],
  ),
)}
`,
  'upload-parameters.md': `# Upload parameters

What \`upload\` and \`explicit\` read. "Unsigned" ones may come with an unsigned upload; everything else belongs into the preset.

${table(
  ['Parameter', 'Kind', 'Unsigned', 'Meaning'],
  Object.entries(UPLOAD_PARAMETERS as Readonly<Record<string, ParameterRow>>).map(([name, { kind, unsigned, doc }]) => [
    `\`${name}\``,
    kind,
    unsigned ? 'yes' : '',
    doc,
  ]),
)}
`,
  'add-ons.md': `# What needs an add-on

These parameters belong to paid add-ons of the cloud. They answer as an account without the add-on does: \`You don't have an active subscription for …\`. Nothing is faked. A value that no add-on knows is refused by its own error, as on the cloud.

${table(
  ['Parameter', 'Add-on'],
  [
    ...Object.entries(ADDON_PARAMETERS).map(([name, { name: addon }]) => [`\`${name}\``, addon]),
    ['`moderation`', MODERATION_ADDONS.map((kind) => `\`${kind}\``).join(', ')],
  ],
)}
`,
};

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  let stale = false;
  for (const [name, text] of Object.entries(PAGES)) {
    const path = fileURLToPath(new URL(`../docs/reference/${name}`, import.meta.url));
    if (!process.argv.includes('--check')) writeFileSync(path, text);
    else if (readFileSync(path, 'utf8') !== text) {
      console.error(`docs/reference/${name} is not what the code says: run node scripts/reference.ts`);
      stale = true;
    }
  }
  process.exit(stale ? 1 : 0);
}
