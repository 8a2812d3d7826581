import assert from 'node:assert/strict';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { sign } from '../support/upload.ts';
import {
  admin,
  type Console,
  look,
  openConsole,
  picture,
  recordFilm,
  store,
  tabTo,
  WITHOUT_CHROMIUM,
} from './support.ts';

describe('console: workbench, signatures and settings', { skip: WITHOUT_CHROMIUM }, () => {
  let ui: Console;
  let page: Page;
  let hook: Server;
  let hookUrl: string;
  const received: string[] = [];

  before(async () => {
    hook = createServer((request, answer) => {
      let body = '';
      request.on('data', (part: Buffer) => {
        body += part.toString();
      });
      request.on('end', () => {
        received.push(body);
        answer.writeHead(received.length === 1 ? 410 : 200).end();
      });
    }).listen(0, '127.0.0.1');
    const port = await new Promise<number>((resolve) =>
      hook.once('listening', () => resolve((hook.address() as AddressInfo).port)),
    );
    hookUrl = `http://127.0.0.1:${port}/hook`;
    ui = await openConsole();
    page = ui.page;
    await store(ui.server, 'image', await picture(900, 600), { public_id: 'lake' });
    await store(ui.server, 'video', await recordFilm(page), { public_id: 'clip' }, 'clip.webm');
  });

  // What a failed test left open must not fail the next one.
  afterEach(async () => {
    while ((await page.locator('dialog[open]').count()) > 0) await page.keyboard.press('Escape');
  });

  after(async () => {
    hook.close();
    await ui?.close();
  });

  const settings = async (name: string): Promise<void> => {
    await page.getByRole('navigation', { name: 'Settings' }).getByRole('link', { name, exact: true }).click();
    await page.locator('.settings-section h2').first().waitFor();
    await page.waitForFunction(() => document.querySelector('.waiting') === null);
    assert.equal(await page.locator('.problem-box').count(), 0, `${name} shows an error`);
  };
  const save = () => page.getByRole('button', { name: 'Save', exact: true }).click();

  test('builds a transformation by controls and by typing, and shows what it does', async () => {
    await page.getByRole('link', { name: 'Transform' }).click();
    await page.getByRole('link', { name: 'lake' }).waitFor();
    await look(page, 'workbench-chooser');
    await page.getByRole('searchbox', { name: 'Search' }).fill('resource_type:video');
    await page.getByRole('link', { name: 'lake' }).waitFor({ state: 'detached' });
    await page.getByRole('searchbox', { name: 'Search' }).fill('lake');
    await page.getByRole('link', { name: 'lake' }).click();
    const typed = page.getByLabel('Transformation', { exact: true });
    await page.getByLabel('Width').fill('300');
    await page.getByLabel('Height').fill('300');
    await page.getByLabel('Crop').selectOption('fill');
    assert.equal(await typed.inputValue(), 'c_fill,h_300,w_300');
    await page.getByText(/After · jpe?g · .* ms/).waitFor({ timeout: 15_000 });
    await page.locator('figure').nth(0).getByText('900 × 600').waitFor();
    await page.locator('figure').nth(1).getByText('300 × 300').waitFor();
    await page.getByText(/Fill the frame.* 300 × 300/).waitFor();
    await look(page, 'workbench');

    await typed.fill('c_fit,w_200/e_grayscale');
    await page.getByText(/Apply the effect grayscale/).waitFor();
    assert.equal(await page.getByLabel('Crop').inputValue(), 'fit', 'the controls follow');
    assert.equal(await page.getByLabel('Effect').inputValue(), 'grayscale');
    await page.locator('figure').nth(1).getByText('200 × 133').waitFor();
    await typed.fill('c_fit,w_200/e_grayscale/r_10:20');
    await page.getByLabel('Language').selectOption('python');
    await page.getByText('cloudinary_url(').waitFor();
    await page.getByRole('button', { name: 'Copy Python code' }).click();
    assert.match(await page.evaluate(() => navigator.clipboard.readText()), /c_fit,w_200\/e_grayscale\/r_10:20/);
  });

  test('cuts a film', async () => {
    await page.getByRole('link', { name: 'Another asset' }).click();
    await page.getByRole('link', { name: 'clip' }).click();
    await page.getByLabel('Begin at (s)').fill('0.5');
    await page.getByLabel('Length (s)').fill('1');
    await page.getByLabel('Width').fill('80');
    await page.getByText('Keep what is between 0.5 s and 1.5 s').waitFor();
    await page.waitForFunction(() => [...document.querySelectorAll('video')].at(-1)!.videoWidth === 80, undefined, {
      timeout: 30_000,
    });
    const seconds = await page
      .locator('figure video')
      .last()
      .evaluate((film: HTMLVideoElement) => film.duration);
    assert.ok(Math.abs(seconds - 1) < 0.2, `${seconds} s`);
    await look(page, 'workbench-film');
    await page.getByRole('link', { name: 'Another asset' }).click();
    await page.getByRole('link', { name: 'lake' }).click();
    await page.locator('figure').nth(1).getByText('900 × 600').waitFor();
  });

  test('saves it under a name, and tells what a name means', async () => {
    const typed = page.getByLabel('Transformation', { exact: true });
    await typed.fill('c_fill,h_120,w_120');
    await page.getByRole('button', { name: 'Save as named' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('square');
    await save();
    await page.getByText('Saved: use it as t_square').waitFor();
    await typed.fill('t_square');
    await page.getByText(/Fill the frame.* 120 × 120/).waitFor();
    await page.locator('figure').nth(1).getByText('120 × 120').waitFor();
  });

  test('says what cannot be read', async () => {
    await page.getByLabel('Transformation', { exact: true }).fill('c_nonsense,w_x');
    await page.locator('#content .hint.problem').waitFor();
    await look(page, 'workbench-problem');
  });

  test('explains a failing request and makes signatures', async () => {
    await page.getByRole('link', { name: 'Signatures' }).click();
    await page.getByRole('button', { name: 'Sign', exact: true }).click();
    const command = (await page.getByRole('group', { name: 'cURL command' }).textContent()) ?? '';
    assert.match(command, /^curl -X POST/);
    const failing = page.getByLabel('The failing request');
    const timestamp = /timestamp=(\d+)/.exec(command)?.[1] ?? '';
    const { apiKey, apiSecret } = ui.server;
    // The key is not to be signed; people often do.
    const wrong = sign({ public_id: 'hello', tags: 'first,second', timestamp, api_key: apiKey }, apiSecret);
    await failing.fill(command.replace(/signature=\w+/, `signature=${wrong}`));
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'Found what is wrong' }).waitFor();
    await page.getByText('"api_key" was signed').waitFor();
    assert.equal(await page.getByText('"api_key" was signed').count(), 1, 'one mistake is told once');
    await page.locator('.verdict strong', { hasText: /^Leave file, api_key/ }).waitFor();
    await look(page, 'signatures');
    await failing.fill(command);
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByRole('heading', { name: 'The signature is right' }).waitFor();
    await failing.fill('nothing that can be read');
    await page.getByRole('button', { name: 'Explain' }).click();
    await page.getByText('could read none of these').waitFor();
  });

  test('an address that is none says so and leads on', async () => {
    await page.goto(`${ui.server.url}/console/nothing`);
    await page.getByText('There is no such page').waitFor();
    await look(page, 'no-such-page');
    await page.getByRole('link', { name: 'Go to the library' }).click();
    await page.getByRole('heading', { name: 'All assets' }).waitFor();
  });

  test('presets are made, changed and deleted', async () => {
    await page.getByRole('link', { name: 'Settings' }).click();
    await settings('Upload presets');
    await page.getByText('No presets yet').waitFor();
    await look(page, 'presets-empty');
    await page.getByRole('button', { name: 'New preset' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('from-browsers');
    await page.getByLabel('Unsigned', { exact: false }).check();
    await page.getByLabel('Tags, separated by commas').fill('site');
    await look(page, 'preset-editor');
    await save();
    await page.getByRole('row', { name: /from-browsers Unsigned tags: site/ }).waitFor();
    await page.getByRole('button', { name: 'Edit from-browsers' }).click();
    await page.getByLabel('Incoming transformation').fill('c_nonsense_w');
    await save();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByLabel('Incoming transformation').fill('c_limit,w_2000');
    await save();
    await page.getByRole('row', { name: /c_limit,w_2000/ }).waitFor();
    await look(page, 'presets');
    await page.getByRole('button', { name: 'Delete from-browsers' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No presets yet').waitFor();
  });

  test('metadata fields of every type, with limits, values, defaults and order', async () => {
    await settings('Metadata');
    const make = async (label: string, type: string, fill: () => Promise<void>): Promise<void> => {
      await page.getByRole('button', { name: 'New field' }).click();
      await page.getByRole('textbox', { name: 'Label' }).fill(label);
      await page.getByRole('textbox', { name: 'External ID' }).fill(label.toLowerCase());
      await page.getByLabel('Type').selectOption(type);
      await fill();
      await save();
      await page.getByRole('rowheader', { name: label }).waitFor();
    };
    await make('Colour', 'enum', async () => {
      for (const [index, value] of ['Red', 'Blue', 'Green'].entries()) {
        await page.getByRole('button', { name: 'Add a value' }).click();
        await page.getByLabel(`Value ${index + 1}`, { exact: true }).fill(value);
      }
      await page.getByLabel('Default value').selectOption('blue');
      await look(page, 'field-editor');
    });
    await make('Rating', 'integer', async () => {
      await page.getByLabel('From', { exact: true }).fill('1');
      await page.getByLabel('To', { exact: true }).fill('5');
      await page.getByLabel('Default value').fill('9');
      await save();
      await page.getByRole('dialog').getByRole('alert').waitFor();
      await page.getByLabel('Default value').fill('3');
    });
    await make('Code', 'string', async () => {
      await page.getByLabel('At most letters').fill('7');
      await page.getByLabel('Pattern').fill('^[A-Z]+$');
    });
    await make('Taken', 'date', () => page.getByLabel('From', { exact: true }).fill('2000-01-01'));
    await page.getByRole('row', { name: /Rating .*from 1, up to 5 · default 3/ }).waitFor();
    await page.getByRole('button', { name: 'Move Taken up' }).click();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll('tbody th')].map(({ textContent }) => textContent).join() ===
        'Colour,Rating,Taken,Code',
    );
    await page.getByRole('button', { name: 'Edit Colour' }).click();
    await page.getByRole('button', { name: 'Take out Green' }).click();
    await page.getByLabel('Value 1', { exact: true }).fill('Crimson');
    await save();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const { datasource } = await admin<{ datasource: { values: { value: string; state: string }[] } }>(
      ui.server,
      '/metadata_fields/colour',
    );
    assert.deepEqual(
      datasource.values.map(({ value, state }) => `${value} ${state}`),
      ['Crimson active', 'Blue active', 'Green inactive'],
    );
    await look(page, 'metadata');
  });

  test('rules are made in words', async () => {
    await page.getByRole('button', { name: 'New rule' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('Red needs a code');
    await page.getByLabel('Field it acts on').selectOption('code');
    await page.getByLabel('Field', { exact: true }).selectOption('colour');
    await page.getByLabel('Test', { exact: true }).selectOption('equals');
    await save();
    await page.getByRole('dialog').getByRole('alert').waitFor();
    await page.getByLabel('Value', { exact: true }).selectOption('red');
    await page.getByRole('button', { name: 'Add a group' }).click();
    await page.getByRole('group', { name: 'A group of tests' }).getByLabel('Field').selectOption('rating');
    await page.getByLabel('and', { exact: true }).selectOption('yes');
    const words = 'When Colour is Crimson and Rating has a value, Code is required.';
    await page.getByText(words).waitFor();
    await look(page, 'rule-editor');
    await save();
    await page.getByRole('row', { name: /Red needs a code.*Colour is Crimson.*Code is required/ }).waitFor();
    const { metadata_rules } = await admin<{ metadata_rules: { condition: unknown; result: unknown }[] }>(
      ui.server,
      '/metadata_rules',
    );
    assert.deepEqual(metadata_rules[0]?.result, { set_mandatory: true });
    await page.getByRole('button', { name: 'Edit Red needs a code' }).click();
    await page.getByText(words).waitFor();
    await page.getByLabel('The rule is in force').uncheck();
    await save();
    await page.getByRole('row', { name: /Red needs a code.*Off/ }).waitFor();
    await page.getByRole('button', { name: 'Delete Red needs a code' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No rules yet').waitFor();
  });

  test('named transformations', async () => {
    await settings('Transformations');
    await page.getByRole('rowheader', { name: 't_square' }).waitFor();
    await page.getByLabel('Allow square when strict').click();
    await page.getByRole('button', { name: 'New transformation' }).click();
    await page.getByRole('textbox', { name: 'Name' }).fill('wide');
    await page.getByRole('textbox', { name: 'Transformation' }).fill('c_fill,h_100,w_300');
    await save();
    await page.getByRole('rowheader', { name: 't_wide' }).waitFor();
    await look(page, 'transformations');
    await page.getByRole('button', { name: 'Delete t_wide' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByRole('rowheader', { name: 't_wide' }).waitFor({ state: 'detached' });
  });

  test('webhooks, what was sent, and sending it again', async () => {
    await settings('Webhooks');
    await page.getByRole('button', { name: 'New webhook' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill(hookUrl);
    await page.getByLabel('Event').selectOption('upload');
    await page.getByRole('button', { name: 'Add', exact: true }).click();
    await page.getByRole('rowheader', { name: hookUrl }).waitFor();
    await store(ui.server, 'image', await picture(60, 40), { public_id: 'told' });
    const row = page.getByRole('row', { name: new RegExp(`upload.*${hookUrl}`) }).last();
    await page.reload();
    await row.getByText('410').waitFor({ timeout: 15_000 });
    await look(page, 'webhooks');
    await row.getByRole('button', { name: 'Show' }).click();
    assert.match((await page.getByRole('group', { name: 'payload' }).textContent()) ?? '', /"public_id": "told"/);
    await look(page, 'webhook-payload');
    await page.keyboard.press('Escape');
    await row.getByRole('button', { name: 'Send again' }).click();
    await page.getByText('Sent again').waitFor();
    await page.getByText('delivered').waitFor({ timeout: 15_000 });
    assert.equal(JSON.parse(received.at(-1)!).public_id, 'told');
    await page.getByRole('button', { name: `Delete ${hookUrl}` }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No webhooks yet').waitFor();
  });

  test('jobs are listed, cancelled and tried again', async () => {
    await settings('Jobs');
    await page
      .getByRole('row', { name: /webhook/ })
      .first()
      .waitFor();
    await look(page, 'jobs');
    await page.getByLabel('State').selectOption('cancelled');
    await page.getByText('No jobs here').waitFor();
    await page.getByLabel('State').selectOption('');
    const again = page.getByRole('button', { name: /Try again/ });
    if ((await again.count()) > 0) {
      await again.first().click();
      await page.getByText('It runs again').waitFor();
    } else {
      await page
        .getByRole('button', { name: /Cancel/ })
        .first()
        .click();
      await page.locator('.toast', { hasText: 'Cancelled' }).waitFor();
    }
  });

  test('keys are rotated', async () => {
    await settings('Access keys');
    await page.getByRole('button', { name: 'Rotate' }).first().click();
    await page.getByRole('button', { name: 'Make the successor' }).click();
    await page.getByText('Keep the secret now').waitFor();
    const text = (await page.getByRole('group', { name: 'credentials' }).textContent()) ?? '';
    const [, apiKey, secret] = /cloudinary:\/\/(\d+):([\w-]+)@/.exec(text) ?? [];
    await page.getByRole('button', { name: 'I have kept it' }).click();
    const answer = await fetch(`${ui.server.url}/v1_1/${ui.server.cloud}/ping`, {
      headers: { authorization: `Basic ${Buffer.from(`${apiKey}:${secret}`).toString('base64')}` },
    });
    assert.equal(answer.status, 200);
    await look(page, 'keys');
  });

  test('usage', async () => {
    await settings('Usage');
    await page.getByText('Storage').waitFor();
    await look(page, 'usage');
  });

  test('the workbench by the keyboard alone', async () => {
    const { keyboard } = page;
    await keyboard.press('g');
    await keyboard.press('t');
    await page.getByRole('heading', { name: 'Transform' }).waitFor();
    await page.getByRole('link', { name: 'lake' }).waitFor();
    await tabTo(page, 'Search');
    await keyboard.type('lake');
    await page.getByRole('link', { name: 'told' }).waitFor({ state: 'detached' });
    await tabTo(page, 'lake');
    await keyboard.press('Enter');
    await page.locator('figure').nth(1).getByText('900 × 600').waitFor();
    await tabTo(page, 'Width');
    await keyboard.type('240');
    await tabTo(page, 'Height');
    await keyboard.type('180');
    await tabTo(page, 'Crop');
    // A letter chooses in a list, as everywhere.
    await keyboard.type('Fill');
    await page.locator('figure').nth(1).getByText('240 × 180').waitFor();
    assert.equal(await page.getByLabel('Transformation', { exact: true }).inputValue(), 'c_fill,h_180,w_240');
    await tabTo(page, 'Save as named');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    // The focus is in the field that is to be filled.
    await keyboard.type('by-keys');
    await keyboard.press('Enter');
    await page.getByText('Saved: use it as t_by-keys').waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    const back = await page.evaluate(() => document.activeElement?.textContent);
    assert.equal(back, 'Save as named', 'the focus comes back to where it was');
  });

  test('an editor of the settings by the keyboard alone', async () => {
    const { keyboard } = page;
    await keyboard.press('g');
    await keyboard.press('e');
    await page.getByRole('navigation', { name: 'Settings' }).waitFor();
    await tabTo(page, 'Metadata');
    await keyboard.press('Enter');
    await page.getByRole('rowheader', { name: 'Colour' }).waitFor();
    await tabTo(page, 'New field');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Label');
    await keyboard.type('Season');
    await tabTo(page, 'External ID');
    await keyboard.press('Control+a');
    await keyboard.type('season');
    await tabTo(page, 'Type');
    await keyboard.type('One');
    await tabTo(page, 'Add a value');
    await keyboard.press('Enter');
    await tabTo(page, 'Value 1');
    await keyboard.type('Winter');
    // Enter makes the next value, with the focus in it.
    await keyboard.press('Enter');
    await page.waitForFunction(() => document.activeElement?.getAttribute('aria-label') === 'Value 2');
    await keyboard.type('Summer');
    await tabTo(page, 'Save');
    await keyboard.press('Enter');
    await page.getByRole('rowheader', { name: 'Season' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo(page, 'Edit Season');
    await keyboard.press('Enter');
    await tabTo(page, 'Label');
    await keyboard.press('End');
    await keyboard.type(' of the year');
    await keyboard.press('Enter');
    await page.getByRole('rowheader', { name: 'Season of the year' }).waitFor();
    await page.getByRole('dialog').waitFor({ state: 'detached' });
    await tabTo(page, 'Delete Season of the year');
    await keyboard.press('Enter');
    await page.getByRole('dialog').waitFor();
    await tabTo(page, 'Delete');
    await keyboard.press('Enter');
    await page.getByRole('rowheader', { name: 'Season of the year' }).waitFor({ state: 'detached' });
    const { metadata_fields } = await admin<{ metadata_fields: { external_id: string }[] }>(
      ui.server,
      '/metadata_fields',
    );
    assert.ok(!metadata_fields.some(({ external_id }) => external_id === 'season'));
  });
});
