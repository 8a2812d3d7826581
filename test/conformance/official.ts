import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import sharp from 'sharp';
import { startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';
import { startTlsFront } from './tls-front.ts';

const run = promisify(execFile);

export interface OfficialResult {
  readonly state: 'pass' | 'fail' | 'pending';
  readonly title: string;
  readonly file: string;
  readonly error?: string;
}

export interface OfficialSkip {
  readonly title: string;
  readonly reason: string;
}

const UPLOAD_SPECS = ['test/integration/api/uploader/*spec.js', 'test/integration/api/authorization/*spec.js'];
const ADMIN_SPECS = [
  ...['admin', 'search', 'analysis'].map((area) => `test/integration/api/${area}/*spec.js`),
  'test/integration/streaming_profiles_spec.js',
  'test/integration/cache_spec.js',
];
/** These say `describe.skip`, because they need an account of one's own; here there is one. */
const ACCOUNT_SPECS = ['test/integration/api/provisioning/*spec.js'];

/** A small H.264 video of two seconds. */
const video = (path: string) =>
  run('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=size=320x240:rate=25:duration=2'],
    ...['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2', '-shortest', '-pix_fmt', 'yuv420p', path],
  ]);

/** An MP4 of about `size` bytes: a small one and a box of free space behind it. */
async function largeVideo(path: string, size: number): Promise<void> {
  await video(path);
  const head = await readFile(path);
  const free = Buffer.concat([Buffer.alloc(8), randomBytes(size - head.length - 8)]);
  free.writeUInt32BE(free.length, 0);
  free.write('free', 4);
  await writeFile(path, Buffer.concat([head, free]));
}

/** Fixtures of the suite that a checkout may lack (its large files): others of the same kind, about as large. */
const FIXTURES: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
  'CloudBookStudy-HD.mp4': (path) => largeVideo(path, 16_000_000),
  'TheCompleteWorksOfShakespeare.mobi': (path) =>
    writeFile(
      path,
      Buffer.concat([Buffer.from('Shakespeare'.padEnd(60, '\0')), Buffer.from('BOOKMOBI'), randomBytes(15_000_000)]),
    ),
  'big-image.jpg': (path) =>
    sharp({
      create: {
        width: 5000,
        height: 4000,
        channels: 3,
        background: '#888',
        noise: { type: 'gaussian', mean: 128, sigma: 40 },
      },
    })
      .jpeg({ quality: 95 })
      .toFile(path),
};

/**
 * Tests that compare the MD5 of a fixture with the one of the suite's own file: they cannot be judged with another file.
 * A failure in their callback also ends the whole run, so they are left out when the file had to be made.
 */
const NEEDS_OWN_FILE: Readonly<Record<string, string>> = {
  'upload_chunked should specify chunk size': 'TheCompleteWorksOfShakespeare.mobi',
  'upload_chunked should support uploading large video files': 'CloudBookStudy-HD.mp4',
};

async function standIns(folder: string, resources: string): Promise<string> {
  const files: Readonly<Record<string, (path: string) => Promise<unknown>>> = {
    'cloudinary/images/old_logo.png': (path) => copyFile(join(resources, 'logo.png'), path),
    'res/demo/image/upload/sample': (path) => copyFile(join(resources, 'sample.jpg'), path),
    'res/demo/image/upload/sample.jpg': (path) => copyFile(join(resources, 'sample.jpg'), path),
    'res/demo/image/upload/logos/cloudinary_full_logo_white_small.png': (path) =>
      copyFile(join(resources, 'logo.png'), path),
    'res/demo/video/upload/dog.mp4': video,
  };
  for (const [name, make] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true });
    await make(join(folder, name));
  }
  return `cloudinary.com=${join(folder, 'cloudinary')},res.cloudinary.com=${join(folder, 'res')}`;
}

/**
 * Runs specs of the official Node SDK's own suite, unmodified, against a server started here. Links are compared as
 * `https`, so a TLS front stands before the server; what the suite loads from the internet comes from stand-ins.
 *
 * @param checkout a checkout of `cloudinary/cloudinary_npm` after `npm install`
 * @throws when the checkout cannot run
 */
