/** What is checked, and made smaller, before a file is sent. */
import { listOf, type WidgetOptions } from './options.ts';

const MEDIA: Readonly<Record<string, readonly string[]>> = {
  image: ['jpg', 'jpeg', 'png', 'gif', 'webp', 'avif', 'heic', 'svg', 'bmp', 'tiff', 'tif', 'ico', 'jxl', 'psd'],
  video: ['mp4', 'mov', 'webm', 'mkv', 'avi', 'm4v', 'ogv', 'mp3', 'wav', 'm4a', 'ogg', 'flac', 'aac'],
};
const SAME: Readonly<Record<string, string>> = { jpeg: 'jpg', jpe: 'jpg', tif: 'tiff', heif: 'heic' };

const extensionOf = (name: string): string => {
  const extension = name.includes('.') ? name.slice(name.lastIndexOf('.') + 1).toLowerCase() : '';
  return SAME[extension] ?? extension;
};

/** Why a file may not be sent, in a word of the texts; `undefined` when it may. */
export function refusal(file: File, options: WidgetOptions): 'format' | 'size' | undefined {
  const extension = extensionOf(file.name);
  const kind = file.type.split('/')[0] === 'audio' ? 'video' : (file.type.split('/')[0] ?? '');
  const allowed = listOf(options.clientAllowedFormats).map(
    (format) => SAME[format.toLowerCase()] ?? format.toLowerCase(),
  );
  const fits = (format: string): boolean =>
    format === extension || format === kind || (MEDIA[format]?.includes(extension) ?? false);
  if (allowed.length > 0 && !allowed.some(fits)) return 'format';
  const wanted = options.resourceType;
  if (
    (wanted === 'image' || wanted === 'video') &&
    kind !== '' &&
    kind !== wanted &&
    !MEDIA[wanted]?.includes(extension)
  )
    return 'format';
  const byKind =
    kind === 'image' ? options.maxImageFileSize : kind === 'video' ? options.maxVideoFileSize : options.maxRawFileSize;
  const limit = Math.min(byKind ?? Number.POSITIVE_INFINITY, options.maxFileSize ?? Number.POSITIVE_INFINITY);
  return file.size > limit ? 'size' : undefined;
}

/** Formats that a canvas can write again. */
const REWRITABLE = ['image/jpeg', 'image/png', 'image/webp'];

/**
 * The file as it may be sent: itself, or a smaller copy when it is above `maxImageWidth` or `maxImageHeight`;
 * `undefined` when its size is refused. What the browser cannot decode is left to the server.
 */
export async function fitDimensions(file: File, options: WidgetOptions): Promise<File | undefined> {
  const { minImageWidth = 0, minImageHeight = 0, maxImageWidth = 0, maxImageHeight = 0 } = options;
  if (!file.type.startsWith('image/')) return file;
  if (!(minImageWidth || minImageHeight || maxImageWidth || maxImageHeight)) return file;
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return file;
  }
  try {
    const { width, height } = bitmap;
    if (width < minImageWidth || height < minImageHeight) return undefined;
    const scale = Math.min(maxImageWidth ? maxImageWidth / width : 1, maxImageHeight ? maxImageHeight / height : 1, 1);
    if (scale === 1) return file;
    if (options.validateMaxWidthHeight || !REWRITABLE.includes(file.type)) return undefined;
    const canvas = document.createElement('canvas');
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    const context = canvas.getContext('2d');
    if (context === null) return undefined;
    context.imageSmoothingQuality = 'high';
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, file.type, 0.92));
    return blob === null
      ? undefined
      : new File([blob], file.name, { type: file.type, lastModified: file.lastModified });
  } finally {
    bitmap.close();
  }
}

const bytesOf = (hex: string): Uint8Array<ArrayBuffer> | undefined =>
  /^([0-9a-f]{2})+$/i.test(hex) ? Uint8Array.from(hex.match(/../g)!, (pair) => Number.parseInt(pair, 16)) : undefined;

/**
 * The file under AES-GCM, with the tag at its end as Web Crypto writes it.
 * @throws {Error} saying what key and IV must be, or that the page is not secure.
 */
export async function encrypt(file: File, { key, iv }: { key: string; iv: string }): Promise<File> {
  const [keyBytes, ivBytes] = [bytesOf(key), bytesOf(iv)];
  if (keyBytes === undefined || ![16, 32].includes(keyBytes.length))
    throw new Error('Expected encryption.key in hexadecimal with 16 or 32 bytes');
  if (ivBytes === undefined || ivBytes.length < 12)
    throw new Error('Expected encryption.iv in hexadecimal with at least 12 bytes');
  if (!globalThis.isSecureContext) throw new Error('Encryption needs a page behind https or on localhost');
  const imported = await crypto.subtle.importKey('raw', keyBytes, 'AES-GCM', false, ['encrypt']);
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv: ivBytes }, imported, await file.arrayBuffer());
  return new File([sealed], file.name, { type: 'application/octet-stream' });
}
