import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  continuePlan,
  evaluate,
  expand,
  layerKey,
  type Plan,
  parse,
  references,
  type SourceFacts,
  type Step,
} from '../index.ts';

const W: SourceFacts = { resourceType: 'image', publicId: 'sample', format: 'jpg', width: 864, height: 576 };
const plan = (text: string, more: Partial<SourceFacts> = {}, format = 'jpg'): Plan =>
  evaluate(parse(text), { facts: { ...W, ...more }, format });
const ops = (steps: readonly Step[]) => steps.map((step) => step.op);

test('after e_trim the rest waits for the real size', () => {
  const first = plan('e_trim,r_max/w_0.5/if_w_gt_200/e_sepia/if_end');
  assert.deepEqual(ops(first.steps), ['effect']);
  assert.equal(first.out, null);
  assert.ok(first.rest);
  const wide = continuePlan(first.rest, { width: 500, height: 300 });
  assert.deepEqual(ops(wide.steps), ['round', 'resize', 'effect']);
  assert.deepEqual(wide.out, { width: 250, height: 150 });
  assert.equal(wide.output?.format, 'jpg');
  // A second continuation of the same rest starts from the same state, and the rest is plain data.
  const narrow = continuePlan(JSON.parse(JSON.stringify(first.rest)), { width: 300, height: 300 });
  assert.deepEqual(ops(narrow.steps), ['round', 'resize']);
});

test('fl_region_relative measures the largest face, not the box around all', () => {
  const faces = [
    { x: 300, y: 200, width: 100, height: 125 },
    { x: 900, y: 200, width: 200, height: 250 },
  ];
  const facts = { resourceType: 'image' as const, publicId: 'people', format: 'jpg', width: 1920, height: 1200, faces };
  const logo = { resourceType: 'image' as const, publicId: 'logo', format: 'png', width: 200, height: 100 };
  const layers = new Map([[layerKey({ resourceType: 'image', type: 'upload', publicId: 'logo' }), logo]]);
  for (const [gravity, count] of [
    ['face', 1],
    ['faces', 2],
  ] as const) {
    const text = `l_logo/c_scale,fl_region_relative,w_0.5/fl_layer_apply,g_${gravity}`;
    const [step] = evaluate(parse(text), { facts, format: 'jpg', layers }).steps;
    assert.ok(step?.op === 'layer');
    assert.deepEqual(step.layer.out, { width: 100, height: 50 });
    assert.equal(step.placed?.layers.length, count);
  }
});

test('a region that needs a service is refused, not the whole picture blurred', () => {
  const facts = { resourceType: 'image' as const, publicId: 'a', format: 'jpg', width: 100, height: 100 };
  for (const effect of ['blur_region:500', 'pixelate_region'])
    assert.throws(() => evaluate(parse(`e_${effect},g_ocr_text`), { facts, format: 'jpg' }), /Gravity ocr_text needs/);
});

test('a crop to a face without a size waits for the detector, or uses the facts', () => {
  const waiting = plan('c_crop,g_face/w_2.0');
  assert.ok(waiting.rest);
  assert.equal(waiting.steps[0]?.op === 'crop' && waiting.steps[0].placed, null);
  const known = plan('c_scale,w_432/c_crop,g_face/w_2.0', { faces: [{ x: 100, y: 50, width: 200, height: 100 }] });
  assert.equal(known.rest, null);
  assert.deepEqual(known.out, { width: 200, height: 100 });
});

test('coordinates of the original follow turns, crops and resizes', () => {
  const faces = [{ x: 0, y: 0, width: 100, height: 60 }];
  const turned = plan('a_90/c_crop,g_face', { faces }).steps[1];
  assert.ok(turned?.op === 'crop');
  assert.deepEqual(turned.placed?.region, { x: 516, y: 0, width: 60, height: 100 });
  const mirrored = plan('a_hflip/c_crop,g_custom', { customCoordinates: faces }).steps[1];
  assert.ok(mirrored?.op === 'crop');
  assert.deepEqual(mirrored.placed?.region, { x: 764, y: 0, width: 100, height: 60 });
});

test('a text layer: its size comes from the renderer, then the layer and the base go on', () => {
  const whole = plan('l_text:Arial_40_bold:a%252Cb,co_red/c_scale,w_0.5/fl_layer_apply,g_south,y_10/w_100');
  const [step] = whole.steps;
  assert.ok(step?.op === 'layer' && whole.rest);
  assert.equal(step.layer.source.kind === 'text' && step.layer.source.text, 'a,b');
  assert.ok(step.layer.rest);
  assert.deepEqual(continuePlan(step.layer.rest, { width: 90, height: 40 }).out, { width: 45, height: 20 });
  assert.deepEqual(continuePlan(whole.rest, { width: 864, height: 576 }).out, { width: 100, height: 67 });
});

test('text: variables, wrap, colours, double encoding', () => {
  const step = plan(
    '$n_!Bob!/l_text:Open%20Sans_40_italic_letter_spacing_4:Hi%20$(n)%252F%2525,c_fit,w_200,co_rgb:f008,b_white,bo_2px_solid_red,fl_text_no_trim',
  ).steps[0];
  assert.ok(step?.op === 'layer' && step.layer.source.kind === 'text');
  const { source } = step.layer;
  assert.equal(source.text, 'Hi Bob/%');
  assert.equal(source.style?.fontFamily, 'Open Sans');
  assert.equal(source.style?.letterSpacing, 4);
  assert.deepEqual(source.wrap, { width: 200, height: null });
  assert.equal(source.trim, false);
  assert.deepEqual(source.border, { width: 2, color: { r: 255, g: 0, b: 0, alpha: 1 } });
  assert.equal(step.layer.rest, null);
});

