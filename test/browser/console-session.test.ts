import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { launch, look, signIn, WITHOUT_CHROMIUM, watch } from './support.ts';

/** JavaScript of the first page, compressed (issue: under 250 kB). */
const FIRST_LOAD = 250_000;

describe('console: who may come in', { skip: WITHOUT_CHROMIUM }, () => {
  let data: string;
  let server: SignetServer;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  before(async () => {
    data = await mkdtemp(join(tmpdir(), 'signet-console-'));
    server = await startSignet({ data });
    browser = await launch();
    context = await browser.newContext({ viewport: { width: 1280, height: 800 }, locale: 'en-GB' });
    page = await context.newPage();
    page.setDefaultTimeout(10_000);
    problems = watch(page);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
    await rm(data, { recursive: true, force: true });
  });

  test('refuses a wrong secret, signs in with the right one, and keeps no secret in the browser', async () => {
    const scripts = new Map<string, number>();
    page.on('response', async (response) => {
      if (/javascript/.test(response.headers()['content-type'] ?? ''))
        scripts.set(response.url(), gzipSync(await response.body()).length);
    });
    await page.goto(`${server.url}/console/`);
    await page.getByLabel('Cloud name').fill(server.cloud);
    await page.getByLabel('API key').fill(server.apiKey);
    await page.getByLabel('API secret').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('do not belong together').waitFor();
    await look(page, 'sign-in');
    await page.getByLabel('API secret').fill(server.apiSecret);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('Nothing here yet').waitFor();
    await look(page, 'library-empty');
    const [cookie] = await context.cookies(`${server.url}/console`);
    assert.equal(cookie?.httpOnly, true);
    assert.equal(cookie?.sameSite, 'Strict');
    const kept = await page.evaluate(() =>
      JSON.stringify([{ ...localStorage }, { ...sessionStorage }, document.cookie]),
    );
    assert.ok(!kept.includes(server.apiSecret));
    const bytes = [...scripts.values()].reduce((sum, size) => sum + size, 0);
    assert.ok(bytes > 10_000 && bytes < FIRST_LOAD, `${bytes} bytes of JavaScript in ${scripts.size} files`);
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

  test('every address of the console is served with a strict policy', async () => {
    for (const path of ['', 'library', 'transform/x', 'settings/keys']) {
      const answer = await fetch(`${server.url}/console/${path}`);
      const policy = answer.headers.get('content-security-policy') ?? '';
      assert.match(policy, /script-src 'self'(;|$)/);
      assert.match(policy, /style-src 'self'(;|$)/);
      assert.match(policy, /frame-ancestors 'none'/);
      assert.ok(!policy.includes('unsafe'));
    }
  });

  test('a restart of the server signs nobody out', async () => {
    const { port } = new URL(server.url);
    await server.stop();
    server = await startSignet({ data, flags: ['--port', port] });
    await page.reload();
    await page.getByText('Nothing here yet').waitFor();
    await page.getByRole('button', { name: 'New folder' }).click();
    await page.getByRole('textbox', { name: 'Path' }).fill('after the restart');
    await page.getByRole('button', { name: 'Create' }).click();
    await page.getByRole('heading', { name: 'after the restart' }).waitFor();
    await page.getByText('This folder is empty').waitFor();
  });

  test('signs out', async () => {
    await page.getByRole('button', { name: 'Account' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByLabel('Cloud name').waitFor();
    assert.deepEqual(await context.cookies(`${server.url}/console`), []);
  });

  test('the link that the server prints signs in once, and may add environments', async () => {
    const link = /\S+\/console\/login\?token=\S+/.exec(server.stdout)?.[0];
    assert.ok(link, server.stdout);
    await page.goto(link);
    await page.getByRole('heading', { name: 'All assets' }).waitFor();
    await page.goto(`${server.url}/console/settings/environments`);
    await page.getByRole('button', { name: 'New environment' }).click();
    await page.getByLabel('Cloud name').fill('second');
    await page.getByRole('button', { name: 'Make' }).click();
    await page.getByText('Keep the secret now').waitFor();
    await look(page, 'secret');
    await page.getByRole('button', { name: 'I have kept it' }).click();
    await look(page, 'environments');
    await page.getByRole('button', { name: 'Open' }).click();
    await page.getByText('Nothing here yet').waitFor();
    await context.clearCookies();
    await page.goto(link);
    await page.getByText('This link was used already').waitFor();
  });

  test('a key that is disabled ends its sessions, and the page says so', async () => {
    await signIn(context, server, page);
    await page.goto(`${server.url}/console/settings/keys`);
    await page.getByRole('button', { name: 'New key' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('For Ada');
    await page.getByRole('button', { name: 'Make' }).click();
    const text = (await page.getByRole('group', { name: 'credentials' }).textContent()) ?? '';
    const [, apiKey = '', apiSecret = ''] = /cloudinary:\/\/(\d+):([\w-]+)@/.exec(text) ?? [];
    await page.getByRole('button', { name: 'I have kept it' }).click();
    const other = await browser.newContext();
    try {
      const theirs = await signIn(other, { ...server, url: server.url, apiKey, apiSecret });
      await page
        .getByRole('row', { name: /For Ada/ })
        .getByRole('button', { name: 'Disable' })
        .click();
      await page
        .getByRole('row', { name: /For Ada/ })
        .getByText('Disabled')
        .waitFor();
      await theirs.getByRole('link', { name: 'Settings' }).click();
      await theirs.getByText('The session has ended').waitFor();
    } finally {
      await other.close();
    }
    await page
      .getByRole('row', { name: /For Ada/ })
      .getByRole('button', { name: 'Delete' })
      .click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('row', { name: /For Ada/ }).waitFor({ state: 'detached' });
  });

  test('ten wrong secrets make the address wait', async () => {
    const url = `${server.url}/console/api/session`;
    const attempt = () =>
      fetch(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ cloud: server.cloud, apiKey: server.apiKey, apiSecret: 'guess' }),
      });
    let answer = await attempt();
    for (let count = 0; answer.status === 401 && count < 12; count += 1) answer = await attempt();
    assert.equal(answer.status, 429);
    assert.ok(Number(answer.headers.get('retry-after')) > 0);
  });

  test('no error and no breach of the policy came up on the way', () => assert.deepEqual(problems, []));
});
