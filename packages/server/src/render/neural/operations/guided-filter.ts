/** A plane of floats, row by row. */
export interface Plane {
  readonly data: Float32Array;
  readonly width: number;
  readonly height: number;
}

/** Mean over a square window of side 2·radius+1, cut at the borders; two running sums, so independent of the radius. */
export function boxMean({ data, width, height }: Plane, radius: number): Float32Array {
  const rows = new Float32Array(data.length);
  for (let y = 0; y < height; y++) {
    const at = y * width;
    let sum = 0;
    for (let x = 0; x <= Math.min(radius, width - 1); x++) sum += data[at + x]!;
    for (let x = 0; x < width; x++) {
      const left = Math.max(0, x - radius);
      const right = Math.min(width - 1, x + radius);
      rows[at + x] = sum / (right - left + 1);
      if (x + radius + 1 < width) sum += data[at + x + radius + 1]!;
      if (x - radius >= 0) sum -= data[at + x - radius]!;
    }
  }
  const out = new Float32Array(data.length);
  const sums = new Float64Array(width);
  for (let y = 0; y <= Math.min(radius, height - 1); y++) {
    for (let x = 0; x < width; x++) sums[x] = sums[x]! + rows[y * width + x]!;
  }
  for (let y = 0; y < height; y++) {
    const count = Math.min(height - 1, y + radius) - Math.max(0, y - radius) + 1;
    const enters = y + radius + 1 < height ? (y + radius + 1) * width : -1;
    const leaves = y - radius >= 0 ? (y - radius) * width : -1;
    for (let x = 0; x < width; x++) {
      out[y * width + x] = sums[x]! / count;
      if (enters >= 0) sums[x] = sums[x]! + rows[enters + x]!;
      if (leaves >= 0) sums[x] = sums[x]! - rows[leaves + x]!;
    }
  }
  return out;
}

/** For each pixel the best linear map from the guide's colour to the mask: mask ≈ a·colour + b. */
export interface LinearMap {
  readonly a: readonly [Float32Array, Float32Array, Float32Array];
  readonly b: Float32Array;
  readonly width: number;
  readonly height: number;
}

/**
 * Guided filter with a colour guide (He, Sun, Tang, "Guided Image Filtering", 2010, section 3.5), giving the averaged
 * coefficients so that they can be enlarged and applied to the guide at full size ("Fast Guided Filter", 2015).
 *
 * @param guide rows of RGB, 0–255, of the mask's size
 * @param mask 0–1
 * @param epsilon smoothness in squared units of a guide of 0–1; smaller follows weaker edges
 */
export function guidedFilter(guide: Uint8Array, mask: Plane, radius: number, epsilon: number): LinearMap {
  const { width, height } = mask;
  const size = width * height;
  const plane = (value: (i: number) => number): Plane => {
    const data = new Float32Array(size);
    for (let i = 0; i < size; i++) data[i] = value(i);
    return { data, width, height };
  };
  const mean = (value: (i: number) => number) => boxMean(plane(value), radius);
  const c = [0, 1, 2].map((channel) => plane((i) => guide[i * 3 + channel]! / 255).data) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ];
  const p = mask.data;
  const mp = mean((i) => p[i]!);
  const mc = c.map((channel) => mean((i) => channel[i]!));
  const mcp = c.map((channel) => mean((i) => channel[i]! * p[i]!));
  const pairs = [
    [0, 0],
    [0, 1],
    [0, 2],
    [1, 1],
    [1, 2],
    [2, 2],
  ] as const;
  const mcc = pairs.map(([j, k]) => mean((i) => c[j]![i]! * c[k]![i]!));
  const a = [new Float32Array(size), new Float32Array(size), new Float32Array(size)] as const;
  const b = new Float32Array(size);
  for (let i = 0; i < size; i++) {
    const [m0, m1, m2] = [mc[0]![i]!, mc[1]![i]!, mc[2]![i]!];
    const s00 = mcc[0]![i]! - m0 * m0 + epsilon;
    const s01 = mcc[1]![i]! - m0 * m1;
    const s02 = mcc[2]![i]! - m0 * m2;
    const s11 = mcc[3]![i]! - m1 * m1 + epsilon;
    const s12 = mcc[4]![i]! - m1 * m2;
    const s22 = mcc[5]![i]! - m2 * m2 + epsilon;
    const v0 = mcp[0]![i]! - m0 * mp[i]!;
    const v1 = mcp[1]![i]! - m1 * mp[i]!;
    const v2 = mcp[2]![i]! - m2 * mp[i]!;
    // Inverse of the symmetric 3×3 matrix by cofactors; epsilon on the diagonal keeps it regular.
    const k00 = s11 * s22 - s12 * s12;
    const k01 = s02 * s12 - s01 * s22;
    const k02 = s01 * s12 - s02 * s11;
    const determinant = s00 * k00 + s01 * k01 + s02 * k02;
    const a0 = (k00 * v0 + k01 * v1 + k02 * v2) / determinant;
    const a1 = (k01 * v0 + (s00 * s22 - s02 * s02) * v1 + (s01 * s02 - s00 * s12) * v2) / determinant;
    const a2 = (k02 * v0 + (s01 * s02 - s00 * s12) * v1 + (s00 * s11 - s01 * s01) * v2) / determinant;
    a[0][i] = a0;
    a[1][i] = a1;
    a[2][i] = a2;
    b[i] = mp[i]! - a0 * m0 - a1 * m1 - a2 * m2;
  }
  const averaged = (data: Float32Array) => boxMean({ data, width, height }, radius);
  return { a: [averaged(a[0]), averaged(a[1]), averaged(a[2])], b: averaged(b), width, height };
}

/** Bilinear sample positions of a line: for each target pixel the left source pixel and the weight of the right one. */
export function positions(from: number, to: number): { index: Int32Array; weight: Float32Array } {
  const index = new Int32Array(to);
  const weight = new Float32Array(to);
  for (let i = 0; i < to; i++) {
    const at = Math.min(Math.max(((i + 0.5) * from) / to - 0.5, 0), from - 1);
    index[i] = Math.min(Math.floor(at), Math.max(0, from - 2));
    weight[i] = at - index[i]!;
  }
  return { index, weight };
}

/** Enlarges or shrinks a plane bilinearly. */
export function resizePlane({ data, width, height }: Plane, toWidth: number, toHeight: number): Plane {
  const out = new Float32Array(toWidth * toHeight);
  const xs = positions(width, toWidth);
  const ys = positions(height, toHeight);
  for (let y = 0; y < toHeight; y++) {
    const top = ys.index[y]! * width;
    const bottom = height > 1 ? top + width : top;
    const wy = ys.weight[y]!;
    for (let x = 0; x < toWidth; x++) {
      const left = xs.index[x]!;
      const right = width > 1 ? left + 1 : left;
      const wx = xs.weight[x]!;
      const upper = data[top + left]! * (1 - wx) + data[top + right]! * wx;
      const lower = data[bottom + left]! * (1 - wx) + data[bottom + right]! * wx;
      out[y * toWidth + x] = upper * (1 - wy) + lower * wy;
    }
  }
  return { data: out, width: toWidth, height: toHeight };
}
