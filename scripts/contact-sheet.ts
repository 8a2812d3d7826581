/**
 * One PNG page with every image effect, crop mode and text style, to be looked at:
 * `node scripts/contact-sheet.ts [file.png] [filter]`.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { evaluate, parse, type SourceFacts } from '@signet/transformation';
import sharp from 'sharp';
import { cutOut, landscape } from '../packages/server/src/render/image/fixtures.ts';
import { createImageRenderer } from '../packages/server/src/render/image/renderer.ts';

const ART =
  'al_dente athena audrey aurora daguerre eucalyptus fes frost hairspray hokusai incognito linen peacock primavera quartz red_rock refresh sizzle sonnet ukulele zorro';

const PHOTO = [
  '',
  ...'grayscale negate sepia sepia:30 blackwhite blackwhite:30 red:50 green:50 blue:50 brightness brightness:-50 brightness_hsb contrast:50 contrast:-50 contrast:level_150;type_linear saturation saturation:-70 vibrance:70 hue hue:-40 gamma:100 gamma:-50 fill_light auto_brightness auto_color auto_contrast improve improve:indoor auto_enhance colorize:40,co_blue tint tint:100:blue:50p:yellow:90p tint:equalize:80:green recolor:0.3:0.7:0.1:0.3:0.6:0.1:0.2:0.5:0.1 replace_color:blue replace_color:2b38aa:40:b0342c simulate_colorblind simulate_colorblind:tritanopia assist_colorblind:40 assist_colorblind:xray ordered_dither:0 ordered_dither:1 ordered_dither:5 ordered_dither:8 ordered_dither:11 ordered_dither:17 blur blur:500 blur_region:800,x_100,y_50,w_100,h_80 pixelate pixelate:20 pixelate_region:12,x_60,y_60,w_120,h_80 sharpen:400 unsharp_mask:500 oil_paint oil_paint:80 cartoonify cartoonify:80:90 cartoonify:70:bw vignette vignette:80 noise:40 shadow:50,x_10,y_10 gradient_fade gradient_fade:symmetric gradient_fade:symmetric:60,x_0.4 gradient_fade,x_-0.5 morphology morphology:method_dilate;radius_4 distort:40:25:280:60:260:155:35:165 distort:arc:120 distort:arc:-90 distort:arc:360 shear:20:0 shear:0:15 theme:color_black vectorize vectorize:colors_4'
    .split(' ')
    .map((name) => `e_${name}`),
  ...ART.split(' ').map((name) => `e_art:${name}`),
  'c_fill,g_auto,w_150,h_200',
  'c_pad,w_220,h_220,b_auto',
  'c_pad,w_220,h_220,b_auto:predominant_gradient_contrast',
  'c_pad,w_220,h_220,b_auto:border_gradient:4:diagonal_desc',
  'r_40',
  'r_max',
  'r_20:60:0:90,bo_6px_solid_red',
  'bo_10px_solid_green',
  'a_20',
  'o_40',
  'c_scale,g_liquid,w_180,h_190',
  'l_text:Arial_40_bold:Hello%20world,co_white',
  'l_text:Times_30_italic_underline:Under%20line,co_yellow,g_south,y_10',
  'l_text:Roboto_44_bold_stroke:Stroke,co_white,bo_4px_solid_black',
  'l_text:Courier_22_center:one%20two%20three%20four%20five%20six%20seven%20eight,c_fit,w_180,co_white,b_rgb:00000080',
  'l_text:Arial_30:%D7%A9%D7%9C%D7%95%D7%9D%20%D9%85%D8%B1%D8%AD%D8%A8%D8%A7%20%F0%9F%98%8D%F0%9F%91%8D,co_white',
  'l_text:Open%20Sans_26_letter_spacing_8:Spacing,co_black,b_white',
  'l_disc,w_100,g_south_east,x_10,y_10',
  'l_disc,w_60/fl_tiled,fl_layer_apply',
  'l_disc,w_200/e_multiply,fl_layer_apply',
  'l_disc,w_200/e_screen,fl_layer_apply',
  'l_disc,w_200/e_overlay,fl_layer_apply',
  'l_disc,w_200/fl_cutter,fl_layer_apply',
  'l_disc,w_200/e_cut_out,fl_layer_apply',
  'l_disc,w_200/e_mask,fl_layer_apply',
  'l_disc,w_280,h_190/e_displace,fl_layer_apply,x_15,y_15',
  'u_disc,w_320',
];
const CUT_OUT = [
  '',
  'e_outline',
  'e_outline:outer:12:20,co_red',
  'e_outline:inner:8',
  'e_outline:fill:6,co_blue',
  'e_dropshadow',
  'e_dropshadow:azimuth_120;elevation_25;spread_10',
  'e_shadow:80',
  'e_trim',
  'e_make_transparent:20,co_rgb:3b7be8',
  'e_opacity_threshold',
  'b_pink',
];

const [file = 'contact-sheet.png', filter = ''] = process.argv.slice(2);
const folder = await mkdtemp(join(tmpdir(), 'signet-contact-'));
const renderer = createImageRenderer({ cacheFolder: folder });
const photo = await sharp(await landscape(864, 576))
  .resize(300, 200)
  .png()
  .toBuffer();
const disc = await cutOut(200);

const factsOf = (publicId: string, width: number, height: number, hasAlpha: boolean): SourceFacts => ({
  resourceType: 'image',
  publicId,
  format: 'png',
  width,
  height,
  hasAlpha,
});

async function cell(transformation: string, source: Buffer, facts: SourceFacts): Promise<Buffer> {
  const layers = new Map([['image/upload/disc', factsOf('disc', 200, 200, true)]]);
  const label = (text: string) =>
    Buffer.from(
      `<svg xmlns="http://www.w3.org/2000/svg" width="240" height="20"><text x="2" y="14" font-family="Arial" font-size="11">${text.replace(/&/g, '&amp;').slice(0, 44)}</text></svg>`,
    );
  const start = performance.now();
  let picture: Buffer;
  let note = '';
  try {
    const plan = evaluate(parse(transformation), {
      facts,
      format: 'png',
      layer: () => factsOf('disc', 200, 200, true),
      layers,
    } as never);
    const result = await renderer.render(plan, { source, open: async () => disc });
    picture = await sharp(result.data).resize(236, 176, { fit: 'inside', withoutEnlargement: true }).png().toBuffer();
    note = `${Math.round(performance.now() - start)}ms ${result.width}×${result.height}`;
  } catch (error) {
    note = 'ERROR';
    console.error(transformation, error instanceof Error ? (error.stack ?? error.message) : error);
    picture = await sharp({ create: { width: 60, height: 60, channels: 3, background: 'red' } })
      .png()
      .toBuffer();
  }
  const text = decodeURIComponent(transformation) || 'original';
  return sharp({ create: { width: 240, height: 212, channels: 3, background: '#c9d4c9' } })
    .composite([
      { input: picture, top: 2, left: 2 },
      { input: label(text), top: 178, left: 0 },
      { input: label(note), top: 194, left: 0 },
    ])
    .png()
    .toBuffer();
}

const jobs = [
  ...PHOTO.map((transformation) => ({ transformation, source: photo, facts: factsOf('photo', 300, 200, false) })),
  ...CUT_OUT.map((transformation) => ({ transformation, source: disc, facts: factsOf('disc', 200, 200, true) })),
].filter(({ transformation }) => transformation.includes(filter));
const cells: Buffer[] = [];
for (const { transformation, source, facts } of jobs) cells.push(await cell(transformation, source, facts));
const columns = 8;
await writeFile(
  file,
  await sharp({
    create: { width: columns * 242, height: Math.ceil(cells.length / columns) * 214, channels: 3, background: '#fff' },
  })
    .composite(cells.map((input, i) => ({ input, left: (i % columns) * 242, top: Math.floor(i / columns) * 214 })))
    .png()
    .toBuffer(),
);
console.log(`${cells.length} pictures in ${file}`);
await renderer.close();
await rm(folder, { recursive: true, force: true });
