import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CROPS } from './crops.ts';
import { EFFECTS } from './effects.ts';
import {
  continuePlan,
  evaluate,
  expand,
  layerKey,
  normalize,
  PARAMS,
  type Plan,
  parse,
  parseDeliveryPath,
  print,
  references,
  type SourceFacts,
  type Step,
  TransformationError,
} from './index.ts';

/** `FUZZ=100 node --test …` tries a hundred times as many cases; `FUZZ_SEED=7` always the same ones. */
const FUZZ = Number(process.env.FUZZ ?? 1);
if (process.env.FUZZ_SEED) fc.configureGlobal({ seed: Number(process.env.FUZZ_SEED) });

const facts = (width: number, height: number, more: Partial<SourceFacts> = {}): SourceFacts => ({
  resourceType: 'image',
  publicId: 'sample',
  format: 'jpg',
  width,
  height,
  ...more,
});

const SOURCES: SourceFacts[] = [
  facts(864, 576, { faces: [{ x: 100, y: 50, width: 60, height: 80 }], tags: ['a'], context: { k: 'v' } }),
  facts(1, 65_000),
  facts(300, 200, { format: 'gif', animated: true, pages: 10, duration: 2 }),
  facts(0, 0, { format: 'pdf', pages: 3, points: { width: 612, height: 792 } }),
  facts(640, 360, { resourceType: 'video', format: 'mp4', duration: 20, hasAudio: true }),
  facts(0, 0, { resourceType: 'video', format: 'mp3', duration: 20, isAudio: true, hasAudio: true }),
];
const LAYERS = new Map(
  ['logo', 'big'].map((publicId) => [layerKey({ resourceType: 'image', type: 'upload', publicId }), facts(200, 100)]),
);

/** Plans as far as it goes, as a renderer would; anything but TransformationError fails the test. */
function exercise(text: string, source: SourceFacts, format: string | null): Plan | null {
  try {
    const tree = expand(parse(text), (name) => (name === 'known' ? 'w_50/e_sepia' : undefined));
    references(tree);
    const plan = evaluate(tree, { facts: source, format, layers: LAYERS, hints: { accept: 'image/webp', dpr: 1.5 } });
    JSON.stringify(plan);
    let { rest } = plan;
    for (let i = 0; rest && i < 50; i++) rest = continuePlan(rest, { width: 37, height: 41 }).rest;
    checkSteps(plan.steps);
    return plan;
  } catch (error) {
    assert.ok(error instanceof TransformationError, `${text}: ${error instanceof Error ? error.stack : error}`);
    assert.match(error.message, /^[\x20-\x7e]+$/, text);
    return null;
  }
}

function checkSteps(steps: readonly Step[]): void {
  for (const step of steps) {
    if (!step.out) continue;
    assert.ok(Number.isInteger(step.out.width) && Number.isInteger(step.out.height), JSON.stringify(step));
    if ((step.op === 'crop' || step.op === 'cover') && step.placed) {
      const { region, offset, resized } = step.placed;
      assert.ok(region.x >= 0 && region.y >= 0 && region.width >= 1 && region.height >= 1, JSON.stringify(step));
      assert.ok(
        region.x + region.width <= step.in.width && region.y + region.height <= step.in.height,
        JSON.stringify(step),
      );
      assert.ok(offset.x >= 0 && offset.x + step.out.width <= resized.width, JSON.stringify(step));
      assert.ok(offset.y >= 0 && offset.y + step.out.height <= resized.height, JSON.stringify(step));
    }
  }
}

const number = fc.oneof(
  fc.integer({ min: -5, max: 2000 }).map(String),
  fc.double({ min: -2, max: 3, noNaN: true }).map(String),
);
const word = fc.constantFrom(
  ...[
    'auto',
    'max',
    'face',
    'faces',
    'north',
    'south_east',
    'custom',
    'xy_center',
    'red',
    'rgb:f00',
    '$v',
    'iw',
    'iw_div_2',
    'w_mul_2',
    '16:9',
    '50p',
  ],
  ...[
    'png',
    'mp4',
    'gif',
    'avif',
    'hflip.45',
    'auto_right',
    '10px_solid_red',
    'logo',
    'text:Arial_20:Hi%252C',
    'text:$v:$(v)',
    'layer_apply',
    'splice',
  ],
  ...[
    'cutter',
    'relative',
    'waveform',
    'getinfo',
    'no_overflow.tiled',
    'h264:high',
    '2-3',
    'known',
    'fetch:aHR0cDovL3g',
    'auto:100:400',
    '!a!',
    'blurred:5',
  ],
);
const effect = fc
  .tuple(fc.constantFrom(...Object.keys(EFFECTS)), fc.option(number))
  .map(([name, n]) => (n === null ? name : `${name}:${n}`));
