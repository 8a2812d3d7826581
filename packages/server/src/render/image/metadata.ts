import { createRequire } from 'node:module';
import type { ImageOutput } from '@signet/transformation';
import type ExifReader from 'exifreader';
import sharp, { type Sharp } from 'sharp';
import { readAll, type SourceBytes } from './source.ts';

/** Loaded when a picture keeps its metadata, which is rare. */
const loadExifReader = (): typeof ExifReader => createRequire(import.meta.url)('exifreader') as typeof ExifReader;

/** Tags of `fl_keep_attribution`, by their EXIF name. */
const ATTRIBUTION = ['Copyright', 'Artist', 'ImageDescription'] as const;

/**
 * What of the source's metadata the flags keep, for results made from pixels: XMP as it is, the EXIF tags of attribution,
 * and an sRGB profile (the pixels were converted to it). Everything else is left out.
 */
export async function carryMetadata(output: ImageOutput, source: SourceBytes): Promise<(pipeline: Sharp) => Sharp> {
  const wantsProfile = output.profile === 'keep';
  const exif: Record<string, string> = {};
  let xmp: string | undefined;
  if (output.metadata !== 'strip') {
    Object.assign(exif, await attribution(source));
    if (output.metadata === 'all') xmp = (await sharp(source, { limitInputPixels: false }).metadata()).xmpAsString;
  }
  return (pipeline) => {
    let result = wantsProfile ? pipeline.withIccProfile('srgb') : pipeline;
    if (Object.keys(exif).length > 0) result = result.withExif({ IFD0: exif });
    return xmp === undefined ? result : result.withXmp(xmp);
  };
}

async function attribution(source: SourceBytes): Promise<Record<string, string>> {
  const kept: Record<string, string> = {};
  try {
    const bytes = await readAll(source);
    const tags = loadExifReader().load(
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength) as ArrayBuffer,
      { expanded: true },
    );
    for (const name of ATTRIBUTION) {
      const text = tags.exif?.[name]?.description;
      if (text) kept[name] = text;
    }
  } catch {
    // No readable metadata: nothing to keep.
  }
  return kept;
}
