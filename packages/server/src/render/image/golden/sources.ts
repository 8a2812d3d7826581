import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { SourceFacts } from '@signet/transformation';
import sharp from 'sharp';
import { animation, cutOut, landscape } from '../fixtures.ts';

/** The pictures that the cases are made from. */
export interface Source {
  readonly bytes: Buffer;
  readonly facts: SourceFacts;
}

export type SourceName = 'photo' | 'people' | 'disc' | 'framed' | 'moving' | 'drawing' | 'clipped';

const png = (body: string, width: number, height: number): Promise<Buffer> =>
  sharp(Buffer.from(svg(body, width, height)))
    .png()
    .toBuffer();
const svg = (body: string, width: number, height: number): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${body}</svg>`;

const factsOf = (publicId: string, format: string, width: number, height: number): SourceFacts => ({
  resourceType: 'image',
  publicId,
  format,
  width,
  height,
  hasAlpha: publicId === 'disc' || publicId === 'drawing',
});

/** A path resource of Photoshop, "star": a closed polygon of shares of the sides. */
function clippingJpeg(jpeg: Buffer, points: readonly (readonly [x: number, y: number])[]): Buffer {
  const path = Buffer.alloc(26 * (points.length + 1));
  path.writeUInt16BE(points.length, 2);
  for (const [i, [x, y]] of points.entries()) {
    path.writeUInt16BE(2, 26 * (i + 1));
    for (const pair of [0, 1, 2])
      for (const [n, share] of [y, x].entries())
        path.writeInt32BE(Math.round(share * 2 ** 24), 26 * (i + 1) + 2 + pair * 8 + n * 4);
  }
  const head = Buffer.alloc(16);
  head.write('8BIM', 'latin1');
  head.writeUInt16BE(2000, 4);
  head.write('\x04star', 6, 'latin1');
  head.writeUInt32BE(path.length, 12);
  const body = Buffer.concat([Buffer.from('Photoshop 3.0\0', 'latin1'), head, path]);
  const marker = Buffer.from([0xff, 0xed, 0, 0]);
  marker.writeUInt16BE(body.length + 2, 2);
  return Buffer.concat([jpeg.subarray(0, 2), marker, body, jpeg.subarray(2)]);
}

/** Photographs of people come with the face detector's package. */
const people = async (): Promise<Buffer> => {
  const folder = dirname(createRequire(import.meta.url).resolve('@vladmandic/face-api/package.json'));
  return sharp(await readFile(join(folder, 'demo/sample3.jpg')))
    .resize(300, 200)
    .png()
    .toBuffer();
};

/** The sources by name, and the pictures that layers refer to. */
export async function makeSources(): Promise<{
  sources: Readonly<Record<SourceName, Source>>;
  layers: ReadonlyMap<string, Source>;
}> {
  const photo = await sharp(await landscape(864, 576))
    .resize(300, 200)
    .png()
    .toBuffer();
  const disc = { bytes: await cutOut(200), facts: factsOf('disc', 'png', 200, 200) };
  const drawing = {
    bytes: Buffer.from(
      svg(
        '<circle cx="60" cy="50" r="45" fill="#d1495b"/><rect x="40" y="30" width="90" height="60" fill="#00798c" opacity=".7"/><path d="M10 90Q75 10 140 90" fill="none" stroke="#edae49" stroke-width="6"/>',
        150,
        100,
      ),
    ),
    facts: factsOf('drawing', 'svg', 150, 100),
  };
  const framed = await sharp(photo)
    .extend({ top: 20, bottom: 20, left: 30, right: 30, background: 'white' })
    .png()
    .toBuffer();
  const star: [number, number][] = [
    [0.5, 0.05],
    [0.62, 0.4],
    [0.95, 0.4],
    [0.7, 0.6],
    [0.8, 0.95],
    [0.5, 0.75],
    [0.2, 0.95],
    [0.3, 0.6],
    [0.05, 0.4],
    [0.38, 0.4],
  ];
  const jpeg = await sharp(photo).jpeg({ quality: 95 }).toBuffer();
  const house = [{ x: 82, y: 80, width: 55, height: 56 }];
  const sources: Record<SourceName, Source> = {
    photo: {
      bytes: photo,
      facts: { ...factsOf('photo', 'png', 300, 200), customCoordinates: house, regions: { house } },
    },
    people: { bytes: await people(), facts: factsOf('people', 'png', 300, 200) },
    disc,
    framed: { bytes: framed, facts: factsOf('framed', 'png', 360, 240) },
    moving: {
      bytes: await animation(120, 80, 4),
      facts: { ...factsOf('moving', 'gif', 120, 80), animated: true, pages: 4 },
    },
    drawing,
    clipped: { bytes: clippingJpeg(jpeg, star), facts: factsOf('clipped', 'jpg', 300, 200) },
  };
  const layer = async (name: string, body: string): Promise<[string, Source]> => [
    name,
    { bytes: await png(body, 300, 200), facts: factsOf(name, 'png', 300, 200) },
  ];
  const layers = new Map<string, Source>([
    ['disc', disc],
    ['logo', disc],
    ['art', disc],
    ['drawing', drawing],
    await layer('mask', '<rect width="300" height="200"/><circle cx="150" cy="100" r="90" fill="white"/>'),
    await layer(
      'map',
      '<defs><linearGradient id="a"><stop stop-color="#000"/><stop offset="1" stop-color="#f00"/></linearGradient></defs><rect width="300" height="200" fill="url(#a)"/>',
    ),
    await layer(
      'paper',
      '<rect width="300" height="200" fill="#f3ead2"/><path d="M0 60H300M0 120H300" stroke="#99b"/>',
    ),
  ]);
  return { sources, layers };
}
