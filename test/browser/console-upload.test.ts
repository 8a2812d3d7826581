import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { after, afterEach, before, describe, test } from 'node:test';
import type { Page } from 'playwright-core';
import { admin, type Console, dropFiles, look, openConsole, picture, tabTo, WITHOUT_CHROMIUM } from './support.ts';

describe('console: uploading', { skip: WITHOUT_CHROMIUM }, () => {
  let ui: Console;
  let page: Page;
  let site: Server;
  let siteUrl: string;

  before(async () => {
    const remote = await picture(320, 240, '#8a5a2b');
    site = createServer((request, answer) => {
      if (request.url !== '/pictures/remote.jpg') return answer.writeHead(404).end();
      answer.writeHead(200, { 'content-type': 'image/jpeg' }).end(remote);
    }).listen(0, '127.0.0.1');
    siteUrl = `http://127.0.0.1:${await new Promise<number>((resolve) =>
      site.once('listening', () => resolve((site.address() as AddressInfo).port)),
    )}`;
    ui = await openConsole({ flags: ['--allow-private-sources'] });
    page = ui.page;
  });

  // What a failed test left open must not fail the next one.
  afterEach(async () => {
    while ((await page.locator('dialog[open]').count()) > 0) await page.keyboard.press('Escape');
  });

  after(async () => {
    site.close();
    await ui?.close();
  });

  const dialog = async (): Promise<void> => {
    await page.getByRole('button', { name: 'Upload', exact: true }).click();
    await page.getByRole('dialog', { name: 'Upload' }).waitFor();
  };
  const finished = async (text: string): Promise<void> => {
    await page.getByText(text, { exact: true }).waitFor({ timeout: 30_000 });
    await page.getByRole('button', { name: 'Close uploads' }).click();
  };
  const choose = (name: string, buffer: Buffer, mimeType = 'image/jpeg') =>
    page.getByTestId('upload-files').setInputFiles({ name, mimeType, buffer });
  const resource = (id: string) =>
    admin<{ tags?: string[]; asset_folder?: string; format?: string }>(ui.server, `/resources/image/upload/${id}`);

  test('a file that misses the library does not take the page away', async () => {
    const kept = await page.evaluate(() => {
      const dataTransfer = new DataTransfer();
      dataTransfer.items.add(new File(['x'], 'x.txt'));
      const init = { dataTransfer, bubbles: true, cancelable: true };
      // False: the browser will not open the file.
      return ['dragover', 'drop'].map((type) =>
        document.querySelector('.rail')!.dispatchEvent(new DragEvent(type, init)),
      );
    });
    assert.deepEqual(kept, [false, false]);
  });

  test('files dropped on the page', async () => {
    await dropFiles(page, '.library', [
      { name: 'lake.jpg', type: 'image/jpeg', data: await picture(900, 600) },
      { name: 'desert.jpg', type: 'image/jpeg', data: await picture(600, 900, '#c58b4a') },
      { name: 'notes.txt', type: 'text/plain', data: Buffer.from('some notes') },
    ]);
    await page.getByText('3 uploads finished').waitFor({ timeout: 20_000 });
    await ui.option('lake').waitFor();
    await page.waitForFunction(
      () =>
        [...document.querySelectorAll<HTMLImageElement>('.tile img')].filter((image) => image.naturalWidth > 0)
          .length === 2,
    );
    await look(page, 'upload-tray');
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('a folder by the dialog keeps its folders', async () => {
    const folder = join(ui.server.data, 'trip');
    await mkdir(join(folder, 'day 1'), { recursive: true });
    await writeFile(join(folder, 'hill.jpg'), await picture(200, 150, '#456'));
    await writeFile(join(folder, 'day 1', 'beach.jpg'), await picture(200, 150, '#dc8'));
    await dialog();
    await look(page, 'upload');
    const chooser = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Choose a folder' }).click();
    await (await chooser).setFiles(folder);
    await finished('2 uploads finished');
    await page.getByRole('button', { name: 'trip', exact: true }).click();
    await ui.option('hill').waitFor();
    await page.getByLabel('Subfolders too').check();
    await ui.option('beach').waitFor();
    await page.getByRole('button', { name: 'Unfold trip' }).click();
    await page.getByRole('button', { name: 'day 1', exact: true }).click();
    await page.getByRole('heading', { name: 'trip/day 1' }).waitFor();
    await page.getByRole('button', { name: 'All assets' }).click();
  });

  test('a picture from the clipboard', async () => {
    const base64 = (await picture(240, 160, '#357', 'png')).toString('base64');
    await page.evaluate((text) => {
      const data = new DataTransfer();
      const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
      data.items.add(new File([bytes], 'pasted.png', { type: 'image/png' }));
      document.body.dispatchEvent(
        new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }),
      );
    }, base64);
    await finished('1 upload finished');
    await ui.option('pasted').waitFor();
  });

  test('a photograph by the camera', async () => {
    await dialog();
    await page.getByRole('tab', { name: 'Camera' }).click();
    await page.waitForFunction(() => (document.querySelector<HTMLVideoElement>('.camera video')?.videoWidth ?? 0) > 0);
    await look(page, 'upload-camera');
    await page.getByRole('button', { name: 'Take the photograph' }).click();
    await finished('1 upload finished');
    await ui.option('camera-').waitFor();
  });

  test('from a web address, and what an address without a file says', async () => {
    await dialog();
    await page.getByRole('tab', { name: 'Web address' }).click();
    await page.getByRole('textbox', { name: 'Address of a file' }).fill(`${siteUrl}/pictures/remote.jpg`);
    await look(page, 'upload-address');
    await page.getByRole('button', { name: 'Fetch it' }).click();
    await finished('1 upload finished');
    await ui.option('remote').waitFor();
    await dialog();
    await page.getByRole('tab', { name: 'Web address' }).click();
    await page.getByRole('textbox', { name: 'Address of a file' }).fill(`${siteUrl}/nothing.jpg`);
    await page.getByRole('button', { name: 'Fetch it' }).click();
    await page.getByText('1 upload failed').waitFor({ timeout: 15_000 });
    const said = await page.locator('.upload-row.failed .upload-state').textContent();
    assert.match(said ?? '', /404|not found/i);
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('preset, folder, tags and public ID of the dialog are used', async () => {
    await admin(ui.server, '/upload_presets', 'POST', { name: 'site', tags: 'from-preset' });
    await dialog();
    await page.getByLabel('Upload preset').selectOption('site');
    await page.getByRole('combobox', { name: 'Folder' }).fill('trip/');
    await page.locator('datalist option[value="trip/day 1"]').waitFor({ state: 'attached' });
    await page.getByRole('combobox', { name: 'Folder' }).fill('trip/day 1');
    await page.getByLabel('Public ID').fill('chosen-name');
    await choose('any.jpg', await picture(120, 90));
    await finished('1 upload finished');
    const { tags, asset_folder } = await resource('chosen-name');
    assert.deepEqual([tags, asset_folder], [['from-preset'], 'trip/day 1']);
  });

  test('the background is removed when the switch says so', async () => {
    await dialog();
    await page.getByLabel('Remove the background').check();
    await page.getByLabel('Public ID').fill('cut-out');
    await choose('subject.jpg', await picture(300, 200));
    await finished('1 upload finished');
    const deadline = Date.now() + 30_000;
    let format: string | undefined;
    while (format !== 'png' && Date.now() < deadline) {
      ({ format } = await resource('cut-out'));
      await page.waitForTimeout(200);
    }
    assert.equal(format, 'png', 'it became a picture that can be transparent');
  });

  test('a large file goes in chunks, is paused, resumed, and cancelled', async () => {
    const chunks: string[] = [];
    page.on('request', (request) => {
      const range = request.headers()['content-range'];
      if (range !== undefined) chunks.push(range);
    });
    const large = join(ui.server.data, 'large.bin');
    await writeFile(large, Buffer.alloc(25_000_000, 'signet '));
    const network = await ui.context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 4_000_000 };
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', slow);
    await dialog();
    await page.getByTestId('upload-files').setInputFiles(large);
    await page.getByRole('button', { name: 'Pause large.bin' }).click();
    await page.locator('.upload-row.paused').waitFor();
    await look(page, 'upload-paused');
    await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await page.getByRole('button', { name: 'Resume large.bin' }).click();
    await finished('1 upload finished');
    await ui.option('large').waitFor();
    assert.deepEqual(chunks.slice(-2), ['bytes 0-19999999/25000000', 'bytes 20000000-24999999/25000000']);

    await network.send('Network.emulateNetworkConditions', slow);
    await dialog();
    await page.getByTestId('upload-files').setInputFiles(large);
    await page.getByRole('button', { name: 'Cancel large.bin' }).click();
    await page.locator('.upload-row.cancelled').waitFor();
    await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await network.detach();
    await page.getByRole('button', { name: 'Close uploads' }).click();
  });

  test('what the server refuses is said in words, and can be tried again', async () => {
    await dropFiles(page, '.library', [{ name: 'empty.jpg', type: 'image/jpeg', data: Buffer.alloc(0) }]);
    await page.getByText('1 upload failed').waitFor({ timeout: 15_000 });
    assert.ok(((await page.locator('.upload-row.failed .upload-state').textContent()) ?? '').length > 8);
    await look(page, 'upload-failed');
    await page.getByRole('button', { name: 'Close uploads' }).click();
    let tampered = 0;
    await page.route('**/v1_1/*/auto/upload', async (route) => {
      tampered += 1;
      if (tampered > 1) return route.continue();
      // As a proxy would that changes a form on its way.
      const body = route.request().postDataBuffer()?.toString('latin1') ?? '';
      const changed = body.replace(/(name="timestamp"\r\n\r\n)\d+/, `$1${Math.floor(Date.now() / 1000) - 5}`);
      return route.continue({ postData: Buffer.from(changed, 'latin1') });
    });
    await dialog();
    await choose('signed.txt', Buffer.from('signed'), 'text/plain');
    await page.getByText('1 upload failed').waitFor({ timeout: 15_000 });
    const said = (await page.locator('.upload-row.failed .upload-state').textContent()) ?? '';
    assert.match(said, /timestamp/i, "the doctor's sentence names what was changed");
    await page.getByRole('button', { name: 'Try signed.txt again' }).click();
    await finished('1 upload finished');
    await page.unroute('**/v1_1/*/auto/upload');
    await ui.option('signed').waitFor();
  });

  test('a lost connection is tried again by itself', async () => {
    let lost = 0;
    await page.route('**/v1_1/*/auto/upload', (route) => {
      lost += 1;
      return lost === 1 ? route.abort('connectionreset') : route.continue();
    });
    await dialog();
    await choose('patient.jpg', await picture(100, 80));
    await finished('1 upload finished');
    assert.equal(lost, 2);
    await page.unroute('**/v1_1/*/auto/upload');
  });

  test('many are cancelled at once, and those that failed are tried again at once', async () => {
    const network = await ui.context.newCDPSession(page);
    const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 20_000 };
    await network.send('Network.enable');
    await network.send('Network.emulateNetworkConditions', slow);
    const files = (prefix: string, count: number, bytes: number) =>
      Array.from({ length: count }, (_, index) => ({
        name: `${prefix}-${index}.bin`,
        type: 'application/octet-stream',
        data: Buffer.alloc(bytes, index + 1),
      }));
    await dropFiles(page, '.library', files('stopped', 6, 200_000));
    await page.getByText('Uploading 6 files').waitFor();
    await page.getByRole('button', { name: 'Cancel all uploads' }).click();
    await page.waitForFunction(() => document.querySelectorAll('.upload-row.cancelled').length === 6);
    await look(page, 'upload-cancelled');
    await network.send('Network.emulateNetworkConditions', { ...slow, uploadThroughput: -1 });
    await network.detach();
    await page.getByRole('button', { name: 'Close uploads' }).click();
    let refused = 0;
    await page.route('**/v1_1/*/auto/upload', (route) => {
      refused += 1;
      if (refused > 4) return route.continue();
      return route.fulfill({ status: 400, contentType: 'application/json', body: '{"error":{"message":"Not now"}}' });
    });
    await dropFiles(page, '.library', files('again', 4, 100));
    await page.getByText('4 uploads failed').waitFor();
    await page.getByRole('button', { name: 'Try all that failed again' }).click();
    await finished('4 uploads finished');
    await page.unroute('**/v1_1/*/auto/upload');
    const { resources } = await admin<{ resources: { public_id: string }[] }>(
      ui.server,
      '/resources/raw?max_results=500',
    );
    const kept = (prefix: string) => resources.filter(({ public_id }) => public_id.startsWith(prefix)).length;
    assert.deepEqual([kept('stopped'), kept('again')], [0, 4]);
  });

  test('the dialog by the keyboard alone', async () => {
    await page.keyboard.press('u');
    await page.getByRole('dialog', { name: 'Upload' }).waitFor();
    await tabTo(page, 'Files');
    await page.keyboard.press('ArrowRight');
    await tabTo(page, 'Address of a file');
    await tabTo(page, 'Folder');
    await page.keyboard.type('keys');
    await tabTo(page, 'Tags');
    await page.keyboard.type('typed, only');
    await tabTo(page, 'Public ID');
    await page.keyboard.type('by-keys');
    await tabTo(page, 'Keep backups');
    await page.keyboard.press('Space');
    await tabTo(page, 'Address of a file');
    await page.keyboard.type(`${siteUrl}/pictures/remote.jpg`);
    await page.keyboard.press('Enter');
    await page.getByText('1 upload finished').waitFor({ timeout: 20_000 });
    await tabTo(page, 'Close uploads');
    await page.keyboard.press('Enter');
    const { tags, asset_folder } = await resource('by-keys');
    assert.deepEqual([tags?.toSorted(), asset_folder], [['only', 'typed'], 'keys']);
  });
});
