import { clamp, createRaster, fromSharp, type Raster, toSharp } from '../raster.ts';
import { type Effect, number } from './effect.ts';

/** Pictures bent into another shape. Outside of them is transparency. */

/** Where in the source a pixel of the result comes from; false: nowhere. */
type Inverse = (x: number, y: number, at: Float64Array) => boolean;

/**
 * Draws every pixel of the result from the source, between four pixels (premultiplied, so that edges do not darken).
 * Rims fade over one pixel.
 */
export function warp(source: Raster, width: number, height: number, inverse: Inverse): Raster {
  const out = createRaster(width, height);
  const at = new Float64Array(2);
  const color = new Float64Array(4);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      if (!inverse(x + 0.5, y + 0.5, at)) continue;
      if (!sample(source, at[0]! - 0.5, at[1]! - 0.5, color)) continue;
      const i = (y * width + x) * 4;
      const alpha = color[3]!;
      out.data[i] = clamp(color[0]! / alpha + 0.5, 0, 255);
      out.data[i + 1] = clamp(color[1]! / alpha + 0.5, 0, 255);
      out.data[i + 2] = clamp(color[2]! / alpha + 0.5, 0, 255);
      out.data[i + 3] = clamp(alpha * 255 + 0.5, 0, 255);
    }
  }
  return out;
}

/** Premultiplied colour between the four pixels around (x, y); pixels outside count as transparent. */
function sample({ data, width, height }: Raster, x: number, y: number, color: Float64Array): boolean {
  const x0 = Math.floor(x);
  const y0 = Math.floor(y);
  if (x0 < -1 || y0 < -1 || x0 >= width || y0 >= height) return false;
  color.fill(0);
  for (let corner = 0; corner < 4; corner++) {
    const px = x0 + (corner & 1);
    const py = y0 + (corner >> 1);
    if (px < 0 || py < 0 || px >= width || py >= height) continue;
    const weight = (corner & 1 ? x - x0 : 1 - x + x0) * (corner >> 1 ? y - y0 : 1 - y + y0);
    const i = (py * width + px) * 4;
    const alpha = (data[i + 3]! / 255) * weight;
    for (let c = 0; c < 3; c++) color[c]! += data[i + c]! * alpha;
    color[3]! += alpha;
  }
  return color[3]! > 0.002;
}

/** The projective map that takes four points to four others, as nine numbers (row-major). */
function projection(from: readonly number[], to: readonly number[]): number[] | undefined {
  const rows: number[][] = [];
  for (let k = 0; k < 4; k++) {
    const [x, y, u, v] = [from[k * 2]!, from[k * 2 + 1]!, to[k * 2]!, to[k * 2 + 1]!];
    rows.push([x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]);
  }
  const solved = solve(rows);
  return solved && [...solved, 1];
}

/** Gauss elimination with pivots on an n×(n+1) system. */
function solve(rows: number[][]): number[] | undefined {
  const n = rows.length;
  for (let column = 0; column < n; column++) {
    let pivot = column;
    for (let row = column + 1; row < n; row++)
      if (Math.abs(rows[row]![column]!) > Math.abs(rows[pivot]![column]!)) pivot = row;
    if (Math.abs(rows[pivot]![column]!) < 1e-9) return undefined;
    [rows[column], rows[pivot]] = [rows[pivot]!, rows[column]!];
    for (let row = 0; row < n; row++) {
      if (row === column) continue;
      const factor = rows[row]![column]! / rows[column]![column]!;
      for (let k = column; k <= n; k++) rows[row]![k]! -= factor * rows[column]![k]!;
    }
  }
  return rows.map((row, i) => row[n]! / row[i]!);
}

