import { ERRORS } from '../errors.ts';

/** Response headers that an asset may bring along; others are for loading it only (Upload API reference, `headers`). */
const DELIVERED = /^(?:link|x-robots-tag)$/i;
/** RFC 9110, section 5.6.2: a token, a colon, and text without control characters. */
const LINE = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([\t\x20-\x7e\x80-\xff]*)$/;

type Header = readonly [name: string, value: string];

/** Lines `Name: value` (the Node SDK writes `Name:value`). @throws 400 for a line that is no header */
function parseHeaders(text: string): Header[] {
  return text
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
    .map((line) => {
      const match = LINE.exec(line);
      if (match === null) throw ERRORS.InvalidParameter('headers', line.slice(0, 100));
      return [match[1]!, match[2]!];
    });
}

/** What goes along when the file is loaded from a remote address. */
export const requestHeaders = (text: string | undefined): Record<string, string> =>
  Object.fromEntries(parseHeaders(text ?? ''));

/** The lines that are kept with the asset, for its delivery; credentials for loading it are not among them. */
export const storedHeaders = (text: string): string | null =>
  parseHeaders(text)
    .filter(([name]) => DELIVERED.test(name))
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n') || null;
