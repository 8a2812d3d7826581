/** The image rows of the delivery specification's test vectors (its section 5), asked for as any client would. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, it } from 'node:test';
import sharp from 'sharp';
import { type Answer, assertColor, get, type Pixels, pixels, upload } from '../support/delivery.ts';
import { BLUE, flat, GREEN, pdfPages, RED, WHITE } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;

/** Red in the left and blue in the right half; the top tenth is green. */
const parts = (width: number, height: number) =>
  flat(width, height, RED).composite([
    {
      input: { create: { width: Math.floor(width / 2), height, channels: 3, background: { r: 30, g: 60, b: 200 } } },
      left: Math.ceil(width / 2),
      top: 0,
    },
    {
      input: {
        create: {
          width,
          height: Math.max(1, Math.round(height / 10)),
          channels: 3,
          background: { r: 30, g: 160, b: 60 },
        },
      },
      left: 0,
      top: 0,
    },
  ]);

const signature = (text: string): string =>
  createHash('sha1')
    .update(text + server.apiSecret)
    .digest('base64')
    .slice(0, 8)
    .replaceAll('/', '_')
    .replaceAll('+', '-');

before(async () => {
  server = await startSignet();
  for (const [name, width, height] of [
    ['s864', 864, 576],
    ['s1280', 1280, 853],
    ['s640', 640, 427],
    ['s100', 100, 67],
    ['s1920', 1920, 1280],
    ['s400', 400, 600],
    ['base', 100, 100],
  ] as const)
    await upload(server, name, await parts(width, height).jpeg({ quality: 95 }).toBuffer());
  await upload(server, 'big', await flat(200, 200, GREEN).png().toBuffer());
  await upload(server, 'logo', await flat(200, 100, GREEN).png().toBuffer());
  await upload(
    server,
    'alpha',
    await sharp({ create: { width: 864, height: 576, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } })
      .png()
      .toBuffer(),
  );
  await upload(server, 'faced', await parts(864, 576).jpeg().toBuffer(), { face_coordinates: '600,200,90,120' });
  await upload(server, 'turned', await parts(576, 864).withMetadata({ orientation: 6 }).jpeg().toBuffer());
  await upload(server, 'moving', await moving(10));
  await upload(
    server,
    'doc',
    pdfPages([
      [612, 792, RED],
      [612, 792, GREEN],
      [612, 792, BLUE],
    ]),
  );
  await upload(server, 'my_dir/x', await flat(20, 20, RED).jpeg().toBuffer());
  await upload(server, 'hidden', await flat(200, 100, RED).jpeg().toBuffer(), { type: 'private' });
});
after(() => server.stop());

function moving(frames: number): Promise<Buffer> {
  const data = Buffer.alloc(200 * 150 * frames * 3);
  for (let i = 0; i < frames; i++) data.fill(20 * i, i * 200 * 150 * 3, (i + 1) * 200 * 150 * 3);
  return sharp(data, { raw: { width: 200, height: 150 * frames, channels: 3, pageHeight: 150 } })
    .gif()
    .toBuffer();
}

const ask = async (path: string, headers?: Record<string, string>): Promise<Answer> => {
  const answer = await get(server, path, headers);
  assert.equal(answer.status, 200, `${path}: ${answer.error}`);
  return answer;
};
const look = async (path: string, headers?: Record<string, string>): Promise<Pixels> =>
  pixels((await ask(path, headers)).bytes);

