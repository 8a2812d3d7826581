import { constants } from 'node:fs';
import { access, mkdir, open, rm, stat, statfs } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { performance } from 'node:perf_hooks';
import { pathToFileURL } from 'node:url';
import { loadConfig } from '@signet/server/config';
import { formatBytes } from '../client/progress.ts';
import { messageOf } from '../errors.ts';

export interface Finding {
  readonly level: 'ok' | 'warn' | 'fail';
  readonly text: string;
  /** What to do about it. */
  readonly repair?: string;
}

export interface CheckInput {
  readonly data: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A server whose clock and health are looked at, if there is one. */
  readonly api?: string;
}

export interface Check {
  readonly name: string;
  readonly run: (input: CheckInput) => Promise<Finding>;
}

const ok = (text: string): Finding => ({ level: 'ok', text });
const warn = (text: string, repair: string): Finding => ({ level: 'warn', text, repair });
const fail = (text: string, repair: string): Finding => ({ level: 'fail', text, repair });

const REINSTALL = 'Install the dependencies anew: npm ci.';

/** Loads a module that the server depends on, from where the server would load it. */
async function load<T>(name: string): Promise<T> {
  const resolve = createRequire(import.meta.resolve('@signet/server')).resolve;
  try {
    return (await import(pathToFileURL(resolve(name)).href)) as T;
  } catch (error) {
    // A package without an entry for require can still be imported by its name.
    if ((error as NodeJS.ErrnoException).code === 'ERR_PACKAGE_PATH_NOT_EXPORTED') return (await import(name)) as T;
    throw error;
  }
}

const loads = (name: string, what: string, without: string, needed = false): Check => ({
  name: what,
  run: () =>
    load(name).then(
      () => ok(`${name} loads`),
      (error: unknown) =>
        (needed ? fail : warn)(`${name} does not load (${messageOf(error).split('\n')[0]}); ${without}`, REINSTALL),
    ),
});

interface Sharp {
  readonly default: {
    (input: Buffer): { resize(width: number): { toFormat(format: string): { toBuffer(): Promise<Buffer> } } };
    readonly versions: Readonly<Record<string, string>>;
  };
}

interface FFmpeg {
  getFFmpegInfo(): { readonly version: string; readonly configuration: string };
}

/** Parts of the build, and what they encode. */
const ENCODERS = [
  ['libx264', 'H.264'],
  ['libx265', 'H.265'],
  ['libvpx', 'VP8, VP9'],
  ['libsvtav1', 'AV1'],
  ['libopus', 'Opus'],
  ['libmp3lame', 'MP3'],
  ['libjxl', 'JPEG XL'],
] as const;

const PIXELS = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
  'base64',
);

