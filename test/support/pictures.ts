import sharp from 'sharp';

/** A small picture of its own for every seed. */
export const picture = (seed = 0, format: 'png' | 'jpeg' = 'png', size = 64): Promise<Buffer> => {
  const background = { r: (seed * 53) % 256, g: (seed * 97) % 256, b: (seed * 151) % 256 };
  return sharp({ create: { width: size, height: size * 0.75, channels: 3, background } })
    .toFormat(format)
    .toBuffer();
};
