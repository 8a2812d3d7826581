import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { admin, type Console, dropFiles, openConsole, screenshots, store, WITHOUT_CHROMIUM } from './support.ts';

const COUNT = 2400;
const numbered = (index: number): string => `item-${String(index).padStart(4, '0')}`;

describe('console: a library of thousands', { skip: WITHOUT_CHROMIUM }, () => {
  let ui: Console;
  let page: Page;

  before(async () => {
    ui = await openConsole();
    page = ui.page;
    const left = Array.from({ length: COUNT }, (_, index) => index);
    const lane = async (): Promise<void> => {
      for (let index = left.shift(); index !== undefined; index = left.shift())
        await store(ui.server, 'raw', Buffer.from(String(index)), { public_id: numbered(index) });
    };
    await Promise.all(Array.from({ length: 8 }, lane));
    await ui.visit('library?sort=public_id:asc');
    await page.getByText('2,400 assets').waitFor();
    await ui.option(numbered(0)).waitFor();
  });

  after(() => ui?.close());

  const list = () => page.getByRole('listbox', { name: 'Assets' });
  const selected = (count: string) => page.getByText(`${count} assets selected`).waitFor();
  /** What is really drawn at a place, once it is loaded. */
  const atPlace = (index: number, name: string) =>
    page.locator(`[role=option][aria-posinset="${index + 1}"]`, { hasText: name }).waitFor();
  /** As dragging the bar does: to a share of the whole. */
  const dragTo = (share: number) =>
    list().evaluate((element, to) => {
      element.scrollTop = (element.scrollHeight - element.clientHeight) * to;
    }, share);
  /** All that is in sight is there. */
  const loaded = () =>
    page.waitForFunction(() => {
      const list = document.querySelector('.assets')!;
      const { top, bottom } = list.getBoundingClientRect();
      const inSight = [...list.querySelectorAll('.tile, .list-row')].filter((item) => {
        const box = item.getBoundingClientRect();
        return box.bottom > top && box.top < bottom;
      });
      return inSight.length > 3 && inSight.every((item) => !item.classList.contains('loading'));
    });
  const visible = (): Promise<{ name: string; top: number }> =>
    list().evaluate((element) => {
      const { top } = element.getBoundingClientRect();
      const first = [...element.querySelectorAll('[role=option]')].find(
        (option) => option.getBoundingClientRect().top >= top,
      )!;
      return {
        name: first.querySelector('.tile-name, .name')!.textContent!,
        top: first.getBoundingClientRect().top - top,
      };
    });

  test('the end, the middle and the top are a key or a drag away, whatever lies between', async () => {
    const asked: number[] = [];
    page.on('request', (request) => {
      if (request.url().endsWith('/console/api/assets')) asked.push(request.postDataJSON().offset);
    });
    await list().focus();
    await page.keyboard.press('End');
    await atPlace(COUNT - 1, numbered(COUNT - 1));
    assert.equal(await list().getAttribute('aria-activedescendant'), `asset-${COUNT - 1}`);
    assert.ok(asked.length <= 4, `asked for ${asked}`);
    assert.ok(asked[0]! >= COUNT - 200, `asked for ${asked}`);
    for (const share of [0.9, 0.2, 0.7, 0.5]) await dragTo(share);
    await loaded();
    const { name } = await visible();
    assert.match(name, /^item-1[12]/);
    await screenshots(page, 'library-middle');
    await page.keyboard.press('Home');
    await atPlace(0, numbered(0));
  });

  test('a stretch is selected across what is not loaded, and all are', async () => {
    await page.reload();
    await atPlace(0, numbered(0));
    await list().focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('Shift+End');
    await selected('2,399');
    await page.keyboard.press('Escape');
    await page.keyboard.press('Home');
    await ui.option(numbered(0)).locator('[data-tick]').click();
    await dragTo(0.5);
    await loaded();
    const { name } = await visible();
    await ui.option(name).click({ modifiers: ['Shift'] });
    await selected((Number(name.slice(5)) + 1).toLocaleString('en'));
    await list().focus();
    await page.keyboard.press('Control+a');
    await selected('2,400');
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Tags, separated by commas').fill('every');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added every').waitFor({ timeout: 30_000 });
    const { resources } = await admin<{ resources: unknown[] }>(ui.server, '/resources/raw/tags/every?max_results=500');
    assert.equal(resources.length, 500);
    const far = await admin<{ tags?: string[] }>(ui.server, `/resources/raw/upload/${numbered(COUNT - 7)}`);
    assert.deepEqual(far.tags, ['every']);
    await page.getByRole('button', { name: 'Clear the selection' }).click();
  });

  test('assets that come and go elsewhere leave what is in sight where it is', async () => {
    await dragTo(0.5);
    await loaded();
    const before = await visible();
    // Other people's: before what is in sight, in the order of names.
    for (let index = 0; index < 20; index += 1)
      await store(ui.server, 'raw', Buffer.from('x'), { public_id: `another-${index}` });
    const row = await list().evaluate(
      (element) => element.querySelector('[role=option]')!.getBoundingClientRect().height,
    );
    // On to what is not loaded yet: its answer tells that the list has grown.
    await list().evaluate((element, by) => {
      element.scrollTop += by;
    }, row * 16);
    await page.getByText('2,420 assets').waitFor();
    await loaded();
    const after = await visible();
    assert.ok(Number(after.name.slice(5)) > Number(before.name.slice(5)), `${before.name}, then ${after.name}`);
    const names = await page.locator('[role=option] .tile-name').allTextContents();
    assert.equal(new Set(names).size, names.length, 'nothing twice');
    const numbers = names.map((name) => Number(name.slice(5)));
    for (const [at, number] of numbers.entries())
      if (at > 0) assert.equal(number, numbers[at - 1]! + 1, 'nothing missing');
    await ui.option(after.name).locator('[data-tick]').click();
    await page.keyboard.press('Delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('2,419 assets').waitFor();
    await ui.option(numbered(Number(after.name.slice(5)) + 1)).waitFor();
  });

  test('what is uploaded here leaves the list where it is, to the pixel', async () => {
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await dragTo(0.4);
    await loaded();
    const before = await visible();
    await dropFiles(page, '.library', [
      { name: 'a.txt', type: 'text/plain', data: Buffer.from('a') },
      { name: 'b.txt', type: 'text/plain', data: Buffer.from('b') },
    ]);
    await page.getByText('2,421 assets').waitFor({ timeout: 20_000 });
    assert.deepEqual(await visible(), before);
    await list().focus();
    await page.keyboard.press('Home');
    await atPlace(0, 'a');
  });
});