const item = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.constantFrom(...Object.keys(PARAMS)), fc.oneof(number, word)).map(([k, v]) => `${k}_${v}`),
  },
  { weight: 2, arbitrary: effect.map((e) => `e_${e}`) },
  { weight: 2, arbitrary: fc.constantFrom(...Object.keys(CROPS)).map((c) => `c_${c}`) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(
      'if_w_gt_100',
      'if_else',
      'if_end',
      '$v_10',
      '$v_!Arial_20!',
      'fl_layer_apply',
      'l_logo',
      'u_big',
      'l_text:Arial_9:x',
    ),
  },
);
const chain = fc
  .array(fc.array(item, { minLength: 1, maxLength: 5 }), { maxLength: 6 })
  .map((components) => components.map((items) => items.join(',')).join('/'));
const source = fc.constantFrom(...SOURCES);
const format = fc.constantFrom(null, 'jpg', 'png', 'gif', 'mp4', 'mp3', 'pdf', 'zzz');

test('well-shaped chains: a plan or a TransformationError, nothing else', () => {
  fc.assert(
    fc.property(chain, source, format, (text, from, extension) => {
      exercise(text, from, extension);
    }),
    { numRuns: 6000 * FUZZ },
  );
});

test('any text: a tree or a TransformationError, nothing else', () => {
  const bits = fc.constantFrom(
    'w_',
    ',',
    '/',
    '_',
    ':',
    '!',
    '$',
    '%',
    '%2',
    '%25',
    '(',
    ')',
    ';',
    '.',
    'if_',
    'l_text:',
    'e_',
    '10',
    'fl_',
    '-',
    ' ',
    '\u0000',
    'é',
  );
  const soup = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.array(bits, { maxLength: 40 }).map((all) => all.join('')),
  );
  fc.assert(
    fc.property(soup, source, (text, from) => {
      exercise(text, from, 'jpg');
      parseDeliveryPath(text);
      parseDeliveryPath(`/demo/image/upload/${text}`);
    }),
    { numRuns: 4000 * FUZZ },
  );
});

test('print after parse is stable, and so is the normal form', () => {
  fc.assert(
    fc.property(chain, (text) => {
      let tree: ReturnType<typeof parse>;
      try {
        tree = parse(text);
      } catch {
        return;
      }
      const once = print(tree);
      assert.equal(print(parse(once)), once);
      assert.deepEqual(parse(once), tree);
      const normal = normalize(tree);
      assert.equal(normalize(parse(normal)), normal);
    }),
    { numRuns: 3000 * FUZZ },
  );
});

test('the time for long adversarial texts grows with their length at most', () => {
  const texts = [
    'w_10,'.repeat(3000),
    'w_10/'.repeat(3000),
    '_'.repeat(16_000),
    `w_${'1'.repeat(16_000)}`,
    `w_${'10_add_'.repeat(2200)}1`,
    `if_${'w_gt_1_and_'.repeat(1400)}w_gt_1`,
    'if_w_gt_1/'.repeat(200),
    'l_logo/'.repeat(240),
    `${'l_logo/'.repeat(120)}${'fl_layer_apply/'.repeat(120)}`,
    `e_tint:${'red:'.repeat(3900)}`,
    `l_text:Arial_20:${'%25'.repeat(5000)}`,
    `l_${':'.repeat(16_000)}`,
    `$v_${'!'.repeat(16_000)}`,
    `b_auto:palette_${'red_'.repeat(3900)}`,
    `br_av:${'video_(value_2m;'.repeat(900)}`,
    `e_zoompan:${'from_('.repeat(2600)}`,
    `sp_auto:${';('.repeat(7900)}`,
    `$v_$v/${'$v_$v_add_$v/'.repeat(240)}w_$v`,
    `pg_${'1;'.repeat(8000)}`,
    `bo_${'a_'.repeat(8000)}`,
    `a_${'hflip.'.repeat(2600)}`,
    `c_fill,g_${'auto:'.repeat(3000)}`,
  ];
  for (const text of texts) {
    const start = performance.now();
    exercise(text, SOURCES[0] as SourceFacts, 'jpg');
    const spent = performance.now() - start;
    assert.ok(spent < 1000, `${text.slice(0, 30)}… took ${Math.round(spent)} ms`);
  }
});

test('named transformations that call each other end with an error', () => {
  assert.throws(() => expand(parse('t_a'), () => 't_a'), TransformationError);
  assert.throws(() => expand(parse('t_a'), () => 't_a.a'), TransformationError);
  assert.throws(
    () => expand(parse('t_a/t_a'), (name) => (name.length > 9 ? 'w_1' : `t_${name}x.${name}y.${name}z`)),
    TransformationError,
  );
});

