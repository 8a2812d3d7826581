import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { request } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export interface TlsFront {
  /** `https://localhost:PORT` */
  readonly url: string;
  /** The certificate, for `NODE_EXTRA_CA_CERTS`. */
  readonly certificate: string;
  /** Where requests go from now on: `http://127.0.0.1:PORT`. */
  forwardTo(url: string): void;
  close(): void;
}

/** HTTPS before a server that speaks HTTP, with a certificate made for this run (needs `openssl`). */
export async function startTlsFront(folder: string): Promise<TlsFront> {
  const key = join(folder, 'key.pem');
  const certificate = join(folder, 'certificate.pem');
  const what = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1', '-days', '2'];
  const how = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await run('openssl', ['req', '-x509', ...how, ...what, '-keyout', key, '-out', certificate]);
  let target: URL | undefined;
  const server = createServer({ key: await readFile(key), cert: await readFile(certificate) }, (incoming, outgoing) => {
    const { method, url, headers } = incoming;
    const forwarded = { ...headers, 'x-forwarded-proto': 'https' };
    const onward = request({ host: target?.hostname, port: target?.port, method, path: url, headers: forwarded });
    onward.on('response', (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    incoming.on('aborted', () => onward.destroy());
    incoming.pipe(onward);
  });
  server.listen(0);
  await once(server, 'listening');
  return {
    url: `https://localhost:${(server.address() as AddressInfo).port}`,
    certificate,
    forwardTo(url) {
      target = new URL(url);
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}
