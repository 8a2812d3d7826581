import assert from 'node:assert/strict';
import test from 'node:test';
import { v2 as cloudinary } from 'cloudinary';
import { type Delivered, deliveryAddress, samples } from './code.ts';

const CASES: readonly Delivered[] = [
  {
    origin: 'http://127.0.0.1:4080',
    cloud: 'demo',
    resourceType: 'image',
    type: 'upload',
    publicId: "folder/it's a name",
    format: 'webp',
    version: 1719304854,
    transformation: 'c_fill,g_auto,h_200,w_300/e_sharpen:50',
  },
  {
    origin: 'https://media.example.com',
    cloud: 'demo',
    resourceType: 'video',
    type: 'upload',
    publicId: 'films/dog',
    format: 'mp4',
    version: 12,
    transformation: 'so_2/c_scale,w_320',
  },
];

for (const what of CASES)
  test(`the Node sample gives the address shown, ${what.origin}`, () => {
    const { code } = samples(what).find(({ id }) => id === 'node')!;
    cloudinary.config(true);
    const run = new Function('cloudinary', `${code.replace(/^import .*$/m, '')}\nreturn url;`);
    assert.equal(run(cloudinary).split('?')[0], deliveryAddress(what));
  });

test('every sample names the cloud, the asset and the transformation', () => {
  for (const { id, code } of samples(CASES[1]!))
    for (const part of ['demo', 'films/dog', 'so_2/c_scale,w_320']) assert.ok(code.includes(part), `${id}: ${part}`);
});
