import assert from 'node:assert/strict';
import type { Server } from 'node:http';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { basic, chooseFile, heardBy, makePreset, startSite } from './site.ts';
import { accessibility, launch, picture, screenshots, WITHOUT_CHROMIUM, watch } from './support.ts';

describe('upload widget', { skip: WITHOUT_CHROMIUM }, () => {
  let server: SignetServer;
  let browser: Browser;
  let page: Page;
  let site: Server;
  let url: string;
  let problems: string[];

  before(async () => {
    server = await startSignet();
    ({ site, url } = await startSite(server));
    await makePreset(server);
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 1000, height: 800 }, locale: 'en-GB' });
    page.setDefaultTimeout(10_000);
    problems = watch(page);
    await page.goto(url);
  });

  after(async () => {
    await browser?.close();
    site?.close();
    await server?.stop();
  });

  /** Makes a widget; what its callback hears is kept in the page. */
  const open = (options: Record<string, unknown>, signed = false): Promise<void> =>
    page.evaluate(
      ({ given, withSigner }) => {
        const page_ = window as unknown as {
          said: object[];
          widget: { open(): void };
          cloudinary: {
            createUploadWidget(options: object, callback: (error: unknown, result: object) => void): never;
          };
        };
        page_.said = [];
        const uploadSignature = async (callback: (signature: string) => void, paramsToSign: object): Promise<void> => {
          const answer = await fetch('/sign', {
            method: 'POST',
            headers: { 'Content-Type': 'application/json' },
            body: JSON.stringify({ paramsToSign }),
          });
          callback(((await answer.json()) as { signature: string }).signature);
        };
        page_.widget = page_.cloudinary.createUploadWidget(
          { ...given, ...(withSigner ? { uploadSignature } : {}) },
          (error, result) => page_.said.push({ ...result, ...(error ? { error: JSON.stringify(error) } : {}) }),
        );
        page_.widget.open();
      },
      { given: { cloudName: server.cloud, ...options }, withSigner: signed },
    );
  const { said, events, heard } = {
    said: () => heardBy(page).said(),
    events: () => heardBy(page).events(),
    heard: (event: string) => heardBy(page).heard(event),
  };
  const choose = (name: string, data: Buffer): Promise<void> => chooseFile(page, name, data);

  test('uploads without signature, with a preset, and tells the page', async () => {
    await open({ uploadPreset: 'site', folder: 'guests', showAdvancedOptions: true, thumbnails: '#thumbs' });
    await page.getByRole('dialog', { name: 'Upload' }).waitFor();
    await screenshots(page, 'widget');
    assert.deepEqual(await accessibility(page), []);
    await choose('guest.jpg', await picture(640, 480));
    await heard('queues-end');
    const heardEvents = await events();
    for (const event of ['display-changed', 'upload-added', 'queues-start', 'success', 'queues-end'])
      assert.ok(heardEvents.includes(event), `${event} in ${heardEvents}`);
    const info = (await said()).find(({ event }) => event === 'success')?.info;
    assert.deepEqual(info?.tags, ['from-site']);
    assert.ok(info?.batchId && info?.path && info?.thumbnail_url);
    await page.locator('#thumbs img').waitFor();
    await screenshots(page, 'widget-done');
    await page.getByRole('button', { name: 'Done' }).click();
    await heard('close');
  });

  test('uploads with a signature of the site’s own server', async () => {
    await open({ apiKey: server.apiKey, folder: 'members', multiple: false }, true);
    await choose('member.jpg', await picture(320, 240));
    await heard('close');
    const success = (await said()).find(({ event }) => event === 'success');
    assert.match(String(success?.info?.public_id), /^members\//);
  });

  test('lets a person crop first', async () => {
    await open({ uploadPreset: 'site', cropping: true, croppingAspectRatio: 1, multiple: false });
    await choose('crop.jpg', await picture(400, 200));
    await page.getByRole('group', { name: /Drag to choose/ }).waitFor();
    await page.keyboard.press('ArrowRight');
    await page.getByRole('button', { name: 'Crop and upload' }).click();
    await heard('close');
    const id = String((await said()).find(({ event }) => event === 'success')?.info?.public_id);
    const details = await fetch(
      `${server.url}/v1_1/${server.cloud}/resources/image/upload/${encodeURIComponent(id)}?coordinates=true`,
      { headers: { Authorization: basic(server) } },
    );
    const { coordinates } = (await details.json()) as { coordinates: { custom: number[][] } };
    const [, y, width, height] = coordinates.custom[0]!;
    assert.deepEqual([y, width, height], [0, 200, 200]);
  });

  test('refuses what the options do not allow, in the words of the language', async () => {
    await open({
      uploadPreset: 'site',
      clientAllowedFormats: ['png'],
      maxFileSize: 1000,
      language: 'de',
      sources: ['local', 'url'],
    });
    await choose('wrong.jpg', await picture(100, 100));
    await page.getByText('wrong.jpg: Dieses Format ist nicht erlaubt').waitFor();
    await page.getByRole('tab', { name: 'Webadresse' }).click();
    await page.getByLabel('Adresse einer Datei').waitFor();
    await page.keyboard.press('Escape');
    await heard('close');
  });

  test('says the server’s words when an upload fails', async () => {
    await open({ uploadPreset: 'missing' });
    await choose('x.jpg', await picture(100, 100));
    await page
      .getByText(/preset/i)
      .first()
      .waitFor();
    await heard('queues-end');
    assert.ok((await said()).some(({ error }) => error !== undefined));
    await page.getByRole('button', { name: 'Try again: x.jpg' }).waitFor();
    await page.getByRole('button', { name: 'Upload more' }).click();
    await choose('text.jpg', Buffer.from('no picture'));
    await page.getByRole('button', { name: 'Try again: text.jpg' }).waitFor();
    await page.locator('li', { hasText: 'text.jpg' }).locator('.blank').waitFor();
    assert.equal(await page.locator('li', { hasText: 'text.jpg' }).locator('img').count(), 0);
    await screenshots(page, 'widget-failed');
    await page.keyboard.press('Escape');
  });

  test('no error and no breach of the site’s policy came up on the way', () => {
    assert.deepEqual(problems, []);
  });
});
