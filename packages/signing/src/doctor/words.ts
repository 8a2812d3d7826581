/** `"a"`, `"a" and "b"`, `"a", "b" and "c"`. */
export function listed(names: readonly string[]): string {
  const quoted = names.map((name) => `"${name}"`);
  return quoted.length < 2 ? quoted.join('') : `${quoted.slice(0, -1).join(', ')} and ${quoted.at(-1)}`;
}

const PLURAL: Readonly<Record<string, string>> = { was: 'were', has: 'have', holds: 'hold' };

/** A sentence about one thing, said of several: its first verb agrees with them. */
export const ofSeveral = (sentence: string): string => sentence.replace(/\b(was|has|holds)\b/, (verb) => PLURAL[verb]!);
