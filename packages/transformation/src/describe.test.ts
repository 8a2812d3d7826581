import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeParameters } from './describe.ts';
import { evaluate, layerKey, parse, type SourceFacts, TransformationError } from './index.ts';

const picture: SourceFacts = {
  resourceType: 'image',
  publicId: 's',
  format: 'png',
  width: 864,
  height: 576,
  hasAlpha: true,
};
const clip: SourceFacts = {
  resourceType: 'video',
  publicId: 'v',
  format: 'mp4',
  width: 640,
  height: 360,
  duration: 20,
  hasAudio: true,
};
const layers = new Map(
  ['logo', 'mask', 'map', 'paper', 'art'].map((publicId) => [
    layerKey({ resourceType: 'image', type: 'upload', publicId }),
    picture,
  ]),
);
layers.set(layerKey({ resourceType: 'video', type: 'upload', publicId: 'cat' }), clip);

test('every documented example parses; what is available can be planned', () => {
  const reference = describeParameters();
  const { parameters, crops, effects, gravities, flags, textStyles } = reference;
  const standing = new Set(['t', 'bl', 'sp', 'pg']);
  for (const { name, examples, unavailable, media } of [
    ...parameters,
    ...crops,
    ...effects,
    ...gravities,
    ...flags,
    ...textStyles,
  ]) {
    for (const example of examples) {
      const tree = parse(example);
      if (standing.has(name) || name === 'e_transition') continue;
      const video = media === 'video';
      // Frames are chosen for a picture that moves.
      const film = name === 'vs' ? 'gif' : 'mp4';
      const plan = () => evaluate(tree, { facts: video ? clip : picture, format: video ? film : 'png', layers });
      if (unavailable) assert.throws(plan, TransformationError, example);
      else assert.doesNotThrow(plan, example);
    }
  }
});

test('every row says something', () => {
  for (const rows of Object.values(describeParameters())) for (const { name, doc } of rows) assert.ok(name && doc);
});
