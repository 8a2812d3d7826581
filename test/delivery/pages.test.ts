import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { PDFiumLibrary } from '@hyzyla/pdfium';
import sharp from 'sharp';
import { assertColor, get, pixels, upload } from '../support/delivery.ts';
import {
  apng,
  BLUE,
  clippingResources,
  flat,
  GREEN,
  pdfPages,
  psd,
  RED,
  tiffPages,
  WHITE,
  withResources,
} from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;

before(async () => {
  server = await startSignet();
});
after(() => server.stop());

const picture = async (path: string, headers?: Record<string, string>) => {
  const answer = await get(server, path, headers);
  assert.equal(answer.status, 200, `${path}: ${answer.error}`);
  return pixels(answer.bytes);
};
const refused = async (path: string, error: RegExp) => {
  const answer = await get(server, path);
  assert.equal(answer.status, 400, path);
  assert.match(answer.error ?? '', error);
};
/** Sizes in points of the pages of a PDF. */
async function pdfSizes(bytes: Buffer): Promise<number[][]> {
  const document = await (await PDFiumLibrary.init()).loadDocument(bytes);
  return Array.from({ length: document.getPageCount() }, (_, i) => {
    const { originalWidth, originalHeight } = document.getPage(i).getOriginalSize();
    return [Math.round(originalWidth), Math.round(originalHeight)];
  });
}

describe('pages of a TIFF', () => {
  before(async () => {
    const facts = await upload(server, 'fax', await tiffPages(60, 40, [RED, GREEN, BLUE]));
    assert.equal(facts.pages, 3);
  });

  it('delivers the page that pg_ names, the first without it', async () => {
    assertColor((await picture('w_30/fax.png')).at(0.5, 0.5), RED);
    assertColor((await picture('pg_2/fax.png')).at(0.5, 0.5), GREEN);
    assertColor((await picture('pg_3,c_fill,w_20,h_20/fax.png')).at(0.5, 0.5), BLUE);
    await refused('pg_4/fax.png', /page.*4/);
  });

  it('keeps several pages in a TIFF and in a PDF, in the order that is asked for', async () => {
    for (const [range, colors] of [
      ['pg_2-3', [GREEN, BLUE]],
      ['pg_3;1', [BLUE, RED]],
      ['pg_2-', [GREEN, BLUE]],
    ] as const) {
      const { bytes } = await get(server, `${range}/w_30/fax.tiff`);
      const { pages } = await sharp(bytes).metadata();
      assert.equal(pages, colors.length, range);
      for (const [page, color] of colors.entries())
        assertColor((await pixels(bytes, { page })).at(0.5, 0.5), color, range);
    }
    const pdf = await get(server, 'pg_1-2/w_30/fax.pdf');
    assert.deepEqual(await pdfSizes(pdf.bytes), [
      [30, 20],
      [30, 20],
    ]);
  });
});

describe('pages of a PDF', () => {
  before(async () => {
    const pages = [
      [144, 72, RED],
      [72, 144, GREEN],
      [144, 72, BLUE],
    ] as const;
    assert.equal((await upload(server, 'brochure', pdfPages(pages))).pages, 3);
  });

  it('plans with the size of the page that is read', async () => {
    const { width, height, at } = await picture('pg_2,w_100/brochure.png');
    assert.deepEqual([width, height], [100, 200]);
    assertColor(at(0.5, 0.5), GREEN);
  });

  it('makes a PDF of some pages', async () => {
    for (const [range, count] of [
      ['pg_1-2', 2],
      ['pg_3;1', 2],
      ['pg_2-', 2],
      ['pg_2', 1],
    ] as const) {
      const answer = await get(server, `${range}/brochure.pdf`);
      assert.equal(answer.type, 'application/pdf', `${range}: ${answer.error}`);
      assert.equal((await pdfSizes(answer.bytes)).length, count, range);
    }
  });

  it('refuses pages that are not there, and names', async () => {
    await refused('pg_9/brochure.png', /page.*9/);
    await refused('pg_2-300/brochure.pdf', /Too many pages/);
    await refused('pg_name:cover/brochure.png', /page.*cover/);
    await refused('pg_embedded:1/brochure.png', /Invalid page in transformation: embedded:1/);
  });
});

