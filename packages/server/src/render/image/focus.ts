import { type Focus, type Gravity, objectsOf, type Rect } from '@signet/transformation';
import type { Raster } from './raster.ts';
import { salientAreas } from './saliency.ts';

/** A detector gets the picture as pixels (RGBA) and answers with boxes in its pixels, the most prominent first. */
export type Detector<Found extends Rect = Rect> = (picture: Raster, signal: AbortSignal) => Promise<readonly Found[]>;

export interface Detectors {
  faces?: Detector | undefined;
  /** Names are those of `OBJECTS` of the language. */
  objects?: Detector<Rect & { readonly name: string }> | undefined;
}

/** What a gravity points at in the picture before the step. Empty: nothing found, the plan's fallback decides. */
export async function findFocus(
  gravity: Gravity,
  picture: Raster,
  detectors: Detectors,
  signal: AbortSignal,
): Promise<Focus[]> {
  const look = eyes(picture, detectors, signal);
  const orSalient = async (found: readonly Focus[]): Promise<Focus[]> =>
    found.length === 0 && 'fallback' in gravity && gravity.fallback === 'auto' ? salientAreas(picture) : [...found];
  switch (gravity.kind) {
    case 'face': {
      const largest = [...(await look('face'))].sort((a, b) => b.width * b.height - a.width * a.height)[0];
      return orSalient(largest ? [largest] : []);
    }
    case 'faces':
    case 'body':
      return orSalient(await look(gravity.kind));
    case 'object':
      return orSalient(await firstOf(gravity.names, look));
    case 'auto':
      return autoFocus(gravity, picture, look);
    default:
      return [];
  }
}

/** Boxes of what a name of the language means. */
type Look = (name: string) => Promise<readonly Rect[]>;

/** Every detector looks at a picture once, however many names ask. */
function eyes(picture: Raster, { faces, objects }: Detectors, signal: AbortSignal): Look {
  const once = <Found extends Rect>(detector: Detector<Found> | undefined): (() => Promise<readonly Found[]>) => {
    let found: Promise<readonly Found[]> | undefined;
    return async () => {
      found ??= detector?.(picture, signal);
      return (await found) ?? [];
    };
  };
  const [faceBoxes, allObjects] = [once(faces), once(objects)];
  const objectBoxes = async (name: string) => {
    const wanted = objectsOf(name);
    return (await allObjects()).filter((box) => wanted.includes(box.name));
  };
  return async (name) => {
    if (name === 'face' || name === 'faces') return faceBoxes();
    const people = name === 'body' || name === 'person';
    const boxes = await objectBoxes(people ? 'person' : name);
    // Of somebody near the face may be all that is seen.
    return boxes.length === 0 && people ? (await faceBoxes()).map((face) => bodyOf(face, picture)) : boxes;
  };
}

async function firstOf(names: readonly string[], look: Look): Promise<readonly Rect[]> {
  for (const name of names) {
    const found = await look(name);
    if (found.length > 0) return found;
  }
  return [];
}

const FACES: ReadonlySet<string> = new Set(['face', 'faces']);

async function autoFocus(gravity: Extract<Gravity, { kind: 'auto' }>, picture: Raster, look: Look): Promise<Focus[]> {
  const wanted: Focus[] = gravity.areas.map((area) => ({ ...area, weight: 1 }));
  for (const name of gravity.focus) {
    const found = await look(name);
    wanted.push(...found.map((box) => ({ ...(FACES.has(name) ? headroom(box, picture) : box), weight: 1 })));
  }
  if (wanted.length === 0 && gravity.faces)
    wanted.push(...(await look('faces')).map((face) => ({ ...headroom(face, picture), weight: 1 })));
  if (wanted.length > 0) return wanted;
  const avoided: Rect[] = [];
  for (const name of gravity.avoid) avoided.push(...(await look(name)));
  return salientAreas(picture, avoided);
}

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
