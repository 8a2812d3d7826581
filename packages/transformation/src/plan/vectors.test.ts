import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  evaluate,
  expand,
  layerKey,
  type PlanContext,
  parse,
  type SourceFacts,
  TransformationError,
} from '../index.ts';
import type { CoverStep, CropStep, ImageOutput, PadStep, VideoOutput } from './types.ts';

const image = (width: number, height: number, more: Partial<SourceFacts> = {}): SourceFacts => ({
  resourceType: 'image',
  publicId: 'sample',
  format: 'jpg',
  width,
  height,
  ...more,
});
const video = (more: Partial<SourceFacts> = {}): SourceFacts => ({
  resourceType: 'video',
  publicId: 'clip',
  format: 'mp4',
  width: 1920,
  height: 1080,
  duration: 20,
  hasAudio: true,
  ...more,
});
const W = image(864, 576);

function plan(facts: SourceFacts, text: string, context: Omit<PlanContext, 'facts'> = {}) {
  return evaluate(
    expand(parse(text), () => undefined),
    { facts, format: 'jpg', ...context },
  );
}

const outOf = (facts: SourceFacts, text: string, context: Omit<PlanContext, 'facts'> = {}) => {
  const { out } = plan(facts, text, context);
  return out && `${out.width}x${out.height}`;
};

/** Number of the vector in the specification, source, transformation, size of the result. */
const SIZES: [number, SourceFacts, string, string, Omit<PlanContext, 'facts'>?][] = [
  [1, W, 'w_432', '432x288'],
  [2, W, 'h_288', '432x288'],
  [4, W, 'c_scale,w_0.5', '432x288'],
  [5, W, 'c_scale,w_1.0', '864x576'],
  [7, W, 'c_scale,w_1728', '1728x1152'],
  [8, image(1280, 853), 'c_scale,w_500', '500x333'],
  [10, image(1280, 853), 'c_scale,h_100', '150x100'],
  [11, image(640, 427), 'c_scale,fl_ignore_aspect_ratio,w_300', '300x427'],
  [14, W, 'c_fit,h_200,w_200', '200x133'],
  [16, W, 'c_limit,h_200,w_200', '200x133'],
  [17, image(100, 67), 'c_limit,h_200,w_200', '100x67'],
  [19, image(100, 67), 'c_mfit,h_200,w_200', '200x134'],
  [20, W, 'c_mfit,h_20,w_20', '864x576'],
  [23, W, 'c_fill,h_200,w_200', '200x200'],
  [25, W, 'c_fill,g_north,h_100,w_200', '200x100'],
  [26, image(1920, 1280), 'ar_0.7,c_fill,g_auto:subject,w_750', '750x1071'],
  [28, W, 'ar_3:4,c_fill', '432x576'],
  [29, W, 'ar_16:9,c_fill,w_500', '500x281'],
  [31, image(100, 67), 'c_lfill,h_200,w_200', '100x67'],
  [32, image(400, 600), 'c_crop,w_200', '200x300'],
  [34, W, 'c_crop,h_200,w_300,x_10,y_20', '300x200'],
  [35, W, 'c_crop,g_south_east,h_100,w_100,x_10,y_10', '100x100'],
  [37, image(100, 67), 'c_crop,h_200,w_200', '100x67'],
  [38, image(470, 210), 'c_crop,h_170,w_300,x_170,y_40/c_scale,w_0.5', '150x85'],
  [40, W, 'ar_5:6,c_thumb,g_face,h_150,z_0.75', '125x150'],
  [41, W, 'c_thumb,g_face,h_100,w_100', '100x100'],
  [43, W, 'c_fill,g_custom,h_100,w_100', '100x100'],
  [44, W, 'c_auto,g_auto,h_2000,w_2000', '2000x2000'],
  [46, image(100, 67), 'b_white,c_pad,h_200,w_200', '200x200'],
  [47, image(100, 67), 'b_white,c_lpad,h_200,w_200', '200x200'],
  [49, image(100, 67), 'b_pink,c_mpad,g_north_west,h_125,w_175,x_20,y_20', '175x125'],
  [50, image(1280, 853), 'ar_1.0,b_green,c_mpad,w_200', '1280x853'],
  [52, image(640, 427), 'ar_1.0,b_green,c_lpad,w_1.1', '704x704'],
  [53, image(864, 576, { format: 'png', hasAlpha: true }), 'b_red,c_pad,w_1.0', '864x576'],
  [55, W, 'a_-90', '576x864'],
  [56, W, 'a_45', '1018x1018'],
  [58, W, 'a_hflip.90', '576x864'],
  [59, W, 'a_auto_right,ar_3:4,c_fill,w_300', '300x400'],
  [61, image(3000, 4000, { orientation: 6 }), 'a_ignore,w_300', '300x225'],
  [62, W, 'c_scale,h_150/dpr_2.0', '450x300'],
  [64, W, 'dpr_2.0', '864x576'],
  [65, W, 'c_fill,dpr_auto,h_100,w_100', '200x200', { hints: { dpr: 1.5 } }],
  [67, W, 'c_limit,w_auto:100:400', '400x267'],
  [68, W, 'c_limit,w_auto', '400x267', { hints: { width: 320 } }],
  [70, W, 'c_scale,w_400/c_scale,w_iw', '864x576'],
  [71, W, '$small_150/$big_2_mul_$small/c_fill,h_$small_add_20,w_$big', '300x170'],
  [73, W, '$a_10_sub_2_sub_3/c_fill,h_100,w_$a_mul_10', '50x100'],
  [74, W, 'if_w_gt_500/c_scale,w_500/if_end', '500x333'],
  [76, W, 'if_w_lte_500/c_scale,w_500/if_else/c_scale,w_200/if_end', '200x133'],
  [77, W, 'if_w_lt_200,c_fill,h_120,w_80/if_else,c_fill,h_90,w_100', '100x90'],
  [79, W, 'c_scale,w_300/if_w_gt_500/e_grayscale/if_end', '300x200'],
  [80, W, 'if_iw_gt_500/c_scale,w_100/if_end', '100x67'],
  [85, W, 'c_fill,h_200,r_max,w_200/f_png', '200x200'],
  [86, W, 'c_fill,h_200,r_max,w_200', '200x200'],
  [
    103,
    image(300, 200, { format: 'gif', animated: true, pages: 10 }),
    'c_fill,h_100,w_100',
    '100x100',
    { format: 'gif' },
  ],
  [104, image(300, 200, { format: 'gif', animated: true, pages: 10 }), 'c_fill,h_100,w_100', '100x100'],
  [106, image(0, 0, { format: 'pdf', pages: 3, points: { width: 612, height: 792 } }), 'pg_2', '1275x1650'],
  [107, image(0, 0, { format: 'pdf', pages: 3, points: { width: 612, height: 792 } }), 'dn_72,pg_2', '612x792'],
  [122, video(), 'so_2', '1920x1080'],
];

