import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Locator, type Page } from 'playwright-core';
import sharp from 'sharp';
import { type SignetServer, type StartOptions, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

const PLACES = [
  process.env.SIGNET_CHROMIUM,
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
];

export const CHROMIUM = PLACES.find((place) => place !== undefined && place !== '' && existsSync(place));
/** For the `skip` option of a test. */
export const WITHOUT_CHROMIUM =
  CHROMIUM === undefined ? 'Chromium is not installed (Debian package chromium, or set SIGNET_CHROMIUM)' : false;

export const launch = (): Promise<Browser> =>
  chromium.launch({
    executablePath: CHROMIUM!,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--autoplay-policy=no-user-gesture-required',
      '--use-fake-device-for-media-stream',
      '--use-fake-ui-for-media-stream',
    ],
  });

/**
 * What went wrong in the page: errors, breaches of the content policy. Answers that refuse and connections that a test
 * cut are what pages are tested with.
 */
export function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !/status of (4\d\d|5\d\d)|net::ERR_(FAILED|CONNECTION_RESET)/.test(text))
      problems.push(`console: ${text}`);
  });
  return problems;
}

export async function signIn(context: BrowserContext, server: SignetServer, page?: Page): Promise<Page> {
  page ??= await context.newPage();
  await page.goto(`${server.url}/console/`);
  await page.getByLabel('Cloud name').fill(server.cloud);
  await page.getByLabel('API key').fill(server.apiKey);
  await page.getByLabel('API secret').fill(server.apiSecret);
  await page.getByRole('button', { name: 'Sign in' }).click();
  await page.getByRole('heading', { name: 'All assets' }).waitFor();
  return page;
}

const AXE = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

interface Finding {
  readonly id: string;
  readonly impact: string | null;
  readonly nodes: readonly { readonly html: string; readonly failureSummary?: string }[];
}

/** Serious and critical findings of axe, one line each. */
export async function accessibility(page: Page): Promise<string[]> {
  // By the debugging protocol, which the page's content policy does not bind.
  await page.evaluate(`${await readFile(AXE, 'utf8')};undefined`);
  const findings = (await page.evaluate(
    "axe.run(document, { resultTypes: ['violations'] }).then(({ violations }) => violations)",
  )) as Finding[];
  return findings
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ html, failureSummary }) => `${id}: ${html.slice(0, 200)} ${failureSummary}`),
    );
}

const OUTPUT = fileURLToPath(new URL('../../test-output/', import.meta.url));
/** Phone, laptop, wide screen. */
const SIZES = [
  [390, 844],
  [1280, 800],
  [1920, 1080],
] as const;

/** Pictures of the page at three widths, for people to look at. */
export async function screenshots(page: Page, name: string): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  const before = page.viewportSize();
  for (const [width, height] of SIZES) {
    await page.setViewportSize({ width, height });
    await page.waitForTimeout(120);
    await page.screenshot({ path: join(OUTPUT, `${name}-${width}.png`) });
  }
  if (before) await page.setViewportSize(before);
}

/** Pictures at three widths, one in the dark, and no serious finding of axe in either light. */
export async function look(page: Page, name: string): Promise<void> {
  await screenshots(page, name);
  assert.deepEqual(await accessibility(page), [], `${name} in the light`);
  await page.emulateMedia({ colorScheme: 'dark', reducedMotion: 'reduce' });
  await page.screenshot({ path: join(OUTPUT, `${name}-dark.png`) });
  assert.deepEqual(await accessibility(page), [], `${name} in the dark`);
  await page.emulateMedia({ colorScheme: 'light', reducedMotion: 'reduce' });
}

export interface Console {
  readonly server: SignetServer;
  readonly browser: Browser;
  readonly context: BrowserContext;
  readonly page: Page;
  /** What went wrong in the page so far: errors and breaches of the content policy. */
  readonly problems: readonly string[];
  /** One asset in the list, by the beginning of its name. */
  option(name: string): Locator;
  /** Opens another address of the console. */
  visit(path: string): Promise<void>;
  /** @throws when anything went wrong in the page */
  close(): Promise<void>;
}

