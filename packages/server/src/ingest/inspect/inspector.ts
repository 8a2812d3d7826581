import { stat } from 'node:fs/promises';
import type { Metadata, Sharp } from 'sharp';
import sharp from 'sharp';
import { ERRORS, type SignetError } from '../../errors.ts';
import { readPathBoxes } from '../../render/image/clipping-path.ts';
import { readApngHeader } from '../../render/image/formats/apng-decode.ts';
import { readAvifSequence } from '../../render/image/formats/avif-sequence.ts';
import type { Face } from '../../render/neural/faces.ts';
import type { PsdLayers, RawPicture, VideoFacts, VideoWorkers } from '../../render/video/video-workers.ts';
import { WorkerError } from '../../render/workers/process-pool.ts';
import { type Analysis, type AnalysisName, analyze } from './analyze.ts';
import { extensionOf, type Format, formatOf, isBitmap } from './formats.ts';
import { bytesOrPath, type InspectInput, inputAt } from './input.ts';
import { readPlainJpeg } from './jpeg.ts';
import { openPicture, type PictureSource, pictureSource } from './picture-source.ts';
import { sniff } from './sniff.ts';

export interface InspectorOptions {
  /** Workers for formats beyond libvips and for video. */
  readonly workers: VideoWorkers;
  /** Face detector for the analysis `faces`; without it that analysis gives nothing. */
  readonly detectFaces?: (input: string | Buffer | RawPicture) => Promise<readonly Face[]>;
  /** Width × height of a picture at most. Default 100 million. */
  readonly pixelLimit?: number;
  /** Bytes of an SVG file at most: it is parsed whole. Default 16 million. */
  readonly svgLimit?: number;
}

export interface InspectRequest {
  /** Name the client gave; tells apart formats that share a container. */
  readonly filename?: string;
  /** What the caller asked for; default `auto`. */
  readonly resourceType?: 'image' | 'video' | 'raw' | 'auto';
  readonly wanted?: Iterable<AnalysisName>;
  readonly signal?: AbortSignal;
}

export interface MediaFacts {
  readonly resourceType: 'image' | 'video' | 'raw';
  /** Canonical name; for raw files the content's or else the name's extension, undefined when there is neither. */
  readonly format: string | undefined;
  readonly mime: string;
  readonly bytes: number;
  /**
   * Pixels of the upright picture, that is after EXIF orientation and after a film's rotation, because that is what
   * delivery starts from (inferred; the cloud does not say which it reports). Points (1/72 inch) for PDF and AI.
   */
  readonly width?: number;
  readonly height?: number;
  /** Pages or frames: 1 for plain pictures, 0 for video and audio; absent for raw. */
  readonly pages?: number;
  /** Width and height of every page, when they differ from the first one's. */
  readonly pageSizes?: readonly (readonly [number, number])[];
  /** Names of the layers of a PSD, from the bottom up. */
  readonly pageNames?: readonly string[];
  /** Files inside of smart objects of a PSD that are pictures themselves; 0×0 for others. */
  readonly embedded?: readonly EmbeddedFacts[];
  /** Boxes (left, top, width, height) around the named paths of a JPEG, TIFF or PSD, in upright pixels. */
  readonly paths?: Readonly<Record<string, readonly [number, number, number, number]>>;
  readonly hasAlpha?: boolean;
  /** Several frames that play. */
  readonly animated?: boolean;
  /** libvips' name: srgb, cmyk, b-w, lab … */
  readonly colorSpace?: string;
  readonly hasProfile?: boolean;
  /** Dots per inch as stored. */
  readonly density?: number;
  /** EXIF orientation 1–8 as stored; absent when there is none. */
  readonly orientation?: number;
  readonly progressive?: boolean;
  /** Milliseconds of each frame. */
  readonly delays?: readonly number[];
  /** Repetitions of an animation; 0 is for ever. */
  readonly loop?: number;
  /** Audio, video, duration and so on by their wire names. */
  readonly video?: VideoFacts;
  readonly analysis: Analysis;
}

interface EmbeddedFacts {
  readonly width: number;
  readonly height: number;
  /** Names of the layers that show it. */
  readonly layers: readonly string[];
}

