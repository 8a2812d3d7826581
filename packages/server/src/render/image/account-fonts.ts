import { createHash } from 'node:crypto';
import { access, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RenderInput } from './context.ts';
import { refuse } from './problem.ts';

/** A font file with a family name that no other font has. */
export interface AccountFont {
  readonly path: string;
  readonly family: string;
}

/** Names that fonts are found by: family, style, unique, full, PostScript; typographic and WWS family and style. */
const FINDING_NAMES: ReadonlySet<number> = new Set([1, 2, 3, 4, 6, 16, 17, 21, 22]);
const MAX_BYTES = 20_000_000;

interface Table {
  readonly tag: string;
  readonly bytes: Buffer;
}

/** The tables of an OpenType file (OpenType 1.9, "Organization of an OpenType font"). @throws RangeError */
function readTables(font: Buffer): Table[] {
  const count = font.readUInt16BE(4);
  return Array.from({ length: count }, (_, i) => {
    const at = 12 + i * 16;
    const [offset, length] = [font.readUInt32BE(at + 8), font.readUInt32BE(at + 12)];
    if (offset + length > font.length) throw new RangeError('A table ends behind the file');
    return { tag: font.toString('latin1', at, at + 4), bytes: font.subarray(offset, offset + length) };
  });
}

interface NameRecord {
  /** Platform, encoding, language, name: 16 bits each. */
  readonly ids: readonly [number, number, number, number];
  readonly bytes: Buffer;
}

/** The `name` table with one family and style; other records (axes, features, licence) stay. */
function renameTable(table: Buffer, family: string): Buffer {
  const storage = table.readUInt16BE(4);
  const kept = Array.from({ length: table.readUInt16BE(2) }, (_, i): NameRecord => {
    const at = 6 + i * 12;
    const word = (n: number) => table.readUInt16BE(at + n * 2);
    const start = storage + word(5);
    return { ids: [word(0), word(1), word(2), word(3)], bytes: table.subarray(start, start + word(4)) };
  }).filter(({ ids }) => !FINDING_NAMES.has(ids[3]));
  const own = [family, 'Regular', family, family, undefined, family].flatMap((text, i): NameRecord[] =>
    text === undefined ? [] : [{ ids: [3, 1, 0x409, i + 1], bytes: Buffer.from(text, 'utf16le').swap16() }],
  );
  const records = [...kept, ...own].sort((a, b) => {
    const differing = a.ids.findIndex((id, i) => id !== b.ids[i]);
    return differing < 0 ? 0 : a.ids[differing]! - b.ids[differing]!;
  });
  const head = Buffer.alloc(6 + records.length * 12);
  head.writeUInt16BE(records.length, 2);
  head.writeUInt16BE(head.length, 4);
  let at = 0;
  for (const [i, { ids, bytes }] of records.entries()) {
    for (const [n, value] of [...ids, bytes.length, at].entries()) head.writeUInt16BE(value, 6 + i * 12 + n * 2);
    at += bytes.length;
  }
  return Buffer.concat([head, ...records.map(({ bytes }) => bytes)]);
}

function checksum(bytes: Buffer): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 4) sum = (sum + bytes.readUInt32BE(at)) >>> 0;
  return sum;
}

const padded = (bytes: Buffer): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)]);

/** The same font under another family name. The signature of the file (`DSIG`) would not hold and goes. */
function renameFont(font: Buffer, family: string): Buffer {
  const tables = readTables(font)
    .filter(({ tag }) => tag !== 'DSIG')
    .map(({ tag, bytes }) => ({ tag, bytes: tag === 'name' ? renameTable(bytes, family) : bytes }));
  if (!tables.some(({ tag }) => tag === 'name')) throw new RangeError('No name table');
  const head = Buffer.alloc(12 + tables.length * 16);
  font.copy(head, 0, 0, 4);
  const power = Math.floor(Math.log2(tables.length));
  for (const [i, value] of [tables.length, 16 << power, power, (tables.length - (1 << power)) * 16].entries())
    head.writeUInt16BE(value, 4 + i * 2);
  let offset = head.length;
  const bodies = tables.map(({ tag, bytes }, i) => {
    const body = padded(bytes);
    const at = 12 + i * 16;
    head.write(tag, at, 'latin1');
    for (const [n, value] of [checksum(body), offset, bytes.length].entries())
      head.writeUInt32BE(value, at + 4 + n * 4);
    offset += body.length;
    return body;
  });
  return Buffer.concat([head, ...bodies]);
}

/**
 * A font file of an account, made ready for Pango. Fonts are found by the family inside the file, in one list for the whole
 * process: under a name made from the content, the font is found whatever its file is called, and never in place of the
 * font of another account or a bundled one.
 *
 * @throws 400 when it is no TrueType or OpenType font
 */
async function accountFont(source: string, fileName: string, cacheFolder: string): Promise<AccountFont> {
  const bytes = await readFile(source);
  const family = `account-${createHash('sha256').update(bytes).digest('hex').slice(0, 24)}`;
  const folder = join(cacheFolder, 'fonts', 'account');
  const path = join(folder, `${family}.ttf`);
  const there = await access(path).then(
    () => true,
    () => false,
  );
  if (there) return { path, family };
  let renamed: Buffer;
  try {
    if (bytes.length > MAX_BYTES) throw new RangeError('The file is too large');
    renamed = renameFont(bytes, family);
  } catch (error) {
    if (error instanceof RangeError) throw refuse(`Unknown or invalid referenced font ${fileName}`);
    throw error;
  }
  await mkdir(folder, { recursive: true });
  const temporary = `${path}.${process.pid}.${Math.random().toString(36).slice(2)}`;
  await writeFile(temporary, renamed);
  await rename(temporary, path);
  return { path, family };
}

/** A font family that is the name of a file in the account. */
export const isFontFile = (family: string): boolean => /\.(?:ttf|otf|woff2?)$/i.test(family);

/** The font of an account by its name. @throws 400 when it does not exist or is no font */
export async function openAccountFont(
  fileName: string,
  { openFont }: Pick<RenderInput, 'openFont'>,
  cacheFolder: string,
): Promise<AccountFont> {
  const path = await openFont?.(fileName);
  if (path === undefined) throw refuse(`Unknown or invalid referenced font ${fileName}`);
  return accountFont(path, fileName, cacheFolder);
}