const side = fc.integer({ min: 1, max: 3000 });
const outOf = (width: number, height: number, text: string) => {
  const { out } = evaluate(parse(text), { facts: facts(width, height), format: 'jpg' });
  assert.ok(out);
  return out;
};

test('sizes of the crop modes', () => {
  fc.assert(
    fc.property(side, side, side, side, (W, H, w, h) => {
      const out = (mode: string) => outOf(W, H, `c_${mode},w_${w},h_${h}`);
      for (const mode of ['scale', 'fill', 'pad', 'lpad', 'thumb', 'auto,g_center'])
        assert.deepEqual(out(mode), { width: w, height: h });
      const fit = out('fit');
      assert.ok(fit.width <= w && fit.height <= h && (fit.width === w || fit.height === h));
      const limit = out('limit');
      assert.ok(limit.width <= Math.min(w, W) && limit.height <= Math.min(h, H));
      assert.deepEqual(limit, fit.width <= W && fit.height <= H && (w < W || h < H) ? fit : { width: W, height: H });
      const mfit = out('mfit');
      assert.ok(mfit.width >= W && mfit.height >= H);
      const mpad = out('mpad');
      assert.deepEqual(mpad, { width: Math.max(W, w), height: Math.max(H, h) });
      const crop = out('crop');
      assert.deepEqual(crop, { width: Math.min(W, w), height: Math.min(H, h) });
      const lfill = out('lfill');
      assert.deepEqual(lfill, { width: Math.min(W, w), height: Math.min(H, h) });
    }),
    { numRuns: 800 * FUZZ },
  );
});

test('one side keeps the shape to half a pixel; fractions are of the picture; 1.0 changes nothing', () => {
  fc.assert(
    fc.property(side, side, side, fc.integer({ min: 1, max: 300 }), (W, H, w, percent) => {
      const exact = (w * H) / W;
      fc.pre(exact < 65_000 && exact * w < 1e8);
      const { height } = outOf(W, H, `w_${w}`);
      assert.ok(Math.abs(height - Math.max(1, exact)) <= 0.5 + 1e-6);
      const fraction = (percent / 100).toFixed(2);
      const scaled = outOf(W, H, `c_scale,w_${fraction},h_${fraction}`);
      assert.equal(scaled.width, Math.max(1, Math.floor(W * Number(fraction) + 0.5 + 1e-9)));
      assert.deepEqual(outOf(W, H, 'w_1.0'), { width: W, height: H });
    }),
    { numRuns: 800 * FUZZ },
  );
});

test('a chain is the composition of its components', () => {
  // Only steps that fix both sides: proportional ones remember the exact ratio, which separate runs cannot.
  const step = fc.constantFrom(
    ...[
      'c_scale,h_70,w_90',
      'c_fill,h_90,w_120',
      'c_fill,g_south,h_300,w_20,y_3',
      'c_pad,h_200,w_100',
      'a_90',
      'a_hflip.45',
      'c_crop,h_50,w_60',
    ],
    ...[
      'c_crop,g_east,h_20,w_30',
      'bo_3px_solid_red',
      'r_10',
      'r_max,o_30',
      'e_sepia',
      'c_mpad,h_300,w_300',
      'e_shear:20:10',
    ],
  );
  fc.assert(
    fc.property(side, side, fc.array(step, { minLength: 1, maxLength: 5 }), (W, H, chainOf) => {
      const whole = evaluate(parse(chainOf.join('/')), { facts: facts(W, H), format: 'png' });
      let now: { width: number; height: number } = { width: W, height: H };
      const steps: Step[] = [];
      for (const one of chainOf) {
        const part = evaluate(parse(one), { facts: facts(now.width, now.height), format: 'png' });
        steps.push(...part.steps);
        assert.ok(part.out);
        now = part.out;
      }
      assert.deepEqual(whole.out, now);
      assert.deepEqual(whole.steps, steps);
    }),
    {
      numRuns: 500 * FUZZ,
      examples: [
        [619, 479, ['c_scale,h_70,w_90', 'c_pad,h_200,w_100']],
        [84, 1230, ['c_fill,g_south,h_300,w_20,y_3', 'c_pad,h_200,w_100', 'c_scale,h_70,w_90']],
      ],
    },
  );
});

test('equal results have equal keys', () => {
  const key = (text: string) => evaluate(parse(text), { facts: facts(864, 576), format: 'jpg' }).canonical;
  assert.equal(key('w_432'), key('c_scale,w_0.5'));
  assert.equal(key('w_432'), key('h_288'));
  assert.notEqual(key('w_432'), key('w_433'));
  assert.notEqual(key('w_432'), key('w_432,q_50'));
  assert.equal(key('fl_attachment:a'), key(''));
});
