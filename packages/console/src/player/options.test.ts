import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readBrackets, readQuery, sourcesOf } from './options.ts';

const read = (query: string) => readQuery(new URLSearchParams(`cloud_name=demo&public_id=dog&${query}`));
const HOME = 'https://media.example.com';

test('options stand in brackets, in a profile, or plain', () => {
  assert.deepEqual(read('player[controls]=false&player[loop]=true&source[poster]=https://a.b/c.jpg'), {
    cloudName: 'demo',
    publicId: 'dog',
    controls: false,
    loop: true,
    poster: 'https://a.b/c.jpg',
  });
  assert.deepEqual(read('profile=cld-looping&player[muted]=false'), {
    cloudName: 'demo',
    publicId: 'dog',
    controls: false,
    muted: false,
    autoplay: true,
    loop: true,
  });
  assert.equal(read('source[poster]=javascript:alert(1)').poster, undefined);
});

test('transformations are chains of named parameters', () => {
  const query =
    'source[transformation][0][width]=400&source[transformation][0][crop]=fill&source[transformation][1][effect]=sepia';
  assert.equal(read(query).transformation, 'w_400,c_fill/e_sepia');
  assert.equal(read('source[transformation][quality]=auto').transformation, 'q_auto');
  assert.equal(read('source[transformation][][raw_transformation]=e_blur:300').transformation, 'e_blur:300');
});

test('adaptive streams get the automatic profile unless another was chosen', () => {
  const first = (query: string) => sourcesOf(read(query), HOME)[0];
  assert.deepEqual(first('profile=cld-adaptive-stream'), {
    src: `${HOME}/demo/video/upload/sp_auto/dog.m3u8`,
    type: 'application/x-mpegURL',
  });
  assert.equal(
    first('source[sourceTypes][]=hls&source[transformation][streaming_profile]=hd')?.src,
    `${HOME}/demo/video/upload/sp_hd/dog.m3u8`,
  );
  assert.equal(first('')?.src, `${HOME}/demo/video/upload/dog.mp4`);
});

test('names in brackets cannot reach a prototype', () => {
  readBrackets(new URLSearchParams('__proto__[polluted]=1&a[constructor][prototype][polluted]=1'));
  assert.equal(({} as Record<string, unknown>).polluted, undefined);
});