export const CHECKS: readonly Check[] = [
  {
    name: 'Node.js',
    async run() {
      const major = Number(process.versions.node.split('.')[0]);
      return major >= 24
        ? ok(process.versions.node)
        : fail(`${process.versions.node} is too old`, 'Use Node 24 or newer; `npm start` adds one by itself.');
    },
  },
  {
    name: 'SQLite',
    async run() {
      const { DatabaseSync } = await import('node:sqlite');
      const database = new DatabaseSync(':memory:');
      try {
        const { version } = database.prepare('SELECT sqlite_version() AS version').get() as { version: string };
        database.exec('CREATE VIRTUAL TABLE t USING fts5(x)');
        return ok(`${version} with full-text search`);
      } catch (error) {
        return fail(messageOf(error), 'Use an official build of Node: its SQLite has FTS5.');
      } finally {
        database.close();
      }
    },
  },
  {
    name: 'Images',
    async run() {
      let sharp: Sharp['default'];
      try {
        ({ default: sharp } = await load<Sharp>('sharp'));
      } catch (error) {
        return fail(`sharp does not load: ${messageOf(error).split('\n')[0]}`, REINSTALL);
      }
      const bad: string[] = [];
      for (const format of ['jpeg', 'png', 'webp', 'avif', 'gif', 'tiff'])
        await sharp(PIXELS)
          .resize(8)
          .toFormat(format)
          .toBuffer()
          .catch(() => bad.push(format));
      const { sharp: own, vips } = sharp.versions;
      return bad.length === 0
        ? ok(`sharp ${own}, libvips ${vips}: JPEG, PNG, WebP, AVIF, GIF, TIFF`)
        : fail(`sharp ${own} cannot write ${bad.join(', ')}`, REINSTALL);
    },
  },
  loads('@hyzyla/pdfium', 'PDF', 'pages of PDF files cannot be shown'),
  {
    name: 'Video and audio',
    run: () =>
      load<FFmpeg>('node-av').then(
        ({ getFFmpegInfo }) => {
          const { version, configuration } = getFFmpegInfo();
          const has = (part: string): boolean => configuration.includes(`--enable-${part}`);
          const codecs = ENCODERS.filter(([part]) => has(part)).map(([, name]) => name);
          const licence = has('gpl') ? 'a GPL build, used in worker processes only' : 'an LGPL build';
          return ok(`FFmpeg ${version}, ${licence}: ${codecs.join(', ')}`);
        },
        (error: unknown) =>
          warn(
            `node-av does not load (${messageOf(error).split('\n')[0]}); video, audio, JPEG XL, JPEG 2000, PSD and HEIC cannot be decoded`,
            REINSTALL,
          ),
      ),
  },
  loads('onnxruntime-node', 'Neural', 'the background cannot be removed'),
  {
    name: 'Fonts',
    async run() {
      const require = createRequire(import.meta.resolve('@signet/server'));
      const missing = ['arimo', 'open-sans', 'roboto', 'tinos', 'cousine', 'noto-color-emoji'].filter((font) => {
        try {
          require.resolve(`@expo-google-fonts/${font}/package.json`);
          return false;
        } catch {
          return true;
        }
      });
      return missing.length === 0
        ? ok('the built-in families are there')
        : warn(`missing: ${missing.join(', ')}`, REINSTALL);
    },
  },
  {
    name: 'Data folder',
    async run({ data }) {
      const there = await stat(data).catch(() => undefined);
      if (there !== undefined && !there.isDirectory())
        return fail(`${data} is a file`, 'Choose a folder: SIGNET_DATA or --data.');
      const place = await existing(data);
      try {
        await access(place, constants.W_OK);
      } catch {
        return fail(
          `${place} cannot be written`,
          'Choose another folder with --data, or give this user the right to write.',
        );
      }
      const { bavail, bsize } = await statfs(place);
      const free = formatBytes(bavail * bsize);
      return bavail * bsize > 2e9
        ? ok(`${data}, ${free} free`)
        : warn(`${data}, only ${free} free`, 'Free some space or use another disk.');
    },
  },
  {
    name: 'Durable writes',
    async run({ data }) {
      const folder = await existing(data);
      const file = join(folder, `.signet-doctor-${process.pid}`);
      const times: number[] = [];
      try {
        const handle = await open(file, 'w');
        for (let n = 0; n < 20; n++) {
          const begin = performance.now();
          await handle.write(Buffer.alloc(4096, n));
          await handle.sync();
          times.push(performance.now() - begin);
        }
        await handle.close();
      } catch (error) {
        return fail(`fsync does not work: ${messageOf(error)}`, 'Use a local file system.');
      } finally {
        await rm(file, { force: true });
      }
      const median = times.sort((a, b) => a - b)[10]!;
      const text = `fsync takes ${median.toFixed(1)} ms`;
      return median < 50 ? ok(text) : warn(text, 'Every upload waits for it: a faster disk makes uploads faster.');
    },
  },
  {
    name: 'Originals',
    async run({ env }) {
      const { blobs } = loadConfig({ env });
      if (blobs === '') return ok('lie in the data folder');
      const { openStorage } = await import('@signet/server/storage');
      try {
        await using _proved = await openStorage(blobs, 'read');
        return ok(`${blobs.split('?')[0]} answers, lists, takes and deletes`);
      } catch (error) {
        return fail(messageOf(error), 'See docs/tutorials/keep-originals-in-s3.md for the address and the key.');
      }
    },
  },
  {
    name: 'Clock',
    async run({ api }) {
      if (api === undefined) return ok(`${new Date().toISOString()} (no server to compare with)`);
      const before = Date.now();
      const answer = await fetch(`${api}/health`, { signal: AbortSignal.timeout(5000) }).catch(() => undefined);
      const date = Date.parse(answer?.headers.get('date') ?? '');
      if (Number.isNaN(date)) return warn(`${api} does not answer`, 'Start the server, or see `signet config`.');
      // The header counts whole seconds.
      const seconds = Math.round((date - (before + Date.now()) / 2) / 1000);
      const text = `${Math.abs(seconds)} s from the clock of ${api}`;
      return Math.abs(seconds) <= 60
        ? ok(text)
        : fail(text, 'Signatures hold the time: set this clock by NTP (timedatectl set-ntp true).');
    },
  },
  {
    name: 'Settings',
    async run({ env }) {
      try {
        const config = loadConfig({ env });
        const bytes = (name: 'max-image-bytes' | 'max-video-bytes' | 'max-raw-bytes'): string =>
          formatBytes(config[name]);
        const text = `uploads up to ${bytes('max-image-bytes')} (image), ${bytes('max-video-bytes')} (video), ${bytes('max-raw-bytes')} (raw); pictures up to ${Math.round(config['max-image-pixels'] / 1e6)} megapixels`;
        return config.mode === 'production' && config['public-url'] === ''
          ? warn(text, 'In production give --public-url, so that answers carry the address that visitors use.')
          : ok(text);
      } catch (error) {
        return fail(messageOf(error), '`signet config --server` shows where each setting comes from.');
      }
    },
  },
  {
    name: 'Machine',
    async run() {
      const report = process.report?.getReport() as
        | { userLimits?: Record<string, { soft: number | string }> }
        | undefined;
      const limits = report?.userLimits;
      const files = Number(limits?.open_files?.soft ?? Number.NaN);
      const text = `${availableParallelism()} cores, ${formatBytes(totalmem())} memory, ${Number.isNaN(files) ? 'any number of' : files} open files`;
      if (files < 4096) return warn(text, 'Raise the limit of open files: ulimit -n 65536.');
      return totalmem() < 1e9 ? warn(text, 'Large pictures and video want at least 1 GB.') : ok(text);
    },
  },
];

/** The folder, or its nearest parent that exists. */
async function existing(folder: string): Promise<string> {
  for (let place = folder; ; place = dirname(place)) {
    if (await stat(place).catch(() => undefined)) return place;
    if (place === dirname(place)) await mkdir(place);
  }
}
