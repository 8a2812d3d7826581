import { UsageError } from './errors.ts';

export type Params = Record<string, string>;

/**
 * `key=value` words as parameters, text as it will be sent. A repeated key makes a list, written with commas as the SDKs
 * sign and send it.
 * @throws {UsageError} naming the word that is no pair.
 */
export function parsePairs(words: readonly string[]): Params {
  const params = new Map<string, string>();
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1) throw new UsageError(`Expected key=value but received ${word}`);
    const key = word.slice(0, at);
    const value = word.slice(at + 1);
    const before = params.get(key);
    params.set(key, before === undefined ? value : `${before},${value}`);
  }
  return Object.fromEntries(params);
}

/** Is the word a parameter and not a file or an ID? Its key is a lower-case name as all parameters have. */
export const isPair = (word: string): boolean => /^[a-z][a-z0-9_]*(\[\w*\])*=/.test(word);

/**
 * Text of the command line as a value of the SDK: JSON, `true` and `false` in any case, else text. Numbers stay text,
 * for an ID may consist of digits (`cld`: `parse_option_value`).
 */
export function parseValue(text: string): unknown {
  if (/^true$/i.test(text)) return true;
  if (/^false$/i.test(text)) return false;
  if (!/^[[{"]/.test(text.trim())) return text;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}
