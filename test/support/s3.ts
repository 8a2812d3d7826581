import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { startFauxqs } from 'fauxqs';

export interface S3Server {
  readonly name: string;
  /** `s3://…` as for `--blobs`, each time with another prefix: an empty store. */
  address(): string;
  /** Credentials, for this process or another. */
  readonly env: Readonly<Record<string, string>>;
}

const own = (address: string): string => {
  const url = new URL(address);
  url.pathname = `${url.pathname.replace(/\/$/, '')}/test-${randomBytes(6).toString('hex')}`;
  return url.href;
};

/** A line to another port that can be cut. */
async function startLine(target: number) {
  const sockets = new Set<Socket>();
  const server = createServer((near) => {
    const far = connect(target, '127.0.0.1');
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from);
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
    }
  });
  let port = 0;
  const mend = async (): Promise<void> => {
    server.listen(port, '127.0.0.1');
    await once(server, 'listening');
    ({ port } = server.address() as AddressInfo);
  };
  const cut = async (): Promise<void> => {
    if (!server.listening) return;
    const closed = once(server, 'close');
    server.close();
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  await mend();
  return { port, cut, mend };
}

/**
 * Fauxqs from npm: S3's protocol over memory, in this process. It checks neither signatures nor checksums and does not list
 * uploads in parts; what depends on these needs {@link givenS3}.
 */
export async function startS3() {
  const server = await startFauxqs({ port: 0, logger: false, init: { buckets: ['signet'] } });
  const { port, cut, mend } = await startLine(server.port);
  return {
    name: 'fauxqs',
    address: () => own(`s3://signet?endpoint=http://127.0.0.1:${port}`),
    env: { AWS_ACCESS_KEY_ID: 'any', AWS_SECRET_ACCESS_KEY: 'any' },
    /** It does not answer any more; what it has stays. */
    cut,
    mend,
    async remove(): Promise<void> {
      await cut();
      await server.stop();
    },
  } satisfies S3Server & Record<string, unknown>;
}

/**
 * Another server, for the same tests: SIGNET_TEST_S3 is an address as for `--blobs`, the credentials stand in the AWS
 * environment. `undefined` when there is none.
 */
export function givenS3(): S3Server | undefined {
  const { SIGNET_TEST_S3: address, AWS_ACCESS_KEY_ID = '', AWS_SECRET_ACCESS_KEY = '' } = process.env;
  if (!address) return undefined;
  return {
    name: new URL(address).searchParams.get('endpoint') ?? 'S3',
    address: () => own(address),
    env: { AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY },
  };
}

export const NEEDS_GIVEN =
  'needs a server that checks what it is sent: set SIGNET_TEST_S3 to an address as for --blobs';
