import type { App } from '../app.ts';
import type { AssetRow } from '../catalog/schema.ts';
import { derive, type Original } from '../delivery/derive.ts';
import { ERRORS } from '../errors.ts';
import type { RenderedEager } from './eager.ts';
import { deliveryPath, links, type ViewContext } from './view.ts';

export interface Search {
  /** The transformation that makes the picture so wide. */
  readonly scaled: (width: number) => string;
  /** What the picture goes through before it is scaled; its result bounds the width. */
  readonly before?: string;
  readonly format: string | undefined;
  /** Pixels. */
  readonly min: number;
  readonly max: number;
  /** Bytes. */
  readonly step: number;
  readonly images: number;
  /** Refuses what the transformation refers to and the caller may not see. */
  readonly mayUse?: (row: AssetRow) => void;
}

interface Request extends Search {
  readonly transformation: string;
  readonly create: boolean;
}

export interface Breakpoint {
  readonly width: number;
  readonly height: number;
  readonly bytes: number;
  readonly rendered: RenderedEager;
}

const integer = (value: unknown, fallback: number, name: string, min: number, max: number): number => {
  if (value === undefined || value === null || value === '') return fallback;
  const number = Number(value);
  if (!Number.isInteger(number) || number < min || number > max)
    throw ERRORS.InvalidParameter(`responsive_breakpoints ${name}`, String(value));
  return number;
};

/** One object or an array of them. @throws 400 */
function readRequests(value: unknown): Request[] {
  return [value].flat().map((item: unknown) => {
    if (typeof item !== 'object' || item === null)
      throw ERRORS.InvalidParameter('responsive_breakpoints', JSON.stringify(value));
    const {
      create_derived,
      transformation = '',
      format,
      max_width,
      min_width,
      bytes_step,
      max_images,
    } = item as Record<string, unknown>;
    if (create_derived === undefined) throw ERRORS.MissingParameter('responsive_breakpoints create_derived');
    if (typeof transformation !== 'string')
      throw ERRORS.InvalidParameter('responsive_breakpoints transformation', JSON.stringify(transformation));
    const min = integer(min_width, 50, 'min_width', 1, 100_000);
    return {
      transformation,
      before: transformation,
      scaled: (width) => [transformation, `c_scale,w_${width}`].filter(Boolean).join('/'),
      format: typeof format === 'string' && format !== '' ? format : undefined,
      create: create_derived === true || create_derived === 'true' || create_derived === 1 || create_derived === '1',
      min,
      max: integer(max_width, 1000, 'max_width', min, 100_000),
      step: integer(bytes_step, 20_000, 'bytes_step', 1, 1_000_000_000),
      images: integer(max_images, 20, 'max_images', 1, 200),
    };
  });
}

/**
 * Widths between which the file size differs by about `bytes_step`: rendered for real, by halving intervals as long as
 * their ends differ by more than a step and there may be more pictures. Widest first; never wider than the original, nor than
 * what the transformation leaves of it (Python suite, `test_upload_responsive_breakpoints_cache`).
 */
export async function searchBreakpoints(app: App, original: Original, request: Search): Promise<Breakpoint[]> {
  const { before = '', format, mayUse } = request;
  const transformed =
    before === ''
      ? undefined
      : await derive(app, original, { transformation: before, extension: format ?? null, mayUse });
  const widest = Math.min(request.max, original.facts.width || request.max, transformed?.width || request.max);
  const narrowest = Math.min(request.min, widest);
  const at = async (width: number): Promise<Breakpoint> => {
    const transformation = request.scaled(width);
    const derived = await derive(app, original, { transformation, extension: format ?? null, mayUse });
    return {
      width: derived.width ?? width,
      height: derived.height ?? 0,
      bytes: derived.bytes,
      rendered: { transformation, extension: request.format ?? '', derived },
    };
  };
  const found = new Map<number, Breakpoint>();
  for (const width of new Set([widest, narrowest])) if (found.size < request.images) found.set(width, await at(width));
  for (;;) {
    const widths = [...found.keys()].sort((a, b) => b - a);
    const gaps = widths
      .slice(1)
      .map((low, index) => ({
        low,
        high: widths[index]!,
        bytes: Math.abs(found.get(widths[index]!)!.bytes - found.get(low)!.bytes),
      }))
      .filter(({ low, high, bytes }) => high - low > 1 && bytes > request.step)
      .sort((a, b) => b.bytes - a.bytes);
    if (gaps.length === 0 || found.size >= request.images) break;
    const middle = Math.round((gaps[0]!.low + gaps[0]!.high) / 2);
    found.set(middle, await at(middle));
  }
  return [...found].sort(([a], [b]) => b - a).map(([, breakpoint]) => breakpoint);
}

export interface Breakpoints {
  /** What the catalog should list, because `create_derived` was on. */
  readonly derived: RenderedEager[];
  view(row: AssetRow, context: ViewContext): Record<string, unknown>[];
}

/** `responsive_breakpoints`: one result for each request. */
export async function responsiveBreakpoints(app: App, original: Original, value: unknown): Promise<Breakpoints> {
  const requests = value === undefined ? [] : readRequests(value);
  if (requests.length > 0 && original.facts.resourceType !== 'image')
    throw ERRORS.BadRequest('Responsive breakpoints are made for images only');
  const results: { request: Request; breakpoints: Breakpoint[] }[] = [];
  for (const request of requests)
    results.push({ request, breakpoints: await searchBreakpoints(app, original, request) });
  return {
    derived: results
      .filter(({ request }) => request.create)
      .flatMap(({ breakpoints }) => breakpoints.map(({ rendered }) => rendered)),
    view: (row, context) =>
      results.map(({ request, breakpoints }) => ({
        ...(request.transformation === '' ? {} : { transformation: request.transformation }),
        breakpoints: breakpoints.map(({ width, height, bytes, rendered }) => ({
          width,
          height,
          bytes,
          ...links(
            context.origin,
            deliveryPath(row, context, {
              transformation: rendered.transformation,
              extension: rendered.extension || rendered.derived.format,
            }),
          ),
        })),
      })),
  };
}
