/**
 * One PNG page with every case of the stored pictures (`render/image/golden/cases.ts`), rendered now, to be looked at:
 * `node scripts/contact-sheet.ts [file.png] [filter]`.
 */
import { writeFile } from 'node:fs/promises';
import sharp from 'sharp';
import { CASES, type Case } from '../packages/server/src/render/image/golden/cases.ts';
import { openCases } from '../packages/server/src/render/image/golden/render-cases.ts';

const COLUMNS = 8;
const CELL = { width: 242, height: 214 } as const;

const [file = 'contact-sheet.png', filter = ''] = process.argv.slice(2);
const cases = await openCases();

const label = (text: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="18"><text x="2" y="13" font-family="Arial" font-size="11">${text.replace(/&/g, '&amp;').replace(/</g, '&lt;')}</text></svg>`,
  );

async function cell(one: Case): Promise<Buffer> {
  const start = performance.now();
  let picture: Buffer;
  let note: string;
  try {
    const result = await cases.render(one);
    note = `${one.source}.${result.format} ${result.width}×${result.height} ${Math.round(performance.now() - start)} ms`;
    picture = await sharp(result.data).resize(236, 158, { fit: 'inside', withoutEnlargement: true }).png().toBuffer();
  } catch (error) {
    console.error(one.transformation, error);
    note = 'ERROR';
    picture = await sharp({ create: { width: 60, height: 60, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  }
  const text = decodeURIComponent(one.transformation);
  return sharp({ create: { width: CELL.width - 2, height: CELL.height - 2, channels: 3, background: '#c9d4c9' } })
    .composite([
      { input: picture, top: 2, left: 2 },
      { input: label(text.slice(0, 42)), top: 162, left: 0 },
      { input: label(text.slice(42, 84)), top: 178, left: 0 },
      { input: label(note), top: 194, left: 0 },
    ])
    .png()
    .toBuffer();
}

const cells: Buffer[] = [];
for (const one of CASES)
  if (`${one.source} ${one.format} ${one.transformation}`.includes(filter)) cells.push(await cell(one));
const size = { width: COLUMNS * CELL.width, height: Math.ceil(cells.length / COLUMNS) * CELL.height };
await writeFile(
  file,
  await sharp({ create: { ...size, channels: 3, background: '#fff' } })
    .composite(
      cells.map((input, i) => ({
        input,
        left: (i % COLUMNS) * CELL.width,
        top: Math.floor(i / COLUMNS) * CELL.height,
      })),
    )
    .png()
    .toBuffer(),
);
console.log(`${cells.length} pictures in ${file}`);
await cases.close();
