import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import sharp, { type Sharp } from 'sharp';
import { createNeural, type Face } from './neural.ts';
import { boxMean, guidedFilter, resizePlane } from './operations/guided-filter.ts';

const neural = createNeural();
let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'signet-neural-test-'));
});
after(async () => {
  await neural.close();
  await rm(folder, { recursive: true, force: true });
});

const packageFolder = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
/** Photographs of the face detector's own package, with the faces a person counts in them. */
const PHOTOS = [3, 3, 3, 4, 5, 4].map((faces, i) => ({
  path: join(packageFolder, 'demo', `sample${i + 1}.jpg`),
  faces,
}));

const middle = ({ x, y, width, height }: Face) => [x + width / 2, y + height / 2] as const;

describe('faces', () => {
  test('recall on photographs mirrored, small and dark, or strongly compressed is at least 0.9', async (t) => {
    const variants: ((path: string) => Sharp)[] = [
      (path) => sharp(path).resize(640).flop(),
      (path) => sharp(path).resize(480).modulate({ brightness: 0.6 }),
      (path) => sharp(path).resize(900).jpeg({ quality: 20 }),
    ];
    let expected = 0;
    let found = 0;
    let extra = 0;
    for (const { path, faces } of PHOTOS) {
      for (const variant of variants) {
        const { length } = await neural.detectFaces(await variant(path).toBuffer());
        expected += faces;
        found += Math.min(length, faces);
        extra += Math.max(0, length - faces);
      }
    }
    t.diagnostic(`${found} of ${expected} faces found, ${extra} wrongly`);
    assert.ok(found / expected >= 0.9, `${found} of ${expected}`);
    assert.ok(extra / expected <= 0.05, `${extra} that are none`);
  });

  test('boxes are in pixels of the upright picture, from a path, bytes or pixels', async () => {
    const { path } = PHOTOS[0]!;
    const plain = await neural.detectFaces(path);
    // Stored lying on its side with the note to turn it back (orientation 6: stored rotated 90° counter-clockwise).
    const lying = await sharp(path).rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    const turned = await neural.detectFaces(lying);
    const { data, info } = await sharp(path).resize(960).raw().toBuffer({ resolveWithObject: true });
    const half = await neural.detectFaces({ data, width: info.width, height: info.height, channels: 3 });
    assert.equal(plain.length, turned.length);
    assert.equal(plain.length, half.length);
    const nearest = (face: Face, faces: readonly Face[], scale: number) =>
      Math.min(...faces.map((other) => Math.hypot(...[0, 1].map((i) => middle(face)[i]! - middle(other)[i]! * scale))));
    for (const face of plain) {
      assert.ok(nearest(face, turned, 1) < 40, 'turned');
      assert.ok(nearest(face, half, 2) < 40, 'half');
    }
  });

  test('none in a drawing of shapes', async () => {
    const shapes =
      '<svg xmlns="http://www.w3.org/2000/svg" width="640" height="480"><rect width="300" height="200" fill="#3a7"/></svg>';
    assert.deepEqual(await neural.detectFaces(await sharp(Buffer.from(shapes)).png().toBuffer()), []);
  });
});

describe('objects', () => {
  const photo = (name: string) => join(import.meta.dirname, '../../../../../test/fixtures/photos', `${name}.jpg`);

  test('what a photograph shows, the surest first, in its own pixels', async () => {
    const [cat, ...others] = await neural.detectObjects(photo('cat'));
    assert.equal(cat?.name, 'cat');
    assert.ok(cat.score > 0.7 && others.every(({ score }) => score <= cat.score));
    assert.ok(cat.width > 250 && cat.x + cat.width <= 400 && cat.y + cat.height <= 267, JSON.stringify(cat));
    const names = async (input: string | Buffer) => (await neural.detectObjects(input)).map(({ name }) => name);
    assert.ok((await names(photo('coffee'))).includes('cup'));
    assert.ok((await names(photo('astronaut'))).includes('person'));
    for (const { path, faces } of PHOTOS) {
      const people = (await names(path)).filter((name) => name === 'person');
      assert.ok(people.length >= faces - 1, `${people.length} people of ${faces}`);
    }
  });

  test('in a long picture and in one that lies on its side', async () => {
    const long = await sharp(photo('cat')).extend({ left: 1200, background: '#999' }).toBuffer();
    const [found] = await neural.detectObjects(long);
    assert.equal(found?.name, 'cat');
    assert.ok(found.x >= 1150, JSON.stringify(found));
    const lying = await sharp(photo('cat')).rotate(270).withMetadata({ orientation: 6 }).jpeg().toBuffer();
    assert.equal((await neural.detectObjects(lying))[0]?.name, 'cat');
  });

  test('nothing in an empty picture', async () => {
    const empty = sharp({ create: { width: 300, height: 200, channels: 3, background: '#357' } });
    assert.deepEqual(await neural.detectObjects(await empty.png().toBuffer()), []);
  });
});

