import { createHash } from 'node:crypto';
import { createReadStream, existsSync } from 'node:fs';
import { appendFile, copyFile, mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream/promises';
import { CliError } from '../errors.ts';
import { type Asset, type Environment, keyOf, type Source, type Target } from './types.ts';

/**
 * An environment as plain files:
 *   environment.json   fields, rules, folders, named transformations, profiles, presets, mappings
 *   assets.jsonl       one asset a line, with `file`, the path of its original
 *   originals/…        the bytes, by resource type, type and public ID
 */
interface Line extends Asset {
  readonly file: string;
}

const ENVIRONMENT = 'environment.json';
const ASSETS = 'assets.jsonl';

/** A path that every file system takes and that never leaves the folder; long or odd parts are replaced by a hash. */
function originalPath(asset: Asset): string {
  const parts = asset.public_id.split('/').map((part) => {
    const safe = encodeURIComponent(part).replace(/[*'()!~]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
    const plain = safe.replace(/^\.+$/, (dots) => '%2E'.repeat(dots.length));
    return plain.length <= 180 && plain !== ''
      ? plain
      : `${plain.slice(0, 100)}-${createHash('sha256').update(part).digest('hex').slice(0, 16)}`;
  });
  const extension = asset.format !== undefined && asset.resource_type !== 'raw' ? `.${asset.format}` : '';
  return join('originals', asset.resource_type, asset.type, ...parts) + extension;
}

async function* readLines(folder: string): AsyncGenerator<Line> {
  const file = join(folder, ASSETS);
  if (!existsSync(file)) return;
  const latest = new Map<string, Line>();
  for await (const text of createInterface({ input: createReadStream(file) })) {
    try {
      const line = JSON.parse(text) as Line;
      latest.set(keyOf(line), line);
    } catch {
      // The last line of an interrupted run may be torn.
    }
  }
  yield* latest.values();
}

export async function md5Of(path: string): Promise<string> {
  const hash = createHash('md5');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

export function folderSource(folder: string): Source {
  return {
    name: folder,
    async environment() {
      return JSON.parse(await readFile(join(folder, ENVIRONMENT), 'utf8')) as Environment;
    },
    assets: () => readLines(folder),
    async original(asset) {
      const path = join(folder, (asset as Line).file);
      return { path, md5: await md5Of(path), release: async () => {} };
    },
  };
}

export function folderTarget(folder: string): Target {
  return {
    name: folder,
    limits: async () => [],
    async putEnvironment(environment) {
      await mkdir(folder, { recursive: true });
      const file = join(folder, ENVIRONMENT);
      await writeFile(`${file}.new`, `${JSON.stringify(environment, null, 2)}\n`);
      await rename(`${file}.new`, file);
      return {
        made: Object.fromEntries(
          Object.entries(environment).map(([kind, items]) => [kind, (items as unknown[]).length]),
        ),
        problems: [],
      };
    },
    async putAsset(asset, original) {
      const file = originalPath(asset);
      const path = join(folder, file);
      await mkdir(dirname(path), { recursive: true });
      await copyFile(original.path, `${path}.part`);
      await rename(`${path}.part`, path);
      await appendFile(join(folder, ASSETS), `${JSON.stringify({ ...asset, etag: original.md5, file })}\n`);
      return { etag: original.md5 };
    },
    finish: async () => [],
    async *assets() {
      for await (const line of readLines(folder)) {
        const path = join(folder, line.file);
        const there = await stat(path).catch(() => undefined);
        if (there !== undefined) yield { ...line, bytes: there.size, etag: await md5Of(path) };
      }
    },
  };
}

export async function requireExport(folder: string): Promise<void> {
  if (!existsSync(join(folder, ENVIRONMENT)))
    throw new CliError(`${folder} is no export: it has no ${ENVIRONMENT}.`, 'Make one with `signet export FOLDER`.');
}
