import { Readable } from 'node:stream';
import { type Component, type Plan, print, type Transformation, type VideoOutput } from '@signet/transformation';
import type { App } from '../app.ts';
import { ERRORS } from '../errors.ts';
import type { Segment } from '../render/video/video-workers.ts';
import { findProfile } from '../streaming-profiles/profiles.ts';
import { layoutOf, presentation, type Representation } from './dash.ts';
import { type Derived, type DeriveRequest, derive, type Original, planDerived } from './derive.ts';
import { derivedKey } from './derived-key.ts';

/**
 * HTTP Live Streaming (RFC 8216). A master playlist names ordinary delivery URLs, one for each representation of its
 * profile; such a URL is the playlist of one `.ts` file, which is an ordinary delivery too. So everything is made when it
 * is asked for, once, and nothing has to know of anything else.
 */

export interface ManifestRequest {
  readonly plan: Plan;
  readonly tree: Transformation;
  readonly key: string;
  readonly request: DeriveRequest;
}

const manifestOf = ({ plan }: ManifestRequest): VideoOutput => plan.output as VideoOutput;

/** Steps of `sp_auto`: never larger than the source (inferred; the cloud does not publish its own). */
const LADDER = [
  { side: 2160, width: 3840, rate: '12m' },
  { side: 1440, width: 2560, rate: '8m' },
  { side: 1080, width: 1920, rate: '5m' },
  { side: 720, width: 1280, rate: '3m' },
  { side: 540, width: 960, rate: '1500k' },
  { side: 360, width: 640, rate: '800k' },
] as const;
const DEFAULT_SIDE = 1080;

const automatic = (maxres: string | undefined): string[] =>
  LADDER.filter(({ side }) => side <= (maxres === undefined ? DEFAULT_SIDE : Number.parseInt(maxres, 10))).map(
    ({ side, width, rate }) => `br_${rate},c_limit,h_${side},w_${width}`,
  );

async function representationsOf(app: App, cloud: string, output: VideoOutput): Promise<readonly string[]> {
  const { name, options } = output.streamingProfile!;
  if (options.subtitles !== undefined)
    throw ERRORS.BadRequest('Invalid streaming_profile in transformation: subtitles are not available on this server');
  if (name === 'auto') return automatic(options.maxres);
  const profile = await findProfile(app, await app.accounts.cloud(cloud), name);
  if (profile === undefined) throw ERRORS.BadRequest(`Invalid streaming_profile in transformation: ${name}`);
  return profile.representations;
}

/** What stands beside the profile: it comes before each representation. */
const prefixOf = ({ components }: Transformation): string =>
  print({
    components: components
      .map((component): Component => ({ ...component, items: component.items.filter(({ name }) => name !== 'sp') }))
      .filter(({ items }) => items.length > 0),
  });

/** RFC 6381 name of H.264 by profile and level, when the representation fixes both. */
function codecsOf({ videoCodec }: VideoOutput, withAudio: boolean): string | undefined {
  const profile = { baseline: '42c0', main: '4d40', high: '6400' }[videoCodec?.profile ?? ''];
  if (profile === undefined || videoCodec?.level == null) return undefined;
  const level = Math.round(Number(videoCodec.level) * 10)
    .toString(16)
    .padStart(2, '0');
  return `avc1.${profile}${level}${withAudio ? ',mp4a.40.2' : ''}`;
}

interface Variant {
  readonly transformation: string;
  readonly plan: Plan;
}

/** Bits per second of sound, and of a picture whose rate nobody gave: its pixels decide. */
const SOUND = 128_000;
const rateOf = ({ output, out }: Plan, withAudio: boolean): number => {
  const video = (output as VideoOutput).bitRate?.value ?? (out === null ? 0 : out.width * out.height * 3);
  return Math.round(video * 1.1) + (withAudio ? SOUND : 0);
};