for (const [number, facts, text, size, context] of SIZES) {
  test(`vector ${number}: ${facts.width}x${facts.height} ${text} is ${size}`, () => {
    assert.equal(outOf(facts, text, context), size);
  });
}

const fails = (facts: SourceFacts, text: string, message: RegExp | string, context?: Omit<PlanContext, 'facts'>) =>
  assert.throws(
    () => plan(facts, text, context),
    (error) => {
      assert.ok(error instanceof TransformationError, String(error));
      assert.equal(error.status, 400);
      if (typeof message === 'string') assert.equal(error.message, message);
      else assert.match(error.message, message);
      return true;
    },
  );

test('vector 13: pixels and fractions do not mix', () =>
  fails(W, 'c_scale,h_0.5,w_200', /all pixels or all fractions/));
test('vector 22: auto gravity needs a cropping mode', () =>
  fails(W, 'c_fit,g_auto,h_200,w_200', 'Use auto gravity only with crop, fill, lfill, fill_pad or thumb'));
test('vector 110: the error names the parameter', () => fails(W, 'w_abc', 'Invalid width in transformation: abc'));
test('vector 112: the error names the missing transformation', () => fails(W, 't_nope', 'Unknown transformation nope'));
test('zero sizes and unknown extensions are errors', () => {
  fails(W, 'w_0', 'Invalid width in transformation: 0');
  fails(W, 'w_10', 'Invalid extension in transformation: jpgsz280', { format: 'jpgsz280' });
  fails(W, 'my_dir', 'Invalid transformation component - my_dir');
});