export interface Inspector {
  /**
   * Reads what a file is and, when wanted, analyses it.
   *
   * @throws ERRORS.InvalidImageFile when it is asked or sniffed to be an image and no decoder agrees
   * @throws ERRORS.UnsupportedVideo likewise for video and audio
   * @throws ERRORS.Unavailable when a decoder is not installed or all workers are busy
   */
  inspectFile(file: InspectInput, request?: InspectRequest): Promise<MediaFacts>;
  /** Shuts nothing down that it does not own; kept so that all machinery closes the same way. */
  close(): Promise<void>;
}

/** What a failed worker job means to a client. */
function translate(error: unknown, invalid: () => SignetError): SignetError {
  const { failure, message } = error instanceof WorkerError ? error : { failure: undefined, message: String(error) };
  if (failure === 'missing') return ERRORS.Unavailable('The optional package node-av is not installed on this server');
  if (failure === 'busy' || failure === 'aborted') return ERRORS.Unavailable(message);
  const error_ = invalid();
  error_.cause = error;
  return error_;
}

/** Colours are few in an icon; a decode at this size reads the whole file all the same. */
const PROOF_SIDE = 32;
/** What is so of every JPEG whose header was read without a decoder. */
const PLAIN_JPEG = {
  pages: 1,
  hasAlpha: false,
  animated: false,
  hasProfile: false,
  orientation: undefined,
  progressive: false,
  analysis: {},
};
/** Height of the strip that proves a JPEG: one row of its blocks. */
const PROOF_ROWS = 8;

/**
 * A header alone makes no picture: the pixels have to come out too. Files cut short pass, as in browsers. A JPEG is
 * proven by its first rows, since its decoder takes nearly everything that follows for a picture: to read the rest would
 * cost several times as much and find one file more among thousands of damaged ones.
 *
 * @param picture the source, opened and not turned
 * @throws what the decoder says
 */
async function prove(picture: Sharp, source: PictureSource, { format, width, height }: Metadata): Promise<void> {
  if (source.raw !== undefined) return;
  const proof =
    format === 'jpeg'
      ? picture.extract({ left: 0, top: 0, width: Math.min(PROOF_SIDE, width), height: Math.min(PROOF_ROWS, height) })
      : openPicture(source).resize(PROOF_SIDE, PROOF_SIDE);
  await proof.raw().toBuffer();
}