/** Number of the vector, source, transformation, width, height, and request headers. */
const SIZES: readonly (readonly [number, string, string, number, number, Record<string, string>?])[] = [
  [1, 's864.jpg', 'w_432', 432, 288],
  [2, 's864.jpg', 'h_288', 432, 288],
  [4, 's864.jpg', 'c_scale,w_0.5', 432, 288],
  [5, 's864.jpg', 'c_scale,w_1.0', 864, 576],
  [7, 's864.jpg', 'c_scale,w_1728', 1728, 1152],
  [8, 's1280.jpg', 'c_scale,w_500', 500, 333],
  [10, 's1280.jpg', 'c_scale,h_100', 150, 100],
  [11, 's640.jpg', 'c_scale,fl_ignore_aspect_ratio,w_300', 300, 427],
  [14, 's864.jpg', 'c_fit,h_200,w_200', 200, 133],
  [16, 's864.jpg', 'c_limit,h_200,w_200', 200, 133],
  [17, 's100.jpg', 'c_limit,h_200,w_200', 100, 67],
  [19, 's100.jpg', 'c_mfit,h_200,w_200', 200, 134],
  [20, 's864.jpg', 'c_mfit,h_20,w_20', 864, 576],
  [23, 's864.jpg', 'c_fill,h_200,w_200', 200, 200],
  [25, 's864.jpg', 'c_fill,g_north,h_100,w_200', 200, 100],
  [26, 's1920.jpg', 'ar_0.7,c_fill,g_auto:subject,w_750', 750, 1071],
  [28, 's864.jpg', 'ar_3:4,c_fill', 432, 576],
  [29, 's864.jpg', 'ar_16:9,c_fill,w_500', 500, 281],
  [31, 's100.jpg', 'c_lfill,h_200,w_200', 100, 67],
  [32, 's400.jpg', 'c_crop,w_200', 200, 300],
  [34, 's864.jpg', 'c_crop,h_200,w_300,x_10,y_20', 300, 200],
  [35, 's864.jpg', 'c_crop,g_south_east,h_100,w_100,x_10,y_10', 100, 100],
  [37, 's100.jpg', 'c_crop,h_200,w_200', 100, 67],
  [38, 's864.jpg', 'c_crop,h_170,w_300,x_170,y_40/c_scale,w_0.5', 150, 85],
  [40, 'faced.jpg', 'ar_5:6,c_thumb,g_face,h_150,z_0.75', 125, 150],
  [41, 's864.jpg', 'c_thumb,g_face,h_100,w_100', 100, 100],
  [43, 's864.jpg', 'c_fill,g_custom,h_100,w_100', 100, 100],
  [44, 's864.jpg', 'c_auto,g_auto,h_2000,w_2000', 2000, 2000],
  [46, 's100.jpg', 'b_white,c_pad,h_200,w_200', 200, 200],
  [47, 's100.jpg', 'b_white,c_lpad,h_200,w_200', 200, 200],
  [49, 's100.jpg', 'b_pink,c_mpad,g_north_west,h_125,w_175,x_20,y_20', 175, 125],
  [50, 's1280.jpg', 'ar_1.0,b_green,c_mpad,w_200', 1280, 853],
  [52, 's640.jpg', 'ar_1.0,b_green,c_lpad,w_1.1', 704, 704],
  [53, 'alpha.jpg', 'b_red,c_pad,w_1.0', 864, 576],
  [55, 's864.jpg', 'a_-90', 576, 864],
  [58, 's864.jpg', 'a_hflip.90', 576, 864],
  [59, 's864.jpg', 'a_auto_right,ar_3:4,c_fill,w_300', 300, 400],
  [61, 'turned.jpg', 'a_ignore,w_300', 300, 450],
  [62, 's864.jpg', 'c_scale,h_150/dpr_2.0', 450, 300],
  [64, 's864.jpg', 'dpr_2.0', 864, 576],
  [65, 's864.jpg', 'c_fill,dpr_auto,h_100,w_100', 200, 200, { dpr: '1.5' }],
  [67, 's864.jpg', 'c_limit,w_auto:100:400', 400, 267],
  [68, 's864.jpg', 'c_limit,w_auto', 400, 267, { width: '320' }],
  [70, 's864.jpg', 'c_scale,w_400/c_scale,w_iw', 864, 576],
  [71, 's864.jpg', '$small_150/$big_2_mul_$small/c_fill,h_$small_add_20,w_$big', 300, 170],
  [73, 's864.jpg', '$a_10_sub_2_sub_3/c_fill,h_100,w_$a_mul_10', 50, 100],
  [74, 's864.jpg', 'if_w_gt_500/c_scale,w_500/if_end', 500, 333],
  [76, 's864.jpg', 'if_w_lte_500/c_scale,w_500/if_else/c_scale,w_200/if_end', 200, 133],
  [77, 's864.jpg', 'if_w_lt_200,c_fill,h_120,w_80/if_else,c_fill,h_90,w_100', 100, 90],
  [79, 's864.jpg', 'c_scale,w_300/if_w_gt_500/e_grayscale/if_end', 300, 200],
  [80, 's864.jpg', 'if_iw_gt_500/c_scale,w_100/if_end', 100, 67],
  [85, 's864.jpg', 'c_fill,h_200,r_max,w_200/f_png', 200, 200],
  [86, 's864.jpg', 'c_fill,h_200,r_max,w_200', 200, 200],
  [88, 'base.png', 'l_big/fl_layer_apply', 200, 200],
  [89, 'base.png', 'l_big/fl_layer_apply,fl_no_overflow', 100, 100],
  [89, 'base.png', 'l_big/fl_layer_apply.no_overflow', 100, 100],
  [91, 's864.jpg', 'l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply', 864, 576],
  [92, 's864.jpg', 'l_logo,w_100,g_south_east,x_10,y_10', 864, 576],
  [103, 'moving.gif', 'c_fill,h_100,w_100', 100, 100],
  [104, 'moving.jpg', 'c_fill,h_100,w_100', 100, 100],
  [106, 'doc.jpg', 'pg_2', 1275, 1650],
  [107, 'doc.jpg', 'dn_72,pg_2', 612, 792],
];

