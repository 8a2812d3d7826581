import { UsageError } from '../errors.ts';
import { parseValue } from '../params.ts';

const parseJson = (name: string, text: string): unknown => {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new UsageError(`Expected JSON for ${name} but received ${text}`);
  }
};

const isListText = (text: string): boolean => text.trim().startsWith('[');

/**
 * Positional words by the table's text. Optional ones in brackets become undefined when they are missing, so that the
 * options keep their place.
 * @throws {UsageError} naming what is missing or too much.
 */
export function positional(method: string, spec: string, words: readonly string[]): unknown[] {
  const names = spec.split(' ').filter(Boolean);
  const values: unknown[] = [];
  for (const [at, slot] of names.entries()) {
    const name = slot.replace(/^\[|\]$/g, '');
    if (name.endsWith('...')) {
      const rest = words.slice(at);
      if (rest.length === 0) throw missing(method, spec);
      values.push(rest.length === 1 && isListText(rest[0]!) ? parseJson(name, rest[0]!) : rest);
      return values;
    }
    const word = words[at];
    if (word === undefined && !slot.startsWith('[')) throw missing(method, spec);
    values.push(
      word === undefined ? undefined : name.endsWith(':json') ? parseJson(name.slice(0, -5), word) : parseValue(word),
    );
  }
  if (words.length > names.length)
    throw new UsageError(
      `${method} takes ${usage(method, spec)} but received ${words.length} words.`,
      'Options are key=value.',
    );
  return values;
}

export const usage = (method: string, spec: string): string =>
  `${method}${
    spec === ''
      ? ''
      : ` ${spec
          .split(' ')
          .map((slot) => (slot.startsWith('[') ? slot : `<${slot}>`))
          .join(' ')}`
  } [key=value…]`;

const missing = (method: string, spec: string): UsageError => new UsageError(`Expected ${usage(method, spec)}`);
