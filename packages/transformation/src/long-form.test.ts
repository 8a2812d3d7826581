import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TransformationError } from './errors.ts';
import { fromParams, parseEager, parseStored, toParams } from './long-form.ts';
import { normalize, print } from './print.ts';

const info = (text: string) => toParams(parseStored(text));
const back = (given: unknown) => print(fromParams(given).transformation);

test('the info of the Admin API (NPM api_spec)', () => {
  assert.deepEqual(info('c_scale,w_102'), [{ crop: 'scale', width: 102 }]);
  assert.deepEqual(info('c_scale,w_102/'), [{ crop: 'scale', width: 102, extension: 'none' }]);
  assert.deepEqual(info('c_fill,h_75,w_75/jpg'), [{ crop: 'fill', height: 75, width: 75, extension: 'jpg' }]);
  assert.deepEqual(info('c_scale,l_text:Arial_60:TAG,w_100'), [
    { crop: 'scale', overlay: 'text:Arial_60:TAG', width: 100 },
  ]);
  assert.deepEqual(info('c_limit,w_1.0,h_100,br_5m/e_sepia:50'), [
    { bit_rate: '5m', crop: 'limit', height: 100, width: '1.0' },
    { effect: 'sepia:50' },
  ]);
  assert.deepEqual(info('if_w_gt_5/$a_10,fl_relative,fl_tiled/if_end'), [
    { if: 'w_gt_5' },
    { $a: 10, flags: 'relative.tiled' },
    { if: 'end' },
  ]);
});

test('objects come back as the transformation they were', () => {
  for (const text of [
    'c_scale,w_102',
    'c_fill,g_face,h_75,w_1.0/e_sepia:50',
    'if_w_gt_5/$a_10,fl_relative.tiled/if_else/e_blur/if_end',
    'l_text:Arial_60:Hi%252C%20you,co_red/fl_layer_apply,g_south',
    'a_hflip.45,r_1:2:3:4',
    'vc_h264:high:3.1,br_5m',
  ]) {
    const stored = parseStored(text);
    assert.equal(normalize(fromParams(toParams(stored)).transformation), normalize(stored.transformation), text);
    assert.equal(fromParams(toParams(parseStored(`${text}/png`))).extension, 'png');
    assert.equal(fromParams(toParams(parseStored(`${text}/`))).extension, '');
  }
});

test('what SDK users write as objects (NPM generate_transformation_string)', () => {
  assert.equal(back({ width: 100, height: 101, crop: 'crop' }), 'c_crop,h_101,w_100');
  assert.equal(back({ size: '10x20', crop: 'fill' }), 'c_fill,h_20,w_10');
  assert.equal(back([{ width: 100, crop: 'scale' }, { effect: ['sepia', 10] }]), 'c_scale,w_100/e_sepia:10');
  assert.equal(back({ transformation: [{ x: 100, y: 100, crop: 'fill' }], width: 1 }), 'c_fill,x_100,y_100/w_1');
  assert.equal(back({ transformation: ['blip', 'blop'] }), 't_blip.blop');
  assert.equal(back({ background: '#112233' }), 'b_rgb:112233');
  assert.equal(back({ border: { width: 5, color: '#ffaa' } }), 'bo_5px_solid_rgb:ffaa');
  assert.equal(back({ flags: ['a', 'relative'].slice(1), radius: [10, 20] }), 'fl_relative,r_10:20');
  assert.equal(back({ offset: '2.66..3.21' }), 'eo_3.21,so_2.66');
  assert.equal(
    back({ video_codec: { codec: 'h264', profile: 'basic'.replace('basic', 'main'), level: '3.1', b_frames: false } }),
    'vc_h264:main:3.1:bframes_no',
  );
  assert.equal(
    back({ overlay: { text: 'Hello, World', font_family: 'Arial', font_size: 18, font_weight: 'bold' } }),
    'l_text:Arial_18_bold:Hello%252C%20World',
  );
  assert.equal(back({ overlay: { public_id: 'folder/logo', type: 'private' } }), 'l_private:folder:logo');
  assert.equal(back({ overlay: 'fetch:https://h.example/a' }), 'l_fetch:aHR0cHM6Ly9oLmV4YW1wbGUvYQ==');
  assert.equal(
    back([{ if: 'width > 200 && aspect_ratio = 3:4 || faceCount != 0', crop: 'scale', width: 10 }]),
    'if_w_gt_200_and_ar_eq_3:4_or_fc_ne_0,c_scale,w_10',
  );
  assert.equal(
    back({ $foo: 10, width: '$foo * 2', crop: 'scale', height: 'initial_height / 2' }),
    '$foo_10,c_scale,h_ih_div_2,w_$foo_mul_2',
  );
  assert.equal(
    back({
      variables: [
        ['$z', 5],
        ['$foo', '$z * 2'],
      ],
    }),
    '$z_5,$foo_$z_mul_2',
  );
  assert.equal(back({ width: 5, raw_transformation: 'e_sepia' }), 'w_5,e_sepia');
});

test('eager lists', () => {
  assert.deepEqual(
    parseEager('c_pad,w_400/png| e_sepia |w_10/|').map(({ transformation, extension }) => [
      print(transformation),
      extension,
    ]),
    [
      ['c_pad,w_400', 'png'],
      ['e_sepia', null],
      ['w_10', ''],
    ],
  );
  assert.equal(parseEager('if_!a|b!_in_tags/w_5/if_end').length, 1);
  assert.deepEqual(
    parseEager('jpg').map((item) => item.extension),
    ['jpg'],
  );
});

test('what is no transformation is an error of the client', () => {
  for (const bad of [
    5,
    null,
    { nope: 1 },
    { width: {} },
    { overlay: {} },
    { width: 'abc' },
    [[[[[[[[[[[[['w_1']]]]]]]]]]]]],
  ]) {
    assert.throws(() => fromParams(bad), TransformationError, JSON.stringify(bad));
  }
});