function variantLines({ plan, transformation }: Variant, facts: Original['facts'], address: string): string[] {
  const withAudio = facts.hasAudio === true && (plan.output as VideoOutput).audioCodec !== 'none';
  const codecs = codecsOf(plan.output as VideoOutput, withAudio);
  const attributes = [
    `BANDWIDTH=${rateOf(plan, withAudio)}`,
    ...(codecs === undefined ? [] : [`CODECS="${codecs}"`]),
    ...(plan.out === null || plan.out.width === 0 ? [] : [`RESOLUTION=${plan.out.width}x${plan.out.height}`]),
  ];
  if (transformation === '') throw ERRORS.BadRequest('A streaming profile cannot have an empty representation');
  return [`#EXT-X-STREAM-INF:${attributes.join(',')}`, address];
}

/** Representations that come to the same size differ in weight only: the lightest stays. */
function distinct(variants: readonly Variant[]): Variant[] {
  const size = ({ plan: { out } }: Variant) => (out === null ? '' : `${out.width}x${out.height}`);
  const lightest = new Map<string, Variant>();
  for (const variant of variants) {
    const known = lightest.get(size(variant));
    if (known === undefined || rateOf(variant.plan, false) < rateOf(known.plan, false))
      lightest.set(size(variant), variant);
  }
  return variants.filter((variant) => lightest.get(size(variant)) === variant);
}

/** The representations of a profile after what stands before it; without a profile the transformation itself. */
async function variantsOf(app: App, original: Original, given: ManifestRequest): Promise<Variant[]> {
  const { request, tree } = given;
  const prefix = prefixOf(tree);
  if (manifestOf(given).streamingProfile === null) return [{ transformation: prefix, plan: given.plan }];
  const representations = await representationsOf(app, original.cloud, manifestOf(given));
  const variants = representations.map(async (representation): Promise<Variant> => {
    const transformation = prefix === '' ? representation : `${prefix}/${representation}`;
    return { transformation, plan: (await planDerived(app, original, { ...request, transformation })).plan };
  });
  return distinct(await Promise.all(variants));
}

const addressOf =
  ({ cloud, facts }: Original, { pathOf }: DeriveRequest) =>
  async (transformation: string, extension: string): Promise<string> =>
    (await pathOf?.(transformation, extension)) ??
    `/${cloud}/video/upload/${transformation === '' ? '' : `${transformation}/`}v1/${encodeURI(facts.publicId)}.${extension}`;

async function master(app: App, original: Original, given: ManifestRequest): Promise<string> {
  const { request } = given;
  const variants = await variantsOf(app, original, given);
  if (request.complete)
    for (const { transformation } of variants)
      await derive(app, original, { ...request, transformation, extension: 'm3u8' });
  const address = addressOf(original, request);
  const lines = variants.map(async (one) =>
    variantLines(one, original.facts, await address(one.transformation, 'm3u8')),
  );
  return ['#EXTM3U', ...(await Promise.all(lines)).flat(), ''].join('\n');
}

/** DASH names byte ranges of files, so the files are made first. */
async function dash(app: App, original: Original, given: ManifestRequest): Promise<string> {
  const { request, tree } = given;
  const { facts } = original;
  const address = addressOf(original, request);
  const make = async (transformation: string, extension: string, bandwidth: number, size: Representation['size']) => ({
    address: await address(transformation, extension),
    layout: await layoutOf(await derive(app, original, { ...request, transformation, extension })),
    bandwidth,
    size,
  });
  const video: Representation[] = [];
  if (!facts.isAudio)
    for (const { transformation, plan: part } of await variantsOf(app, original, given))
      video.push(await make(transformation, 'mp4dv', rateOf(part, false), part.out));
  const silent = facts.hasAudio === false || manifestOf(given).audioCodec === 'none';
  const audio = silent ? [] : [await make(prefixOf(tree), 'mp4da', SOUND, null)];
  return presentation(manifestOf(given).duration ?? facts.duration ?? 0, video, audio);
}

/** The pieces of a `.ts` result; found once and kept beside it. */
export async function segmentsOf(app: App, stream: Derived): Promise<readonly Segment[]> {
  const key = derivedKey(stream.key, 'segments');
  const known = await app.derived.get(key);
  if (known?.data !== undefined) return JSON.parse(known.data.toString('utf8')) as Segment[];
  const local = stream.original ? await app.blobs.local(stream.key) : undefined;
  const path = local?.path ?? (await app.derived.get(stream.key))?.path;
  if (path === undefined) throw ERRORS.Unavailable('The stream was evicted before it could be listed');
  try {
    const segments = await app.workers.segments({ path, bytes: stream.bytes });
    await app.derived.put(key, Buffer.from(JSON.stringify(segments)), {});
    return segments;
  } finally {
    await local?.release();
  }
}