describe('layers of a PSD', () => {
  before(async () => {
    const facts = await upload(
      server,
      'design',
      psd(60, 40, [
        ['back', RED, 0, 0, 40],
        ['front', BLUE, 20, 0, 40],
      ]),
    );
    assert.deepEqual([facts.format, facts.pages], ['psd', 2]);
  });

  it('shows all of them without pg_, and those that are asked for, by number or name', async () => {
    assertColor((await picture('design.png')).at(0.1, 0.5), WHITE, 'the flattened picture');
    const back = await picture('pg_1/design.png');
    assert.deepEqual([back.width, back.height], [60, 40]);
    assertColor(back.at(0.5, 0.5), [...RED, 255]);
    assertColor(back.at(0.9, 0.5), [0, 0, 0, 0]);
    const front = await picture('pg_name:front/design.png');
    assertColor(front.at(0.1, 0.5), [0, 0, 0, 0]);
    assertColor(front.at(0.9, 0.5), [...BLUE, 255]);
    const both = await picture('pg_name:back;front/design.png');
    assertColor(both.at(0.1, 0.5), [...RED, 255]);
    assertColor(both.at(0.5, 0.5), [...BLUE, 255]);
    assertColor((await picture('pg_1;2/design.jpg')).at(0.5, 0.5), BLUE);
    await refused('pg_name:nobody/design.png', /page.*nobody/);
  });

  it('gives what is inside of smart objects, by number or the name of a layer', async () => {
    const inner = await flat(90, 30, GREEN).jpeg().toBuffer();
    const lying = await flat(80, 20, BLUE).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await upload(
      server,
      'smart',
      psd(60, 40, [
        ['back', RED, 0, 0, 40],
        ['label', RED, 0, 0, 20, ['label.jpg', inner]],
        ['notes', RED, 0, 0, 20, ['notes.txt', Buffer.from('no picture')]],
        ['nested', RED, 0, 0, 20, ['nested.psd', psd(50, 25, [['only', RED, 0, 0, 25]])]],
        ['lying', RED, 0, 0, 20, ['lying.jpg', lying]],
      ]),
    );
    for (const page of ['embedded:1', 'embedded:name:label']) {
      const label = await picture(`pg_${page}/f_png/smart`);
      assert.deepEqual([label.width, label.height], [90, 30], page);
      assertColor(label.at(0.5, 0.5), GREEN, page);
    }
    const scaled = await picture('pg_embedded:1/c_scale,w_45/smart.jpg');
    assert.deepEqual([scaled.width, scaled.height], [45, 15]);
    const nested = await picture('pg_embedded:3/smart.png');
    assert.deepEqual([nested.width, nested.height], [50, 25]);
    assertColor(nested.at(0.5, 0.5), WHITE, 'a Photoshop file inside of one, flattened');
    const turned = await picture('pg_embedded:name:lying/smart.png');
    assert.deepEqual([turned.width, turned.height], [20, 80], 'upright');
    await refused('pg_embedded:2/smart.png', /Invalid page in transformation: embedded:2/);
    await refused('pg_embedded:9/smart.png', /Invalid page in transformation: embedded:9/);
    await refused('pg_embedded:name:back/smart.png', /Invalid page/);
    assertColor((await picture('smart.png')).at(0.9, 0.5), WHITE, 'the document itself');
  });

  it('are written, too: the picture as one layer', async () => {
    await upload(server, 'tile', await flat(30, 20, GREEN).png().toBuffer());
    for (const [path, transparent] of [
      ['w_24/tile.psd', false],
      ['r_max,w_24/tile.psd', true],
    ] as const) {
      const { status, error, type, bytes } = await get(server, path);
      assert.deepEqual([status, error, type], [200, null, 'image/vnd.adobe.photoshop'], path);
      const facts = await upload(server, 'written', bytes);
      assert.deepEqual([facts.format, facts.pages, facts.width, facts.height], ['psd', 1, 24, 16], path);
      const layer = await picture('pg_1/written.png');
      assertColor(layer.at(0.5, 0.5), [...GREEN, 255], path);
      assertColor(layer.at(0, 0).slice(3), [transparent ? 0 : 255], path);
      assertColor((await picture('written.png')).at(0.5, 0.5), GREEN, path);
    }
    const smaller = await get(server, 'c_scale,w_30/design');
    assert.deepEqual([smaller.status, smaller.type], [200, 'image/vnd.adobe.photoshop']);
  });

  it('knows their names in conditions', async () => {
    const { width } = await picture('if_!front!_in_pgnames/w_30/if_end/design.png');
    assert.equal(width, 30);
  });
});

describe('moving PNGs', () => {
  before(async () => {
    const facts = await upload(
      server,
      'moving',
      apng(40, 40, [
        { color: RED, box: [0, 0, 40, 40] },
        { color: BLUE, box: [20, 20, 20, 20], dispose: 2 },
        { color: GREEN, alpha: 128, box: [0, 0, 20, 20], blend: 1, dispose: 1 },
        { color: WHITE, box: [20, 0, 20, 20] },
      ]),
    );
    assert.deepEqual([facts.format, facts.pages], ['png', 4]);
  });

  const check = (frames: Awaited<ReturnType<typeof pixels>>, transparent: boolean) => {
    assert.equal(frames.frames, 4);
    assertColor(frames.at(0.75, 0.75, 0), RED, 'frame 1');
    assertColor(frames.at(0.75, 0.75, 1), BLUE, 'frame 2');
    assertColor(frames.at(0.25, 0.25, 1), RED, 'frame 2 keeps frame 1');
    assertColor(frames.at(0.75, 0.75, 2), RED, 'frame 3, after "previous"');
    assertColor(frames.at(0.25, 0.25, 2), [115, 95, 45], 'frame 3 blends', 20);
    if (transparent) assertColor(frames.at(0.25, 0.25, 3).slice(3), [0], 'frame 4, after "background"');
    assertColor(frames.at(0.75, 0.25, 3), WHITE, 'frame 4');
  };

  it('become GIF and WebP with all their frames and times', async () => {
    const gif = await picture('c_scale,w_20/moving.gif');
    assert.deepEqual([gif.width, gif.height, gif.delay], [20, 20, [100, 100, 100, 100]]);
    check(gif, true);
    check(await picture('fl_animated/moving.webp'), true);
    check(await picture('f_auto,w_36/moving', { accept: 'image/webp' }), true);
  });

  it('stay moving PNGs', async () => {
    const { bytes, type } = await get(server, 'w_20/moving.png');
    assert.equal(type, 'image/png');
    assert.ok(bytes.includes('acTL'), 'an animation');
    const again = await upload(server, 'again', bytes);
    assert.equal(again.pages, 4);
    check(await picture('again.gif'), true);
  });

  it('give one frame to pg_ and to formats without motion', async () => {
    assertColor((await picture('pg_2/moving.png')).at(0.75, 0.75), BLUE);
    assertColor((await picture('moving.jpg')).at(0.75, 0.75), RED);
  });
});

