/**
 * Writes docs/reference/transformations.md from the tables of the language, and the picture of every documented example by
 * asking a server for it. An example that is not answered as documented fails the script.
 *
 * `--check` compares the page with the tables and looks for the pictures; nothing is rendered. `--page` writes the page and
 * leaves the pictures as they are.
 */
import { existsSync, globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Description, describeParameters } from '@signet/transformation';
import sharp from 'sharp';

const PAGE = fileURLToPath(new URL('../docs/reference/transformations.md', import.meta.url));
const FOLDER = fileURLToPath(new URL('../docs/reference/transformations/', import.meta.url));
const WIDTH = 200;
const QUALITY = 72;

/** Examples that say more about another picture than the landscape: by row. */
const SOURCES: Readonly<Record<string, string>> = {
  e_blur_faces: 'people',
  e_dropshadow: 'disc',
  e_make_transparent: 'framed',
  e_opacity_threshold: 'disc',
  e_outline: 'disc',
  e_pixelate_faces: 'people',
  e_redeye: 'people',
  e_shadow: 'disc',
  e_trim: 'framed',
  fl_clip: 'clipped',
  fl_clip_evenodd: 'clipped',
  fl_region_relative: 'people',
  g_body: 'people',
  g_clipping_path: 'clipped',
  g_custom: 'marked',
  g_face: 'people',
  g_faces: 'people',
  g_object: 'people',
  g_region: 'marked',
  pg: 'pages',
};
/** For moving pictures, or for what a landscape does not have. */
const NO_PICTURE: Readonly<Record<string, string>> = {
  dl: 'for animated pictures',
  e_fade: 'for videos',
  e_loop: 'for videos and animated pictures',
  e_zoompan: 'makes a video (mp4, webm) of a picture',
};

/** What is stored with the picture of the gravities that need it. */
const MARKS: object = {
  custom_coordinates: '235,240,160,160',
  regions: {
    house: [
      [235, 240],
      [395, 400],
    ],
  },
};

interface Shot {
  readonly row: Description;
  readonly example: string;
  readonly source: string;
  readonly file: string;
}

const reference = describeParameters();
const fileOf = ({ name }: Description, n: number): string => `${name}${n === 0 ? '' : `-${n + 1}`}.webp`;
const hasPicture = ({ media, unavailable, name }: Description): boolean =>
  media !== 'video' && unavailable === null && !(name in NO_PICTURE);
const shots: readonly Shot[] = [
  ...reference.parameters,
  ...reference.crops,
  ...reference.gravities,
  ...reference.effects,
  ...reference.flags,
  ...reference.textStyles,
]
  .filter(hasPicture)
  .flatMap((row) =>
    row.examples.map((example, n) => ({ row, example, source: SOURCES[row.name] ?? 'sample', file: fileOf(row, n) })),
  );

// ------------------------------------------------------------------------------------------------------------------ page

const code = (text: string): string => (text === '' ? '' : `\`${text.replaceAll('|', '\\|')}\``);
const cell = (text: string): string => text.replaceAll('|', '\\|');
const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const examplesOf = (row: Description): string => {
  if (row.examples.length === 0) return '';
  if (row.unavailable !== null) return `${row.examples.map(code).join('<br>')}<br>400: ${row.unavailable}`;
  return row.examples
    .map((example, n) => {
      if (hasPicture(row)) return `${code(example)}<br>![${row.name}](transformations/${fileOf(row, n)})`;
      const why = NO_PICTURE[row.name];
      return why === undefined ? code(example) : `${code(example)}<br>${why}`;
    })
    .join('<br>');
};
const MEDIA = { image: 'images', video: 'videos', both: 'both' } as const;

const long = (rows: readonly Description[]): string =>
  table(
    ['Name', 'Value', 'Default', 'For', 'Meaning', 'Examples'],
    rows.map((row) => [
      row.long === '' ? code(row.name) : `${code(row.name)}<br>${row.long}`,
      cell(row.grammar),
      cell(row.default),
      MEDIA[row.media],
      cell(row.doc),
      examplesOf(row),
    ]),
  );
const short = (rows: readonly Description[], value: string): string =>
  table(
    ['Name', value, 'For', 'Meaning', 'Examples'],
    rows.map((row) => [
      code(row.name),
      cell(row.long || row.grammar),
      MEDIA[row.media],
      cell(row.doc) + (row.unavailable === null ? '' : ` (${row.unavailable})`),
      row.unavailable === null ? examplesOf(row) : '',
    ]),
  );

const page = `# Transformations

A delivery URL is \`/<cloud>/image/upload/<transformation>/<public id>.<format>\`: components separated by slashes are done one
after the other; the parameters of a component are separated by commas. The pictures below are what this server answers for
\`/demo/image/upload/<example>/sample.png\`, made smaller for this page. The source:

![the source](transformations/source.webp)

What needs a generative model, an add-on of the cloud or a 3D renderer is parsed and answered with status 400; the reason
stands in the header \`X-Cld-Error\`.

## Parameters

${long(reference.parameters)}

## Crop modes

${long(reference.crops)}

## Gravity

${table(
  ['Value', 'Meaning', 'Examples'],
  reference.gravities.map((row) => [code(`g_${row.grammar}`), cell(row.doc), examplesOf(row)]),
)}

## Text layers

\`l_text:<font>_<size>[_<keyword>…]:<text>\`. A comma in the text is written \`%252C\`, a slash \`%252F\`, a new line \`%0A\`.

${table(
  ['Written', 'Meaning', 'Examples'],
  reference.textStyles.map((row) => [code(row.grammar), cell(row.doc), examplesOf(row)]),
)}

## Effects

${long(reference.effects)}

## Flags

${short(reference.flags, 'Option')}

## Formats

Moving pictures are read from GIF, WebP and PNG and written as these and as AVIF (of even sides, nothing transparent; a moving
AVIF is not read). Documents: pages of PDF and TIFF, layers of PSD; EPS is stored and delivered as it is.

${short(reference.formats, 'Also called')}

## Conditions and expressions

What \`if_…\` and expressions may ask about the picture.

${table(
  ['Name', 'Long name', 'Meaning'],
  reference.characteristics.map(({ name, long: longName, doc }) => [code(name), longName, cell(doc)]),
)}
`;

