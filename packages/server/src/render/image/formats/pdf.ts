import { type Raster, toSharp, WHITE } from '../raster.ts';

/** A PDF 1.4 with one JPEG per page; the page is as large as the picture at `density` dots per inch. */
export async function encodePdf(
  frames: readonly Raster[],
  options: { density: number; quality: number },
): Promise<Uint8Array> {
  const parts: Buffer[] = [Buffer.from('%PDF-1.4\n%\xe2\xe3\xcf\xd3\n', 'latin1')];
  const offsets: number[] = [];
  let length = parts[0]!.length;
  const add = (part: Buffer): void => {
    parts.push(part);
    length += part.length;
  };
  const object = (number: number, body: string, stream?: Uint8Array): void => {
    offsets[number] = length;
    add(Buffer.from(`${number} 0 obj\n${body}\n`, 'latin1'));
    if (stream) add(Buffer.concat([Buffer.from('stream\n'), stream, Buffer.from('\nendstream\n')]));
    add(Buffer.from('endobj\n'));
  };
  const kids = frames.map((_, i) => `${3 + i * 3} 0 R`).join(' ');
  object(1, '<< /Type /Catalog /Pages 2 0 R >>');
  object(2, `<< /Type /Pages /Kids [${kids}] /Count ${frames.length} >>`);
  for (const [i, frame] of frames.entries()) {
    const page = 3 + i * 3;
    const width = ((frame.width * 72) / options.density).toFixed(3);
    const height = ((frame.height * 72) / options.density).toFixed(3);
    const jpeg = await toSharp(frame).flatten({ background: WHITE }).jpeg({ quality: options.quality }).toBuffer();
    const draw = Buffer.from(`q ${width} 0 0 ${height} 0 0 cm /I Do Q`);
    object(
      page,
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 ${width} ${height}] /Resources << /XObject << /I ${page + 1} 0 R >> >> /Contents ${page + 2} 0 R >>`,
    );
    object(
      page + 1,
      `<< /Type /XObject /Subtype /Image /Width ${frame.width} /Height ${frame.height} /ColorSpace /DeviceRGB /BitsPerComponent 8 /Filter /DCTDecode /Length ${jpeg.length} >>`,
      jpeg,
    );
    object(page + 2, `<< /Length ${draw.length} >>`, draw);
  }
  const start = length;
  const rows = offsets.slice(1).map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`);
  const count = offsets.length;
  add(
    Buffer.from(
      `xref\n0 ${count}\n0000000000 65535 f \n${rows.join('')}trailer\n<< /Size ${count} /Root 1 0 R >>\nstartxref\n${start}\n%%EOF\n`,
    ),
  );
  return Buffer.concat(parts);
}