export async function runOfficial(
  checkout: string,
  {
    specs = UPLOAD_SPECS,
    folderMode = 'fixed',
    grep,
    unskip = false,
  }: {
    readonly specs?: readonly string[];
    /** `dynamic` switches on the suite's tests of dynamic folders. */
    readonly folderMode?: 'fixed' | 'dynamic';
    /** Only tests whose title holds this. */
    readonly grep?: string;
    /** Run what is inside `describe.skip` too. */
    readonly unskip?: boolean;
  } = {},
): Promise<{ version: string; results: OfficialResult[]; notApplicable: OfficialSkip[]; log: string }> {
  const root = resolve(checkout);
  const mocha = createRequire(join(root, 'package.json')).resolve('mocha/bin/mocha');
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as { version: string };
  const resources = join(root, 'test/.resources');
  const folder = await mkdtemp(join(tmpdir(), 'signet-official-'));
  const made: string[] = [];
  for (const [name, make] of Object.entries(FIXTURES)) {
    const path = join(resources, name);
    const mark = `${path}.made`;
    if (!existsSync(path)) {
      await make(path);
      await writeFile(mark, 'made for a conformance run\n');
    }
    if (existsSync(mark)) made.push(name);
  }
  const front = await startTlsFront(folder);
  const hosts = await standIns(folder, resources);
  const flags = [
    '--folder-mode',
    folderMode,
    '--provisioning-account',
    'account://key:secret@account',
    '--public-url',
    front.url,
    '--remote-hosts',
    hosts,
    '--log-level',
    'info',
  ];
  const signet = await startSignet({ flags, env: { CLOUDINARY_URL: '' } });
  try {
    front.forwardTo(signet.url);
    const sample = signedForm(signet, { public_id: 'sample' }, await readFile(join(resources, 'sample.jpg')), 's.jpg');
    const stored = await fetch(`${signet.url}/v1_1/${signet.cloud}/image/upload`, { method: 'POST', body: sample });
    if (!stored.ok) throw new Error(`Expected to store the sample but received ${await stored.text()}`);
    const file = join(folder, 'results.jsonl');
    await writeFile(file, '');
    const leftOut = Object.entries(NEEDS_OWN_FILE).filter(([, name]) => made.includes(name));
    const settings = new URLSearchParams({ upload_prefix: front.url, secure_distribution: new URL(front.url).host });
    const child = spawn(
      process.execPath,
      [
        ...[mocha, '--exit', '--file', './test/setup.js'],
        ...['--reporter', fileURLToPath(new URL('reporter.cjs', import.meta.url))],
        ...(unskip ? ['--file', fileURLToPath(new URL('unskip.cjs', import.meta.url))] : []),
        ...(grep === undefined ? [] : ['--grep', grep]),
        ...(grep !== undefined || specs !== UPLOAD_SPECS || leftOut.length === 0
          ? []
          : ['--grep', leftOut.map(([title]) => title).join('|'), '--invert']),
        ...specs,
      ],
      {
        cwd: root,
        stdio: ['ignore', 'ignore', 'inherit'],
        env: {
          PATH: process.env.PATH,
          HOME: folder,
          TMPDIR: tmpdir(),
          NODE_EXTRA_CA_CERTS: front.certificate,
          CONFORMANCE_RESULTS: file,
          ...(folderMode === 'dynamic' ? { CLD_TEST_FEATURES: 'dynamic_folders' } : {}),
          CLOUDINARY_URL: `cloudinary://${signet.apiKey}:${signet.apiSecret}@${signet.cloud}`,
          CLOUDINARY_ACCOUNT_URL: `account://key:secret@account?${settings}`,
        },
      },
    );
    await once(child, 'exit');
    const lines = (await readFile(file, 'utf8')).split('\n').filter(Boolean);
    const results = lines.map((line) => JSON.parse(line) as OfficialResult);
    const notApplicable = (specs === UPLOAD_SPECS ? leftOut : []).map(([title, name]) => ({
      title: `uploader ${title}`,
      reason: `compares the MD5 of test/.resources/${name}, which the checkout lacks`,
    }));
    return { version, results, notApplicable, log: signet.logs };
  } finally {
    await signet.stop();
    front.close();
    await rm(folder, { recursive: true, force: true });
  }
}

const DYNAMIC = 'dynamic folders';

/**
 * All integration specs: those of the Upload API, of the Admin API and of the account with fixed folders, then the tests
 * of dynamic folders in an environment that has them.
 */
export async function runWholeOfficial(checkout: string) {
  const upload = await runOfficial(checkout);
  const admin = await runOfficial(checkout, { specs: ADMIN_SPECS });
  const account = await runOfficial(checkout, { specs: ACCOUNT_SPECS, unskip: true });
  const dynamic = await runOfficial(checkout, {
    specs: ['test/integration/api/uploader/uploader_spec.js', 'test/integration/api/admin/api_spec.js'],
    folderMode: 'dynamic',
    grep: DYNAMIC,
  });
  const again = new Set(dynamic.results.map(({ title }) => title));
  const fixed = [upload, admin, account].flatMap(({ results }) => results.filter(({ title }) => !again.has(title)));
  return { ...upload, results: [...fixed, ...dynamic.results] };
}
