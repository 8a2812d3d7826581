import assert from 'node:assert/strict';
import { createDecipheriv } from 'node:crypto';
import type { Server } from 'node:http';
import { after, before, beforeEach, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { sign } from '../support/upload.ts';
import { basic, chooseFile, heardBy, makePreset, startSite } from './site.ts';
import { accessibility, launch, picture, screenshots, WITHOUT_CHROMIUM, watch } from './support.ts';

interface Page_ {
  said: object[];
  widget: Record<string, (...given: unknown[]) => unknown>;
  cloudinary: Record<string, (...given: unknown[]) => Page_['widget']>;
}

describe('upload widget: options, events and methods', { skip: WITHOUT_CHROMIUM }, () => {
  let server: SignetServer;
  let browser: Browser;
  let page: Page;
  let site: Server;
  let url: string;
  let problems: string[];
  let warnings: string[];

  before(async () => {
    server = await startSignet({ flags: ['--allow-private-sources'] });
    ({ site, url } = await startSite(server));
    await makePreset(server);
    browser = await launch();
  });

  after(async () => {
    await browser?.close();
    site?.close();
    await server?.stop();
  });

  beforeEach(async () => {
    await page?.close();
    page = await browser.newPage({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    page.setDefaultTimeout(10_000);
    problems = watch(page);
    warnings = [];
    page.on('console', (message) => {
      if (message.type() === 'warning') warnings.push(message.text());
    });
    await page.goto(url);
  });

  /** `hooks` is the source of an object with functions, as a page's own script would have it. */
  const create = (options: Record<string, unknown>, hooks = '{}', method = 'openUploadWidget'): Promise<void> =>
    page.evaluate(
      ({ given, source, name }) => {
        const page_ = window as unknown as Page_;
        page_.said = [];
        const own = new Function(`return (${source})`)() as object;
        const callback = (error: unknown, result: object): void => {
          page_.said.push({ ...result, ...(error ? { error: JSON.stringify(error) } : {}) });
        };
        page_.widget = page_.cloudinary[name]!({ ...given, ...own }, callback);
      },
      { given: { cloudName: server.cloud, uploadPreset: 'site', ...options }, source: hooks, name: method },
    );
  const call = (method: string, ...given: unknown[]): Promise<unknown> =>
    page.evaluate(({ name, args }) => (window as unknown as Page_).widget[name]!(...args), {
      name: method,
      args: given,
    });
  const { heard, said, events } = {
    heard: (event: string) => heardBy(page).heard(event),
    said: () => heardBy(page).said(),
    events: () => heardBy(page).events(),
  };
  const details = async (publicId: unknown, query = ''): Promise<Record<string, unknown>> => {
    const answer = await fetch(
      `${server.url}/v1_1/${server.cloud}/resources/image/upload/${encodeURIComponent(String(publicId))}${query}`,
      { headers: { Authorization: basic(server) } },
    );
    return (await answer.json()) as Record<string, unknown>;
  };

  test('takes a picture with the camera', async () => {
    await create({ sources: ['camera'], multiple: false });
    await page.waitForFunction(() => {
      const video = document.querySelector('[data-signet-widget]')?.shadowRoot?.querySelector('video');
      return (video?.videoWidth ?? 0) > 0;
    });
    await screenshots(page, 'widget-camera');
    await page.getByRole('button', { name: 'Take the photograph' }).click();
    const info = await heard('success');
    assert.equal(info.format, 'jpg');
    assert.ok(Number(info.width) >= 320, `${info.width} pixels wide`);
    assert.match(String(info.original_filename), /^camera-\d+$/);
  });

  test('loads a file from an address, chosen by the person or given by the page', async () => {
    await create({ sources: ['local', 'url'] });
    await page.getByRole('tab', { name: 'Web address' }).click();
    assert.deepEqual(await heard('source-changed'), { source: 'url' });
    await page.getByLabel('Address of a file').fill(`${url}/picture.jpg`);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    const info = await heard('success');
    assert.deepEqual([info.width, info.height], [200, 100]);
    await heard('queues-end');
    await call('close');
    await call('open', 'local', { files: [`${url}/picture.jpg`] });
    await page.waitForFunction(
      () =>
        (window as unknown as { said: { event: string }[] }).said.filter(({ event }) => event === 'success').length ===
        2,
    );
  });

  test('scales large pictures down, or refuses them when asked to', async () => {
    await create({ maxImageWidth: 300, multiple: false });
    await chooseFile(page, 'large.jpg', await picture(1200, 800));
    const info = await heard('success');
    assert.deepEqual([info.width, info.height], [300, 200]);
    await create({ maxImageWidth: 300, validateMaxWidthHeight: true });
    await chooseFile(page, 'large.jpg', await picture(1200, 800));
    await page.getByText('large.jpg: The picture does not have the wanted size').waitFor();
    assert.ok(!(await events()).includes('success'));
  });

  test('a signature as a value is sent as it is', async () => {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const uploadSignature = sign({ timestamp, source: 'uw', folder: 'fixed' }, server.apiSecret);
    await create({
      uploadPreset: undefined,
      apiKey: server.apiKey,
      folder: 'fixed',
      uploadSignature,
      uploadSignatureTimestamp: Number(timestamp),
      multiple: false,
    });
    await chooseFile(page, 'a.jpg', await picture(60, 40));
    assert.match(String((await heard('success')).public_id), /^fixed\//);
  });

  test('prepareUploadParams has the last word for each file', async () => {
    await create(
      { folder: 'before' },
      "{ prepareUploadParams: (callback, params) => { window.asked = params; callback({ folder: 'prepared', tags: ['p'], resourceType: 'image' }); } }",
    );
    await chooseFile(page, 'a.jpg', await picture(60, 40));
    const info = await heard('success');
    assert.match(String(info.public_id), /^prepared\//);
    assert.equal(
      await page.evaluate(() => (window as unknown as { asked: { folder: string; source: string } }).asked.folder),
      'before',
    );
  });

  test('a signature function that fails says so instead of waiting for ever', async () => {
    await create(
      { uploadPreset: undefined, apiKey: server.apiKey },
      "{ uploadSignature: async () => { throw new Error('the signing server is down'); } }",
    );
    await chooseFile(page, 'a.jpg', await picture(60, 40));
    await page.getByText('the signing server is down').waitFor();
    const end = (await heard('queues-end')) as { files: { status: string; failed: boolean }[] };
    assert.deepEqual([end.files[0]?.status, end.files[0]?.failed], ['error', true]);
  });

  test('preBatch can refuse, getTags suggests, advanced fields are sent, presets can be chosen', async () => {
    await create(
      {},
      '{ preBatch: (callback, data) => { window.batch = data.files.length; callback({ cancel: true }); } }',
    );
    await chooseFile(page, 'a.jpg', await picture(60, 40));
    assert.deepEqual(await heard('batch-cancelled'), { reason: 'USER_CANCELLED' });
    assert.ok(!(await events()).includes('upload-added'));

    await call('destroy');
    await create(
      { showAdvancedOptions: true, multiple: false, singleUploadAutoClose: false },
      "{ getTags: (callback, prefix) => callback(['sea', 'sun'].filter((tag) => tag.startsWith(prefix))), getUploadPresets: (callback) => callback([{ value: 'site', label: 'For the site' }, 'other']) }",
    );
    await page.getByText('Advanced').click();
    await page.getByLabel('Public ID').fill('typed/by-hand');
    await page.getByLabel('Tags').fill('x,se');
    const suggested = await page.evaluate(() =>
      [...document.querySelectorAll('[data-signet-widget]')].flatMap((host) =>
        [...host.shadowRoot!.querySelectorAll('datalist option')].map((option) => (option as HTMLOptionElement).value),
      ),
    );
    assert.deepEqual(suggested, ['x,sea']);
    await page.getByLabel('Tags').fill('x,sea');
    const presets = page.getByLabel('Upload preset');
    assert.deepEqual(await presets.locator('option').allTextContents(), ['site', 'other']);
    await screenshots(page, 'widget-advanced');
    await chooseFile(page, 'a.jpg', await picture(60, 40));
    const info = await heard('success');
    assert.equal(info.public_id, 'typed/by-hand');
    assert.deepEqual([...(info.tags as string[])].sort(), ['from-site', 'sea', 'x']);
    assert.equal((await heard('publicid')).public_id, 'typed/by-hand');
    assert.deepEqual((await heard('tags')).tags, ['x', 'sea']);
  });

  test('cropping shows the size, keeps to the least size, and goes back', async () => {
    await create({
      cropping: true,
      croppingShowDimensions: true,
      croppingValidateDimensions: true,
      croppingDefaultSelectionRatio: 0.5,
      minImageWidth: 250,
      minImageHeight: 50,
      multiple: false,
    });
    await chooseFile(page, 'crop.jpg', await picture(400, 200));
    await page.getByText('200 × 100').waitFor();
    await screenshots(page, 'widget-crop');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Crop and upload' }).click();
    await page.getByText('The part is too small, at least 250 × 50').waitFor();
    const group = page.getByRole('group', { name: /Drag to choose/ });
    await group.focus();
    for (let i = 0; i < 10; i++) await page.keyboard.press('Shift+ArrowRight');
    await page.getByRole('button', { name: 'Back' }).click();
    assert.deepEqual(await heard('batch-cancelled'), { reason: 'CROP_CANCELLED' });
    await chooseFile(page, 'crop.jpg', await picture(400, 200));
    await page.getByRole('button', { name: 'Upload without cropping' }).click();
    const whole = await details((await heard('success')).public_id, '?coordinates=true');
    assert.equal((whole.coordinates as { custom?: unknown } | undefined)?.custom, undefined);
  });

  test('closing while a file is on its way asks first; what is stopped can be tried again', async () => {
    let hold = true;
    await page.route('**/upload', async (route) => {
      while (hold) await new Promise((done) => setTimeout(done, 50));
      await route.continue().catch(() => {});
    });
    await create({});
    await chooseFile(page, 'slow.jpg', await picture(300, 200));
    await page.getByRole('button', { name: 'Cancel: slow.jpg' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByText('Uploads are still running').waitFor();
    await screenshots(page, 'widget-ask');
    await page.getByRole('button', { name: 'Keep uploading' }).click();
    await page.getByRole('button', { name: 'Cancel: slow.jpg' }).click();
    const aborted = (await heard('abort')) as { ids: string[]; all: boolean };
    assert.equal(aborted.ids.length, 1);
    const end = (await heard('queues-end')) as { files: { aborted: boolean }[] };
    assert.equal(end.files[0]?.aborted, true);
    hold = false;
    await page.getByRole('button', { name: 'Try again: slow.jpg' }).click();
    assert.deepEqual((await heard('retry')).ids, aborted.ids);
    await heard('success');
    hold = true;
    await page.getByRole('button', { name: 'Upload more' }).click();
    await chooseFile(page, 'second.jpg', await picture(300, 200));
    await page.getByRole('button', { name: 'Cancel: second.jpg' }).waitFor();
    await call('close');
    await page.getByRole('button', { name: 'Stop and close' }).click();
    await heard('close');
    assert.equal((await said()).filter(({ event }) => event === 'abort').at(-1)?.info?.all, true);
    hold = false;
  });

  test('lies in an element of the page when asked to, and follows update, hide, show, minimize and destroy', async () => {
    await create(
      {
        inlineContainer: '#inline',
        theme: 'dark',
        thumbnails: '#thumbs',
        form: '#form',
        fieldName: 'photo',
        thumbnailTransformation: { width: 40, height: 40, crop: 'fill' },
      },
      '{}',
      'createUploadWidget',
    );
    await page.locator('#inline [data-signet-widget]').waitFor({ state: 'attached' });
    await screenshots(page, 'widget-inline-dark');
    assert.deepEqual(await accessibility(page), []);
    await chooseFile(page, 'a.jpg', await picture(300, 200));
    const info = await heard('success');
    assert.match(String(info.thumbnail_url), /\/upload\/w_40,h_40,c_fill\/v\d+\//);
    const thumb = page.locator('#thumbs img');
    await thumb.waitFor();
    await page.waitForFunction(() => document.querySelector<HTMLImageElement>('#thumbs img')?.naturalWidth === 40);
    assert.match(
      (await page.locator('#form input[name=photo]').getAttribute('value')) ?? '',
      /^image\/upload\/v\d+\/\S+\.jpg#[0-9a-f]{40,}$/,
    );
    await call('update', { language: 'fr' });
    await page.getByRole('button', { name: 'Terminer' }).waitFor();
    await call('minimize');
    assert.deepEqual([await call('isShowing'), await call('isMinimized')], [false, true]);
    await page.getByRole('button', { name: 'Téléverser 1 / 1' }).click();
    assert.equal(await call('isShowing'), true);
    await call('hide');
    assert.equal(await call('isShowing'), false);
    await call('show');
    await call('destroy', { removeThumbnails: true });
    assert.equal(await call('isDestroyed'), true);
    assert.equal(await thumb.count(), 0);
    const told = (await said()).filter(({ event }) => event === 'display-changed').map(({ info: to }) => to as unknown);
    assert.deepEqual(told, ['shown', 'minimized', 'expanded', 'hidden', 'shown']);
  });

  test('encrypts in the browser; the server keeps what only the key can open', async () => {
    const [key, iv] = ['00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff', '000102030405060708090a0b'];
    const plain = await picture(60, 40);
    await create({ encryption: { key, iv }, multiple: false });
    await chooseFile(page, 'secret.jpg', plain);
    const info = await heard('success');
    assert.equal(info.resource_type, 'raw');
    const stored = Buffer.from(await (await fetch(String(info.secure_url))).arrayBuffer());
    const decipher = createDecipheriv('aes-256-gcm', Buffer.from(key, 'hex'), Buffer.from(iv, 'hex'));
    decipher.setAuthTag(stored.subarray(-16));
    assert.deepEqual(Buffer.concat([decipher.update(stored.subarray(0, -16)), decipher.final()]), plain);
  });

  test('says in the console what it leaves out', async () => {
    await create({
      sources: ['local', 'dropbox', 'unsplash'],
      dropboxAppKey: 'x',
      showPoweredBy: false,
      colour: 'red',
    });
    await page.getByRole('button', { name: 'Browse' }).waitFor();
    assert.equal(await page.getByRole('tab').count(), 0);
    assert.equal(warnings.length, 3, warnings.join('\n'));
    assert.match(warnings.join('\n'), /dropboxAppKey is left out/);
    assert.match(warnings.join('\n'), /Sources left out.*dropbox, unsplash/);
    assert.match(warnings.join('\n'), /colour is no option/);
    assert.deepEqual(problems, []);
  });
});
