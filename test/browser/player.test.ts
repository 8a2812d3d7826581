import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';
import { accessibility, launch, screenshots, signIn, WITHOUT_CHROMIUM, watch } from './support.ts';

/** A film of two seconds, recorded by the browser from a canvas. */
async function recordFilm(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    canvas.width = 320;
    canvas.height = 180;
    const context = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    const stopped = new Promise((done) => {
      recorder.onstop = done;
    });
    recorder.start(100);
    const start = performance.now();
    await new Promise<void>((done) => {
      const draw = (): void => {
        const at = performance.now() - start;
        context.fillStyle = `hsl(${at / 10} 60% 45%)`;
        context.fillRect(0, 0, 320, 180);
        context.fillStyle = '#fff';
        context.fillRect(at / 8, 60, 60, 60);
        if (at < 2000) setTimeout(draw, 60);
        else done();
      };
      draw();
    });
    recorder.stop();
    await stopped;
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

describe('player', { skip: WITHOUT_CHROMIUM }, () => {
  let server: SignetServer;
  let browser: Browser;
  let page: Page;
  let problems: string[];

  before(async () => {
    server = await startSignet();
    browser = await launch();
    page = await browser.newPage({ viewport: { width: 960, height: 540 }, locale: 'en-GB' });
    page.setDefaultTimeout(15_000);
    const film = await recordFilm(page);
    const answer = await fetch(`${server.url}/v1_1/${server.cloud}/video/upload`, {
      method: 'POST',
      body: signedForm(server, { public_id: 'films/moving' }, film, 'moving.webm'),
    });
    assert.equal(answer.status, 200, await answer.clone().text());
    problems = watch(page);
  });

  after(async () => {
    await browser?.close();
    await server?.stop();
  });

  test('plays a film of the server, by keyboard', async () => {
    const query = new URLSearchParams({
      cloud_name: server.cloud,
      public_id: 'films/moving',
      'player[muted]': 'true',
      'source[sourceTypes][]': 'webm',
    });
    const answer = await page.goto(`${server.url}/player/embed?${query}`);
    assert.ok(!(answer?.headers()['content-security-policy'] ?? '').includes('unsafe'));
    const play = page.getByRole('button', { name: 'Play Video' });
    await play.waitFor();
    await page.waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1);
    await screenshots(page, 'player');
    assert.deepEqual(await accessibility(page), []);
    await play.focus();
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.3);
    assert.equal(await page.locator('video').evaluate((video: HTMLVideoElement) => video.videoWidth), 320);
  });

  test('finds a format that plays when none is named', async () => {
    const query = new URLSearchParams({ cloud_name: server.cloud, public_id: 'films/moving', 'player[muted]': 'true' });
    await page.goto(`${server.url}/player/embed?${query}&player[autoplay]=true`);
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2);
  });

  test('says what is missing in its address', async () => {
    await page.goto(`${server.url}/player/embed`);
    await page.getByRole('alert').getByText('Expected cloud_name and public_id').waitFor();
  });

  test('no error and no breach of the policy came up on the way', () => {
    // video.js tells the console of a source that did not play, before the next one is tried.
    assert.deepEqual(
      problems.filter((problem) => !problem.includes('VIDEOJS: ERROR')),
      [],
    );
  });

  test('the console gives the code to embed it', async () => {
    const context = await browser.newContext();
    try {
      const own = await signIn(context, server);
      await own.getByRole('option', { name: /^moving/ }).click();
      await own.getByRole('button', { name: 'More actions' }).click();
      await own.getByRole('menuitem', { name: 'Embed the player' }).click();
      const code = (await own.getByRole('group', { name: 'embed code' }).textContent()) ?? '';
      assert.match(code, /player\/embed\?cloud_name=demo&public_id=films%2Fmoving/);
    } finally {
      await context.close();
    }
  });
});
