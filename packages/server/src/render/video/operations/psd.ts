import { readFile, writeFile } from 'node:fs/promises';
import type { Layer } from 'ag-psd';
import type { RawPicture } from './av.ts';

export interface PsdLayers {
  /** Of the layers that hold pixels, from the bottom up; those in groups too. */
  readonly names: readonly string[];
  /** Files inside of smart objects: their name, and the names of the layers that show them. */
  readonly embedded: readonly { readonly name: string; readonly layers: readonly string[] }[];
}

export interface PsdPictureRequest {
  readonly path: string;
  /** Numbers of layers, from 1, as in `PsdLayers.names`. */
  readonly layers: readonly number[];
  /** Width × height at most. */
  readonly pixelLimit: number;
}

interface Wanted {
  readonly pixels?: boolean;
  readonly files?: boolean;
  readonly pixelLimit?: number;
}

const readPsd = async (
  path: string,
  { pixels = false, files = false, pixelLimit = Number.POSITIVE_INFINITY }: Wanted = {},
) => {
  const { initializeCanvas, readPsd: read } = await import('ag-psd');
  initializeCanvas(
    () => {
      throw new Error('layers are read as pixels, not as canvases');
    },
    (layerWidth, layerHeight) => {
      if (layerWidth * layerHeight > pixelLimit) throw new Error(`a layer of ${layerWidth}×${layerHeight} pixels`);
      const data = new Uint8ClampedArray(layerWidth * layerHeight * 4);
      return { width: layerWidth, height: layerHeight, data, colorSpace: 'srgb' } as never;
    },
  );
  const bytes = await readFile(path);
  const [width, height] = [bytes.readUInt32BE(18), bytes.readUInt32BE(14)];
  if (width * height > pixelLimit) throw new Error(`${width}×${height} pixels, more than the limit of ${pixelLimit}`);
  return read(bytes, {
    skipCompositeImageData: true,
    skipThumbnail: true,
    skipLinkedFilesData: !files,
    ...(pixels ? { useImageData: true } : { skipLayerImageData: true }),
  });
};

/** Layers with pixels in the order they are painted; groups are what they hold. */
const leaves = (layers: readonly Layer[] = []): Layer[] =>
  layers.flatMap((layer) => (layer.children === undefined ? [layer] : leaves(layer.children)));

/** The layers of a Photoshop file. @throws on files that are none */
export async function psdLayers({ path }: { path: string }): Promise<PsdLayers> {
  const { children, linkedFiles = [] } = await readPsd(path);
  const layers = leaves(children).map((layer, i) => ({ ...layer, name: layer.name ?? `Layer ${i + 1}` }));
  const shows = (id: string) => layers.filter(({ placedLayer }) => placedLayer?.id === id).map(({ name }) => name);
  return {
    names: layers.map(({ name }) => name),
    embedded: linkedFiles.map(({ id, name }) => ({ name, layers: shows(id) })),
  };
}

/**
 * Copies the file inside of a smart object out.
 *
 * @param number from 1, as in `PsdLayers.embedded`
 * @throws RangeError when there is none, or the Photoshop file only names it
 */
export async function psdEmbedded({ path, number, to }: { path: string; number: number; to: string }): Promise<void> {
  const { linkedFiles = [] } = await readPsd(path, { files: true });
  const data = linkedFiles[number - 1]?.data;
  if (data === undefined) throw new RangeError(`embedded file ${number} of a file with ${linkedFiles.length}`);
  await writeFile(to, data);
}

/**
 * Some layers of a Photoshop file, one over the other on the transparent canvas of the document. Opacity counts; blend
 * modes, masks and layer effects are not applied.
 *
 * @throws RangeError when there is no such layer
 */
export async function psdPicture({ path, layers, pixelLimit }: PsdPictureRequest): Promise<RawPicture> {
  const { width, height, children } = await readPsd(path, { pixels: true, pixelLimit });
  const all = leaves(children);
  const data = Buffer.alloc(width * height * 4);
  for (const number of layers) {
    const layer = all[number - 1];
    if (layer === undefined) throw new RangeError(`layer ${number} of a file with ${all.length}`);
    if (layer.imageData !== undefined) paint(data, { width, height }, layer, layer.imageData);
  }
  return { data, width, height, channels: 4 };
}

/** A Photoshop file with the picture (four channels) as its only layer, compressed without loss. */
export async function encodePsd({ data, width, height, channels }: RawPicture): Promise<Buffer> {
  if (channels !== 4) throw new TypeError(`Expected 4 channels but received ${channels}`);
  const { writePsdBuffer } = await import('ag-psd');
  const pixels = () => new Uint8ClampedArray(data);
  const imageData = { width, height, data: pixels() };
  const layer = { name: 'Layer 1', left: 0, top: 0, imageData: { width, height, data: pixels() } };
  return writePsdBuffer({ width, height, imageData, children: [layer] }, { noBackground: true });
}

/** Source-over with straight alpha; what lies outside of the canvas is cut. */
function paint(
  canvas: Buffer,
  size: { width: number; height: number },
  { left = 0, top = 0, opacity = 1 }: Layer,
  picture: { width: number; height: number; data: ArrayLike<number> },
): void {
  for (let y = Math.max(0, -top); y < picture.height && y + top < size.height; y++) {
    for (let x = Math.max(0, -left); x < picture.width && x + left < size.width; x++) {
      const from = (y * picture.width + x) * 4;
      const to = ((y + top) * size.width + x + left) * 4;
      const alpha = (picture.data[from + 3]! / 255) * opacity;
      const rest = (canvas[to + 3]! / 255) * (1 - alpha);
      const sum = alpha + rest;
      if (sum === 0) continue;
      for (let c = 0; c < 3; c++)
        canvas[to + c] = Math.round((picture.data[from + c]! * alpha + canvas[to + c]! * rest) / sum);
      canvas[to + 3] = Math.round(sum * 255);
    }
  }
}