async function rendition(app: App, original: Original, given: ManifestRequest): Promise<string> {
  const stream = await derive(app, original, { ...given.request, extension: 'ts' });
  const segments = await segmentsOf(app, stream);
  const { pathOf, transformation } = given.request;
  const name =
    (await pathOf?.(transformation, 'ts')) ?? `${encodeURIComponent(original.facts.publicId.split('/').at(-1)!)}.ts`;
  const separate = manifestOf(given).hlsVersion === 3;
  const lines = segments.flatMap(({ at, bytes, seconds }, index) => [
    `#EXTINF:${seconds.toFixed(6)},`,
    ...(separate ? [`${name}?segment=${index}`] : [`#EXT-X-BYTERANGE:${bytes}@${at}`, name]),
  ]);
  return [
    '#EXTM3U',
    `#EXT-X-VERSION:${separate ? 3 : 4}`,
    `#EXT-X-TARGETDURATION:${Math.ceil(Math.max(1, ...segments.map(({ seconds }) => seconds)))}`,
    '#EXT-X-MEDIA-SEQUENCE:0',
    '#EXT-X-PLAYLIST-TYPE:VOD',
    ...lines,
    '#EXT-X-ENDLIST',
    '',
  ].join('\n');
}

const clockTime = (seconds: number): string => new Date(Math.round(seconds * 1000)).toISOString().slice(11, 23);

/** Where on the sheet (`fl_sprite` as .jpg) the picture of each second is (WebVTT with media fragments). */
async function thumbnails(app: App, original: Original, { request }: ManifestRequest): Promise<string> {
  const { plan } = await planDerived(app, original, { ...request, extension: 'jpg' });
  const sheet = plan.output.kind === 'image' ? plan.output.sprite : undefined;
  if (sheet === undefined) throw ERRORS.BadRequest('Invalid extension in transformation: vtt');
  const { transformation, pathOf } = request;
  const address =
    (await pathOf?.(transformation, 'jpg')) ??
    `/${original.cloud}/video/upload/${transformation}/v1/${encodeURI(original.facts.publicId)}.jpg`;
  const { interval, count, columns, width, height } = sheet;
  const cues = Array.from({ length: count }, (_, i) => {
    const [x, y] = [(i % columns) * width, Math.floor(i / columns) * height];
    const times = `${clockTime(i * interval)} --> ${clockTime((i + 1) * interval)}`;
    return `${times}\n${address}#xywh=${x},${y},${width},${height}\n`;
  });
  return `WEBVTT\n\n${cues.join('\n')}`;
}

/**
 * A playlist. Masters are only text and are written anew each time, because they name the version of the asset.
 *
 * @throws 400 for unknown profiles
 */
export async function deriveManifest(app: App, original: Original, given: ManifestRequest): Promise<Derived> {
  const output = manifestOf(given);
  if (output.kind === 'thumbnails') return textResult(app, given, await thumbnails(app, original, given));
  if (output.format === 'mpd') return textResult(app, given, await dash(app, original, given));
  const playlist =
    output.streamingProfile === null ? await rendition(app, original, given) : await master(app, original, given);
  return textResult(app, given, playlist);
}

function textResult(app: App, given: ManifestRequest, text: string): Derived {
  const { output } = given.plan;
  const data = Buffer.from(text);
  return {
    original: false,
    plan: given.plan,
    key: derivedKey(given.key, text),
    format: output.format,
    contentType: output.contentType,
    width: given.plan.out?.width,
    height: given.plan.out?.height,
    bytes: data.length,
    storedAt: app.clock(),
    data,
    openRead: ({ start, end }) => Readable.from([data.subarray(start, end + 1)]),
    rendered: true,
    improvable: false,
  };
}
