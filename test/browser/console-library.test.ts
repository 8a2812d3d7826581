import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { admin, type Console, look, openConsole, picture, screenshots, store, WITHOUT_CHROMIUM } from './support.ts';

const LONG = 'a-name-that-goes-on-and-on-'.repeat(6);
const ARABIC = 'صورة عائلية في الحديقة';

/** 0.5 s of silence, 8 kHz, one channel. */
function silence(): Buffer {
  const bytes = 8000;
  const header = Buffer.alloc(44);
  header.write('RIFF').toString();
  header.writeUInt32LE(36 + bytes, 4);
  header.write('WAVEfmt ', 8);
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20);
  header.writeUInt16LE(1, 22);
  header.writeUInt32LE(8000, 24);
  header.writeUInt32LE(16_000, 28);
  header.writeUInt16LE(2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36);
  header.writeUInt32LE(bytes, 40);
  return Buffer.concat([header, Buffer.alloc(bytes)]);
}

describe('console: the library', { skip: WITHOUT_CHROMIUM }, () => {
  let ui: Console;
  let page: Page;

  before(async () => {
    ui = await openConsole();
    page = ui.page;
    const { server } = ui;
    await admin(server, '/metadata_fields', 'POST', {
      external_id: 'licence',
      label: 'Licence',
      type: 'enum',
      datasource: {
        values: [
          { external_id: 'own', value: 'Own work' },
          { external_id: 'cc', value: 'Creative Commons' },
        ],
      },
    });
    await store(server, 'image', await picture(900, 600), { public_id: 'lake', tags: 'water', asset_folder: 'trip' });
    await store(server, 'image', await picture(600, 900, '#c58b4a'), { public_id: 'desert', asset_folder: 'trip/far' });
    await store(server, 'image', await picture(500, 500, '#3f7d58', 'png'), { public_id: 'forest' });
    await store(server, 'image', await picture(320, 200, '#7a4fa0'), { public_id: 'precious', backup: 'true' });
    await store(server, 'image', await picture(320, 200, '#a04f7a'), { public_id: 'family', display_name: ARABIC });
    await store(server, 'image', await picture(320, 200, '#555'), { public_id: LONG });
    await store(server, 'raw', Buffer.from('a,b\n1,2\n'), { public_id: 'numbers.csv' }, 'numbers.csv');
    await store(server, 'raw', Buffer.from('PK'), { public_id: 'bundle.zip' }, 'bundle.zip');
    await store(server, 'video', silence(), { public_id: 'quiet' }, 'quiet.wav');
    await ui.visit('library');
    await page.getByText('9 assets').waitFor();
  });

  // What a failed test left open must not fail the next one.
  afterEach(async () => {
    while ((await page.locator('dialog[open]').count()) > 0) await page.keyboard.press('Escape');
  });

  after(() => ui?.close());

  const count = (text: string) => page.getByText(text, { exact: true }).waitFor();
  const openDetails = async (name: string): Promise<void> => {
    await ui.option(name).click();
    await page.getByRole('tab', { name: 'Facts' }).waitFor();
  };
  const closeDetails = () => page.getByRole('button', { name: 'Close details' }).click();

  test('shows what there is, with long names, other scripts, and files without a picture', async () => {
    await ui.option(ARABIC).waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll<HTMLImageElement>('.tile img')].every(({ naturalWidth }) => naturalWidth > 0),
    );
    await look(page, 'library');
    await page.getByRole('button', { name: 'Show as a list' }).click();
    await ui.option('desert').waitFor();
    await look(page, 'list');
    await page.getByRole('button', { name: 'Show as a grid' }).click();
  });

  test('searches, and points at what cannot be read', async () => {
    const box = page.getByRole('searchbox', { name: 'Search' });
    await page.keyboard.press('/');
    await page.keyboard.type('format:png');
    await count('1 asset');
    await ui.option('forest').waitFor();
    await box.fill('width>');
    await page.locator('.search-error').waitFor();
    assert.match((await page.locator('.search-error').textContent()) ?? '', /position/);
    await look(page, 'search-error');
    await page.getByRole('button', { name: 'Help with the search language' }).click();
    await look(page, 'search-help');
    await page.getByRole('button', { name: 'bytes>1mb' }).click();
    await page.getByText('Nothing matches').waitFor();
    await look(page, 'search-nothing');
    await page.getByRole('button', { name: 'Clear search and filters' }).click();
    await count('9 assets');
  });

  test('filters by type and age, sorts, and keeps the view in the address', async () => {
    await page.getByLabel('Type').selectOption('raw');
    await count('2 assets');
    await page.getByLabel('Added').selectOption('7d');
    await page.getByLabel('Order').selectOption('public_id:desc');
    await page.waitForFunction(() => document.querySelector('[role=option]')?.textContent?.includes('numbers'));
    await page.reload();
    await count('2 assets');
    assert.equal(await page.getByLabel('Order').inputValue(), 'public_id:desc');
    await page.goBack();
    await page.getByLabel('Type').selectOption('');
    await page.getByLabel('Added').selectOption('');
    await page.getByLabel('Order').selectOption('created_at:desc');
    await count('9 assets');
  });

  test('walks the folders', async () => {
    await page.getByRole('button', { name: 'trip', exact: true }).click();
    await count('1 asset');
    await page.getByLabel('Subfolders too').check();
    await count('2 assets');
    await page.getByRole('button', { name: 'Folder actions' }).click();
    await look(page, 'folder-actions');
    await page.getByRole('menuitem', { name: 'Rename or move' }).click();
    await page.getByRole('textbox', { name: 'New path' }).fill('journey');
    await page.getByRole('button', { name: 'Rename' }).click();
    await page.getByRole('heading', { name: 'journey', exact: true }).waitFor();
    await page.getByRole('button', { name: 'All assets' }).click();
    await count('9 assets');
  });

  test('shows every fact and edits tags, context, metadata, name and folder', async () => {
    await openDetails('lake');
    await look(page, 'details');
    await page.getByText('Everything else').click();
    await page.getByText('asset id').waitFor();
    await page.getByRole('tab', { name: 'Edit' }).click();
    await page.getByLabel('Display name').fill('The lake');
    await page.getByRole('combobox', { name: 'Folder' }).fill('waters');
    await page.getByLabel('Tags').fill('water, blue');
    await page.getByRole('button', { name: 'Add a value' }).click();
    await page.getByLabel('Name', { exact: true }).fill('alt');
    await page.getByLabel('Value of alt').fill('a lake | by the hills');
    await page.getByLabel('Licence').selectOption('cc');
    await look(page, 'details-edit');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('Saved').waitFor();
    await page.getByRole('heading', { name: 'The lake' }).waitFor();
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page.getByRole('link', { name: 'blue' }).waitFor();
    await page.getByText('a lake | by the hills').waitFor();
    await page.getByText('Creative Commons').waitFor();
    await page.getByRole('link', { name: 'waters' }).waitFor();
  });

  test('keeps what somebody else has changed since the form was opened', async () => {
    await page.getByRole('tab', { name: 'Edit' }).click();
    const displayName = page.getByLabel('Display name');
    await displayName.fill('');
    await page.getByRole('button', { name: 'Save' }).click();
    assert.ok(await displayName.evaluate((input) => input.matches(':invalid')), 'a name is asked for');
    await displayName.fill('The lake again');
    await page.getByLabel('Tags').fill('water, blue, wide');
    await admin(ui.server, '/resources/image/upload/lake', 'POST', {
      tags: 'water,blue,theirs',
      context: 'by=them',
    });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'The lake again' }).waitFor();
    await page.waitForFunction(() =>
      [...document.querySelectorAll('input')].some(({ value }) => value === 'blue, theirs, water, wide'),
    );
    await page.getByLabel('Value of by').waitFor();
    await page.getByRole('button', { name: 'Remove by' }).click();
    await page.getByRole('button', { name: 'Add a value' }).click();
    await page.getByLabel('Name', { exact: true }).last().fill('alt');
    await page.getByLabel('Value of alt').fill('a lake | by the hills');
    await page.getByLabel('Display name').fill('The lake');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('heading', { name: 'The lake', exact: true }).waitFor();
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page.getByRole('link', { name: 'theirs' }).waitFor();
    await page.getByText('a lake | by the hills').waitFor();
  });

  test('copies the address as it is, and in another format and size', async () => {
    await page.getByRole('button', { name: 'Copy URL' }).click();
    await page.getByText('Address copied').waitFor();
    const copied = await page.evaluate(() => navigator.clipboard.readText());
    assert.equal((await fetch(copied)).headers.get('content-type'), 'image/jpeg');
    await page.getByRole('button', { name: 'More actions' }).click();
    await look(page, 'details-actions');
    await page.getByRole('menuitem', { name: 'Copy in another format or size' }).click();
    await page.getByLabel('Format', { exact: true }).selectOption('webp');
    await page.getByLabel('Size', { exact: true }).selectOption('c_limit,w_800');
    await look(page, 'copy-url');
    await page.getByRole('button', { name: 'Copy address' }).click();
    const made = await fetch(await page.evaluate(() => navigator.clipboard.readText()));
    assert.equal(made.headers.get('content-type'), 'image/webp');
    assert.match((await page.getByRole('group', { name: 'HTML' }).textContent()) ?? '', /^<img src="http/);
    // What is said while a dialog is open is heard and can be reached: it lies in the dialog, not in the inert page.
    const message = page.getByRole('dialog').getByRole('status').getByText('Copied', { exact: true });
    const copyHtml = async () => {
      await message.first().waitFor({ state: 'detached' });
      await page.getByRole('button', { name: 'Copy HTML' }).click();
      await message.waitFor();
    };
    await copyHtml();
    const tree = await (await ui.context.newCDPSession(page)).send('Accessibility.getFullAXTree');
    const heard = tree.nodes.filter(
      ({ ignored, role, name }) => !ignored && role?.value === 'StaticText' && name?.value === 'Copied',
    );
    assert.equal(heard.length, 1, 'screen readers are told');
    await screenshots(page, 'toast-above-dialog');
    await copyHtml();
    await page.getByRole('dialog').getByRole('button', { name: 'Dismiss' }).click();
    // Sooner than it would have gone by itself.
    await message.waitFor({ state: 'detached', timeout: 2000 });
    await page.keyboard.press('Escape');
  });

  test('changes the public ID', async () => {
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Change the public ID' }).click();
    await page.getByRole('textbox', { name: /Public ID/ }).fill('waters/lake');
    await page.getByRole('button', { name: 'Change', exact: true }).click();
    await page.locator('.public-id', { hasText: 'waters/lake' }).waitFor();
  });

  test('lists what was derived and what is related', async () => {
    const { cloud, url } = ui.server;
    assert.equal((await fetch(`${url}/${cloud}/image/upload/c_limit,w_700/waters/lake.jpg`)).status, 200);
    const derived = page.locator('#drawer-panel li');
    // What is made on the fly is listed a moment later.
    for (let tries = 0; tries < 20 && (await derived.filter({ hasText: 'c_limit,w_700' }).count()) === 0; tries += 1) {
      await page.reload();
      await page.getByRole('tab', { name: 'Derived' }).click();
      await page.waitForTimeout(250);
    }
    await derived.filter({ hasText: 'c_limit,w_700' }).waitFor();
    await look(page, 'details-derived');
    const before = await derived.count();
    await page.getByRole('button', { name: /^Delete c_limit,w_700/ }).click();
    await derived.nth(before - 1).waitFor({ state: 'detached' });
    await page.getByRole('tab', { name: 'Related' }).click();
    await page.getByRole('button', { name: 'Relate an asset' }).click();
    const picker = page.getByRole('dialog', { name: 'Relate to The lake' });
    await picker.getByRole('button', { name: 'forest' }).waitFor();
    assert.equal(await picker.getByRole('button', { name: 'The lake' }).count(), 0, 'not to itself');
    assert.ok(await picker.getByRole('button', { name: 'Relate', exact: true }).isDisabled());
    await picker.getByRole('button', { name: 'forest' }).click();
    await picker.getByRole('searchbox', { name: 'Search' }).fill('desert');
    await picker.getByRole('button', { name: 'forest' }).waitFor({ state: 'detached' });
    await picker.getByRole('button', { name: 'desert' }).click();
    await look(page, 'relate');
    await picker.getByRole('button', { name: 'Relate 2 assets' }).click();
    await page.getByRole('link', { name: 'image/upload/forest' }).waitFor();
    await page.getByRole('button', { name: 'Relate an asset' }).click();
    await picker.getByRole('button', { name: 'precious' }).waitFor();
    assert.equal(await picker.getByRole('button', { name: 'desert' }).count(), 0, 'not twice');
    await picker.getByRole('button', { name: 'Cancel' }).click();
    await page.getByRole('button', { name: 'Unrelate forest' }).click();
    await page.getByRole('link', { name: 'image/upload/forest' }).waitFor({ state: 'detached' });
    await page.getByRole('link', { name: 'image/upload/desert' }).click();
    await page.getByRole('heading', { name: 'desert' }).waitFor();
    await page.getByRole('tab', { name: 'Related' }).click();
    await page.getByRole('button', { name: 'Unrelate waters/lake' }).click();
    await page.getByText('No related assets').waitFor();
    await closeDetails();
  });

  test('plays sound, and says when something cannot be shown', async () => {
    await openDetails('quiet');
    await page.waitForFunction(() => (document.querySelector('audio')?.duration ?? 0) > 0.4);
    await look(page, 'details-audio');
    await closeDetails();
    await openDetails('numbers.csv');
    await look(page, 'details-raw');
    await closeDetails();
    await page.route(/c_fill/, (route) => route.fulfill({ status: 500, body: '' }));
    await page.reload();
    await page.locator('.thumbnail.none').nth(5).waitFor();
    await screenshots(page, 'library-broken-pictures');
    await page.unroute(/c_fill/);
    await page.reload();
  });

  test('versions come back', async () => {
    await store(ui.server, 'image', await picture(640, 400, '#123456'), { public_id: 'precious', backup: 'true' });
    await page.reload();
    await openDetails('precious');
    await page.getByText('640 × 400').first().waitFor();
    await page.getByRole('tab', { name: 'Versions' }).click();
    await look(page, 'details-versions');
    await page.getByRole('button', { name: 'Restore' }).last().click();
    await page.getByText('Restored').waitFor();
    await page.getByRole('tab', { name: 'Facts' }).click();
    await page.getByText('320 × 200').first().waitFor();
    await closeDetails();
  });

  test('selects by keyboard and pointer; tags, moves and packs many', async () => {
    const list = page.getByRole('listbox', { name: 'Assets' });
    await list.focus();
    await page.keyboard.press('Home');
    await page.keyboard.press('Shift+ArrowRight');
    await count('2 assets selected');
    await page.getByRole('button', { name: 'All 9' }).click();
    await count('9 assets selected');
    await list.focus();
    await page.keyboard.press('Escape');
    await ui.option('forest').locator('[data-tick]').click();
    await ui.option('desert').click({ modifiers: ['Control'] });
    await count('2 assets selected');
    await look(page, 'selection');
    await page.getByRole('button', { name: 'Add tag' }).click();
    await page.getByLabel('Tags, separated by commas').fill('old');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByText('Added old').waitFor();
    await page.getByRole('button', { name: 'Edit values' }).click();
    const values = page.getByRole('dialog', { name: 'Edit values of 2 assets' });
    await values.getByRole('button', { name: 'Change', exact: true }).click();
    await values.getByText('Nothing was chosen to change').waitFor();
    await values.getByLabel('Name', { exact: true }).fill('credit');
    await values.getByLabel('Value of credit').fill('a = b | c');
    await values.getByLabel('Change Licence').check();
    await values.getByLabel('Licence', { exact: true }).selectOption('own');
    await look(page, 'edit-values');
    await values.getByRole('button', { name: 'Change', exact: true }).click();
    await page.getByText('Changed 2 assets').waitFor();
    for (const id of ['forest', 'desert']) {
      const { context, metadata } = await admin<{ context?: { custom?: unknown }; metadata?: unknown }>(
        ui.server,
        `/resources/image/upload/${id}`,
      );
      assert.deepEqual([context?.custom, metadata], [{ credit: 'a = b | c' }, { licence: 'own' }], id);
    }
    await page.getByRole('button', { name: 'Edit values' }).click();
    await values.getByLabel('Take away all context').check();
    await values.getByLabel('Change Licence').check();
    await values.getByRole('button', { name: 'Change', exact: true }).click();
    await values.waitFor({ state: 'detached' });
    const cleared = await admin<Record<string, unknown>>(ui.server, '/resources/image/upload/forest');
    assert.deepEqual([cleared.context, cleared.metadata], [undefined, undefined], 'taken away again');
    await page.getByRole('button', { name: 'Move', exact: true }).click();
    await page.getByRole('combobox', { name: 'To the folder' }).fill('archive/2026');
    await look(page, 'move');
    await page.getByRole('dialog').getByRole('button', { name: 'Move' }).click();
    await page.getByText('Moved 2 assets to archive/2026').waitFor();
    const { resources } = await admin<{ resources: { tags: string[]; asset_folder: string }[] }>(
      ui.server,
      '/resources/by_asset_folder?asset_folder=archive/2026&tags=true',
    );
    assert.deepEqual(
      resources.map(({ tags }) => tags),
      [['old'], ['old']],
    );
    await page.getByRole('searchbox', { name: 'Search' }).fill('tags=old');
    await count('2 assets');
    await list.focus();
    await page.keyboard.press('Control+a');
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download zip' }).click();
    const packed = await readFile(await (await download).path());
    assert.equal(packed.subarray(0, 2).toString(), 'PK');
    for (const name of ['forest', 'desert']) assert.ok(packed.includes(name), name);
    await page.getByRole('button', { name: 'Remove tag' }).click();
    await page.getByLabel('Tags, separated by commas').fill('old');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByText('Nothing matches').waitFor();
    await page.getByRole('button', { name: 'Clear search and filters' }).click();
  });

  test('deletes with a warning; what has a backup comes back by Undo', async () => {
    await ui.option('precious').locator('[data-tick]').click();
    await page.keyboard.press('Delete');
    await page.getByText('this can be undone').waitFor();
    await look(page, 'delete');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await ui.option('precious').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('Restored 1 asset').waitFor();
    await ui.option('precious').waitFor();
    await openDetails('bundle');
    await page.getByRole('button', { name: 'More actions' }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByText('this cannot be undone').waitFor();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('Deleted bundle.zip').waitFor();
    await count('8 assets');
  });

  test('a whole flow by the keyboard alone', async () => {
    await page.keyboard.press('?');
    await page.getByRole('dialog', { name: 'Keyboard shortcuts' }).waitFor();
    await look(page, 'shortcuts');
    await page.keyboard.press('Escape');
    await page.keyboard.press('g');
    await page.keyboard.press('t');
    await page.getByRole('heading', { name: 'Transform' }).waitFor();
    await page.keyboard.press('g');
    await page.keyboard.press('l');
    await count('8 assets');
    await page.keyboard.press('/');
    await page.keyboard.type('forest');
    await count('1 asset');
    const focusIs = (text: string) =>
      page.waitForFunction((wanted) => {
        const { activeElement: at } = document;
        return `${at?.getAttribute('aria-label') ?? ''}${at?.textContent ?? ''}`.includes(wanted);
      }, text);
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.getAttribute('role') === 'listbox')) break;
    }
    const ring = await page.evaluate(() => {
      const at = document.querySelector('.assets:focus-visible .active .thumbnail');
      return at === null ? '' : getComputedStyle(at).outlineStyle;
    });
    assert.equal(ring, 'solid', 'the place of the focus is seen');
    await page.keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.matches('.drawer h2'));
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if (await page.evaluate(() => document.activeElement?.getAttribute('role') === 'tab')) break;
    }
    await page.keyboard.press('ArrowRight');
    await focusIs('Edit');
    const tagsField = page.getByRole('textbox', { name: 'Tags' });
    await tagsField.waitFor();
    // The fields of the environment come a moment later.
    await page.getByLabel('Licence').waitFor();
    for (let presses = 0; presses < 12; presses += 1) {
      await page.keyboard.press('Tab');
      if ((await page.evaluate(() => document.activeElement?.closest('.field')?.textContent ?? '')).startsWith('Tags'))
        break;
    }
    await page.keyboard.press('Control+a');
    await page.keyboard.type('by-keyboard');
    assert.equal(await tagsField.inputValue(), 'by-keyboard');
    await page.keyboard.press('Enter');
    await page.getByText('Saved').waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('complementary', { name: 'Details' }).waitFor({ state: 'detached' });
    const forest = await admin<{ tags?: string[] }>(ui.server, '/resources/image/upload/forest');
    assert.deepEqual(forest.tags, ['by-keyboard'], JSON.stringify(forest));
  });

  test('says when the server cannot be reached, and goes on when it can', async () => {
    await page.getByRole('searchbox', { name: 'Search' }).fill('');
    await count('8 assets');
    await page.route('**/console/api/**', (route) => route.abort());
    await page.getByLabel('Type').selectOption('image');
    await page.getByText('The server cannot be reached').first().waitFor();
    await screenshots(page, 'unreachable');
    await page.unroute('**/console/api/**');
    await page.getByRole('button', { name: 'Try again' }).click();
    await count('6 assets');
  });
});
