import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { accessibility, dropFiles, launch, picture, screenshots, signIn, WITHOUT_CHROMIUM, watch } from './support.ts';

describe('console', { skip: WITHOUT_CHROMIUM }, () => {
  let server: SignetServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  before(async () => {
    server = await startSignet();
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(8000);
    problems = watch(page);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  const option = (name: string) => page.getByRole('option', { name: new RegExp(`^${name}`) });

  test('refuses a wrong secret, signs in with the right one, and keeps no secret in the browser', async () => {
    await page.goto(`${server.url}/console/`);
    await page.getByLabel('Cloud name').fill(server.cloud);
    await page.getByLabel('API key').fill(server.apiKey);
    await page.getByLabel('API secret').fill('wrong');
    assert.deepEqual(await accessibility(page), []);
    await screenshots(page, 'sign-in');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('do not belong together').waitFor();
    await page.getByLabel('API secret').fill(server.apiSecret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Nothing here yet').waitFor();
    const [cookie] = await context.cookies(`${server.url}/console`);
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    assert.ok(!kept.includes(server.apiSecret));
  });

  test('nobody calls the API behind the console without the session and its token', async () => {
    const url = `${server.url}/console/api`;
    assert.equal((await fetch(`${url}/keys`)).status, 401);
    const cookies = (await context.cookies(`${server.url}/console`))
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ');
    assert.equal((await fetch(`${url}/keys`, { headers: { cookie: cookies } })).status, 200);
    const withoutToken = await fetch(`${url}/keys`, {
      method: 'POST',
      headers: { cookie: cookies },
      body: '{"name":"x"}',
    });
    assert.equal(withoutToken.status, 403);
    const { csrf } = (await (await fetch(`${url}/session`, { headers: { cookie: cookies } })).json()) as {
      csrf: string;
    };
    const foreign = await fetch(`${url}/keys`, {
      method: 'POST',
      headers: { cookie: cookies, 'x-csrf-token': csrf, origin: 'https://evil.example' },
      body: '{"name":"x"}',
    });
    assert.equal(foreign.status, 403);
    const odd = await fetch(`${url}/sign`, {
      method: 'POST',
      headers: { cookie: cookies, 'x-csrf-token': csrf, 'content-type': 'application/json' },
      body: JSON.stringify({ params: { public_ids: 'a' } }),
    });
    assert.equal(odd.status, 403);
  });

  test('the page is served with a strict policy', async () => {
    const answer = await fetch(`${server.url}/console/`);
    const policy = answer.headers.get('content-security-policy') ?? '';
    assert.match(policy, /script-src 'self'(;|$)/);
    assert.match(policy, /style-src 'self'(;|$)/);
    assert.match(policy, /frame-ancestors 'none'/);
    assert.ok(!policy.includes('unsafe'));
  });

  test('uploads what is dropped and shows it', async () => {
    await dropFiles(page, '.library', [
      { name: 'lake.jpg', type: 'image/jpeg', data: await picture(900, 600) },
      { name: 'desert.jpg', type: 'image/jpeg', data: await picture(600, 900, '#c58b4a') },
      { name: 'forest.png', type: 'image/png', data: await picture(500, 500, '#3f7d58', 'png') },
      { name: 'notes.txt', type: 'text/plain', data: Buffer.from('some notes') },
    ]);
    await page.getByText('4 uploads finished').waitFor({ timeout: 20_000 });
    await page.getByText('4 assets').waitFor();
    await option('lake').waitFor();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll<HTMLImageElement>('.tile img')].filter((image) => image.naturalWidth > 0)
          .length === 3,
    );
    await screenshots(page, 'library');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('sends a large file in chunks', async () => {
    const chunks: string[] = [];
    page.on('request', (request) => {
      const range = request.headers()['content-range'];
      if (range !== undefined) chunks.push(range);
    });
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('dialog').waitFor();
    await screenshots(page, 'upload');
    assert.deepEqual(await accessibility(page), []);
    const file = join(server.data, 'large.bin');
    await writeFile(file, Buffer.alloc(25_000_000, 'signet '));
    await page.getByTestId('upload-files').setInputFiles(file);
    await page.getByText('1 upload finished').waitFor({ timeout: 30_000 });
    assert.deepEqual(chunks, ['bytes 0-19999999/25000000', 'bytes 20000000-24999999/25000000']);
    await option('large').waitFor();
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('says in words why an upload failed', async () => {
    await dropFiles(page, '.library', [{ name: 'empty.jpg', type: 'image/jpeg', data: Buffer.alloc(0) }]);
    await page.getByText('1 upload failed').waitFor({ timeout: 15_000 });
    assert.ok(((await page.locator('.upload-row.failed .upload-state').textContent()) ?? '').length > 8);
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('searches, and points at what cannot be read', async () => {
    const box = page.getByRole('searchbox', { name: 'Search' });
    await box.fill('format:png');
    await page.getByText('1 asset', { exact: true }).waitFor();
    await option('forest').waitFor();
    await box.fill('width>');
    await page.locator('.search-error').waitFor();
    assert.match((await page.locator('.search-error').textContent()) ?? '', /position/);
    await screenshots(page, 'search-error');
    await page.getByRole('button', { name: 'Help with the search language' }).click();
    assert.deepEqual(await accessibility(page), []);
    await page.keyboard.press('Escape');
    await box.fill('');
    await page.getByText('5 assets').waitFor();
  });

  test('edits an asset', async () => {
    await option('lake').click();
    await page.getByRole('tab', { name: 'Edit' }).waitFor();
    await screenshots(page, 'details');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Tags').fill('water, blue');
    await page.getByRole('button', { name: 'Add a value' }).click();
    await page.getByLabel('Name', { exact: true }).fill('alt');
    await page.getByLabel('Value of alt').fill('a lake | by the hills');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page.getByRole('link', { name: 'water' }).waitFor();
    await page.getByText('a lake | by the hills').waitFor();
    for (const tab of ['Versions', 'Derived', 'Related']) {
      await page.getByRole('tab', { name: tab }).click();
      assert.deepEqual(await accessibility(page), [], tab);
    }
    await page.getByRole('button', { name: 'Close details' }).click();
  });

  test('selects with the keyboard and tags and deletes many', async () => {
    const list = page.getByRole('listbox', { name: 'Assets' });
    await list.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await page.getByText('2 assets selected').waitFor();
    await page.keyboard.press('Escape');
    await option('large').locator('[data-tick]').click();
    await option('notes').click({ modifiers: ['Control'] });
    await page.getByText('2 assets selected').waitFor();
    await screenshots(page, 'selection');
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Tags, separated by commas').fill('old');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added old').waitFor();
    await list.focus();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted 2 assets').waitFor();
    await page.getByText('3 assets', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await option('desert').waitFor();
    await screenshots(page, 'list');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Show as a grid' }).click();
  });

  test('pauses and resumes an upload', async () => {
    const network = await context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 2_000_000 };
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', slow);
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByTestId('upload-files').setInputFiles(join(server.data, 'large.bin'));
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.locator('.upload-row.paused').waitFor();
    await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await page.getByRole('button', { name: 'Resume large.bin' }).click();
    await page.getByText('1 upload finished').waitFor({ timeout: 20_000 });
    await network.detach();
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('what was deleted comes back by Undo when backups are kept', async () => {
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByLabel('Keep backups').check();
    await page.getByTestId('upload-files').setInputFiles({
      name: 'precious.jpg',
      mimeType: 'image/jpeg',
      buffer: await picture(300, 200, '#7a4fa0'),
    });
    await option('precious').waitFor();
    await page.getByRole('button', { name: 'Close uploads' }).click();
    await option('precious').locator('[data-tick]').click();
    await page.getByRole('button', { name: 'Delete' }).click();
    await page.getByText('this can be undone').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await option('precious').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Restored 1 asset').waitFor();
    await option('precious').waitFor();
  });

  test('builds a transformation and shows what it does', async () => {
    await page.getByRole('link', { name: 'Transform' }).click();
    await page.getByRole('link', { name: 'lake' }).click();
    await page.getByLabel('Width').fill('300');
    await page.getByLabel('Height').fill('300');
    await page.getByLabel('Crop').selectOption('fill');
    assert.equal(await page.getByLabel('Transformation', { exact: true }).inputValue(), 'c_fill,h_300,w_300');
    await page.getByText(/After · jpe?g · .* ms/).waitFor({ timeout: 15_000 });
    await page.locator('figure').nth(1).getByText('300 × 300').waitFor();
    await page.getByText(/Fill the frame.* 300 × 300/).waitFor();
    await page.getByLabel('Language').selectOption('python');
    await page.getByText('cloudinary_url(').waitFor();
    await screenshots(page, 'workbench');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Save as named' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('square');
    await page.getByRole('button', { name: 'Save', exact: true }).click();
    await page.getByText('Saved: use it as t_square').waitFor();
    await page.getByLabel('Transformation', { exact: true }).fill('c_nonsense,w_x');
    await page.locator('#content .hint.problem').waitFor();
  });

  test('explains a failing request and makes signatures', async () => {
    await page.getByRole('link', { name: 'Signatures' }).click();
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    const command = await page.getByRole('group', { name: 'cURL command' }).textContent();
    assert.match(command ?? '', /^curl -X POST/);
    await page.getByLabel('The failing request').fill(command!.replace('tags=first,second', 'tags=other'));
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.locator('.verdict').waitFor({ timeout: 10_000 });
    await screenshots(page, 'signatures');
    assert.deepEqual(await accessibility(page), []);
    await page.getByLabel('The failing request').fill(command!);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'The signature is right' }).waitFor();
  });

  test('keeps presets, fields, keys and webhooks', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    const settings = page.getByRole('navigation', { name: 'Settings' });
    await page.getByRole('button', { name: 'New preset' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('from-browsers');
    await page.getByLabel('Unsigned', { exact: false }).check();
    await page.getByLabel('Tags, separated by commas').fill('site');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('rowheader', { name: 'from-browsers' }).waitFor();
    await screenshots(page, 'presets');

    await settings.getByRole('link', { name: 'Metadata' }).click();
    await page.getByRole('button', { name: 'New field' }).click();
    await page.getByRole('textbox', { name: 'Label' }).fill('Colour');
    await page.getByRole('textbox', { name: 'External ID' }).fill('colour');
    await page.getByLabel('Type').selectOption('enum');
    await page.getByLabel('Values, one a line').fill('red\nblue');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('rowheader', { name: 'Colour' }).waitFor();
    assert.deepEqual(await accessibility(page), []);

    await settings.getByRole('link', { name: 'Access keys' }).click();
    await page.getByRole('button', { name: 'Rotate' }).first().click();
    await page.getByRole('button', { name: 'Make the successor' }).click();
    await page.getByText('Keep the secret now').waitFor();
    assert.match((await page.getByRole('group', { name: 'credentials' }).textContent()) ?? '', /cloudinary:\/\/\d+:/);
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await screenshots(page, 'keys');
    assert.deepEqual(await accessibility(page), []);

    for (const name of ['Transformations', 'Webhooks', 'Environments', 'Usage']) {
      await settings.getByRole('link', { name }).click();
      await page.locator('.settings-section').waitFor();
      await page.waitForTimeout(200);
      assert.equal(await page.locator('.problem-box').count(), 0, `${name} shows an error`);
      assert.deepEqual(await accessibility(page), [], name);
    }
  });

  test('is readable in the dark, and signs out', async () => {
    await page.emulateMedia({ colorScheme: 'dark' });
    await page.goto(`${server.url}/console/library`);
    await option('lake').waitFor();
    await screenshots(page, 'dark');
    assert.deepEqual(await accessibility(page), []);
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Cloud name').waitFor();
    assert.deepEqual(await context.cookies(`${server.url}/console`), []);
  });

  test('the link that the server prints signs in once, and may add environments', async () => {
    const link = /\S+\/console\/login\?token=\S+/.exec(server.stdout)?.[0];
    assert.ok(link, server.stdout);
    await page.goto(link);
    await option('lake').waitFor();
    await page.goto(`${server.url}/console/settings/environments`);
    await page.getByRole('button', { name: 'New environment' }).click();
    await page.getByLabel('Cloud name').fill('second');
    await page.getByRole('button', { name: 'Make' }).click();
    await page.getByText('Keep the secret now').waitFor();
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Nothing here yet').waitFor();
    await context.clearCookies();
    await page.goto(link);
    await page.getByText('This link was used already').waitFor();
  });

  test('no error and no breach of the policy came up on the way', () => {
    assert.deepEqual(problems, []);
  });

  test('a second person can sign in with the keyboard alone', async () => {
    const other = await browser.newContext();
    try {
      const second = await signIn(other, server);
      await second.keyboard.press('/');
      await second.keyboard.type('tags=water');
      await second.getByText('1 asset', { exact: true }).waitFor();
    } finally {
      await other.close();
    }
  });
});
