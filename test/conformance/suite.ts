import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import sharp from 'sharp';
import { startSignet } from '../support/server.ts';
import { type Case, type Context, type Method, PROVISIONING } from './case.ts';
import { ADMIN_CASES } from './cases/admin-api.ts';
import { PROVISIONING_CASES } from './cases/provisioning.ts';
import { UPLOAD_CASES } from './cases/upload-api.ts';

export const CASES: readonly Case[] = [...UPLOAD_CASES, ...ADMIN_CASES, ...PROVISIONING_CASES];

export interface CaseResult {
  readonly case: Case;
  /** `not available`: refused with the clear error that the case asserts. */
  readonly result: 'works' | 'fails' | 'not available';
  readonly error: string | undefined;
}

async function files(folder: string): Promise<Context['files']> {
  const made = {
    photo: join(folder, 'photo.jpg'),
    animation: join(folder, 'animation.gif'),
    document: join(folder, 'document.txt'),
    large: join(folder, 'large.bin'),
  };
  const noise = { type: 'gaussian', mean: 128, sigma: 40 } as const;
  const picture = (background: string) =>
    sharp({ create: { width: 400, height: 300, channels: 3, background, noise } })
      .png()
      .toBuffer();
  const frames = [await picture('#f00'), await picture('#00f')];
  await sharp(frames[0]).jpeg().toFile(made.photo);
  await sharp(frames, { join: { animated: true } })
    .gif()
    .toFile(made.animation);
  await writeFile(made.document, 'a document\n');
  await writeFile(made.large, randomBytes(13_000_000));
  return made;
}

/** Runs the cases in order against a server started for them, with the SDK that a user would install. */
export async function runCases(cases: readonly Case[]): Promise<CaseResult[]> {
  const folder = await mkdtemp(join(tmpdir(), 'signet-conformance-'));
  const webhooks: Record<string, unknown>[] = [];
  const hook = createServer(async (request, response) => {
    webhooks.push(JSON.parse(await text(request)) as Record<string, unknown>);
    response.end();
  });
  hook.listen(0, '127.0.0.1');
  await once(hook, 'listening');
  const account = `account://${PROVISIONING.key}:${PROVISIONING.secret}@${PROVISIONING.id}`;
  const server = await startSignet({
    flags: ['--remote-hosts', `photos.example=${folder}`, '--provisioning-account', account],
  });
  try {
    // The SDK picks http or https from this variable when it is loaded.
    process.env.CLOUDINARY_URL = server.cloudinaryUrl;
    process.env.CLOUDINARY_ACCOUNT_URL = account;
    const { v2: cloudinary } = await import('cloudinary');
    const context: Context = {
      server,
      cloudinary,
      uploader: cloudinary.uploader as unknown as Record<string, Method>,
      api: cloudinary.api as unknown as Record<string, Method>,
      files: await files(folder),
      webhooks,
      webhookUrl: `http://127.0.0.1:${(hook.address() as AddressInfo).port}/`,
    };
    const results: CaseResult[] = [];
    for (const one of cases) {
      let error: string | undefined;
      try {
        await one.run(context);
      } catch (thrown) {
        const { message, error: inner } = thrown as { message?: string; error?: { message?: string } };
        error = (message ?? inner?.message ?? String(thrown)).split('\n')[0]!.slice(0, 300);
      }
      const good = one.notAvailable === undefined ? 'works' : 'not available';
      results.push({ case: one, result: error === undefined ? good : 'fails', error });
    }
    return results;
  } finally {
    await server.stop();
    hook.closeAllConnections();
    hook.close();
    await rm(folder, { recursive: true, force: true });
  }
}