describe('sizes', () => {
  for (const [number, source, transformation, width, height, headers] of SIZES)
    it(`${number}: ${transformation} of ${source}`, async () => {
      const picture = await look(`${transformation}/${source}`, headers);
      assert.deepEqual([picture.width, picture.height], [width, height]);
    });
  it('56: a_45 grows to the bounding box with white corners', async () => {
    const picture = await look('a_45/s864.jpg');
    assert.ok(Math.abs(picture.width - 1018) <= 1 && Math.abs(picture.height - 1018) <= 1, `${picture.width}`);
    assertColor(picture.at(0.02, 0.02), WHITE);
    assertColor((await look('a_45/s864.png')).at(0.02, 0.02).slice(3), [0]);
  });
});

/** Path, place (shares), the colour there. */
const COLORS: readonly (readonly [number, string, number, number, readonly number[]])[] = [
  [23, 'c_fill,h_200,w_200/s864.png', 0.25, 0.5, RED],
  [23, 'c_fill,h_200,w_200/s864.png', 0.75, 0.5, BLUE],
  [25, 'c_fill,g_north,h_100,w_200/s864.png', 0.5, 0.05, GREEN],
  [34, 'c_crop,h_200,w_300,x_10,y_20/s864.png', 0.5, 0.1, GREEN],
  [34, 'c_crop,h_200,w_300,x_10,y_20/s864.png', 0.5, 0.25, RED],
  [35, 'c_crop,g_south_east,h_100,w_100,x_10,y_10/s864.png', 0.02, 0.5, BLUE],
  [41, 'c_thumb,g_face,h_100,w_100/s864.png', 0.5, 0.03, GREEN],
  [46, 'b_white,c_pad,h_200,w_200/s100.png', 0.5, 0.05, WHITE],
  [46, 'b_white,c_pad,h_200,w_200/s100.png', 0.02, 0.5, RED],
  [47, 'b_white,c_lpad,h_200,w_200/s100.png', 0.1, 0.5, WHITE],
  [49, 'b_pink,c_mpad,g_north_west,h_125,w_175,x_20,y_20/s100.png', 0.05, 0.05, [255, 192, 203]],
  [49, 'b_pink,c_mpad,g_north_west,h_125,w_175,x_20,y_20/s100.png', 22 / 175, 50 / 125, RED],
  [53, 'b_red,c_pad,w_1.0/alpha.jpg', 0.5, 0.5, [255, 0, 0]],
  [55, 'a_-90/s864.png', 0.5, 0.75, RED],
  [58, 'a_hflip.90/s864.png', 0.5, 0.25, BLUE],
  [59, 'a_auto_right,ar_3:4,c_fill,w_300/s864.png', 0.5, 0.25, RED],
  [79, 'c_scale,w_300/if_w_gt_500/e_grayscale/if_end/s864.png', 0.25, 0.5, RED],
  [85, 'c_fill,h_200,r_max,w_200/f_png/b_white/s864', 0.02, 0.02, WHITE],
  [86, 'c_fill,h_200,r_max,w_200/s864.jpg', 0.02, 0.02, WHITE],
  [88, 'l_big/fl_layer_apply/base.png', 0.1, 0.1, GREEN],
  [91, 'l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply/s864.png', 0.27, 0.5, GREEN],
  [91, 'l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply/s864.png', 0.23, 0.5, RED],
  [92, 'l_logo,w_100,g_south_east,x_10,y_10/s864.png', (864 - 12) / 864, (576 - 12) / 576, GREEN],
  [92, 'l_logo,w_100,g_south_east,x_10,y_10/s864.png', (864 - 5) / 864, (576 - 5) / 576, BLUE],
  [92, 'l_logo,w_100,g_south_east,x_10,y_10/s864.png', (864 - 108) / 864, (576 - 58) / 576, GREEN],
  [106, 'pg_2/doc.jpg', 0.5, 0.5, GREEN],
];

