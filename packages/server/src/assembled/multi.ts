import { encodeDeliverySource } from '@signet/signing';
import sharp from 'sharp';
import type { App } from '../app.ts';
import type { Actor } from '../assets/context.ts';
import { links } from '../assets/view.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { ERRORS } from '../errors.ts';
import { encodeApng } from '../render/image/formats/apng-encode.ts';
import { encodePdf } from '../render/image/formats/pdf.ts';
import { fromSharp, type Raster } from '../render/image/raster.ts';
import { assembledId, formatWanted, sourceName } from './name.ts';
import { collectPictures, type Pictures } from './sources.ts';
import { storeMade } from './store.ts';

export interface MultiRequest {
  readonly pictures: Pictures;
  readonly transformation: string;
  readonly format: string | undefined;
  readonly notificationUrl: string | undefined;
}

/** One canvas for all: the largest width and height, smaller pictures in its middle (inferred). */
async function sameSize(app: App, pictures: readonly Buffer[]): Promise<Buffer[]> {
  const sizes = await Promise.all(pictures.map((data) => sharp(data).metadata()));
  const width = Math.max(...sizes.map((size) => size.width));
  const height = Math.max(...sizes.map((size) => size.height));
  const pixels = width * height * pictures.length;
  const limit = app.config['max-total-pixels'];
  if (pixels > limit)
    throw ERRORS.BadRequest(`Expected at most ${limit} pixels in all pictures but they would be ${pixels}`);
  return Promise.all(
    pictures.map((input, index) =>
      sizes[index]!.width === width && sizes[index]!.height === height
        ? input
        : sharp({ create: { width, height, channels: 4, background: '#0000' } })
            .composite([{ input, gravity: 'centre' }])
            .png()
            .toBuffer(),
    ),
  );
}

const animated = (frames: readonly Buffer[], delay: number) => ({
  pipeline: frames.length === 1 ? sharp(frames[0]) : sharp([...frames], { join: { animated: true } }),
  timing: { delay: frames.map(() => delay), loop: 0 },
});

/** @param frames PNG pictures of one size; @param delay milliseconds */
type Encode = (frames: readonly Buffer[], delay: number, app: App) => Promise<Buffer>;

const rastersOf = (frames: readonly Buffer[]): Promise<Raster[]> =>
  Promise.all(frames.map((frame) => fromSharp(sharp(frame))));

/** One picture is in memory at a time. */
async function* pixelsOf(frames: readonly Buffer[]): AsyncGenerator<Buffer> {
  for (const frame of frames) yield Buffer.from((await fromSharp(sharp(frame))).data);
}

const film =
  (format: string): Encode =>
  async (frames, delay, app) => {
    const { width, height } = await sharp(frames[0]).metadata();
    // Pictures in two colour planes of four need even sides, and one row alone has none.
    if (width < 2 || height < 2)
      throw ERRORS.BadRequest(`Expected pictures of at least 2×2 but received ${width}×${height}`);
    return app.workers.framesToVideo(pixelsOf(frames), { width, height, delay, format });
  };

const ENCODERS: Readonly<Record<string, Encode>> = {
  gif: (frames, delay) => {
    const { pipeline, timing } = animated(frames, delay);
    return pipeline.gif(timing).toBuffer();
  },
  webp: (frames, delay) => {
    const { pipeline, timing } = animated(frames, delay);
    return pipeline.webp(timing).toBuffer();
  },
  png: async (frames, delay) => {
    const canvas = { frames: await rastersOf(frames), delay: frames.map(() => delay), loop: 0, opaque: false };
    return Buffer.from(await encodeApng(canvas, { delay: null, loop: null }));
  },
  mp4: film('mp4'),
  webm: film('webm'),
  pdf: async (frames) => {
    return Buffer.from(await encodePdf(await rastersOf(frames), { density: 72, quality: 90 }));
  },
};

const DELAY = 100;
const FILMS: ReadonlySet<string> = new Set(['mp4', 'webm']);

/**
 * One animated picture, film or PDF of many: a frame or page each.
 *
 * @throws 400 for other formats than those of ENCODERS
 */
export async function makeMulti(app: App, actor: Actor, request: MultiRequest): Promise<AssetRow> {
  const { pictures, transformation, notificationUrl } = request;
  const format = formatWanted(request.format, transformation, 'gif');
  const encode = ENCODERS[format];
  if (encode === undefined)
    throw ERRORS.BadRequest(
      `Format ${format} is not available for multi on this server: expected one of ${Object.keys(ENCODERS).join(', ')}`,
    );
  const delay = Number(/(?:^|[,/])dl_(\d{1,6})/.exec(transformation)?.[1] ?? DELAY);
  const collected = await collectPictures(app, actor, pictures, transformation);
  const frames = await sameSize(
    app,
    collected.map(({ data }) => data),
  );
  return storeMade(app, actor, {
    type: 'multi',
    publicId: assembledId('multi', sourceName(pictures), format, transformation),
    data: await encode(frames, delay, app),
    inspectAs: FILMS.has(format) ? 'video' : 'image',
    notify: { type: 'multi', url: notificationUrl, fields: (row) => multiView(row, actor, request) },
  });
}

/** The answer of `multi`. */
export function multiView(row: AssetRow, { origin }: Actor, request: MultiRequest): Record<string, unknown> {
  const { pictures, transformation } = request;
  const middle = transformation === '' ? '' : `${transformation}/`;
  const source = encodeDeliverySource(sourceName(pictures), row.format ?? '');
  return {
    ...links(origin, `/${row.cloud}/image/multi/${middle}v${row.version}/${source}`),
    asset_id: row.asset_id,
    public_id: row.public_id,
    version: row.version,
  };
}
