import { readFile } from 'node:fs/promises';
import type { RawPicture } from './av.ts';

export interface PdfFacts {
  readonly pages: number;
  /** Size of the first page in points (1/72 inch), rounded. */
  readonly width: number;
  readonly height: number;
  /** The same of the first pages, at most 200, that is, twice as many as a transformation may use. */
  readonly sizes: readonly (readonly [number, number])[];
}

const MAX_SIZED_PAGES = 200;

export interface PdfPageRequest {
  readonly path: string;
  /** From 1. */
  readonly page: number;
  /** Dots per inch. Default 150, the cloud's default density (delivery reference, `dn_`). */
  readonly dpi?: number;
  /** Width × height at most. */
  readonly pixelLimit: number;
  /** Keep the paper transparent instead of white. Default false. */
  readonly transparent?: boolean;
}

type Library = Awaited<ReturnType<typeof import('@hyzyla/pdfium')['PDFiumLibrary']['init']>>;
type Document = Awaited<ReturnType<Library['loadDocument']>>;

let library: Promise<Library> | undefined;

async function withDocument<T>(path: string, use: (document: Document) => T | Promise<T>): Promise<T> {
  library ??= import('@hyzyla/pdfium').then(({ PDFiumLibrary }) => PDFiumLibrary.init());
  const document = await (await library).loadDocument(await readFile(path));
  try {
    return await use(document);
  } finally {
    document.destroy();
  }
}

/** Page count and size. @throws on broken and on password-protected files */
export async function pdfFacts({ path }: { path: string }): Promise<PdfFacts> {
  return withDocument(path, (document) => {
    const pages = document.getPageCount();
    if (pages < 1) throw new Error('a PDF without pages');
    const sizes = Array.from({ length: Math.min(pages, MAX_SIZED_PAGES) }, (_, page) => {
      const { originalWidth, originalHeight } = document.getPage(page).getOriginalSize();
      return [Math.round(originalWidth), Math.round(originalHeight)] as const;
    });
    const [width, height] = sizes[0]!;
    return { pages, width, height, sizes };
  });
}

/** One page as RGBA on white paper. Letter at 150 dpi is exactly 1275 × 1650. @throws RangeError when there is no such page */
export async function pdfPage({ path, page, dpi = 150, pixelLimit, transparent }: PdfPageRequest): Promise<RawPicture> {
  return withDocument(path, async (document) => {
    const pages = document.getPageCount();
    if (page < 1 || page > pages) throw new RangeError(`page ${page} of a document with ${pages}`);
    const sheet = document.getPage(page - 1);
    const { originalWidth, originalHeight } = sheet.getOriginalSize();
    const width = Math.max(1, Math.round((originalWidth * dpi) / 72));
    const height = Math.max(1, Math.round((originalHeight * dpi) / 72));
    if (width * height > pixelLimit) throw new Error(`${width}×${height} pixels, more than the limit of ${pixelLimit}`);
    const rendered = await sheet.render({
      scale: 1,
      width,
      height,
      transparent: transparent ?? false,
      render: async ({ data }) => data,
    });
    return { data: Buffer.from(rendered.data), width: rendered.width, height: rendered.height, channels: 4 };
  });
}
