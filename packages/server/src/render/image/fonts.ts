import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** Packages whose font files are the only fonts the renderer knows. */
const PACKAGES = [
  'arimo',
  'tinos',
  'cousine',
  'roboto',
  'open-sans',
  'noto-sans-hebrew',
  'noto-sans-arabic',
  'noto-color-emoji',
] as const;

/** Names people write → the bundled family with the same metrics (or the nearest in kind). */
const ALIASES: Readonly<Record<string, string>> = {
  Arial: 'Arimo',
  Helvetica: 'Arimo',
  'Helvetica Neue': 'Arimo',
  'Liberation Sans': 'Arimo',
  Verdana: 'Open Sans',
  Tahoma: 'Open Sans',
  'Trebuchet MS': 'Open Sans',
  'Segoe UI': 'Open Sans',
  Calibri: 'Open Sans',
  Lato: 'Open Sans',
  Montserrat: 'Open Sans',
  'sans-serif': 'Arimo',
  Sans: 'Arimo',
  Impact: 'Roboto',
  Times: 'Tinos',
  'Times New Roman': 'Tinos',
  Georgia: 'Tinos',
  Garamond: 'Tinos',
  Palatino: 'Tinos',
  serif: 'Tinos',
  Serif: 'Tinos',
  Courier: 'Cousine',
  'Courier New': 'Cousine',
  Consolas: 'Cousine',
  monospace: 'Cousine',
  Monospace: 'Cousine',
};

const folderOf = (name: string): string => dirname(require.resolve(`@expo-google-fonts/${name}/package.json`));

const escapeXml = (text: string): string => text.replace(/&/g, '&amp;').replace(/</g, '&lt;');

/** The fontconfig file: only the given folders, the aliases, and the script fallbacks in a fixed order. */
function fontconfigFile(folders: readonly string[], cacheFolder: string): string {
  const alias = ([from, to]: [string, string]): string =>
    `<match target="pattern"><test name="family" compare="eq" qual="any"><string>${escapeXml(from)}</string></test>` +
    `<edit name="family" mode="assign" binding="same"><string>${to}</string></edit></match>`;
  return [
    '<?xml version="1.0"?>',
    '<!DOCTYPE fontconfig SYSTEM "fonts.dtd">',
    '<fontconfig>',
    ...folders.map((folder) => `<dir>${escapeXml(folder)}</dir>`),
    `<cachedir>${escapeXml(cacheFolder)}</cachedir>`,
    ...Object.entries(ALIASES).map(alias),
    '<match target="pattern"><edit name="family" mode="append" binding="weak">',
    '<string>Arimo</string><string>Noto Sans Hebrew</string><string>Noto Sans Arabic</string><string>Noto Color Emoji</string>',
    '</edit></match>',
    '</fontconfig>',
  ].join('\n');
}

/**
 * Points fontconfig at the bundled fonts and the operator's alone, so that text looks the same on every machine. The
 * bundled ones come first for what they have. fontconfig reads the variable when the first text is drawn, so this has to
 * run before that. `cacheFolder` receives its index of the files.
 */
export function useFonts(cacheFolder: string, more?: string): void {
  const folder = join(cacheFolder, 'fonts');
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'fonts.conf');
  const text = fontconfigFile(
    [...PACKAGES.map(folderOf), ...(more === undefined ? [] : [more])],
    join(folder, 'cache'),
  );
  let present = '';
  try {
    present = readFileSync(file, 'utf8');
  } catch {
    // not there yet
  }
  if (present !== text) writeFileSync(file, text);
  process.env.FONTCONFIG_FILE = file;
}
