import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Browser, Page } from 'playwright-core';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';
import { accessibility, launch, recordFilm, screenshots, signIn, WITHOUT_CHROMIUM, watch } from './support.ts';

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
    // The first format is rendered for this very request, which takes its time on a busy machine.
    const playing = () => (document.querySelector('video')?.currentTime ?? 0) > 0.2;
    await page.waitForFunction(playing, undefined, { timeout: 90_000 });
    const source = await page.locator('video').evaluate((video: HTMLVideoElement) => video.currentSrc);
    assert.match(source, /\.(mp4|webm)(\?|$)/);
  });

  const upload = async (publicId: string, text: string): Promise<string> => {
    const answer = await fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, {
      method: 'POST',
      body: signedForm(server, { public_id: publicId }, Buffer.from(text), publicId),
    });
    return ((await answer.json()) as { secure_url: string }).secure_url;
  };

  test('shows captions and subtitles, chapters, rates, jump buttons and a title of the address', async () => {
    const captions = await upload('films/en.vtt', 'WEBVTT\n\n00:00.000 --> 00:02.000\nHello there\n');
    const german = await upload('films/de.vtt', 'WEBVTT\n\n00:00.000 --> 00:02.000\nGuten Tag\n');
    await upload(
      'films/moving-chapters.vtt',
      'WEBVTT\n\n00:00.000 --> 00:01.000\nThe beginning\n\n00:01.000 --> 00:02.000\nThe end\n',
    );
    const query = new URLSearchParams({
      cloud_name: server.cloud,
      public_id: 'films/moving',
      'player[muted]': 'true',
      'player[autoplay]': 'true',
      'player[loop]': 'true',
      'player[playbackRates][0]': '1',
      'player[playbackRates][1]': '3',
      'player[showJumpControls]': 'true',
      'source[info][title]': 'A moving picture',
      'source[sourceTypes][0]': 'webm',
      'source[chapters]': 'true',
      'source[textTracks][captions][url]': captions,
      'source[textTracks][captions][language]': 'en',
      'source[textTracks][captions][label]': 'English',
      'source[textTracks][subtitles][0][url]': german,
      'source[textTracks][subtitles][0][language]': 'de',
      'source[textTracks][subtitles][0][label]': 'Deutsch',
    });
    await page.goto(`${server.url}/player/embed?${query}`);
    assert.equal(await page.title(), 'A moving picture');
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0);
    await page.locator('.vjs-text-track-display').getByText('Hello there').waitFor();
    await page.locator('video').hover();
    await page.getByRole('button', { name: 'Chapters' }).click();
    await page.getByRole('menuitemradio', { name: 'The end' }).waitFor();
    await page
      .getByRole('button', { name: /Subtitles|Captions/ })
      .first()
      .click();
    await page.getByRole('menuitemradio', { name: /Deutsch/ }).click();
    await page.locator('.vjs-text-track-display').getByText('Guten Tag').waitFor();
    await page.getByRole('button', { name: 'Playback Rate' }).click();
    await page.getByRole('menuitemradio', { name: '3x' }).click();
    assert.equal(await page.locator('video').evaluate((video: HTMLVideoElement) => video.playbackRate), 3);
    await page.getByRole('button', { name: 'Skip forward 10 seconds' }).waitFor();
    await screenshots(page, 'player-captions');
    assert.deepEqual(await accessibility(page), []);
  });

  test('streams: a playlist of the server with its segments', async () => {
    const asked: string[] = [];
    page.on('response', (answer) => asked.push(`${answer.status()} ${new URL(answer.url()).pathname}`));
    const query = new URLSearchParams({
      cloud_name: server.cloud,
      public_id: 'films/moving',
      profile: 'cld-adaptive-stream',
      'player[muted]': 'true',
      'player[autoplay]': 'true',
      'source[sourceTypes][]': 'hls',
    });
    await page.goto(`${server.url}/player/embed?${query}`);
    // The film is a quarter of a second long: that time passed at all is what can be seen of it.
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.1, undefined, {
      timeout: 60_000,
    });
    const good = (end: string) => asked.filter((line) => line.startsWith('20') && line.endsWith(end)).length;
    assert.ok(good('.m3u8') >= 2, `a master playlist and one of a size: ${asked.join(', ')}`);
    assert.ok(good('.ts') >= 1, asked.join(', '));
  });

  test('a profile without controls loops by itself, sound has a bar and no picture', async () => {
    const query = new URLSearchParams({ cloud_name: server.cloud, public_id: 'films/moving' });
    await page.goto(`${server.url}/player/embed?${query}&profile=cld-looping&source[sourceTypes][]=webm`);
    await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2);
    assert.deepEqual(await page.locator('video').evaluate((video: HTMLVideoElement) => [video.loop, video.muted]), [
      true,
      true,
    ]);
    assert.equal(await page.locator('.vjs-control-bar').isVisible(), false);
    await page.goto(`${server.url}/player/embed?${query}&player[audio]=true&source[sourceTypes][]=webm`);
    await page.locator('.vjs-audio-only-mode').waitFor();
    assert.ok((await page.locator('.signet-player').boundingBox())!.height < 80);
    await screenshots(page, 'player-audio');
  });

  test('answers what the cloud’s player asks for beside the film', async () => {
    const id = Buffer.from('films/moving').toString('base64');
    const ask = (path: string, init?: RequestInit) =>
      fetch(`${server.url}/${server.cloud}/_applet_/video_service/${path}`, init);
    const poster = await ask(`elements/upload/${id}/poster?tx=c_scale,w_40`);
    assert.equal(poster.headers.get('content-type'), 'image/jpeg', poster.headers.get('x-cld-error') ?? '');
    assert.match(await (await ask(`chapters/upload/${id}.vtt`)).text(), /The beginning/);
    const metadata = await ask(`video_metadata/upload/${id}.json`);
    assert.equal(metadata.headers.get('access-control-allow-origin'), '*');
    assert.deepEqual(Object.keys((await metadata.json()) as object), ['title', 'description']);
    assert.equal((await ask(`transcription/upload/${id}.transcript`)).status, 404);
    assert.equal((await ask(`video_metadata/authenticated/${id}.json`)).status, 404);
    assert.equal((await ask('video_player_profiles/mine.json')).status, 404);
    const preflight = await ask(`video_metadata/upload/${id}.json`, { method: 'OPTIONS' });
    assert.match(preflight.headers.get('access-control-allow-headers') ?? '', /X-Cld-Video-Player-Version/);
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
      await own.getByRole('option', { name: /^moving WEBM/ }).click();
      await own.getByRole('button', { name: 'More actions' }).click();
      await own.getByRole('menuitem', { name: 'Embed the player' }).click();
      const code = (await own.getByRole('group', { name: 'embed code' }).textContent()) ?? '';
      assert.match(code, /player\/embed\?cloud_name=demo&public_id=films%2Fmoving/);
    } finally {
      await context.close();
    }
  });
});
