import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { createDatabase } from '../../scripts/postgres.ts';

/** The `signet` command as a person starts it. */
export const MAIN = fileURLToPath(new URL('../../packages/cli/bin/signet.js', import.meta.url));

export interface StartOptions {
  /** Further flags of `signet serve`, for instance `['--max-image-bytes', '1MB']`. */
  readonly flags?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Use this data folder and keep it. Default: a new temporary one, removed by `stop` and `kill`. */
  readonly data?: string;
  /** Program and its flags before main.ts. Default: this Node without flags. */
  readonly node?: readonly string[];
}

export interface SignetServer {
  /** `http://127.0.0.1:PORT` */
  readonly url: string;
  /** `cloudinary://KEY:SECRET@CLOUD?upload_prefix=URL`, the value of `CLOUDINARY_URL` for an SDK. */
  readonly cloudinaryUrl: string;
  readonly cloud: string;
  readonly apiKey: string;
  readonly apiSecret: string;
  readonly data: string;
  /** `SIGNET_CATALOG`, when its catalog is in PostgreSQL. */
  readonly catalogEnv: Readonly<Record<string, string>>;
  readonly process: ChildProcess;
  /** Everything printed so far. */
  readonly stdout: string;
  readonly logs: string;
  /** SIGTERM and wait; answers the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL and wait. Keeps the data folder when `data` was given. */
  kill(): Promise<void>;
}

const OWN_VARIABLES = /^(SIGNET_|CLOUDINARY_|HOST$|PORT$|NODE_TEST_CONTEXT$)/;

/** The environment of this process without what would change a server or a command. */
export const cleanEnvironment = (extra: Readonly<Record<string, string>> = {}): Record<string, string> => ({
  ...Object.fromEntries(
    Object.entries(process.env).filter((entry): entry is [string, string] => !OWN_VARIABLES.test(entry[0])),
  ),
  ...extra,
});

/**
 * With `SIGNET_TEST_CATALOG=postgres` a data folder has its catalog in a database of its own on the PostgreSQL of the
 * tests (`SIGNET_TEST_POSTGRES`), which its server finds again when it is started once more.
 */
async function catalogFor(data: string): Promise<Record<string, string>> {
  const { SIGNET_TEST_CATALOG, SIGNET_TEST_POSTGRES } = process.env;
  if (SIGNET_TEST_CATALOG !== 'postgres') return {};
  if (SIGNET_TEST_POSTGRES === undefined) throw new Error('SIGNET_TEST_CATALOG=postgres needs SIGNET_TEST_POSTGRES');
  const file = join(data, '.test-catalog');
  let url = await readFile(file, 'utf8').catch(() => undefined);
  if (url === undefined) {
    url = await createDatabase(SIGNET_TEST_POSTGRES);
    await writeFile(file, url);
  }
  return { SIGNET_CATALOG: url };
}

/** Starts `signet serve` on a free port and resolves when its ready lines are there. */
export async function startSignet(options: StartOptions = {}): Promise<SignetServer> {
  const data = options.data ?? (await mkdtemp(join(tmpdir(), 'signet-test-')));
  const catalogEnv = await catalogFor(data);
  const [program = process.execPath, ...nodeFlags] = options.node ?? [];
  const child = spawn(program, [...nodeFlags, MAIN, 'serve', '--port', '0', '--data', data, ...(options.flags ?? [])], {
    cwd: data,
    env: cleanEnvironment({ ...catalogEnv, ...options.env }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const killWithUs = (): boolean => child.kill('SIGKILL');
  process.once('exit', killWithUs);
  const exited = once(child, 'exit').finally(() => process.off('exit', killWithUs));
  exited.catch(() => {});
  let stdout = '';
  let logs = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    logs += text;
  });

  const ready = new Promise<{ url: string; cloudinaryUrl: string }>((resolve, reject) => {
    let url: string | undefined;
    createInterface({ input: child.stdout }).on('line', (line) => {
      stdout += `${line}\n`;
      url ??= /^signet ready on (\S+) in \d+ ms$/.exec(line)?.[1];
      const cloudinaryUrl = /^CLOUDINARY_URL=(\S+)$/.exec(line)?.[1];
      if (url !== undefined && cloudinaryUrl !== undefined) resolve({ url, cloudinaryUrl });
    });
    exited.then(([code]) => reject(new Error(`signet serve ended with ${code} before it was ready:\n${logs}`)), reject);
  });

  const end = async (signal: NodeJS.Signals): Promise<number | null> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const [code] = (await exited) as [number | null];
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
    return code;
  };

  try {
    const { url, cloudinaryUrl: printed } = await ready;
    // In production it is printed without its secret.
    const given = options.env?.CLOUDINARY_URL;
    const cloudinaryUrl = given && printed.includes(':***@') ? `${given}?upload_prefix=${url}` : printed;
    const { username, password, hostname } = new URL(cloudinaryUrl);
    return {
      url,
      cloudinaryUrl,
      cloud: hostname,
      apiKey: decodeURIComponent(username),
      apiSecret: decodeURIComponent(password),
      data,
      catalogEnv,
      process: child,
      get stdout() {
        return stdout;
      },
      get logs() {
        return logs;
      },
      stop: () => end('SIGTERM'),
      async kill() {
        await end('SIGKILL');
      },
    };
  } catch (error) {
    if (options.data === undefined) await rm(data, { recursive: true, force: true });
    throw error;
  }
}
