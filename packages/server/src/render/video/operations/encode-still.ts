import { loadAv, type RawPicture } from './av.ts';
import { encodePsd } from './psd.ts';

export interface EncodeStillRequest {
  readonly picture: RawPicture;
  readonly format: 'jxl' | 'jp2' | 'psd' | 'bmp' | 'tga';
  /** 1 (smallest) to 100 (lossless for jxl and jp2). Default 80. psd, bmp and tga are always lossless. */
  readonly quality?: number;
  /** JPEG XL only: 1 (fast) to 9. Default 3, which is ~5 times faster than libjxl's 7 for ~5 % more bytes. */
  readonly effort?: number;
}

/** Butteraugli distance of a JPEG-like quality, as libjxl's JxlEncoderDistanceFromQuality has it. */
function jxlDistance(quality: number): number {
  if (quality >= 100) return 0;
  if (quality >= 30) return 0.1 + (100 - quality) * 0.09;
  return (53 / 3000) * quality * quality - (23 / 20) * quality + 25;
}

/** FFmpeg's JPEG 2000 quantiser scale; its sizes then follow JPEG's of the same quality (seen on a photograph). */
const jp2Scale = (quality: number) => Math.max(1, (100 - quality) * 2);

/** Encodes rows of RGB(A) in a format libvips cannot write. Metadata and profiles are not written; the data is sRGB. */
export async function encodeStill({ picture, format, quality = 80, effort = 3 }: EncodeStillRequest): Promise<Buffer> {
  if (format === 'psd') return encodePsd(picture);
  const av = await loadAv();
  const alpha = picture.channels === 4;
  const source = av.Frame.fromVideoBuffer(picture.data, {
    width: picture.width,
    height: picture.height,
    format: alpha ? av.AV_PIX_FMT_RGBA : av.AV_PIX_FMT_RGB24,
    timeBase: { num: 1, den: 1 },
    pts: 0n,
  });
  try {
    if (format === 'jxl') {
      const options = { distance: jxlDistance(quality), effort };
      return await av.Encoder.encodeOne(av.FF_ENCODER_LIBJXL, source, { options } as never);
    }
    if (format === 'jp2') {
      const options = quality >= 100 ? { pred: 'dwt53' } : { pred: 'dwt97int' };
      const encoder = av.Codec.findEncoderByName('jpeg2000' as never)!;
      return await av.Encoder.encodeOne(encoder, source, {
        options,
        configure: (context: { flags: number; globalQuality?: number }) => {
          if (quality >= 100) return;
          context.flags |= av.AV_CODEC_FLAG_QSCALE;
          context.globalQuality = jp2Scale(quality) * 118;
        },
      } as never);
    }
    const encoder = av.Codec.findEncoderByName((format === 'tga' ? 'targa' : 'bmp') as never)!;
    const filter = av.FilterAPI.create(`format=${alpha ? 'bgra' : 'bgr24'}`);
    try {
      const [converted] = await filter.processAll(source);
      if (converted === undefined) throw new Error('the picture could not be converted');
      const encoded = await av.Encoder.encodeOne(encoder, converted);
      converted.free();
      return encoded;
    } finally {
      filter.close();
    }
  } finally {
    source.free();
  }
}
