import type { Focus, Gravity, Rect } from '@signet/transformation';
import type { Raster } from './raster.ts';
import { salientAreas } from './saliency.ts';

/** A detector gets the picture as pixels (RGBA) and answers with boxes in its pixels, the most prominent first. */
export type Detector = (picture: Raster, signal: AbortSignal) => Promise<readonly Rect[]>;

export interface Detectors {
  faces?: Detector | undefined;
}

/** What a gravity points at in the picture before the step. Empty: nothing found, the plan's fallback decides. */
export async function findFocus(
  gravity: Gravity,
  picture: Raster,
  detectors: Detectors,
  signal: AbortSignal,
): Promise<Focus[]> {
  switch (gravity.kind) {
    case 'face': {
      const faces = await detect(picture, detectors, signal);
      const largest = [...faces].sort((a, b) => b.width * b.height - a.width * a.height)[0];
      return largest ? [largest] : gravity.fallback === 'auto' ? salientAreas(picture) : [];
    }
    case 'faces': {
      const faces = await detect(picture, detectors, signal);
      return faces.length > 0 || gravity.fallback !== 'auto' ? [...faces] : salientAreas(picture);
    }
    case 'body': {
      const bodies = (await detect(picture, detectors, signal)).map((face) => bodyOf(face, picture));
      return bodies.length > 0 || gravity.fallback !== 'auto' ? bodies : salientAreas(picture);
    }
    case 'object': {
      for (const name of gravity.names) {
        const found = await object(name, picture, detectors, signal);
        if (found.length > 0) return [...found];
      }
      return gravity.fallback === 'auto' ? salientAreas(picture) : [];
    }
    case 'auto':
      return autoFocus(gravity, picture, detectors, signal);
    default:
      return [];
  }
}

async function autoFocus(
  gravity: Extract<Gravity, { kind: 'auto' }>,
  picture: Raster,
  detectors: Detectors,
  signal: AbortSignal,
): Promise<Focus[]> {
  const wanted: Focus[] = gravity.areas.map((area) => ({ ...area, weight: 1 }));
  const faceless =
    gravity.focus.includes('none') ||
    gravity.focus.includes('no_faces') ||
    gravity.avoid.includes('face') ||
    gravity.avoid.includes('faces');
  for (const name of gravity.focus.filter((focus) => focus === 'body' || focus === 'person'))
    wanted.push(...(await object(name, picture, detectors, signal)));
  if (!faceless)
    wanted.push(
      ...(await detect(picture, detectors, signal)).map((face) => ({ ...headroom(face, picture), weight: 1 })),
    );
  if (wanted.length > 0) return wanted;
  const avoided: Rect[] = [];
  for (const name of gravity.avoid) avoided.push(...(await object(name, picture, detectors, signal)));
  return salientAreas(picture, avoided);
}

/** `face`, `faces`, `body` or `person`; the language refuses other names. */
async function object(
  name: string,
  picture: Raster,
  detectors: Detectors,
  signal: AbortSignal,
): Promise<readonly Rect[]> {
  const faces = await detect(picture, detectors, signal);
  return name === 'body' || name === 'person' ? faces.map((face) => bodyOf(face, picture)) : faces;
}

const detect = async (picture: Raster, { faces }: Detectors, signal: AbortSignal): Promise<readonly Rect[]> =>
  (await faces?.(picture, signal)) ?? [];

/** The head with some room around the face. */
function headroom(face: Rect, picture: Raster): Rect {
  const grow = 0.35;
  return inside(
    {
      x: face.x - face.width * grow,
      y: face.y - face.height * grow,
      width: face.width * (1 + 2 * grow),
      height: face.height * (1 + 2 * grow),
    },
    picture,
  );
}

/** Where a body is likely, from its face: three faces wide, seven high (proportions of a standing person). */
function bodyOf(face: Rect, picture: Raster): Rect {
  return inside(
    { x: face.x - face.width, y: face.y - face.height * 0.3, width: face.width * 3, height: face.height * 7 },
    picture,
  );
}

function inside(box: Rect, picture: Raster): Rect {
  const x = Math.max(0, Math.round(box.x));
  const y = Math.max(0, Math.round(box.y));
  return {
    x,
    y,
    width: Math.max(1, Math.min(picture.width, Math.round(box.x + box.width)) - x),
    height: Math.max(1, Math.min(picture.height, Math.round(box.y + box.height)) - y),
  };
}
