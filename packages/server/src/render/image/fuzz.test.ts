import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { describeParameters, evaluate, layerKey, parse, type SourceFacts } from '@signet/transformation';
import fc from 'fast-check';
import { SignetError } from '../../errors.ts';
import { animation, cutOut, landscape } from './fixtures.ts';
import { createImageRenderer, type ImageRenderer } from './renderer.ts';

/** `FUZZ=10 node --test …` tries ten times as many chains. */
const RUNS = 250 * Number(process.env.FUZZ ?? 1);

const facts = (publicId: string, format: string, width: number, height: number, animated = false): SourceFacts => ({
  resourceType: 'image',
  publicId,
  format,
  width,
  height,
  hasAlpha: publicId === 'disc',
  animated,
  pages: animated ? 3 : 1,
  faces: [{ x: 4, y: 4, width: 9, height: 9 }],
});

let folder: string;
let renderer: ImageRenderer;
let sources: { bytes: Buffer; facts: SourceFacts }[];
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-fuzz-'));
  renderer = createImageRenderer({
    cacheFolder: folder,
    limits: { outputPixels: 400_000, totalPixels: 1_200_000, deadline: 20_000 },
    detectors: { faces: async () => [{ x: 2, y: 2, width: 8, height: 8 }] },
  });
  sources = [
    { bytes: await landscape(60, 40), facts: facts('photo', 'png', 60, 40) },
    { bytes: await cutOut(50), facts: facts('disc', 'png', 50, 50) },
    { bytes: await animation(40, 30, 3), facts: facts('moving', 'gif', 40, 30, true) },
  ];
});
after(async () => {
  await renderer.close();
  await rm(folder, { recursive: true, force: true });
});

const { parameters, crops, effects, flags, textStyles } = describeParameters();
const example = fc.constantFrom(
  ...[...parameters, ...crops, ...effects, ...flags, ...textStyles]
    .filter(({ media, unavailable }) => media !== 'video' && unavailable === null)
    .flatMap(({ examples }) => examples)
    .filter((text) => !/(?:^|\/)(?:t|bl|d|sp|vc)_|background_removal|paper|map|mask|art,|transition/.test(text)),
);
const number = fc.oneof(fc.integer({ min: -20, max: 120 }), fc.constantFrom(0, 1, 2, 0.5, 1.0, 1.3, 500)).map(String);
const single = fc.oneof(
  fc
    .tuple(fc.constantFrom('w', 'h', 'x', 'y', 'r', 'a', 'o', 'q', 'z', 'dpr', 'bo', 'pg', 'dl'), number)
    .map(([name, n]) => (name === 'bo' ? `bo_${n}px_solid_red` : `${name}_${n}`)),
  fc.constantFrom(...crops.map(({ name }) => name)),
  fc.constantFrom('g_north', 'g_face', 'g_auto', 'g_custom', 'g_xy_center', 'b_red', 'b_auto', 'fl_relative', 'ar_2:1'),
  fc
    .tuple(fc.constantFrom(...effects.map(({ name }) => name)), fc.option(number))
    .map(([name, n]) => (n === null ? name : `${name}:${n}`)),
);
const component = fc.oneof(
  { weight: 2, arbitrary: fc.array(single, { minLength: 1, maxLength: 4 }).map((items) => items.join(',')) },
  { weight: 1, arbitrary: example },
);
const chain = fc.array(component, { minLength: 1, maxLength: 4 }).map((components) => components.join('/'));

test('any chain on any source: a picture of the planned size, or a client error', async () => {
  let pictures = 0;
  await fc.assert(
    fc.asyncProperty(chain, fc.nat(2), fc.constantFrom('png', 'jpg', 'webp', 'gif'), async (text, which, format) => {
      const { bytes, facts: source } = sources[which]!;
      const layers = new Map(
        ['logo', 'disc'].map((publicId) => [
          layerKey({ resourceType: 'image', type: 'upload', publicId }),
          facts('disc', 'png', 50, 50),
        ]),
      );
      try {
        const plan = evaluate(parse(text), { facts: source, format, layers });
        if (plan.output.kind !== 'image') return;
        const result = await renderer.render(plan, { source: bytes, open: async () => sources[1]!.bytes });
        pictures++;
        if (plan.out && result.format !== 'json')
          assert.deepEqual([result.width, result.height], [plan.out.width, plan.out.height], text);
      } catch (error) {
        const expected = error instanceof SignetError || (error as Error).name === 'TransformationError';
        assert.ok(expected, `${text} on ${source.publicId}.${format}: ${(error as Error).stack}`);
        if (error instanceof SignetError) assert.ok(error.status < 500 || error.status === 503, text);
      }
    }),
    { numRuns: RUNS, examples: [['e_ordered_dither:1.3', 0, 'png']] },
  );
  assert.ok(pictures > RUNS / 10, `${pictures} pictures of ${RUNS} chains`);
});