describe('fl_clip', () => {
  before(async () => {
    const jpeg = await flat(200, 100, RED).jpeg().toBuffer();
    await upload(server, 'cut', await withResources(jpeg, clippingResources()));
    await upload(server, 'uncut', jpeg);
    await upload(server, 'mark', await flat(10, 10, BLUE).png().toBuffer());
    const turned = await flat(200, 100, RED).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    await upload(server, 'turned', await withResources(turned, clippingResources()));
  });

  it('keeps what lies in the clipping path that the file names', async () => {
    const { width, height, at } = await picture('fl_clip/cut.png');
    assert.deepEqual([width, height], [200, 100]);
    assertColor(at(0.1, 0.5), [...RED, 255]);
    assertColor(at(0.25, 0.5), [...RED, 255], 'winding rule');
    assertColor(at(0.75, 0.3).slice(3), [0]);
    const evenodd = await picture('fl_clip_evenodd/cut.png');
    assertColor(evenodd.at(0.1, 0.5), [...RED, 255]);
    assertColor(evenodd.at(0.25, 0.5).slice(3), [0], 'even-odd rule');
  });

  it('takes the path that pg_ beside it names', async () => {
    const other = await picture('fl_clip,pg_name:other/cut.png');
    assertColor(other.at(0.9, 0.5), [...RED, 255]);
    assertColor(other.at(0.1, 0.5).slice(3), [0]);
    const first = await picture('fl_clip,pg_1/cut.png');
    assertColor(first.at(0.1, 0.5).slice(3), [0]);
    const second = await picture('fl_clip_evenodd,pg_2/cut.png');
    assertColor(second.at(0.25, 0.5).slice(3), [0]);
    await refused('fl_clip,pg_name:nobody/cut.png', /Invalid page in transformation.*no clipping path nobody/);
    await refused('fl_clip,pg_3/cut.png', /no clipping path 3/);
    await refused('fl_clip,pg_1-2/cut.png', /Invalid page/);
  });

  it('is where g_clipping_path looks', async () => {
    const cut = await picture('c_crop,g_clipping_path_!cut!/cut.png');
    assert.deepEqual([cut.width, cut.height], [100, 100]);
    const turned = await picture('c_crop,g_clipping_path_!cut!/turned.png');
    assert.deepEqual([turned.width, turned.height], [100, 100]);
    const corner = await picture('l_mark/fl_layer_apply,g_clipping_path_!other!/cut.png');
    assertColor(corner.at(0.75, 0.5), BLUE, 'a layer in the middle of it');
    const nowhere = await picture('c_crop,g_clipping_path_!nobody!,h_20,w_20/cut.png');
    assert.deepEqual([nowhere.width, nowhere.height], [20, 20]);
  });

  it('works with what follows, turned pictures, formats without transparency and f_auto', async () => {
    const scaled = await picture('fl_clip/c_scale,w_50/cut.png');
    assert.deepEqual([scaled.width, scaled.height], [50, 25]);
    assertColor(scaled.at(0.9, 0.5).slice(3), [0]);
    assertColor((await picture('fl_clip/cut.jpg')).at(0.9, 0.5), WHITE);
    assertColor((await picture('fl_clip/b_blue/cut.jpg')).at(0.9, 0.5), [0, 0, 255]);
    const turned = await picture('fl_clip/turned.png');
    assert.deepEqual([turned.width, turned.height], [100, 200]);
    assertColor(turned.at(0.5, 0.1), [...RED, 255], 'the left half is on top');
    assertColor(turned.at(0.5, 0.9).slice(3), [0]);
    assert.equal((await get(server, 'fl_clip,f_auto/cut', { accept: '*/*' })).type, 'image/png');
  });

  it('leaves a picture without a path whole', async () => {
    assertColor((await picture('fl_clip/uncut.png')).at(0.9, 0.5), RED);
  });
});