/** A server with a person signed in to its console. */
export async function openConsole(options: StartOptions = {}): Promise<Console> {
  const server = await startSignet(options);
  const browser = await launch();
  const context = await browser.newContext({
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    reducedMotion: 'reduce',
    permissions: ['camera', 'clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  page.setDefaultTimeout(Number(process.env.SIGNET_BROWSER_TIMEOUT ?? 10_000));
  const problems = watch(page);
  await signIn(context, server, page);
  return {
    server,
    browser,
    context,
    page,
    problems,
    option: (name) => page.getByRole('option', { name: new RegExp(`^${name}`) }),
    visit: async (path) => void (await page.goto(`${server.url}/console/${path}`)),
    async close() {
      await browser.close();
      await server.stop();
      assert.deepEqual(problems, [], 'errors or breaches of the content policy in the page');
    },
  };
}

/** Presses Tab until the focus is on what a field, button, tab or link of this name says; fails when it never comes there. */
export async function tabTo(page: Page, name: string): Promise<void> {
  const reached = () =>
    page.evaluate((text) => {
      const at = document.activeElement;
      if (at === null || at === document.body) return false;
      const { labels } = at as HTMLInputElement;
      const said = at.getAttribute('aria-label') ?? labels?.[0]?.textContent ?? at.textContent ?? '';
      return said.trim().startsWith(text);
    }, name);
  for (let presses = 0; presses < 40; presses += 1) {
    if (await reached()) return;
    await page.keyboard.press('Tab');
  }
  assert.fail(`The Tab key never comes to ${name}`);
}

/** Uploads straight to the API, signed: what a page is to show, not what is under test. */
export async function store(
  server: SignetServer,
  kind: 'image' | 'video' | 'raw',
  data: Uint8Array,
  params: Readonly<Record<string, string>>,
  filename = 'file.bin',
): Promise<Record<string, unknown>> {
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/${kind}/upload`, {
    method: 'POST',
    body: signedForm(server, params, data, filename),
  });
  const body = (await answer.json()) as Record<string, unknown>;
  assert.equal(answer.status, 200, JSON.stringify(body));
  return body;
}

/** A call of the Admin API, from outside. */
export async function admin<T>(server: SignetServer, path: string, method = 'GET', body?: unknown): Promise<T> {
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}${path}`, {
    method,
    headers: {
      authorization: `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return (await answer.json()) as T;
}

/** A picture with shapes in two colours, of `width` × `height`. */
export const picture = (
  width: number,
  height: number,
  color = '#2f6fb5',
  format: 'jpeg' | 'png' = 'jpeg',
): Promise<Buffer> =>
  sharp(
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 300 200" width="${width}" height="${height}" preserveAspectRatio="none">
        <rect width="300" height="200" fill="${color}"/><circle cx="210" cy="80" r="50" fill="#f5c542"/>
        <path d="M0 200 L90 90 L160 160 L210 120 L300 200z" fill="#1f3b2d"/></svg>`,
    ),
  )
    .toFormat(format)
    .toBuffer();

/** Drops files on an element, as a person's hand would. */
export async function dropFiles(
  page: Page,
  selector: string,
  files: readonly { name: string; type: string; data: Buffer }[],
): Promise<void> {
  const transfer = await page.evaluateHandle(
    (given) => {
      const data = new DataTransfer();
      for (const { name, type, base64 } of given)
        data.items.add(new File([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], name, { type }));
      return data;
    },
    files.map(({ name, type, data }) => ({ name, type, base64: data.toString('base64') })),
  );
  for (const event of ['dragenter', 'dragover', 'drop'])
    await page.dispatchEvent(selector, event, { dataTransfer: transfer });
}

/** A film of two seconds, recorded by the browser from a canvas. */
export async function recordFilm(page: Page): Promise<Buffer> {
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
