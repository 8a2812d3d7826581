// This test used to need an account in the cloud. Run it with: node --test examples/testing-uploads (Node 24 or newer)
// With Vitest or Jest only the names change: beforeAll, afterAll, expect.
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { startSignet } from '@signet/testkit';
import { createAvatars } from './avatars.mjs';

const PICTURE =
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==';
let signet;
let avatars;

before(async () => {
  signet = await startSignet();
  process.env.CLOUDINARY_URL = signet.cloudinaryUrl; // before the SDK is loaded
  const { v2: cloudinary } = await import('cloudinary');
  avatars = createAvatars(cloudinary);
});
afterEach(() => signet.faults.clear());
after(() => signet.stop());

test('an avatar is stored and can be shown', async () => {
  const url = await avatars.save('ada', PICTURE);
  const picture = await fetch(url);
  assert.equal(picture.headers.get('content-type'), 'image/png');
  assert.equal(signet.uploads.at(-1).publicId, 'avatars/ada');
  assert.deepEqual(signet.uploads.at(-1).tags, ['avatar']);
});

test('a busy service is asked again', async () => {
  signet.faults.rateLimit({ times: 2 });
  assert.match(await avatars.save('grace', PICTURE), /avatars\/grace/);
});

test('a service that stays busy is an error', async () => {
  signet.faults.rateLimit({ times: 10 });
  await assert.rejects(avatars.save('alan', PICTURE), { http_code: 420 });
});
