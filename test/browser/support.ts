import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import sharp from 'sharp';
import type { SignetServer } from '../support/server.ts';

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

/** Everything that went wrong in the page: errors, refused loads, breaches of the content policy. */
export function watch(page: Page): string[] {
  const problems: string[] = [];
  page.on('pageerror', (error) => problems.push(`error: ${error.message}`));
  page.on('console', (message) => {
    const text = message.text();
    if (message.type() === 'error' && !/status of (4\d\d|5\d\d)/.test(text)) problems.push(`console: ${text}`);
  });
  return problems;
}

export async function signIn(context: BrowserContext, server: SignetServer): Promise<Page> {
  const page = await context.newPage();
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
  const { readFile } = await import('node:fs/promises');
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
const WIDTHS = [390, 820, 1440] as const;

/** Pictures of the page at three widths, for people to look at. */
export async function screenshots(page: Page, name: string): Promise<void> {
  await mkdir(OUTPUT, { recursive: true });
  const before = page.viewportSize();
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: width === 390 ? 844 : 900 });
    await page.waitForTimeout(250);
    await page.screenshot({ path: join(OUTPUT, `${name}-${width}.png`) });
  }
  if (before) await page.setViewportSize(before);
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
