import { readFile } from 'node:fs/promises';
import type { InspectInput } from '../input.ts';

/** More than any camera writes; keeps hostile files from filling the catalog. */
const MAX_TAGS = 500;
const MAX_TEXT = 4096;

/** Binary and structural tags that say nothing to a person. */
const SKIPPED = new Set([
  'MakerNote',
  'Thumbnail',
  'Images',
  'JFIFThumbnail',
  'PrintIM',
  'FileType',
  'ApplicationNotes',
]);

/**
 * EXIF, IPTC and XMP tags of a picture as strings, keys without blanks (`ISOSpeedRatings`, `Headline`, `CreatorTool`).
 * Empty when the format carries none or they are broken.
 */
export async function imageMetadata(input: InspectInput): Promise<Record<string, string>> {
  const { default: ExifReader } = await import('exifreader');
  let tags: Record<string, { description?: unknown; value?: unknown }>;
  try {
    tags = ExifReader.load(input.memory ?? (await readFile(await input.path()))) as unknown as typeof tags;
  } catch {
    return {};
  }
  const result: Record<string, string> = {};
  for (const [name, tag] of Object.entries(tags).slice(0, MAX_TAGS)) {
    const key = name.replace(/\s+/g, '');
    if (SKIPPED.has(key) || tag === undefined) continue;
    const { description, value } = tag;
    const text = typeof description === 'string' ? description : typeof value === 'object' ? undefined : value;
    if (text !== undefined && text !== '') result[key] = String(text).replaceAll('\0', '').slice(0, MAX_TEXT);
  }
  return result;
}
