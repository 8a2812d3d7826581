import assert from 'node:assert/strict';
import sharp, { type SharpOptions } from 'sharp';
import type { SignetServer } from './server.ts';
import { signedForm } from './upload.ts';

/** Uploads bytes and answers what the server says about them. */
export async function upload(
  server: SignetServer,
  publicId: string,
  bytes: Uint8Array,
  params: Readonly<Record<string, string>> = {},
  resourceType = 'image',
): Promise<Record<string, unknown>> {
  const form = signedForm(server, { public_id: publicId, ...params }, bytes, params.filename ?? publicId);
  const response = await fetch(`${server.url}/v1_1/${server.cloud}/${resourceType}/upload`, {
    method: 'POST',
    body: form,
  });
  const body = (await response.json()) as Record<string, unknown>;
  assert.equal(response.status, 200, JSON.stringify(body));
  return body;
}

export interface Answer {
  readonly status: number;
  readonly type: string | null;
  readonly error: string | null;
  readonly headers: Headers;
  readonly bytes: Buffer;
}

/** Gets `/<cloud>/image/upload/<path>`. */
export async function get(
  server: SignetServer,
  path: string,
  headers: Readonly<Record<string, string>> = {},
  place = 'image/upload',
): Promise<Answer> {
  const response = await fetch(`${server.url}/${server.cloud}/${place}/${path}`, { headers });
  return {
    status: response.status,
    type: response.headers.get('content-type'),
    error: response.headers.get('x-cld-error'),
    headers: response.headers,
    bytes: Buffer.from(await response.arrayBuffer()),
  };
}

export interface Pixels {
  readonly width: number;
  readonly height: number;
  /** `[red, green, blue, alpha]` at a place given in shares of the sides, of frame `frame`. */
  at(x: number, y: number, frame?: number): readonly number[];
  readonly frames: number;
  readonly delay: readonly number[] | undefined;
}

export async function pixels(bytes: Buffer, options: SharpOptions = { pages: -1 }): Promise<Pixels> {
  const { delay } = await sharp(bytes, options).metadata();
  const { data, info } = await sharp(bytes, options)
    .toColourspace('srgb')
    .ensureAlpha()
    .raw()
    .toBuffer({ resolveWithObject: true });
  const height = info.pageHeight ?? info.height;
  return {
    width: info.width,
    height,
    frames: info.height / height,
    delay,
    at(x, y, frame = 0) {
      const left = Math.min(info.width - 1, Math.floor(x * info.width));
      const top = Math.min(height - 1, Math.floor(y * height)) + frame * height;
      return [...data.subarray((top * info.width + left) * 4, (top * info.width + left) * 4 + 4)];
    },
  };
}

/** Asserts that a colour is there, within `tolerance` of every channel. */
export function assertColor(
  actual: readonly number[],
  expected: readonly number[],
  message = '',
  tolerance = 12,
): void {
  const near = expected.every((channel, i) => Math.abs(channel - actual[i]!) <= tolerance);
  assert.ok(near, `${message} expected ${expected}, got ${actual}`);
}
