import { encodeDeliverySource } from '@signet/signing';
import sharp, { type Sharp } from 'sharp';
import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { links } from '../assets/view.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { assembledId, formatWanted, sourceName } from './name.ts';
import { collectPictures, type Picture, type Pictures } from './sources.ts';
import { storeMade } from './store.ts';

export interface SpriteRequest {
  readonly pictures: Pictures;
  readonly transformation: string;
  readonly notificationUrl: string | undefined;
}

/** Pixels. */
export interface Place {
  readonly width: number;
  readonly height: number;
  readonly x: number;
  readonly y: number;
}

const GAP = 2;
/** What JPEG can hold; browsers show no larger ones either. */
const MAX_SIDE = 65_535;

/** Pictures below each other with a gap of two pixels, as published sprites are. */
export function placeBelow(sizes: readonly { width: number; height: number }[]): Place[] {
  let y = 0;
  return sizes.map(({ width, height }) => {
    const place = { width, height, x: 0, y };
    y += height + GAP;
    return place;
  });
}

const FORMATS: Readonly<Record<string, (sheet: Sharp) => Sharp>> = {
  png: (sheet) => sheet.png(),
  jpg: (sheet) => sheet.flatten({ background: '#fff' }).jpeg({ quality: 85 }),
  webp: (sheet) => sheet.webp(),
};

async function draw(app: App, pictures: readonly Picture[], format: string) {
  const sizes = await Promise.all(pictures.map(({ data }) => sharp(data).metadata()));
  const places = placeBelow(sizes);
  const width = Math.max(...places.map((place) => place.width));
  const height = places.at(-1)!.y + places.at(-1)!.height;
  const limit = app.config['max-output-pixels'];
  if (height > MAX_SIDE || width * height > limit)
    throw ERRORS.BadRequest(
      `Expected a sprite of at most ${MAX_SIDE} lines and ${limit} pixels but it would be ${width}×${height}`,
    );
  const sheet = sharp({ create: { width, height, channels: 4, background: '#0000' } }).composite(
    pictures.map(({ data }, index) => ({ input: data, left: places[index]!.x, top: places[index]!.y })),
  );
  return { data: await FORMATS[format]!(sheet).toBuffer(), places };
}

/** One picture of many, with a style sheet that shows each of them. */
export async function makeSprite(app: App, actor: Actor, request: SpriteRequest): Promise<AssetRow> {
  const { pictures, transformation, notificationUrl } = request;
  const format = formatWanted(undefined, transformation, 'png').replace('jpeg', 'jpg');
  if (!Object.hasOwn(FORMATS, format))
    throw ERRORS.BadRequest(
      `Format ${format} is not available for sprites: expected one of ${Object.keys(FORMATS).join(', ')}`,
    );
  const collected = await collectPictures(app, actor, pictures, transformation);
  const { data, places } = await draw(app, collected, format);
  const sprite = Object.fromEntries(collected.map(({ name }, index) => [name, places[index]!]));
  return storeMade(app, actor, {
    type: 'sprite',
    publicId: assembledId('sprite', sourceName(pictures), format, transformation),
    data,
    info: { sprite },
    notify: { type: 'sprite', url: notificationUrl, fields: (row) => spriteView(row, actor, request) },
  });
}

export const placesOf = (row: Pick<AssetRow, 'info'>): Record<string, Place> =>
  (JSON.parse(row.info) as { sprite?: Record<string, Place> }).sprite ?? {};

/** The answer of `sprite`. */
export function spriteView(row: AssetRow, { origin }: Actor, request: SpriteRequest): Record<string, unknown> {
  const middle = request.transformation === '' ? '' : `${request.transformation}/`;
  const link = (kind: string, extension: string) => {
    const source = encodeDeliverySource(sourceName(request.pictures), extension);
    const { url, secure_url } = links(origin, `/${row.cloud}/image/sprite/${middle}v${row.version}/${source}`);
    return { [`${kind}_url`]: url, [`secure_${kind}_url`]: secure_url };
  };
  return {
    ...link('css', 'css'),
    ...link('image', row.format ?? 'png'),
    ...link('json', 'json'),
    asset_id: row.asset_id,
    public_id: row.public_id,
    version: row.version,
    image_infos: placesOf(row),
  };
}

const className = (name: string): string => name.replace(/[^A-Za-z0-9_-]/g, '_').replace(/^(?=\d)/, '_');

/** A rule for each picture: its class is the public ID with everything but letters, digits, `-` and `_` replaced. */
export const spriteCss = (places: Readonly<Record<string, Place>>, imageUrl: string): string =>
  Object.entries(places)
    .map(
      ([name, { width, height, x, y }]) =>
        `.${className(name)} { width: ${width}px; height: ${height}px; background: url('${imageUrl}') -${x}px -${y}px no-repeat; }\n`,
    )
    .join('');