describe('colours', () => {
  for (const [number, path, x, y, color] of COLORS)
    it(`${number}: ${path} at ${x.toFixed(2)}, ${y.toFixed(2)}`, async () =>
      assertColor((await look(path)).at(x, y), color));
  it('82, 83: the last effect of a component counts, effects of two components follow each other', async () => {
    const last = (await look('e_sepia,e_blur:300/s864.png')).at(0.25, 0.5);
    assertColor(last, RED, 'blur alone');
    const both = (await look('e_sepia/e_blur:300/s864.png')).at(0.25, 0.5);
    assert.ok(both[1]! > last[1]! + 30, `sepia: ${both}`);
  });
  it('103: all frames', async () => assert.equal((await look('c_fill,h_100,w_100/moving.gif')).frames, 10));
});

/** Path, request headers, Content-Type. */
const TYPES: readonly (readonly [number, string, Record<string, string>, string])[] = [
  [95, 'f_png/s864.jpg', {}, 'image/png'],
  [97, 's864', {}, 'image/jpeg'],
  [98, 'f_auto/s864.jpg', { accept: 'image/avif,image/webp,*/*' }, 'image/avif'],
  [100, 'f_auto/s864.jpg', { accept: '*/*' }, 'image/jpeg'],
  [101, 'f_auto/alpha.png', { accept: '*/*' }, 'image/png'],
];

describe('types', () => {
  for (const [number, path, headers, type] of TYPES)
    it(`${number}: ${path}`, async () => assert.equal((await ask(path, headers)).type, type));
  it('109: fl_attachment names the file', async () => {
    const { headers } = await ask('fl_attachment:my_pic/s864.jpg');
    assert.equal(headers.get('content-disposition'), 'attachment; filename="my_pic.jpg"');
  });
});

/** Path, status, X-Cld-Error. */
const ERRORS: readonly (readonly [number, string, number, string | RegExp])[] = [
  [13, 'c_scale,h_0.5,w_200/s864.jpg', 400, /./],
  [22, 'c_fit,g_auto,h_200,w_200/s864.jpg', 400, 'Use auto gravity only with crop, fill, lfill, fill_pad or thumb'],
  [94, 'l_missing/fl_layer_apply/s864.jpg', 400, 'Unknown or invalid referenced image missing of type upload'],
  [110, 'w_abc/s864.jpg', 400, 'Invalid width in transformation: abc'],
  [112, 't_nope/s864.jpg', 400, 'Unknown transformation nope'],
  [113, 'w_100/nope.jpg', 404, 'Resource not found - nope'],
  [115, 'my_dir/x.jpg', 400, /./],
];

describe('errors', () => {
  for (const [number, path, status, text] of ERRORS)
    it(`${number}: ${path}`, async () => {
      const answer = await get(server, path);
      assert.equal(answer.status, status);
      if (typeof text === 'string') assert.equal(answer.error, text);
      else assert.match(answer.error ?? '', text);
      if (status === 404) assert.equal(answer.type, 'image/gif');
    });
  it('116: the version separates a folder from the transformation', async () => {
    await ask('v1/my_dir/x.jpg');
  });
  it('118, 119: a private original needs a signature, what is made from it does not', async () => {
    const bare = await get(server, 'hidden.jpg', {}, 'image/private');
    assert.ok([401, 404].includes(bare.status), String(bare.status));
    assert.equal((await get(server, 'w_100/hidden.jpg', {}, 'image/private')).status, 200);
    const sign = `s--${signature('hidden.jpg')}--`;
    assert.equal((await get(server, `${sign}/hidden.jpg`, {}, 'image/private')).status, 200);
  });
  it('121: a name for search engines after the public ID', async () => {
    const answer = await get(server, 'a_0/s864/hello.jpg', {}, 'images');
    assert.deepEqual([answer.status, answer.type], [200, 'image/jpeg']);
  });
});
