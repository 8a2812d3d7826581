import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createSigner } from '@signet/signing';
import type { Page } from 'playwright-core';
import type { SignetServer } from '../support/server.ts';
import { picture } from './support.ts';

/** A site of somebody else: one page with the widget's script, and an endpoint that signs what its policy allows. */
export async function startSite(server: SignetServer): Promise<{ site: Server; url: string }> {
  const signer = createSigner({
    cloudName: server.cloud,
    apiKey: server.apiKey,
    apiSecret: server.apiSecret,
    allowed: ['folder', 'source'],
    folder: 'members',
  });
  const site = createServer(async (request, response) => {
    if (request.url === '/sign') {
      const parts: Buffer[] = [];
      for await (const part of request) parts.push(part as Buffer);
      const answer = await signer(
        new Request(`http://${request.headers.host}/sign`, {
          method: request.method!,
          headers: request.headers as Record<string, string>,
          body: Buffer.concat(parts),
        }),
      );
      response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(await answer.text());
      return;
    }
    if (request.url === '/picture.jpg') {
      response.writeHead(200, { 'Content-Type': 'image/jpeg' }).end(await picture(200, 100));
      return;
    }
    response
      .writeHead(200, {
        'Content-Type': 'text/html',
        // Sites with a strict policy can use the widget: it needs no inline style or script.
        'Content-Security-Policy': `default-src 'self'; script-src ${server.url}; connect-src 'self' ${server.url}; img-src 'self' blob: ${server.url}`,
      })
      .end(
        `<!doctype html><html lang="en"><title>Site</title><body><main><h1>A site</h1>
         <button id="open">Add a picture</button><div id="thumbs"></div><div id="inline"></div>
         <form id="form"></form></main>
         <script src="${server.url}/widget/upload.js"></script></body></html>`,
      );
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  return { site, url: `http://127.0.0.1:${(site.address() as AddressInfo).port}` };
}

export interface Said {
  readonly event?: string;
  readonly info?: Record<string, unknown> & { public_id?: string };
  readonly error?: string;
}

/** Makes an unsigned preset named `site`, whose assets carry the tag `from-site`. */
export async function makePreset(server: SignetServer): Promise<void> {
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/upload_presets`, {
    method: 'POST',
    headers: { Authorization: basic(server), 'Content-Type': 'application/json' },
    body: JSON.stringify({ name: 'site', unsigned: true, tags: 'from-site' }),
  });
  if (!answer.ok) throw new Error(await answer.text());
}

export const basic = ({ apiKey, apiSecret }: SignetServer): string =>
  `Basic ${Buffer.from(`${apiKey}:${apiSecret}`).toString('base64')}`;

/** What the callback of the page's widget heard so far; the page keeps it in `said`. */
export const heardBy = (page: Page) => {
  const said = (): Promise<Said[]> => page.evaluate(() => (window as unknown as { said: Said[] }).said);
  return {
    said,
    events: async (): Promise<(string | undefined)[]> => (await said()).map(({ event }) => event),
    /** Waits for an event and answers what it told. */
    async heard(event: string): Promise<Record<string, unknown>> {
      await page.waitForFunction(
        (name) => (window as unknown as { said: Said[] }).said.some((item) => item.event === name),
        event,
      );
      return (await said()).findLast((item) => item.event === event)?.info ?? {};
    },
  };
};

export const chooseFile = (page: Page, name: string, data: Buffer, mimeType = 'image/jpeg'): Promise<void> =>
  page.locator('input[type=file]').first().setInputFiles({ name, mimeType, buffer: data });
