import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changesOf, type Draft } from './edited.ts';

const BEFORE: Draft = {
  displayName: 'Lake',
  folder: 'trip',
  tags: 'water, blue',
  context: [
    ['alt', 'a lake'],
    ['caption', 'At noon'],
  ],
  metadata: { licence: 'own', channels: ['web'] },
};
const change = (edited: Partial<Draft>) => changesOf(BEFORE, { ...BEFORE, ...edited });

test('a new name sends the name alone', () => {
  assert.deepEqual(change({ displayName: 'The lake' }), [
    { operation: 'update', params: { display_name: 'The lake' } },
  ]);
});

test('nothing edited sends nothing, however the tags are spaced', () => {
  assert.deepEqual(change({}), []);
  assert.deepEqual(change({ tags: ' water,blue,, water', context: [...BEFORE.context, ['', 'x']] }), []);
});

test('tags are added and removed one by one; their order is no matter', () => {
  assert.deepEqual(change({ tags: 'blue, quiet' }), [
    { operation: 'tags', params: { command: 'remove', tag: 'water' } },
    { operation: 'tags', params: { command: 'add', tag: 'quiet' } },
  ]);
  assert.deepEqual(change({ tags: '' }), [{ operation: 'tags', params: { command: 'remove', tag: 'water,blue' } }]);
  assert.deepEqual(change({ tags: 'blue, water' }), []);
});

test('pairs of context are added and replaced one by one, and all sent when one goes', () => {
  assert.deepEqual(change({ context: [['alt', 'a lake | by the hills'], BEFORE.context[1]!, ['by', 'me']] }), [
    { operation: 'context', params: { command: 'add', context: 'alt=a lake \\| by the hills|by=me' } },
  ]);
  assert.deepEqual(change({ context: [BEFORE.context[0]!] }), [
    { operation: 'update', params: { context: 'alt=a lake' } },
  ]);
});

test('what the server may refuse goes first, in one call', () => {
  assert.deepEqual(change({ folder: '', tags: 'water', metadata: { licence: '', channels: ['web', 'print'] } }), [
    {
      operation: 'update',
      params: { asset_folder: '', metadata: 'licence=|channels=[\\"web\\",\\"print\\"]' },
    },
    { operation: 'tags', params: { command: 'remove', tag: 'blue' } },
  ]);
});
