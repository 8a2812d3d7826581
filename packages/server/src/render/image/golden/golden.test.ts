import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { after, before, describe, it } from 'node:test';
import { describeParameters, parse } from '@signet/transformation';
import sharp from 'sharp';
import { fromSharp } from '../raster.ts';
import { CASES } from './cases.ts';
import { compare, type Facts, factsOf, isAlike, nameOf, THRESHOLD, thumbnail } from './compare.ts';
import { openCases } from './render-cases.ts';

const PICTURES = new URL('./pictures/', import.meta.url);

/** Not shown by a picture: the name says where it is tested instead. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  bl: 'named transformations of an account',
  t: 'named transformations of an account',
  d: 'placeholder of an account',
  fn: 'answers 400',
  p: 'has no effect',
  f: 'test/delivery',
  e_fade: 'videos and moving pictures',
  e_zoompan: 'makes a moving picture from a still',
  fl_attachment: 'a header',
  fl_getinfo: 'JSON: output.test.ts',
  fl_original: 'the stored bytes',
  fl_draco: 'three-dimensional models',
  fl_replace_image: 'three-dimensional models',
  fl_text_disallow_overflow: 'an error: layers.test.ts',
};

describe('stored pictures', () => {
  let cases: Awaited<ReturnType<typeof openCases>>;
  let facts: Readonly<Record<string, Facts>>;
  before(async () => {
    cases = await openCases();
    facts = JSON.parse(await readFile(new URL('facts.json', PICTURES), 'utf8')) as typeof facts;
  });
  after(() => cases.close());

  for (const one of CASES) {
    it(`${one.source}.${one.format} ${one.transformation}`, async () => {
      const name = nameOf(one);
      const result = await cases.render(one);
      assert.deepEqual(factsOf(result), facts[name], 'format, size and frames');
      if (result.format === 'svg') return;
      const stored = await fromSharp(sharp(await readFile(new URL(`${name}.webp`, PICTURES))));
      const likeness = compare(stored, await thumbnail(result));
      assert.ok(isAlike(likeness, THRESHOLD), `${JSON.stringify(likeness)} against pictures/${name}.webp`);
    });
  }

  it('there is one for every case and none besides', async () => {
    const there = (await readdir(PICTURES)).filter((file) => file.endsWith('.webp')).sort();
    const wanted = CASES.filter((one) => facts[nameOf(one)]?.format !== 'svg').map((one) => `${nameOf(one)}.webp`);
    assert.deepEqual(there, wanted.sort());
  });

  it('no parameter, crop mode, gravity, effect or flag is left out', () => {
    const { parameters, crops, effects, flags } = describeParameters();
    const shown = new Set<string>();
    for (const { transformation } of CASES) {
      for (const { items } of parse(transformation).components) {
        for (const { name, raw } of items) {
          const value = raw.split(':', 1)[0]!;
          shown.add(name);
          if (name === 'fl') for (const flag of raw.split('.')) shown.add(`fl_${flag.split(':', 1)[0]}`);
          else shown.add(`${name}_${value}`);
        }
      }
    }
    const missing = [...parameters, ...crops, ...effects, ...flags]
      .filter(({ media, unavailable }) => media !== 'video' && unavailable === null)
      .map(({ name }) => name)
      .filter((name) => !shown.has(name) && !(name in ELSEWHERE));
    assert.deepEqual(missing, []);
    const gravities =
      'north_west north north_east west center east south_west south south_east auto face faces body person custom xy_center liquid';
    assert.deepEqual(
      gravities.split(' ').filter((name) => !shown.has(`g_${name}`)),
      [],
    );
  });
});