export function createInspector(options: InspectorOptions): Inspector {
  const pixelLimit = options.pixelLimit ?? 100_000_000;
  const svgLimit = options.svgLimit ?? 16_000_000;

  const checkPixels = ({ width, height }: { width: number; height: number }): void => {
    if (width * height > pixelLimit) throw new Error(`${width}×${height} pixels`);
  };

  async function inspectImage(
    file: InspectInput,
    format: Format,
    bytes: number,
    request: InspectRequest,
  ): Promise<MediaFacts> {
    const wanted = new Set(request.wanted ?? []);
    const base = { resourceType: 'image' as const, format: format.name, mime: format.mime, bytes };
    try {
      if (format.name === 'svg' && bytes > svgLimit) throw new Error(`an SVG of more than ${svgLimit} bytes`);
      if (format.decode === 'pdfium') {
        const { pages, width, height, sizes } = await options.workers.pdfFacts(await file.path(), {
          signal: request.signal,
        });
        const source = wanted.size > 0 ? await pictureSource(file, format, options.workers, { pixelLimit }) : undefined;
        const analysis = source === undefined ? {} : await analyzeSource(file, source, wanted);
        return {
          ...base,
          width,
          height,
          pages,
          pageSizes: differing(sizes),
          hasAlpha: false,
          colorSpace: 'srgb',
          density: 72,
          analysis,
        };
      }
      const jpeg = format.name === 'jpg' && file.memory !== undefined ? readPlainJpeg(file.memory) : undefined;
      if (jpeg !== undefined && !jpeg.more && wanted.size === 0) {
        checkPixels(jpeg);
        const { width, height, space: colorSpace, density } = jpeg;
        return { ...base, width, height, ...PLAIN_JPEG, colorSpace, density };
      }
      const source = await pictureSource(file, format, options.workers, { pixelLimit });
      const picture = sharp(source.input, source.options);
      const metadata = await picture.metadata();
      const { width, height } = uprightSize(metadata, source);
      checkPixels({ width, height });
      if (jpeg === undefined) await prove(picture, source, metadata);
      const { pages = 1, ...moving } = await framesOf(file, format, metadata);
      const layered = format.name === 'psd' ? await layersOf(file, request) : undefined;
      const paths = await pathsOf(file, format, metadata);
      return {
        ...base,
        width,
        height,
        pages: layered?.pages ?? pages,
        hasAlpha: metadata.hasAlpha,
        animated: format.animated === true && pages > 1,
        colorSpace: metadata.space,
        hasProfile: metadata.hasProfile,
        density: metadata.density,
        orientation: source.orientation ?? metadata.orientation,
        progressive: metadata.isProgressive,
        ...moving,
        ...layered,
        ...paths,
        analysis: wanted.size > 0 ? await analyzeSource(file, source, wanted, metadata) : {},
      };
    } catch (error) {
      throw translate(error, ERRORS.InvalidImageFile);
    }
  }

  /** Layers and smart objects of a PSD. The flattened picture is there; what cannot be read is as if it were not. */
  async function layersOf(
    file: InspectInput,
    { signal }: InspectRequest,
  ): Promise<Pick<MediaFacts, 'pages' | 'pageNames' | 'embedded'>> {
    const path = await file.path();
    const none: PsdLayers = { names: [], embedded: [] };
    const { names, embedded } = await options.workers.psdLayers(path, { signal }).catch(() => none);
    const files: EmbeddedFacts[] = [];
    for (const [i, { name, layers }] of embedded.slice(0, MAX_EMBEDDED).entries()) {
      const size = await options.workers
        .psdEmbedded(path, i + 1, (inner) => sizeInside(inner, name, signal), { signal })
        .catch(() => ({ width: 0, height: 0 }));
      files.push({ ...size, layers });
    }
    return {
      ...(names.length === 0 ? {} : { pages: names.length, pageNames: names }),
      ...(files.length === 0 ? {} : { embedded: files }),
    };
  }

  /** Upright size of the picture inside of a smart object. Other Photoshop files in it are not opened further. */
  async function sizeInside(path: string, filename: string, signal: AbortSignal | undefined) {
    const { format } = await sniff(inputAt(path), filename);
    if (format?.kind !== 'image' || !isBitmap(format)) throw ERRORS.InvalidImageFile();
    const source = await pictureSource(inputAt(path), format, options.workers, { pixelLimit });
    signal?.throwIfAborted();
    return uprightSize(await sharp(source.input, source.options).metadata(), source);
  }

  async function analyzeSource(
    file: InspectInput,
    source: PictureSource,
    wanted: ReadonlySet<AnalysisName>,
    known?: Metadata,
  ): Promise<Analysis> {
    const metadata = known ?? (await sharp(source.input, source.options).metadata());
    const { detectFaces } = options;
    return analyze({ file, source, metadata, detectFaces, ...uprightSize(metadata, source) }, wanted);
  }

  async function inspectVideo(
    file: InspectInput,
    format: Format,
    bytes: number,
    request: InspectRequest,
  ): Promise<MediaFacts> {
    const { demuxer } = format;
    if (demuxer === undefined) throw ERRORS.UnsupportedVideo();
    const wanted = new Set(request.wanted ?? []);
    try {
      const { facts, metadata } = await options.workers.probe(await file.path(), demuxer, { signal: request.signal });
      const analysis: Analysis = {};
      if (wanted.has('image_metadata')) analysis.image_metadata = metadata;
      if (wanted.has('media_metadata')) analysis.media_metadata = metadata;
      const size = { width: facts.width, height: facts.height };
      const base = { resourceType: 'video' as const, format: format.name, mime: format.mime, bytes };
      return { ...base, ...size, pages: 0, video: facts, analysis };
    } catch (error) {
      throw translate(error, ERRORS.UnsupportedVideo);
    }
  }

  return {
    async inspectFile(file, request = {}) {
      const { filename = '', resourceType = 'auto' } = request;
      if (resourceType === 'raw') {
        const bytes = file.memory?.length ?? (await stat(await file.path())).size;
        return rawFacts(formatOf(extensionOf(filename)), filename, bytes);
      }
      const sniffed = await sniff(file, filename);
      const { format, bytes } = sniffed;
      const kind = resourceType === 'auto' ? sniffed.resourceType : resourceType;
      if (kind === 'raw') return rawFacts(format, filename, bytes);
      if (kind === 'image') {
        if (format?.kind !== 'image' || format.decode === undefined) throw ERRORS.InvalidImageFile();
        return inspectImage(file, format, bytes, request);
      }
      // The cloud takes an animated GIF as a video when asked to; its row has a demuxer too.
      const plays = format?.kind === 'video' || format?.kind === 'audio' || format?.name === 'gif';
      if (format === undefined || !plays) throw ERRORS.UnsupportedVideo();
      return inspectVideo(file, format, bytes, request);
    },
    close: async () => {},
  };
}

