import type { SourceFacts } from '@signet/transformation';
import type { AssetRow } from '../catalog/schema.ts';
import type { MediaFacts } from '../ingest/inspect/inspector.ts';

type Box = readonly [number, number, number, number];
const rect = ([x, y, width, height]: Box) => ({ x, y, width, height });

/** What belongs to the asset and not to its bytes, as far as a plan reads it. */
export interface AssetDetails {
  readonly publicId: string;
  readonly tags?: readonly string[];
  readonly context?: Readonly<Record<string, string>>;
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly coordinates?: {
    readonly faces?: readonly Box[];
    readonly custom?: readonly Box[];
    readonly regions?: Readonly<Record<string, readonly (readonly [number, number])[]>>;
  };
  readonly faces?: readonly Box[];
  readonly qualityOverride?: string | undefined;
}

/** The box around the points of a region (two points, or a polygon). */
function boundingBox(points: readonly (readonly [number, number])[]) {
  const xs = points.map(([x]) => x);
  const ys = points.map(([, y]) => y);
  const [x, y] = [Math.min(...xs), Math.min(...ys)];
  return { x, y, width: Math.max(...xs) - x, height: Math.max(...ys) - y };
}

/** Facts of a plan from what inspection found and what the catalog knows. */
export function sourceFacts(media: MediaFacts, hash: string, details: AssetDetails): SourceFacts {
  const { coordinates = {} } = details;
  const faces = coordinates.faces ?? details.faces;
  return {
    resourceType: media.resourceType,
    publicId: details.publicId,
    format: media.format ?? '',
    width: media.width ?? 0,
    height: media.height ?? 0,
    points:
      media.format === 'pdf' || media.format === 'ai'
        ? { width: media.width ?? 0, height: media.height ?? 0 }
        : undefined,
    contentId: hash,
    pages: media.pages,
    pageSizes: media.pageSizes?.map(([width, height]) => ({ width, height })),
    pageNames: media.pageNames,
    embedded: media.embedded,
    paths:
      media.paths && Object.fromEntries(Object.entries(media.paths).map(([name, box]) => [name, rect(box)] as const)),
    animated: media.animated,
    hasAlpha: media.hasAlpha,
    orientation: media.orientation,
    dpi: media.density,
    colorSpace: media.colorSpace,
    duration: media.video?.duration,
    frameRate: media.video?.frame_rate,
    isAudio: media.video?.is_audio,
    hasAudio: media.video && Object.keys(media.video.audio ?? {}).length > 0,
    tags: details.tags,
    context: details.context,
    metadata: details.metadata as SourceFacts['metadata'],
    qualityOverride: details.qualityOverride,
    faces: faces?.map(rect),
    customCoordinates: coordinates.custom?.map(rect),
    regions:
      coordinates.regions &&
      Object.fromEntries(Object.entries(coordinates.regions).map(([name, points]) => [name, [boundingBox(points)]])),
  };
}

export const detailsOf = (row: AssetRow): AssetDetails => {
  const analysis = JSON.parse(row.analysis) as { faces?: readonly Box[] };
  return {
    publicId: row.public_id,
    tags: JSON.parse(row.tags) as string[],
    context: JSON.parse(row.context) as Record<string, string>,
    metadata: JSON.parse(row.metadata) as Record<string, unknown>,
    coordinates: JSON.parse(row.coordinates) as NonNullable<AssetDetails['coordinates']>,
    faces: analysis.faces,
    qualityOverride: (JSON.parse(row.facts) as { quality_override?: string }).quality_override,
  };
};

export const rowFacts = (row: AssetRow): SourceFacts =>
  sourceFacts(JSON.parse(row.facts) as MediaFacts, row.blob ?? '', detailsOf(row));
