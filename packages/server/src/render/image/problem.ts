import { ERRORS, SignetError } from '../../errors.ts';

/** A request that cannot be honoured as written: 400 with one clear line. */
export const refuse = (message: string): SignetError => ERRORS.InvalidTransformation(message);

/**
 * Turns what libvips reports into an error a client may see. Its messages name operations and source positions, never
 * paths of ours when buffers are used; for paths only the first line without the path is kept, as `detail` for the log.
 */
export function fromVips(error: unknown): Error {
  if (error instanceof SignetError) return error;
  if (error instanceof Error && error.name === 'TransformationError') return error;
  // A mistake of ours, not of the picture: it has to surface as one.
  if (error instanceof TypeError || error instanceof RangeError || error instanceof ReferenceError) return error;
  const text = error instanceof Error ? error.message : String(error);
  if (/pixel limit/i.test(text))
    return ERRORS.InvalidTransformation('Image is too large: it has more pixels than allowed');
  if (/timeout/i.test(text)) return ERRORS.Unavailable('Image took too long to render');
  return new SignetError('InvalidImageFile', 400, 'Invalid image file', {
    detail: text.split('\n')[0]!.replace(/\S*[/\\]\S*/g, '…'),
    cause: error,
  });
}
