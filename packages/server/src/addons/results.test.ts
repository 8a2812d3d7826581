import assert from 'node:assert/strict';
import { test } from 'node:test';
import { tagsAbove, withResult } from './results.ts';

test('a result lies at info.<parameter>.<name>, objects of several models together', () => {
  const ocr = withResult({}, 'ocr', 'adv_ocr', { status: 'complete', data: [1] });
  assert.deepEqual(ocr, { ocr: { adv_ocr: { status: 'complete', data: [1] } } });
  const one = withResult(ocr, 'detection', 'coco_v2', { status: 'complete', data: { tags: {} } });
  const two = withResult(one, 'detection', 'lvis_v1', { status: 'pending' });
  assert.deepEqual(two, {
    ...ocr,
    detection: { object_detection: { status: 'pending', data: { coco_v2: { tags: {} } } } },
  });
});

test('tags from the threshold on, in lower case, each once', () => {
  const list = [
    { tag: 'Sea', confidence: 0.9 },
    { tag: { en: 'Sky ' }, confidence: 0.6 },
    { tag: 'sea', confidence: 0.7 },
    { tag: 'Dog', confidence: 0.59 },
    { tag: 'Cat' },
    null,
  ];
  assert.deepEqual(tagsAbove(list, 0.6), ['sea', 'sky']);
  assert.deepEqual(tagsAbove({ tags: { Dog: [{ confidence: 0.2 }, { confidence: 0.8 }], Cat: [] } }, 0.5), ['dog']);
  assert.deepEqual(tagsAbove('nothing', 0), []);
});