test('vector 25: the window of fill is held to the north', () => {
  const step = plan(W, 'c_fill,g_north,h_100,w_200').steps[0] as CoverStep;
  assert.deepEqual(step.placed?.resized, { width: 200, height: 133 });
  assert.deepEqual(step.placed?.offset, { x: 0, y: 0 });
});

test('vector 26: saliency may move a box of 896x1280', () => {
  const facts = image(1920, 1280, { customCoordinates: [{ x: 900, y: 600, width: 10, height: 10 }] });
  const step = plan(facts, 'ar_0.7,c_fill,g_auto:subject,w_750').steps[0] as CoverStep;
  assert.equal(step.placed?.region.width, 896);
  assert.equal(step.placed?.region.height, 1280);
  assert.equal(step.placed?.scale.toFixed(3), '0.837');
  assert.equal((plan(image(1920, 1280), 'ar_0.7,c_fill,g_auto:subject,w_750').steps[0] as CoverStep).placed, null);
});

test('vectors 34 and 35: origin of a crop', () => {
  const region = (text: string) => (plan(W, text).steps[0] as CropStep).placed?.region;
  assert.deepEqual(region('c_crop,h_200,w_300,x_10,y_20'), { x: 10, y: 20, width: 300, height: 200 });
  assert.deepEqual(region('c_crop,g_south_east,h_100,w_100,x_10,y_10'), { x: 754, y: 466, width: 100, height: 100 });
});

test('vectors 41 and 43: fallbacks of gravity', () => {
  const none = image(864, 576, { faces: [] });
  const face = plan(none, 'c_thumb,g_face,h_100,w_100').steps[0] as CoverStep;
  assert.equal(face.placed?.offset.y, 0);
  assert.equal(face.placed?.offset.x, 25);
  const custom = plan(W, 'c_fill,g_custom,h_100,w_100').steps[0] as CoverStep;
  assert.deepEqual(custom.placed?.offset, { x: 25, y: 0 });
});

test('vectors 46, 47 and 49: where the picture lies in its box', () => {
  const pad = (text: string) => plan(image(100, 67), text).steps;
  const [resize, padded] = pad('b_white,c_pad,h_200,w_200');
  assert.deepEqual(resize?.out, { width: 200, height: 134 });
  assert.equal((padded as PadStep).y, 33);
  assert.equal(pad('b_white,c_lpad,h_200,w_200')[0]?.op, 'pad');
  const margin = pad('b_pink,c_mpad,g_north_west,h_125,w_175,x_20,y_20')[0] as PadStep;
  assert.deepEqual([margin.x, margin.y], [20, 20]);
});

test('vector 53: transparent parts are painted', () => {
  const { steps } = plan(image(864, 576, { format: 'png', hasAlpha: true }), 'b_red,c_pad,w_1.0');
  assert.deepEqual(steps, [
    {
      op: 'flatten',
      background: { kind: 'color', color: { r: 255, g: 0, b: 0, alpha: 1 } },
      out: { width: 864, height: 576 },
    },
  ]);
});

test('vectors 55, 58 and 59: turns', () => {
  assert.deepEqual(plan(W, 'a_-90').steps, [{ op: 'turn', angle: 270, out: { width: 576, height: 864 } }]);
  assert.deepEqual(
    plan(W, 'a_hflip.90').steps.map((step) => step.op),
    ['flip', 'turn'],
  );
  assert.equal(plan(W, 'a_auto_right,ar_3:4,c_fill,w_300').steps[0]?.op, 'turn');
  assert.equal(plan(W, 'a_auto_right,ar_4:3,c_fill,w_300').steps[0]?.op, 'cover');
});

test('vectors 82 and 83: the last effect of a component counts', () => {
  const effects = (text: string) => plan(W, text).steps.map((step) => step.op === 'effect' && [step.name, step.args]);
  assert.deepEqual(effects('e_sepia,e_blur:300'), [['blur', { strength: 300 }]]);
  assert.deepEqual(effects('e_sepia/e_blur:300'), [
    ['sepia', { strength: 80 }],
    ['blur', { strength: 300 }],
  ]);
  assert.deepEqual(effects('c_scale,w_300/if_w_gt_500/e_grayscale/if_end'), [false]);
});

