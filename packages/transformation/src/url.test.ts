import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type DeliveryPath, parseDeliveryPath, printDeliveryPath } from './url.ts';

function asset(path: string, options?: { cloud?: boolean }): DeliveryPath {
  const parsed = parseDeliveryPath(path, options);
  assert.equal(parsed?.kind, 'asset', path);
  return parsed as DeliveryPath;
}

test('a long URL: signature, components, version, folders, extension', () => {
  const path = asset('/demo/image/upload/s----SjmNDA--/c_fill,w_100/e_sepia/v123/a%20b/c.d.JPG');
  assert.deepEqual(path, {
    kind: 'asset',
    cloud: 'demo',
    resourceType: 'image',
    type: 'upload',
    signature: '--SjmNDA',
    transformation: 'c_fill,w_100/e_sepia',
    version: '123',
    candidates: [{ publicId: 'a b/c.d', extension: 'jpg', source: 'a%20b/c.d.JPG', suffix: null }],
  });
});

test('vectors 115 and 116: a folder of that shape needs a version', () => {
  assert.equal(asset('/demo/image/upload/my_dir/x.jpg').transformation, 'my_dir');
  assert.equal(asset('/demo/image/upload/v1/my_dir/x.jpg').candidates[0].publicId, 'my_dir/x');
  assert.equal(asset('/demo/image/upload/w_1.jpg').candidates[0].publicId, 'w_1');
  assert.equal(asset('/demo/image/upload/v7').candidates[0].publicId, 'v7');
});

test('variables and conditions are components', () => {
  assert.equal(
    asset('/demo/image/upload/$w_10/if_w_gt_5/c_scale,w_$w/if_else/e_sepia/if_end/a').transformation,
    '$w_10/if_w_gt_5/c_scale,w_$w/if_else/e_sepia/if_end',
  );
});

test('vector 121: SEO and short forms', () => {
  const [whole, seo] = asset('/demo/images/a_0/sample/hello.jpg').candidates;
  assert.deepEqual([whole.publicId, whole.suffix], ['sample/hello', null]);
  assert.deepEqual(seo, { publicId: 'sample', extension: 'jpg', source: 'sample.jpg', suffix: 'hello' });
  assert.equal(asset('/demo/images/sample.jpg').candidates.length, 1);
  assert.equal(asset('/demo/iu/w_10/a/b.png').candidates.length, 1);
  assert.equal(asset('/demo/private_images/x.png').type, 'private');
  assert.equal(asset('/demo/videos/v1/x/y.mp4').resourceType, 'video');
  assert.equal(asset('/demo/files/a.zip/n.zip').candidates[1]?.publicId, 'a.zip.zip');
  assert.equal(asset('/demo/w_10/sample.jpg').transformation, 'w_10');
  assert.equal(asset('/image/upload/sample.jpg', { cloud: false }).cloud, null);
});

test('raw keeps its extension', () => {
  assert.equal(asset('/demo/raw/upload/v1/f/a.pdf').candidates[0].publicId, 'f/a.pdf');
});

test('fetch: the address is decoded once', () => {
  const path = asset('/demo/image/fetch/w_100/v1/https://h.example/a%3Fb%3D%2541/c.png');
  assert.equal(path.candidates[0].publicId, 'https://h.example/a?b=%41/c.png');
  assert.equal(path.candidates[0].extension, null);
  assert.equal(asset('/demo/image/fetch/http%3A%2F%2Fh.example%2Fx').candidates[0].publicId, 'http://h.example/x');
  assert.equal(asset('/demo/image/fetch/http:/h.example/x').candidates[0].publicId, 'http://h.example/x');
});

test('client-side lists', () => {
  assert.deepEqual(parseDeliveryPath('/demo/any/list/v12/my%20tag.json'), {
    kind: 'list',
    cloud: 'demo',
    resourceType: 'any',
    signature: null,
    version: '12',
    tag: 'my tag',
  });
});

test('what is no delivery path', () => {
  for (const path of [
    '',
    '/',
    '/demo',
    '/demo/',
    '/demo/image',
    '/demo/image/nope/x',
    '/demo/image/upload',
    '/demo/image/upload/',
  ]) {
    assert.equal(parseDeliveryPath(path), null, path);
  }
});

test('printed paths are read back', () => {
  const parts = {
    cloud: 'demo',
    resourceType: 'image',
    type: 'upload',
    signature: 'Ai4Znfl3',
    transformation: 'c_crop,h_20,w_10',
    version: 5,
    publicId: 'f ö/x?',
    extension: 'jpg',
  } as const;
  const path = printDeliveryPath(parts);
  assert.equal(path, '/demo/image/upload/s--Ai4Znfl3--/c_crop,h_20,w_10/v5/f%20%C3%B6/x%3F.jpg');
  assert.equal(asset(path).candidates[0].publicId, parts.publicId);
  assert.equal(
    printDeliveryPath({ publicId: 'sample', suffix: 'hello', extension: 'jpg', cloud: 'd' }),
    '/d/images/sample/hello.jpg',
  );
});