/** Corners in the order top left, top right, bottom right, bottom left; the result is the box around them. */
function perspective(raster: Raster, corners: readonly number[]): Raster {
  const xs = corners.filter((_, i) => i % 2 === 0);
  const ys = corners.filter((_, i) => i % 2 === 1);
  const [left, top] = [Math.min(...xs), Math.min(...ys)];
  const width = Math.max(1, Math.round(Math.max(...xs) - left));
  const height = Math.max(1, Math.round(Math.max(...ys) - top));
  const target = corners.map((value, i) => value - (i % 2 === 0 ? left : top));
  const { width: w, height: h } = raster;
  const map = projection(target, [0, 0, w, 0, w, h, 0, h]);
  if (!map) return createRaster(width, height);
  const [a, b, c, d, e, f, g, k, l] = map as [number, number, number, number, number, number, number, number, number];
  return warp(raster, width, height, (x, y, at) => {
    const z = g * x + k * y + l;
    if (z === 0) return false;
    at[0] = (a * x + b * y + c) / z;
    at[1] = (d * x + e * y + f) / z;
    return at[0] >= 0 && at[1] >= 0 && at[0] <= w && at[1] <= h;
  });
}

/** Bends the picture around a circle so that its width covers the angle; negative angles bend downwards. */
function arc(raster: Raster, degrees: number): Raster {
  const { width, height } = raster;
  const angle = (Math.abs(degrees) * Math.PI) / 180;
  const middle = Math.max(width / angle, height / 2 + 1);
  const [outer, inner] = [middle + height / 2, Math.max(0, middle - height / 2)];
  const half = Math.min(Math.PI, angle / 2);
  const reach = half >= Math.PI / 2 ? outer : outer * Math.sin(half);
  const lowest = half >= Math.PI / 2 ? -outer * Math.cos(half) : -inner * Math.cos(half);
  const outWidth = Math.max(1, Math.ceil(2 * reach));
  const outHeight = Math.max(1, Math.ceil(outer + lowest));
  return warp(raster, outWidth, outHeight, (x, y, at) => {
    const dx = x - reach;
    const dy = degrees > 0 ? outer - y : outer - (outHeight - y);
    const theta = Math.atan2(dx, dy);
    if (Math.abs(theta) > half) return false;
    const radius = Math.hypot(dx, dy);
    at[0] = (theta / (2 * half)) * width + width / 2;
    at[1] = degrees > 0 ? ((outer - radius) / (outer - inner)) * height : ((radius - inner) / (outer - inner)) * height;
    return at[1] >= 0 && at[1] <= height;
  });
}

/** Skew along x, then along y: ImageMagick's `-shear`. The canvas grows to hold all of it. */
function shear(raster: Raster, xDegrees: number, yDegrees: number, out: { width: number; height: number }): Raster {
  const [sx, sy] = [Math.tan((xDegrees * Math.PI) / 180), Math.tan((yDegrees * Math.PI) / 180)];
  const [cx, cy] = [raster.width / 2, raster.height / 2];
  return warp(raster, out.width, out.height, (x, y, at) => {
    const u = x - out.width / 2;
    const v = y - out.height / 2 - sy * u;
    at[0] = u + sx * v + cx;
    at[1] = v + cy;
    return true;
  });
}

export const WARP: Readonly<Record<string, Effect>> = {
  distort: {
    alpha: true,
    apply(raster, args) {
      const corners = args.corners as readonly number[] | null | undefined;
      return corners ? perspective(raster, corners) : arc(raster, number(args, 'arc', 180));
    },
  },
  shear: {
    alpha: true,
    apply: (raster, args, { out }) => shear(raster, number(args, 'x'), number(args, 'y'), out ?? raster),
  },
  upscale: {
    apply: (raster, _args, { out }) =>
      fromSharp(
        toSharp(raster)
          .resize(out?.width ?? raster.width * 4, out?.height ?? raster.height * 4, { fit: 'fill', kernel: 'lanczos3' })
          .sharpen({ sigma: 1.6, m1: 0.3, m2: 1.4 }),
      ),
  },
};