describe('background removal', () => {
  test('the subject stays, the background goes, at full size', async () => {
    const { path } = PHOTOS[0]!;
    const faces = await neural.detectFaces(path);
    const png = await neural.removeBackground(path);
    const { width, height, channels, format } = await sharp(png).metadata();
    assert.deepEqual([width, height, channels, format], [1920, 1280, 4, 'png']);
    const alpha = await sharp(png).extractChannel(3).raw().toBuffer();
    for (const face of faces) {
      const [x, y] = middle(face).map(Math.round) as [number, number];
      assert.ok(alpha[y * 1920 + x]! > 240, `a face at ${x},${y} is kept`);
    }
    assert.ok(alpha[20 * 1920 + 20]! < 15, 'the upper left corner is gone');
  });

  test('edges follow the picture, not the coarse mask', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="1200" height="900"><rect width="1200" height="900" fill="#dfe6ee"/><circle cx="600" cy="450" r="280" fill="#b3261e"/></svg>';
    const { data, width, height } = await neural.subjectMask(Buffer.from(svg));
    assert.deepEqual([width, height], [1200, 900]);
    let wrong = 0;
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        const outside = Math.hypot(x - 600, y - 450) - 280;
        // Two pixels either side of the edge may be soft; the model's own pixels are four wide here.
        if (Math.abs(outside) > 2 && data[y * width + x]! > 127 !== outside < 0) wrong++;
      }
    }
    assert.ok(wrong / (width * height) < 0.005, `${wrong} pixels`);
  });

  test('what was transparent stays so; too large a picture and a missing model fail clearly', async () => {
    const svg =
      '<svg xmlns="http://www.w3.org/2000/svg" width="400" height="300"><circle cx="200" cy="150" r="90" fill="#b3261e"/></svg>';
    const { data } = await neural.subjectMask(await sharp(Buffer.from(svg)).png().toBuffer());
    assert.equal(data[5 * 400 + 5], 0);
    assert.ok(data[150 * 400 + 200]! > 200);
    const strict = createNeural({ maxSide: 300 });
    try {
      await assert.rejects(strict.subjectMask(Buffer.from(svg)), /300 pixels a side at most, this has 400x300/);
      await writeFile(join(folder, 'no.onnx'), 'no model');
      await assert.rejects(strict.subjectMask(Buffer.from(svg), { model: { path: join(folder, 'no.onnx') } }), {
        failure: 'failed',
      });
    } finally {
      await strict.close();
    }
  });

  test('an idle worker ends and gives its memory back', async () => {
    const short = createNeural({ idleMs: 100 });
    try {
      assert.equal(short.stats().processes, 0);
      await short.subjectMask(
        await sharp({ create: { width: 50, height: 50, channels: 3, background: '#888' } })
          .png()
          .toBuffer(),
      );
      for (let i = 0; i < 100 && short.stats().processes > 0; i++) await new Promise((r) => setTimeout(r, 50));
      assert.equal(short.stats().processes, 0);
    } finally {
      await short.close();
    }
  });
});

describe('guided filter', () => {
  test('the box mean counts only pixels inside', () => {
    const data = Float32Array.from([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    assert.deepEqual([...boxMean({ data, width: 3, height: 3 }, 1)], [3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7]);
  });

  test('a soft mask becomes as sharp as the guide', () => {
    const width = 64;
    const guide = new Uint8Array(width * width * 3);
    for (let i = 0; i < width * width; i++) guide.fill(i % width < 30 ? 20 : 220, i * 3, i * 3 + 3);
    const data = Float32Array.from({ length: width * width }, (_, i) =>
      Math.min(1, Math.max(0, ((i % width) - 24) / 12)),
    );
    const { a, b } = guidedFilter(guide, { data, width, height: width }, 8, 1e-4);
    const value = (x: number) => {
      const i = 32 * width + x;
      return a.reduce((sum, plane, channel) => sum + (plane[i]! * guide[i * 3 + channel]!) / 255, b[i]!);
    };
    assert.ok(value(28) < 0.25 && value(31) > 0.75, `${value(28)} ${value(31)}`);
  });

  test('enlarging keeps a constant and the middle of a ramp', () => {
    const ramp = resizePlane({ data: Float32Array.from([0, 1]), width: 2, height: 1 }, 5, 3);
    assert.deepEqual([ramp.width, ramp.height, ramp.data[2], ramp.data[7]], [5, 3, 0.5, 0.5]);
  });
});
