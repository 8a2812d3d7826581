/**
 * `npm run front-ends`: front ends of the cloud's own making against a started server, in Chromium:
 * next-cloudinary's CldUploadWidget in a real Next.js site (examples/next-cloudinary) and cloudinary-video-player.
 * Installs them from the npm registry into a temporary folder, which takes a minute or two; so it is not part of the tests.
 * `npm run front-ends -- FOLDER` uses the `node_modules` of a folder where they are installed already.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { makePreset } from '../browser/site.ts';
import { launch, picture } from '../browser/support.ts';
import { startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const folder = mkdtempSync(join(tmpdir(), 'signet-front-ends-'));
const server = await startSignet();
const browser = await launch();
const ends: (() => void)[] = [];
const run = (command: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): void => {
  execFileSync(command, args, { cwd: folder, env: { ...process.env, ...env }, stdio: 'inherit' });
};
const settings = {
  NEXT_TELEMETRY_DISABLED: '1',
  NEXT_PUBLIC_CLOUDINARY_CLOUD_NAME: server.cloud,
  NEXT_PUBLIC_CLOUDINARY_API_KEY: server.apiKey,
  SIGNET_URL: server.url,
  CLOUDINARY_URL: server.cloudinaryUrl,
};

/** What a page asks of the cloud, for there must be nothing. (The player's style sheet asks for a font of its own.) */
function strangers(page: Page): string[] {
  const found: string[] = [];
  page.on('request', (request) => {
    if (/(^|\.)cloudinary\.com$/.test(new URL(request.url()).hostname)) found.push(request.url());
  });
  return found;
}

async function nextCloudinary(bundler: '--turbopack' | '--webpack'): Promise<void> {
  const next = join(folder, 'node_modules/next/dist/bin/next');
  run(process.execPath, [next, 'build', bundler], settings);
  const site = spawn(process.execPath, [next, 'start', '-p', '0', '-H', '127.0.0.1'], {
    cwd: folder,
    env: { ...process.env, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  ends.push(() => site.kill());
  let said = '';
  const address = await new Promise<string>((resolve) => {
    site.stdout.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      const url = /http:\/\/127\.0\.0\.1:\d+/.exec(said)?.[0];
      if (url !== undefined) resolve(url);
    });
  });
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const asked = strangers(page);
  await page.goto(address);
  for (const name of ['Without signature', 'Signed']) {
    await page.getByRole('button', { name }).click();
    await page.locator('input[type=file]').setInputFiles({
      name: `${name}.jpg`,
      mimeType: 'image/jpeg',
      buffer: await picture(120, 80),
    });
    await page.waitForFunction(() => (document.querySelector('figure img') as HTMLImageElement | null)?.naturalWidth);
    console.log(
      `next-cloudinary (${bundler.slice(2)}), ${name.toLowerCase()}: ${await page.locator('figcaption').textContent()}`,
    );
    await page.evaluate(() => document.querySelector('figure')?.remove()).catch(() => {});
    await page.reload();
  }
  assert.deepEqual(asked, []);
  await page.close();
  site.kill();
}

/** A film of a second, recorded by the browser. */
async function film(page: Page): Promise<Buffer> {
  const base64 = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 320, height: 180 });
    const context = canvas.getContext('2d')!;
    const recorder = new MediaRecorder(canvas.captureStream(15), { mimeType: 'video/webm;codecs=vp8' });
    const parts: Blob[] = [];
    recorder.ondataavailable = ({ data }) => parts.push(data);
    recorder.start();
    for (let at = 0; at < 20; at++) {
      context.fillStyle = `hsl(${at * 18} 80% 50%)`;
      context.fillRect(0, 0, 320, 180);
      await new Promise((done) => setTimeout(done, 60));
    }
    await new Promise((done) => {
      recorder.onstop = done;
      recorder.stop();
    });
    const bytes = new Uint8Array(await new Blob(parts).arrayBuffer());
    return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''));
  });
  return Buffer.from(base64, 'base64');
}

async function videoPlayer(): Promise<void> {
  const page = await browser.newPage();
  page.setDefaultTimeout(20_000);
  const body = signedForm(
    server,
    { public_id: 'films/official', context: 'caption=An official film' },
    await film(page),
    'a.webm',
  );
  const stored = await fetch(`${server.url}/v1_1/${server.cloud}/video/upload`, { method: 'POST', body });
  assert.equal(stored.status, 200, await stored.text());
  const dist = join(folder, 'node_modules/cloudinary-video-player/dist');
  const site = createServer((request, response) => {
    const file = request.url?.slice(1) ?? '';
    if (/^[\w.-]+\.(js|css)$/.test(file)) {
      response.setHeader('Content-Type', file.endsWith('css') ? 'text/css' : 'text/javascript; charset=utf-8');
      return response.end(readFileSync(join(dist, file)));
    }
    // `secure: false` and `cname` are what points the player here; behind https it is `secure_distribution`.
    return response.setHeader('Content-Type', 'text/html').end(`<!doctype html>
      <link rel="stylesheet" href="/cld-video-player.min.css"><video id="player" controls muted></video>
      <script src="/cld-video-player.min.js"></script>
      <script>
        cloudinary.videoPlayer('player', {
          cloudinaryConfig: { cloud_name: '${server.cloud}', secure: false, cname: '${new URL(server.url).host}' },
          allowUsageReport: false,
          publicId: 'films/official',
          sourceTypes: ['webm'],
          title: true,
        });
      </script>`);
  });
  await new Promise<void>((done) => site.listen(0, '127.0.0.1', done));
  ends.push(() => site.close());
  page.on('console', (message) => console.log(`  console: ${message.text().slice(0, 300)}`));
  page.on('pageerror', (error) => console.log(`  error: ${error.message}`));
  const asked = strangers(page);
  const own: string[] = [];
  page.on('response', (answer) => {
    if (answer.url().startsWith(server.url)) own.push(`${answer.status()} ${answer.url().slice(server.url.length)}`);
  });
  await page.goto(`http://127.0.0.1:${(site.address() as AddressInfo).port}/`);
  await page
    .waitForFunction(() => (document.querySelector('video')?.readyState ?? 0) >= 1)
    .catch((error: Error) => {
      throw new Error(`the film was not loaded: ${own.join(', ')} ${asked.join(', ')}`, { cause: error });
    });
  await page.evaluate(() => document.querySelector('video')?.play());
  await page.waitForFunction(() => (document.querySelector('video')?.currentTime ?? 0) > 0.2);
  await page.getByText('An official film').first().waitFor();
  console.log(own.map((line) => `  ${line}`).join('\n'));
  assert.deepEqual(asked, []);
  console.log('cloudinary-video-player: plays');
}

try {
  cpSync(fileURLToPath(new URL('../../examples/next-cloudinary', import.meta.url)), folder, { recursive: true });
  writeFileSync(join(folder, '.npmrc'), 'fund=false\naudit=false\n');
  const installed = process.argv[2];
  if (installed !== undefined) run('cp', ['-al', join(installed, 'node_modules'), folder]);
  else {
    run('npm', ['install', '--silent']);
    run('npm', ['install', '--silent', 'cloudinary-video-player@4']);
  }
  await makePreset(server);
  await videoPlayer();
  await nextCloudinary('--turbopack');
  await nextCloudinary('--webpack');
} finally {
  for (const end of ends) end();
  await browser.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
