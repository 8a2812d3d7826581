import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asset } from '../api.ts';
import {
  CROPS,
  controlsOf,
  EFFECTS,
  FILM_EFFECTS,
  FILM_FORMATS,
  FORMATS,
  GRAVITIES,
  NO_CONTROLS,
  QUALITIES,
  transformationOf,
} from './controls.ts';
import { planFor, stepText } from './steps.ts';

const ASSET = {
  public_id: 'lake',
  resource_type: 'image',
  format: 'jpg',
  width: 900,
  height: 600,
  bytes: 12_000,
} as Asset;

test('every choice of every control is a transformation that can be planned and told', () => {
  const each = [
    ...CROPS.map(([crop]) => ({ ...NO_CONTROLS, width: '300', height: '200', crop })),
    ...GRAVITIES.map(([gravity]) => ({ ...NO_CONTROLS, width: '300', height: '200', crop: 'fill', gravity })),
    ...EFFECTS.map(([effect]) => ({ ...NO_CONTROLS, effect })),
    ...QUALITIES.map(([quality]) => ({ ...NO_CONTROLS, quality })),
    ...FORMATS.map(([format]) => ({ ...NO_CONTROLS, format })),
    { ...NO_CONTROLS, angle: '20', radius: 'max' },
  ];
  for (const controls of each) {
    const transformation = transformationOf(controls);
    const planned = planFor(ASSET, transformation);
    assert.deepEqual(transformationOf(controlsOf(transformation)!), transformation);
    assert.ok('plan' in planned, `${transformation}: ${planned.problem}`);
    for (const step of planned.plan.steps) assert.ok(stepText(step).length > 10);
  }
});

test('what cannot be read is said', () => {
  const planned = planFor(ASSET, 'w_x');
  assert.ok(planned.problem !== undefined && planned.problem.length > 5);
});

test('controls follow what was typed, when they can say it', () => {
  assert.deepEqual(controlsOf(''), NO_CONTROLS);
  assert.deepEqual(controlsOf('c_fill,g_auto,h_200,w_300/e_sepia'), {
    ...NO_CONTROLS,
    crop: 'fill',
    gravity: 'auto',
    height: '200',
    width: '300',
    effect: 'sepia',
  });
  for (const other of ['l_text:Arial_40:hi/fl_layer_apply', 'w_300,c_fill', 'c_fill,w_300/c_fit,w_100', 'e_sepia:20'])
    assert.equal(controlsOf(other), undefined, other);
});

test('films have a part, effects and formats of their own', () => {
  const film = { ...ASSET, resource_type: 'video', format: 'mp4', duration: 5 } as Asset;
  const part = { ...NO_CONTROLS, start: '1', length: '2', width: '320' };
  assert.equal(transformationOf(part), 'du_2,so_1/c_scale,w_320');
  assert.deepEqual(controlsOf('du_2,so_1/c_scale,w_320'), part);
  const choices = [
    ...FILM_EFFECTS.map(([effect]) => ({ ...part, effect })),
    ...FILM_FORMATS.map(([format]) => ({ ...part, format })),
  ];
  for (const controls of choices) {
    const planned = planFor(film, transformationOf(controls));
    assert.ok('plan' in planned, `${transformationOf(controls)}: ${planned.problem}`);
    for (const step of planned.plan.steps) assert.ok(!/undefined/.test(stepText(step)), stepText(step));
  }
});
