/**
 * The Media Library with very many assets, in a real browser.
 *
 *   node bench/console.ts [--assets 100000]
 *
 * Fills a catalog with copies of a few real pictures, signs in, and measures what a person feels: the time until the
 * first pictures are seen, and the time from a key or click to the next paint (Event Timing), from a turn of the wheel
 * to the frame after it. Target: every interaction under 100 ms at the 95th percentile. Exits 1 above it.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { openCatalog } from '../packages/server/src/catalog/catalog.ts';
import { launch, picture, signIn, store, WITHOUT_CHROMIUM } from '../test/browser/support.ts';
import { startSignet } from '../test/support/server.ts';

const TARGET = 100;
const { values: flags } = parseArgs({ options: { assets: { type: 'string', default: '100000' } } });
const ASSETS = Number(flags.assets);
const PICTURES = 24;

if (WITHOUT_CHROMIUM !== false) {
  console.log(WITHOUT_CHROMIUM);
  process.exit(0);
}

/** Copies the rows that are there until there are enough, each with names and times of its own. */
function multiply(data: string): void {
  const catalog = openCatalog(join(data, 'catalog.sqlite'));
  const columns = (catalog.raw.prepare('PRAGMA table_info(assets)').all() as { name: string }[])
    .map(({ name }) => name)
    .filter((name) => name !== 'seq');
  const changed: Readonly<Record<string, string>> = {
    asset_id: 'lower(hex(randomblob(16)))',
    public_id: "public_id || '-' || n",
    filename: "filename || '-' || n",
    display_name: "display_name || '-' || n",
    created_at: 'created_at - n * 1000',
  };
  catalog.raw.exec(`INSERT INTO assets (${columns.join(', ')})
    WITH RECURSIVE numbers(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < ${Math.ceil(ASSETS / PICTURES)})
    SELECT ${columns.map((name) => changed[name] ?? name).join(', ')} FROM numbers, (SELECT * FROM assets LIMIT ${PICTURES})`);
  void catalog.close();
}

const at = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;

/** Milliseconds from each key or click of `work` to the paint after it. */
async function interactions(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const found: number[] = [];
    const observer = new PerformanceObserver((list) => {
      for (const entry of list.getEntries() as PerformanceEventTiming[])
        if (entry.interactionId > 0) found.push(entry.duration);
    });
    observer.observe({ type: 'event', durationThreshold: 16, buffered: false } as PerformanceObserverInit);
    Object.assign(window, { measured: () => [observer.takeRecords(), found][1] });
  });
  await work();
  await page.waitForTimeout(400);
  return page.evaluate(() => (window as unknown as { measured(): number[] }).measured());
}

/** Milliseconds of the frames while the wheel turns. */
async function frames(page: Page, work: () => Promise<void>): Promise<number[]> {
  await page.evaluate(() => {
    const found: number[] = [];
    let last = performance.now();
    let on = true;
    const step = (): void => {
      const now = performance.now();
      found.push(now - last);
      last = now;
      if (on) requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
    Object.assign(window, {
      measured: () => {
        on = false;
        return found;
      },
    });
  });
  await work();
  return page.evaluate(() => (window as unknown as { measured(): number[] }).measured());
}

const data = mkdtempSync(join(tmpdir(), 'signet-bench-console-'));
let server = await startSignet({ data });
const browser = await launch();
let failed = false;
const report = (what: string, times: readonly number[]): void => {
  const sorted = [...times].sort((a, b) => a - b);
  const p95 = at(sorted, 0.95);
  // Faster than the 16 ms below which the browser reports nothing: nothing to report.
  const text = sorted.length === 0 ? 'all under 16' : `${Math.round(at(sorted, 0.5))} / ${Math.round(p95)}`;
  if (p95 > TARGET) failed = true;
  console.log(`${what.padEnd(44)} ${text} ms${p95 > TARGET ? `, above ${TARGET}` : ''}`);
};

try {
  for (let index = 0; index < PICTURES; index += 1)
    await store(server, 'image', await picture(640, 480, `hsl(${index * 15} 45% 45%)`), {
      public_id: `picture-${index}`,
      tags: index % 2 === 0 ? 'even' : 'odd',
    });
  await server.stop();
  multiply(data);
  server = await startSignet({ data });

  const context = await browser.newContext({ viewport: { width: 1440, height: 900 } });
  const page = await signIn(context, server);
  const shown = async (): Promise<void> => {
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.tile img')].some(
        ({ complete, naturalWidth }) => complete && naturalWidth > 0,
      ),
    );
  };
  await shown();
  const start = performance.now();
  await page.reload();
  await shown();
  console.log(`${ASSETS.toLocaleString('en')} assets, 50 % / 95 % of the times`);
  console.log(`${'first pictures, page loaded anew'.padEnd(44)} ${Math.round(performance.now() - start)} ms`);

  await page.locator('.assets').hover();
  report(
    'frame while the wheel turns',
    await frames(page, async () => {
      for (let count = 0; count < 60; count += 1) {
        await page.mouse.wheel(0, 500);
        await page.waitForTimeout(30);
      }
    }),
  );
  await page.locator('.assets').focus();
  const press = (key: string, times: number) => async () => {
    for (let count = 0; count < times; count += 1) {
      await page.keyboard.press(key);
      await page.waitForTimeout(40);
    }
  };
  report('Page Down', await interactions(page, press('PageDown', 30)));
  report('arrow', await interactions(page, press('ArrowRight', 30)));
  report('select one more, with Shift', await interactions(page, press('Shift+ArrowRight', 30)));
  report('select or not, by Space', await interactions(page, press('Space', 30)));
  const end = performance.now();
  await page.keyboard.press('End');
  await page.waitForFunction(
    (total) => document.querySelector(`[aria-posinset="${total}"]`) !== null,
    Number((await page.locator('.library-head .hint').textContent())?.replace(/\D/g, '')),
    { timeout: 120_000 },
  );
  console.log(`${'to the very end'.padEnd(44)} ${Math.round(performance.now() - end)} ms`);
  report('arrow, at the end', await interactions(page, press('ArrowLeft', 30)));
  const all = performance.now();
  report('select all', await interactions(page, press('Control+a', 1)));
  const count = (await page.locator('.library-head .hint').textContent()) ?? '';
  await page.locator('.selection-bar .count', { hasText: count }).waitFor({ timeout: 60_000 });
  console.log(`${'until all are selected'.padEnd(44)} ${Math.round(performance.now() - all)} ms`);
  report('select one more, all selected', await interactions(page, press('Space', 20)));
  await page.keyboard.press('Escape');
  const tick = page.locator('[data-tick]');
  report(
    'click on a tick, at the end',
    await interactions(page, async () => {
      for (let count = 0; count < 20; count += 1) {
        await tick.nth(count % 8).click({ force: true });
        await page.waitForTimeout(40);
      }
    }),
  );
  report(
    'typing into the search',
    await interactions(page, () =>
      page.getByRole('searchbox', { name: 'Search' }).pressSequentially('tags=even', { delay: 60 }),
    ),
  );
} finally {
  await browser.close();
  await server.stop();
  rmSync(data, { recursive: true, force: true });
}
process.exit(failed ? 1 : 0);
