import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGravity } from './gravity.ts';
import { OBJECT_NAMES, OBJECTS, objectNamed, objectsOf } from './objects.ts';

test('names are found however they are written', () => {
  for (const [word, name] of [
    ['cat', 'cat'],
    ['potted_plant', 'potted plant'],
    ['pottedplant', 'potted plant'],
    ['coco_v1_cell_phone', 'cell phone'],
    ['coco_cat', 'cat'],
    ['aeroplane', 'airplane'],
    ['sofa', 'couch'],
    ['animal', 'animal'],
    ['unicorn', null],
    ['constructor', null],
    ['cats', null],
  ] as const)
    assert.equal(objectNamed(word), name, word);
  for (const name of OBJECT_NAMES) assert.notEqual(objectNamed(name), null, name);
  assert.equal(OBJECT_NAMES.length, 80);
});

test('a category stands for its objects', () => {
  assert.deepEqual(objectsOf('cat'), ['cat']);
  assert.ok(objectsOf('animal').includes('cat'));
  assert.deepEqual(objectsOf('person'), ['person']);
  assert.ok(Object.values(OBJECTS).every((names) => names.length > 0));
});

test('g_ takes them, alone, in order, and in auto; others are told apart from what is no gravity', () => {
  assert.deepEqual(parseGravity('dog:tvmonitor'), {
    kind: 'gravity',
    gravity: { kind: 'object', names: ['dog', 'tv'], fallback: 'center' },
  });
  const auto = parseGravity('auto:cat:car_avoid:no_faces');
  assert.ok(auto?.kind === 'gravity' && auto.gravity.kind === 'auto');
  assert.deepEqual([auto.gravity.focus, auto.gravity.avoid, auto.gravity.faces], [['cat'], ['car'], false]);
  assert.deepEqual(parseGravity('unicorn'), { kind: 'unknown', what: 'unicorn' });
  assert.deepEqual(parseGravity('auto:unicorn_avoid'), { kind: 'unknown', what: 'auto:unicorn_avoid' });
  assert.equal(parseGravity('!'), null);
});
