/**
 * A PostgreSQL for the tests: a cluster of its own in a temporary folder, on a free loopback port, gone afterwards.
 * `SIGNET_TEST_POSTGRES` names another server instead (a URL whose user may create databases).
 */
import { execFileSync, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { chownSync, existsSync, globSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export interface TestPostgres {
  /** `postgres://signet:PASSWORD@127.0.0.1:PORT/postgres` */
  readonly url: string;
  stop(): Promise<void>;
}

/** @returns the URL of a new, empty database on a server of the tests */
export async function createDatabase(server: string): Promise<string> {
  // With the first that is wanted: the dependencies may only just have been installed.
  const { default: pg } = await import('pg');
  const client = new pg.Client({ connectionString: server });
  await client.connect();
  const name = `signet_${randomBytes(8).toString('hex')}`;
  await client.query(`CREATE DATABASE ${name}`);
  await client.end();
  const url = new URL(server);
  url.pathname = `/${name}`;
  return url.href;
}

/** The newest of Debian's packages, or what PATH has. */
function findPrograms(): string | undefined {
  const versions = globSync('/usr/lib/postgresql/*/bin').sort(
    (one, other) => Number(other.split('/')[4]) - Number(one.split('/')[4]),
  );
  return [...versions, ...(process.env.PATH ?? '').split(':')].find(
    (folder) => existsSync(join(folder, 'initdb')) && existsSync(join(folder, 'postgres')),
  );
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as { port: number };
  server.close();
  await once(server, 'close');
  return port;
}

const idOf = (user: string): number | undefined => {
  try {
    return Number(execFileSync('id', ['-u', user], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }));
  } catch {
    return undefined;
  }
};

/** @returns a running server, or why there is none */
export async function startPostgres(): Promise<TestPostgres | { readonly missing: string }> {
  const programs = findPrograms();
  if (programs === undefined) return { missing: "no PostgreSQL found (Debian's package `postgresql`)" };
  // PostgreSQL refuses to run as root.
  const uid = process.getuid?.() === 0 ? (idOf('postgres') ?? idOf('nobody')) : undefined;
  const as = uid === undefined ? {} : { uid };
  const folder = mkdtempSync(join(tmpdir(), 'signet-postgres-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  try {
    const password = randomBytes(12).toString('hex');
    writeFileSync(join(folder, 'password'), password);
    if (uid !== undefined) for (const path of [folder, join(folder, 'password')]) chownSync(path, uid, -1);
    const data = join(folder, 'data');
    execFileSync(
      join(programs, 'initdb'),
      [
        '-D',
        data,
        '-E',
        'UTF8',
        '--locale=C',
        '-U',
        'signet',
        '-A',
        'scram-sha-256',
        `--pwfile=${join(folder, 'password')}`,
        '--no-sync',
      ],
      { ...as, cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] },
    );
    const port = await freePort();
    // The tests ask what is written, not whether it survives a power cut.
    const settings = [
      `port=${port}`,
      'listen_addresses=127.0.0.1',
      `unix_socket_directories=${folder}`,
      'fsync=off',
      'max_connections=300',
    ];
    const child = spawn(join(programs, 'postgres'), ['-D', data, ...settings.flatMap((one) => ['-c', one])], {
      ...as,
      cwd: folder,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    const killWithUs = (): boolean => child.kill('SIGINT');
    process.once('exit', killWithUs);
    const exited = once(child, 'exit');
    let log = '';
    await new Promise<void>((resolve, reject) => {
      child.stderr.setEncoding('utf8').on('data', (text: string) => {
        log = (log + text).slice(-10_000);
        if (log.includes('ready to accept connections')) resolve();
      });
      exited.then(() => reject(new Error(`PostgreSQL ended before it was ready:\n${log}`)), reject);
    });
    return {
      url: `postgres://signet:${password}@127.0.0.1:${port}/postgres`,
      async stop() {
        process.off('exit', killWithUs);
        // Fast shutdown: whoever is still connected is cut off.
        child.kill('SIGINT');
        await exited;
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}
