/**
 * Stored pictures of the renderer: `node scripts/goldens.ts [filter]` writes again those that no longer look as stored and
 * names them; look at each with `npm run contact-sheet` before it is committed.
 */

import { globSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { CASES } from '../packages/server/src/render/image/golden/cases.ts';
import {
  compare,
  type Facts,
  factsOf,
  isAlike,
  nameOf,
  THRESHOLD,
  thumbnail,
} from '../packages/server/src/render/image/golden/compare.ts';
import { openCases } from '../packages/server/src/render/image/golden/render-cases.ts';
import { fromSharp, type Raster, toSharp } from '../packages/server/src/render/image/raster.ts';

const FOLDER = fileURLToPath(new URL('../packages/server/src/render/image/golden/pictures/', import.meta.url));
const [filter = ''] = process.argv.slice(2);
const old = JSON.parse(await readFile(`${FOLDER}facts.json`, 'utf8').catch(() => '{}')) as Record<string, Facts>;
const facts: Record<string, Facts> = {};

/** What compression alone may cost. */
const COMPRESSED = { similarity: 0.98, difference: 1.8 } as const;

/** A small file: WebP, of a higher quality or without loss where that would be seen (dither, noise, single pixels). */
async function stored(picture: Raster): Promise<Buffer> {
  const pipeline = toSharp(picture).removeAlpha();
  for (const quality of [90, 97]) {
    const small = await pipeline.clone().webp({ quality, effort: 6 }).toBuffer();
    if (isAlike(compare(await fromSharp(sharp(small)), picture), COMPRESSED)) return small;
  }
  return pipeline.webp({ lossless: true, effort: 6 }).toBuffer();
}

const cases = await openCases();
for (const one of CASES) {
  const name = nameOf(one);
  if (!one.transformation.includes(filter) && old[name]) {
    facts[name] = old[name];
    continue;
  }
  try {
    const result = await cases.render(one);
    facts[name] = factsOf(result);
    if (result.format === 'svg') continue;
    const picture = await thumbnail(result);
    const bytes = await readFile(`${FOLDER}${name}.webp`).catch(() => undefined);
    const likeness = bytes && compare(await fromSharp(sharp(bytes)), picture);
    if (likeness && isAlike(likeness, THRESHOLD)) continue;
    await writeFile(`${FOLDER}${name}.webp`, await stored(picture));
    console.log(`${likeness ? JSON.stringify(likeness) : 'new'} ${one.source}.${one.format} ${one.transformation}`);
  } catch (error) {
    process.exitCode = 1;
    console.error(`${one.source}.${one.format} ${one.transformation}: ${(error as Error).message}`);
  }
}
await cases.close();
const wanted = new Set(CASES.map((one) => `${nameOf(one)}.webp`));
for (const file of globSync('*.webp', { cwd: FOLDER })) if (!wanted.has(basename(file))) await rm(`${FOLDER}${file}`);
await writeFile(`${FOLDER}facts.json`, `${JSON.stringify(facts, null, 1)}\n`);
