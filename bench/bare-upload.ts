/**
 * The peer of bench/upload.ts, a program of its own: Fastify with a handler that only writes the multipart file to disk,
 * durably (write, fsync, rename, fsync of the folder). `/logged` also appends a line about it to a log and waits for the
 * fsync of that, before it answers: what a server has to do that wants to find the file again after a power cut.
 * Prints its address.
 */
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Busboy } from '@fastify/busboy';
import fastify, { type FastifyRequest } from 'fastify';

const folder = mkdtempSync(join(tmpdir(), 'bare-'));
const log: FileHandle = await open(join(folder, 'log'), 'a');

async function keep(request: FastifyRequest): Promise<string> {
  const name = randomBytes(16).toString('hex');
  const temporary = join(folder, `${name}.tmp`);
  await new Promise<void>((resolve, reject) => {
    const parser = new Busboy({ headers: request.headers as { 'content-type': string } });
    const writes: Promise<void>[] = [];
    parser.on('file', (_field, stream) => {
      writes.push(
        (async () => {
          const handle = await open(temporary, 'wx');
          for await (const chunk of stream) await handle.write(chunk as Buffer);
          await handle.sync();
          await handle.close();
          await rename(temporary, join(folder, name));
          const directory = await open(folder, 'r');
          await directory.sync();
          await directory.close();
        })(),
      );
    });
    parser.on('finish', () => Promise.all(writes).then(() => resolve(), reject));
    parser.on('error', reject);
    request.raw.pipe(parser);
  });
  return name;
}

const server = fastify();
server.removeAllContentTypeParsers();
server.addContentTypeParser('*', (_request, _payload, done) => done(null));
server.post('/upload', async (request) => ({ name: await keep(request) }));
server.post('/logged', async (request) => {
  const name = await keep(request);
  await log.appendFile(`${name} ${new Date().toISOString()}\n`);
  await log.datasync();
  return { name };
});
await server.listen({ port: 0, host: '127.0.0.1' });
console.log(`http://127.0.0.1:${(server.server.address() as AddressInfo).port}`);
process.once('SIGTERM', async () => {
  await server.close();
  await log.close();
  await rm(folder, { recursive: true });
});