function check(): boolean {
  const problems: string[] = [];
  if (!existsSync(PAGE) || readFileSync(PAGE, 'utf8') !== page) problems.push('the page is not what the tables say');
  const wanted = new Set(['source.webp', ...shots.map(({ file }) => file)]);
  const there = new Set(globSync('*.webp', { cwd: FOLDER }).map((file) => basename(file)));
  for (const file of wanted) if (!there.has(file)) problems.push(`${file} is missing`);
  for (const file of there) if (!wanted.has(file)) problems.push(`${file} belongs to no example`);
  for (const problem of problems) console.error(`docs/reference/transformations: ${problem}`);
  if (problems.length > 0) console.error('run node scripts/transformation-reference.ts');
  return problems.length === 0;
}

// -------------------------------------------------------------------------------------------------------------- pictures

async function sources(): Promise<Record<string, Buffer>> {
  const { cutOut, landscape } = await import('../packages/server/src/render/image/fixtures.ts');
  const { makeSources } = await import('../packages/server/src/render/image/golden/sources.ts');
  const sample = await landscape(864, 576);
  const { sources: golden } = await makeSources();
  const disc = await cutOut(300);
  const framed = await sharp(await sharp(sample).resize(300, 200).png().toBuffer())
    .extend({ top: 40, bottom: 40, left: 60, right: 60, background: 'white' })
    .png()
    .toBuffer();
  const svg = (body: string) =>
    sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="864" height="576">${body}</svg>`))
      .png()
      .toBuffer();
  const pages = await sharp(
    Buffer.concat(
      await Promise.all(
        ['#b0342c', '#2a5f9e'].map((background) =>
          sharp({ create: { width: 120, height: 80, channels: 3, background } })
            .raw()
            .toBuffer(),
        ),
      ),
    ),
    { raw: { width: 120, height: 160, channels: 3, pageHeight: 80 } },
  )
    .gif()
    .toBuffer();
  return {
    sample,
    disc,
    framed,
    pages,
    logo: disc,
    art: disc,
    avatar: disc,
    mask: await svg('<rect width="864" height="576"/><circle cx="432" cy="288" r="260" fill="white"/>'),
    map: await svg(
      '<defs><linearGradient id="a"><stop stop-color="#000"/><stop offset="1" stop-color="#f00"/></linearGradient></defs><rect width="864" height="576" fill="url(#a)"/>',
    ),
    people: golden.people.bytes,
    clipped: golden.clipped.bytes,
    marked: sample,
    paper: await svg('<rect width="864" height="576" fill="#f3ead2"/>'),
  };
}

async function render(): Promise<void> {
  const { loadConfig, startServer } = await import('../packages/server/src/index.ts');
  const folder = mkdtempSync(join(tmpdir(), 'signet-reference-'));
  const server = await startServer({
    config: loadConfig({ flags: { port: 0, data: join(folder, 'data'), 'log-level': 'silent' } }),
  });
  try {
    process.env.CLOUDINARY_URL = server.cloudinaryUrl;
    const { v2: cloudinary } = await import('cloudinary');
    for (const [public_id, bytes] of Object.entries(await sources()))
      await cloudinary.uploader.upload(`data:image/png;base64,${bytes.toString('base64')}`, {
        public_id,
        ...(public_id === 'marked' ? MARKS : {}),
      });
    for (const [name, transformation] of Object.entries({ thumb: 'c_thumb,w_150,h_150', my_base: 'e_sepia,f_png' }))
      await cloudinary.api.create_transformation(name, transformation);
    const { name: cloud } = server.account.cloud;
    const failures: string[] = [];
    const get = async (example: string, source: string, expected: number): Promise<Buffer | undefined> => {
      const response = await fetch(`${server.url}/${cloud}/image/upload/${example}/${source}.png`);
      const body = Buffer.from(await response.arrayBuffer());
      if (response.status === expected) return body;
      failures.push(
        `${example}: ${response.status} ${response.headers.get('x-cld-error') ?? ''}, expected ${expected}`,
      );
      return undefined;
    };
    rmSync(FOLDER, { recursive: true, force: true });
    mkdirSync(FOLDER, { recursive: true });
    const keep = async (file: string, bytes: Buffer): Promise<void> =>
      void (await sharp(bytes)
        .resize(WIDTH, WIDTH * 2, { fit: 'inside', withoutEnlargement: true })
        .webp({ quality: QUALITY, effort: 6 })
        .toFile(join(FOLDER, file)));
    await keep('source.webp', (await sources()).sample!);
    for (const { example, source, file } of shots) {
      const bytes = await get(example, source, 200);
      if (bytes) await keep(file, bytes).catch((error: Error) => failures.push(`${example}: ${error.message}`));
    }
    for (const row of reference.effects.concat(reference.crops))
      if (row.unavailable !== null) for (const example of row.examples) await get(example, 'sample', 400);
    for (const failure of failures) console.error(failure);
    if (failures.length > 0) process.exitCode = 1;
    console.log(`${shots.length - failures.length} of ${shots.length} pictures`);
  } finally {
    await server.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

if (process.argv.includes('--check')) process.exitCode = check() ? 0 : 1;
else {
  if (!process.argv.includes('--page')) await render();
  writeFileSync(PAGE, page);
}
