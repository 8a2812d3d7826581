import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Asset } from '../api.ts';
import { CROPS, EFFECTS, FORMATS, GRAVITIES, NO_CONTROLS, QUALITIES, transformationOf } from './controls.ts';
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
    assert.ok('plan' in planned, `${transformation}: ${planned.problem}`);
    for (const step of planned.plan.steps) assert.ok(stepText(step).length > 10);
  }
});

test('what cannot be read is said', () => {
  const planned = planFor(ASSET, 'w_x');
  assert.ok(planned.problem !== undefined && planned.problem.length > 5);
});
