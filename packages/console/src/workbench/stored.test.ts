import assert from 'node:assert/strict';
import { test } from 'node:test';
import { eagerText, storedText } from './stored.ts';

test('transformations that are told as objects are read as in an address', () => {
  assert.equal(
    storedText([{ crop: 'fill', height: 300, width: 300 }, { effect: 'sepia' }]),
    'c_fill,h_300,w_300/e_sepia',
  );
  assert.equal(storedText('c_fit,w_20'), 'c_fit,w_20');
  assert.equal(eagerText([[{ crop: 'fit', width: 20 }], [{ angle: 90, extension: 'png' }]]), 'c_fit,w_20|a_90/png');
});