/** Frames, pages or layers of a picture, as far as the format has them. */
async function framesOf(
  file: InspectInput,
  format: Format,
  { pages, delay, loop }: Metadata,
): Promise<Pick<MediaFacts, 'pages' | 'pageSizes' | 'delays' | 'loop'>> {
  if (format.name === 'png') {
    const moving = await readApngHeader(await bytesOrPath(file));
    return moving === undefined ? {} : { pages: moving.frames, loop: moving.loop };
  }
  if (format.name === 'avif') {
    const moving = await readAvifSequence(await bytesOrPath(file));
    if (moving !== undefined) return { pages: moving.frames, delays: moving.delays, loop: moving.loop };
  }
  if (format.animated) return { pages, delays: delay, loop };
  if (!format.paged || pages === undefined || pages === 1) return {};
  return { pages, pageSizes: await tiffSizes(await bytesOrPath(file), pages) };
}

/** Smart objects that are opened, of a document with more. */
const MAX_EMBEDDED = 20;

/** Named paths, of the files that can have some. */
async function pathsOf(
  file: InspectInput,
  { name }: Format,
  { iptc, tifftagPhotoshop, orientation, width, height }: Metadata,
): Promise<Pick<MediaFacts, 'paths'>> {
  if (iptc === undefined && tifftagPhotoshop === undefined && name !== 'psd') return {};
  const lying = (orientation ?? 1) >= 5;
  const upright = { width: lying ? height : width, height: lying ? width : height, orientation };
  const paths = await readPathBoxes(await bytesOrPath(file), upright);
  return Object.keys(paths).length === 0 ? {} : { paths };
}

/** Pages whose size is looked at, of a document with more. */
const MAX_SIZED_PAGES = 200;

async function tiffSizes(source: Buffer | string, pages: number): Promise<MediaFacts['pageSizes']> {
  const sizes: [number, number][] = [];
  for (let page = 0; page < Math.min(pages, MAX_SIZED_PAGES); page++) {
    const { width, height } = (await sharp(source, { page }).metadata()).autoOrient;
    sizes.push([width, height]);
  }
  return differing(sizes);
}

/** Nothing when all pages are like the first. */
const differing = (sizes: readonly (readonly [number, number])[]): MediaFacts['pageSizes'] =>
  sizes.some(([width, height]) => width !== sizes[0]![0] || height !== sizes[0]![1]) ? sizes : undefined;

function rawFacts(format: Format | undefined, filename: string, bytes: number): MediaFacts {
  const name = format?.name ?? (extensionOf(filename) || undefined);
  return { resourceType: 'raw', format: name, mime: format?.mime ?? 'application/octet-stream', bytes, analysis: {} };
}

function uprightSize(metadata: Metadata, source: PictureSource): { width: number; height: number } {
  if (source.orientation === undefined) return metadata.autoOrient;
  const { width, height } = metadata;
  return source.orientation >= 5 ? { width: height, height: width } : { width, height };
}
