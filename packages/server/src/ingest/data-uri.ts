import { ERRORS } from '../errors.ts';

/** The part of a data URI before its comma (RFC 2397). */
export interface DataUriHead {
  /** Lower case, without parameters; `undefined` when the URI names none. */
  readonly mime: string | undefined;
  /** `charset=utf8` and the like, as they came. */
  readonly parameters: readonly string[];
  readonly base64: boolean;
  /** Where the data begins. */
  readonly offset: number;
}

/** Type and parameters together; nobody needs more, and a search for a comma must end. */
export const MAX_HEAD = 4096;

export const looksLikeDataUri = (text: string): boolean => /^\s*data:/i.test(text.slice(0, 64));

/** `undefined` when there is no comma within the first 4096 characters, or the text is no data URI at all. */
export function parseDataUriHead(text: string): DataUriHead | undefined {
  const start = /^\s*data:/i.exec(text.slice(0, 64));
  const comma = text.slice(0, MAX_HEAD).indexOf(',');
  if (start === null || comma < 0) return undefined;
  const [type = '', ...parameters] = text
    .slice(start[0].length, comma)
    .split(';')
    .map((part) => part.trim());
  const base64 = parameters.some((parameter) => parameter.toLowerCase() === 'base64');
  return {
    mime: type === '' ? undefined : type.toLowerCase(),
    parameters: parameters.filter((parameter) => parameter.toLowerCase() !== 'base64'),
    base64,
    offset: comma + 1,
  };
}

/** Decodes what follows the comma, piece by piece, in memory that does not grow with the data. */
export interface DataDecoder {
  write(text: string): Buffer;
  end(): Buffer;
}

const invalid = (expected: string) => ERRORS.BadRequest(`Invalid data URI: expected ${expected}`);

/** Newlines and spaces inside base64 are ignored: the Java SDK's tests send them. Both alphabets of RFC 4648 are read. */
function base64Decoder(): DataDecoder {
  let carry = '';
  let ended = false;
  return {
    write(text) {
      const piece = text.replace(/\s+/g, '');
      if (!/^[A-Za-z0-9+/_-]*={0,2}$/.test(piece) || (ended && /[^=]/.test(piece)))
        throw invalid('base64 after the comma');
      ended ||= piece.endsWith('=');
      const all = carry + piece;
      const whole = all.length - (all.length % 4);
      carry = all.slice(whole);
      return Buffer.from(all.slice(0, whole), 'base64');
    },
    end() {
      if (carry.replace(/=/g, '').length === 1) throw invalid('base64 of a whole number of bytes');
      return Buffer.from(carry, 'base64');
    },
  };
}

/** Without `;base64` the data is percent-encoded text (RFC 2397); SDKs never send it, hand-written calls do (inferred). */
function percentDecoder(): DataDecoder {
  let carry = '';
  const decode = (text: string) =>
    Buffer.concat(
      text
        .split(/((?:%[0-9a-f]{2})+)/i)
        .map((part, index) => (index % 2 ? Buffer.from(part.replaceAll('%', ''), 'hex') : Buffer.from(part, 'utf8'))),
    );
  return {
    write(text) {
      const all = carry + text;
      const cut = /%[0-9a-f]?$/i.exec(all)?.index ?? all.length;
      carry = all.slice(cut);
      return decode(all.slice(0, cut));
    },
    end: () => decode(carry),
  };
}

export const dataDecoder = (head: DataUriHead): DataDecoder => (head.base64 ? base64Decoder() : percentDecoder());
