/**
 * The only error this package throws on purpose: the URL, parameter or expression cannot be honoured.
 * `message` is the text the cloud puts into `X-Cld-Error` where that text is known.
 */
export class TransformationError extends Error {
  override readonly name = 'TransformationError';
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.status = status;
  }
}

/** `Invalid <long name> in transformation: <value>`: the cloud's text for a value outside a parameter's grammar or range. */
export function invalidValue(longName: string, value: string): TransformationError {
  return new TransformationError(`Invalid ${longName} in transformation: ${clip(value)}`);
}

/** `Invalid transformation component - <component>`: the cloud's text for a segment that has no known parameter in it. */
export function invalidComponent(component: string): TransformationError {
  return new TransformationError(`Invalid transformation component - ${clip(component)}`);
}

/** Keeps messages one short printable line: they travel in a response header. */
export function clip(value: string, length = 200): string {
  const line = value.replace(/[^\x20-\x7e]/g, '?');
  return line.length > length ? `${line.slice(0, length)}...` : line;
}