test('nested layers, blends, cutters, underlays', () => {
  const layers = new Map(
    ['a', 'b'].map((publicId) => [
      layerKey({ resourceType: 'image', type: 'upload', publicId }),
      { ...W, width: 100, height: 50 },
    ]),
  );
  const run = (text: string) => evaluate(parse(text), { facts: W, layers }).steps;
  const [outer] = run('l_a/l_b/c_scale,w_20/fl_layer_apply,g_east/e_multiply,fl_layer_apply,g_north');
  assert.ok(outer?.op === 'layer' && outer.blend === 'multiply');
  const [inner] = outer.layer.steps;
  assert.ok(inner?.op === 'layer');
  assert.deepEqual(inner.placed?.layers, [{ x: 80, y: 20 }]);
  assert.deepEqual(outer.placed?.layers, [{ x: 382, y: 0 }]);
  const [cut] = run('l_a/fl_cutter,fl_layer_apply,g_south,y_20');
  assert.ok(cut?.op === 'layer' && cut.cutter);
  const [under] = run('u_a,w_2.0');
  assert.ok(under?.op === 'layer' && under.under);
  assert.deepEqual(under.layer.out, { width: 200, height: 100 });
  const [over] = run('l_a/fl_layer_apply,g_west,x_-50');
  assert.deepEqual(over?.out, { width: 914, height: 576 });
});

test('named transformations: order, automatic values, references', () => {
  const names: Record<string, string> = { small: 'w_100/f_auto', look: 'e_sepia/t_small', base: 'w_50,f_png' };
  const tree = expand(parse('t_look,r_5/l_x:y.png,w_10/$i_!z!/l_$i'), (name) => names[name]);
  assert.deepEqual(references(parse('t_look.small')).named, ['look', 'small']);
  assert.deepEqual(
    references(tree).layers.map((ref) => ref.publicId),
    ['x/y', 'z'],
  );
  const made = evaluate(
    expand(parse('t_look,r_5'), (name) => names[name]),
    { facts: W, format: 'jpg', hints: { accept: 'image/avif' } },
  );
  assert.deepEqual(ops(made.steps), ['effect', 'resize', 'round']);
  assert.equal(made.output.format, 'jpg');
  assert.equal(
    evaluate(
      expand(parse('bl_base/w_10'), (name) => names[name]),
      { facts: W },
    ).output.format,
    'png',
  );
});

test('conditions: nesting, strings, else without end', () => {
  const run = (text: string) => plan(text, { tags: ['x', 'y'], context: { k: 'v' }, metadata: { n: '5' } }).out?.width;
  assert.equal(run('if_!x:y!_in_tags/if_ctx:!k!_eq_!v!/w_7/if_end/if_end'), 7);
  assert.equal(run('if_!x:q!_in_tags/w_7/if_else/w_8'), 8);
  assert.equal(run('if_md:!n!_to_i_gt_4_and_w_gt_1000_or_h_eq_576/w_9/if_end'), 9);
  assert.equal(run('if_isndef_$v/w_9/if_end/$v_3/if_isdef_$v,w_12'), 12);
  assert.equal(run('if_w_gt_10,w_5/w_6'), 6);
  assert.equal(run('if_w_lt_10,w_5/w_6'), 6);
  assert.throws(() => run('if_w_gt_10/f_png/if_end'), /fetch_format is not allowed inside a condition/);
  assert.throws(() => run('w_$nope'), /Invalid width in transformation: \$nope/);
});

test('generative effects answer with a clear error', () => {
  assert.throws(() => plan('e_gen_remove:prompt_car'), /gen_remove needs a generative service/);
  assert.throws(() => plan('b_gen_fill,c_pad,w_900,h_900'), /gen_fill needs a generative service/);
});

test('video: layers in time, splices, trims of clips', () => {
  const clip: SourceFacts = { ...W, resourceType: 'video', format: 'mp4', duration: 20, hasAudio: true };
  const layers = new Map([
    [layerKey({ resourceType: 'video', type: 'upload', publicId: 'dog' }), { ...clip, duration: 10 }],
    [layerKey({ resourceType: 'image', type: 'upload', publicId: 'logo' }), { ...W, width: 100, height: 50 }],
  ]);
  const run = (text: string) => evaluate(parse(text), { facts: clip, format: 'mp4', layers });
  const logo = run('l_logo/c_thumb,h_50,w_50/o_30/du_5,fl_layer_apply,g_north_west,x_10,y_10').steps[0];
  assert.ok(logo?.op === 'layer');
  assert.deepEqual(logo.timing, { start: null, duration: 5 });
  assert.deepEqual(ops(logo.layer.steps), ['cover', 'opacity']);
  const joined = run(
    'fl_splice:transition_(name_fade;du_2),l_video:dog/eo_5,so_1/c_fill,h_576,w_864/fl_layer_apply,so_0',
  );
  const [splice] = joined.steps;
  assert.ok(splice?.op === 'splice');
  assert.equal(splice.at, 'start');
  assert.deepEqual(splice.transition, { name: 'fade', duration: 2 });
  assert.deepEqual(splice.layer.steps[0], { op: 'trim', start: 1, end: 5, out: { width: 864, height: 576 } });
  assert.equal(joined.output.kind === 'video' && joined.output.duration, 22);
});