const layers = (entries: Record<string, SourceFacts>) =>
  new Map(
    Object.entries(entries).map(([publicId, facts]) => [
      layerKey({ resourceType: 'image', type: 'upload', publicId }),
      facts,
    ]),
  );

test('vectors 88 to 94: layers', () => {
  const small = image(100, 100);
  const big = layers({ big: image(200, 200) });
  assert.equal(outOf(small, 'l_big/fl_layer_apply', { layers: big }), '200x200');
  assert.equal(outOf(small, 'l_big/fl_layer_apply,fl_no_overflow', { layers: big }), '100x100');
  assert.equal(outOf(small, 'l_big/fl_layer_apply.no_overflow', { layers: big }), '100x100');
  const logo = layers({ logo: image(200, 100, { hasAlpha: true }) });
  const relative = plan(W, 'l_logo/c_scale,fl_relative,w_0.5/fl_layer_apply', { layers: logo }).steps[0];
  assert.ok(relative?.op === 'layer');
  assert.deepEqual(relative.layer.out, { width: 432, height: 216 });
  assert.deepEqual(relative.out, { width: 864, height: 576 });
  const corner = plan(W, 'l_logo,w_100,g_south_east,x_10,y_10', { layers: logo }).steps[0];
  assert.ok(corner?.op === 'layer');
  assert.deepEqual(corner.layer.out, { width: 100, height: 50 });
  assert.deepEqual(corner.placed?.layers, [{ x: 864 - 10 - 100, y: 576 - 10 - 50 }]);
  fails(W, 'l_missing/fl_layer_apply', 'Unknown or invalid referenced image missing of type upload');
});

test('vectors 95 to 101: formats', () => {
  const format = (facts: SourceFacts, text: string, extension: string | null, accept?: string) =>
    plan(facts, text, { format: extension, hints: accept === undefined ? {} : { accept } }).output.contentType;
  const png = image(864, 576, { format: 'png', hasAlpha: true });
  assert.equal(format(W, 'f_png', 'jpg'), 'image/png');
  assert.equal(format(W, '', null), 'image/jpeg');
  assert.equal(format(W, 'f_auto', 'jpg', 'image/avif,image/webp,*/*'), 'image/avif');
  assert.equal(format(W, 'f_auto', 'jpg', 'image/webp,*/*'), 'image/webp');
  assert.equal(format(W, 'f_auto', 'jpg', '*/*'), 'image/jpeg');
  assert.equal(format(png, 'f_auto', 'jpg', '*/*'), 'image/png');
  assert.deepEqual(plan(W, 'f_auto').delivery.vary, ['Accept']);
});

test('vectors 103 to 109: frames, pages, attachment', () => {
  const gif = image(300, 200, { format: 'gif', animated: true, pages: 10 });
  const all = plan(gif, 'c_fill,h_100,w_100', { format: 'gif' });
  assert.deepEqual(all.decode.pages, { kind: 'all' });
  assert.equal((all.output as ImageOutput).animated, true);
  assert.deepEqual(plan(gif, 'c_fill,h_100,w_100').decode.pages, { kind: 'first' });
  const named = plan(W, 'fl_attachment:my_pic');
  assert.deepEqual(named.delivery.attachment, { filename: 'my_pic' });
  assert.equal(named.original, true);
});

test('vectors 122 to 131: video', () => {
  const made = (text: string, format: string | null) => plan(video(), text, { format });
  assert.equal(made('so_2', 'jpg').decode.at, 2);
  assert.equal(made('', 'jpg').decode.at, 10);
  assert.equal(made('f_auto', null).output.kind, 'image');
  assert.equal(made('f_auto:video', null).output.kind, 'video');
  const trimmed = made('du_5,so_5', 'mp4');
  assert.deepEqual(trimmed.steps, [{ op: 'trim', start: 5, end: 10, out: { width: 1920, height: 1080 } }]);
  assert.equal((trimmed.output as VideoOutput).duration, 5);
  assert.equal((made('so_50p', 'mp4').output as VideoOutput).duration, 10);
  assert.equal((made('ac_none', 'mp4').output as VideoOutput).audioCodec, 'none');
  assert.equal(made('', 'mp3').output.contentType, 'audio/mpeg');
  assert.equal((made('sp_4k', 'm3u8').output as VideoOutput).streamingProfile?.name, '4k');
});
