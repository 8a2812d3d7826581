import type { Current, Matrix, State } from './context.ts';
import { boundingBox } from './geometry.ts';
import type { Focus, Gravity, Rect } from './types.ts';

/** `then` after `first`. */
export function compose(first: Matrix, then: Matrix): Matrix {
  const [a, b, c, d, e, f] = first;
  const [A, B, C, D, E, F] = then;
  return [a * A + b * C, a * B + b * D, c * A + d * C, c * B + d * D, e * A + f * C + E, e * B + f * D + F];
}

function mapRect(matrix: Matrix, rect: Rect): Rect {
  const [a, b, c, d, e, f] = matrix;
  const corners = [
    [rect.x, rect.y],
    [rect.x + rect.width, rect.y],
    [rect.x, rect.y + rect.height],
    [rect.x + rect.width, rect.y + rect.height],
  ].map(([x = 0, y = 0]) => ({ x: a * x + c * y + e, y: b * x + d * y + f, width: 0, height: 0 }));
  return boundingBox(corners) ?? rect;
}

/** Rectangles of the original in the picture as it is now; what has been cut away is gone. */
function visible(rects: readonly Rect[], current: Current): Focus[] | null {
  const { matrix, width, height } = current;
  if (!matrix) return null;
  const result: Focus[] = [];
  for (const rect of rects) {
    const box = mapRect(matrix, rect);
    const x = Math.max(0, box.x);
    const y = Math.max(0, box.y);
    const cut = {
      x,
      y,
      width: Math.min(width, box.x + box.width) - x,
      height: Math.min(height, box.y + box.height) - y,
    };
    if (cut.width >= 1 && cut.height >= 1) result.push(cut);
  }
  return result;
}

/**
 * Boxes that the facts alone give. Null: only the renderer can look. An empty list means "nothing there": the fallback of
 * the gravity applies.
 */
export function knownFocus(state: State, gravity: Gravity): readonly Focus[] | null {
  const found = lookUp(state, gravity);
  const toSaliency = found?.length === 0 && 'fallback' in gravity && gravity.fallback === 'auto';
  return toSaliency ? null : found;
}

function lookUp(state: State, gravity: Gravity): readonly Focus[] | null {
  const { facts } = state.around;
  const { current } = state;
  switch (gravity.kind) {
    case 'compass':
    case 'point':
      return [];
    case 'custom': {
      const given = facts.customCoordinates ?? [];
      if (given.length > 0) return visible(given, current) ?? [];
      return gravity.next && facts.faces === undefined ? null : gravity.next ? visible(facts.faces ?? [], current) : [];
    }
    case 'region': {
      const regions = facts.regions ?? {};
      const given = Object.hasOwn(regions, gravity.name) ? regions[gravity.name] : undefined;
      return visible(given ?? [], current) ?? [];
    }
    case 'path': {
      const paths = facts.paths ?? {};
      const box = Object.hasOwn(paths, gravity.name) ? paths[gravity.name] : undefined;
      return box === undefined ? [] : (visible([box], current) ?? []);
    }
    case 'face':
    case 'faces':
      return facts.faces === undefined ? null : visible(facts.faces, current);
    case 'auto': {
      const given = facts.customCoordinates ?? [];
      return gravity.customOverrides && given.length > 0 ? visible(given, current) : null;
    }
    case 'body':
    case 'object':
      return null;
  }
}
