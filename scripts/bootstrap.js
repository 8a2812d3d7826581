// Makes `npm start` and `npm test` work from a fresh clone: plain JavaScript, because the system's Node may be older
// than the one that runs TypeScript directly. Runs before every script (package.json: pre…); quiet when all is there.
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const modules = join(root, 'node_modules');
const stamp = join(modules, '.signet-installed');
const NODE = 'node@26';
const say = (text) => console.error(`signet: ${text}`);

const run = (command, args, options = {}) => {
  // As in .npmrc, for an npm that does not hand unknown settings on.
  const env = { ...process.env, ONNXRUNTIME_NODE_INSTALL: 'skip' };
  const { status, error } = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2], env, ...options });
  if (error || status !== 0) {
    say(`${command} ${args.join(' ')} failed${error ? `: ${error.message}` : ` with exit code ${status}`}`);
    process.exit(1);
  }
};

const npm = (...args) => {
  const quiet = ['--loglevel=error', '--no-fund', '--no-audit'];
  // The npm that started us, so that the same version is used. The Node that runs us may be the one beside the
  // dependencies, which `npm ci` has removed: then it is the system's.
  const cli = process.env.npm_execpath;
  const node = existsSync(process.execPath) ? process.execPath : 'node';
  return cli ? run(node, [cli, ...args, ...quiet]) : run('npm', [...args, ...quiet]);
};

const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex');
const installed = () => existsSync(stamp) && readFileSync(stamp, 'utf8') === wanted;
const ownNode = join(modules, '.bin', 'node');
/** Asked before anything is installed: a Node of ours means that the system's was too old when it was added. */
const needsNode = existsSync(ownNode) || Number(process.versions.node.split('.')[0]) < 24;

const isAlive = (pid) => {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
};

if (!installed()) {
  const alone = join(root, '.signet-install.lock');
  try {
    writeFileSync(alone, String(process.pid), { flag: 'wx' });
  } catch {
    // One that was interrupted leaves its file behind.
    const pid = Number(readFileSync(alone, 'utf8'));
    if (pid > 0 && isAlive(pid)) {
      say(`another installation runs (process ${pid}); try again when it has ended`);
      process.exit(1);
    }
    writeFileSync(alone, String(process.pid));
  }
  try {
    say('installing dependencies (once; about a minute) …');
    npm('ci');
    writeFileSync(stamp, wanted);
  } finally {
    rmSync(alone, { force: true });
  }
}

if (needsNode && !existsSync(ownNode)) {
  say(`adding ${NODE} beside the dependencies: the system's Node is older than 24 …`);
  npm('install', '--no-save', NODE);
  writeFileSync(stamp, wanted);
}

const asRoot = process.getuid?.() === 0 && existsSync('/usr/bin/apt-get');
const installPackage = (name) => {
  run('apt-get', ['update', '-qq']);
  // A file of settings that is there already stays, without a question.
  run('apt-get', ['install', '-y', '-qq', '--no-install-recommends', '-o', 'Dpkg::Options::=--force-confold', name], {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', UCF_FORCE_CONFFOLD: '1' },
  });
};

if (existsSync(ownNode)) {
  const runs = () => spawnSync(ownNode, ['--version'], { encoding: 'utf8' });
  let { status, stderr } = runs();
  // Minimal systems lack a library that a compiler would have brought along.
  if (status !== 0 && asRoot && /libatomic/.test(stderr)) {
    say(`${NODE} needs libatomic; installing it by the Debian package …`);
    installPackage('libatomic1');
    ({ status, stderr } = runs());
  }
  if (status !== 0) {
    say(`${NODE} does not run here: ${String(stderr).trim()}`);
    say('install what is missing (Debian: apt-get install libatomic1), or Node 24 or newer for the whole system');
    process.exit(1);
  }
}

// The console is built from what it is made of now: a pulled change must not meet yesterday's build.
const consoleFolder = join(root, 'packages/console');
const sources = ['packages/console', 'packages/signing/src', 'packages/transformation/src'];
const consoleStamp = () => {
  const hash = createHash('sha256').update(wanted);
  for (const folder of sources)
    for (const name of readdirSync(join(root, folder), { recursive: true }).sort()) {
      const file = join(root, folder, name);
      if (/^(dist|node_modules)\b|\.test\.ts$/.test(name) || !statSync(file).isFile()) continue;
      hash.update(name).update(readFileSync(file));
    }
  return hash.digest('hex');
};

if (!process.argv.includes('--no-console') && existsSync(join(consoleFolder, 'vite.config.ts'))) {
  const built = join(consoleFolder, 'dist/.built-from');
  const now = consoleStamp();
  if (!existsSync(built) || readFileSync(built, 'utf8') !== now) {
    say('building the console (once) …');
    const node = existsSync(ownNode) ? ownNode : process.execPath;
    run(node, [join(modules, 'vite/bin/vite.js'), 'build', '--logLevel', 'warn'], { cwd: consoleFolder });
    writeFileSync(built, now);
  }
}

if (process.argv.includes('--browser')) {
  const places = [
    process.env.SIGNET_CHROMIUM,
    '/usr/bin/chromium',
    '/usr/bin/chromium-browser',
    '/usr/bin/google-chrome',
  ];
  if (!places.some((place) => place && existsSync(place))) {
    if (asRoot) {
      say('the browser tests need Chromium; installing it by the Debian package …');
      installPackage('chromium');
    } else say('no Chromium found (set SIGNET_CHROMIUM or install it): the browser tests will say that they skip');
  }
}

if (process.argv.includes('--postgres')) {
  const folders = [
    '/usr/lib/postgresql',
    ...(process.env.PATH ?? '').split(':').map((folder) => join(folder, 'initdb')),
  ];
  if (process.env.SIGNET_TEST_POSTGRES === undefined && !folders.some((place) => existsSync(place))) {
    if (asRoot) {
      say('the tests of the PostgreSQL catalog need one; installing it by the Debian package …');
      // Only the programs: the package would otherwise make a cluster and start it.
      const settings = '/etc/postgresql-common/createcluster.conf';
      if (!existsSync(settings)) {
        mkdirSync(dirname(settings), { recursive: true });
        writeFileSync(settings, 'create_main_cluster = false\n');
      }
      installPackage('postgresql');
    } else
      say('no PostgreSQL found (install it, or name one by SIGNET_TEST_POSTGRES): its tests will say that they skip');
  }
}
