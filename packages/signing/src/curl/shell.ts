/** Quotes one argument for a POSIX shell (XCU 2.2.2): single quotes, and `'\''` for a single quote inside. */
export function shellQuote(text: string): string {
  if (text.includes('\0')) throw new TypeError('Expected an argument without NUL bytes: no shell can pass one');
  return /^[A-Za-z0-9_@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** Splits a pasted command into its arguments as a POSIX shell would: quotes, backslashes, `$'…'`, continued lines. */
export function shellSplit(command: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  const add = (text: string) => {
    word = (word ?? '') + text;
  };
  const token =
    /\\\r?\n|\\([\s\S])|\$'((?:[^'\\]|\\[\s\S])*)'|'([^']*)'|"((?:[^"\\]|\\[\s\S])*)"|(\s+)|([^\s\\'"$]+|[\s\S])/g;
  for (const [, escaped, ansi, single, double, space, plain] of command.matchAll(token)) {
    if (escaped !== undefined) add(escaped);
    else if (ansi !== undefined) add(ansiText(ansi));
    else if (single !== undefined) add(single);
    else if (double !== undefined) add(double.replace(/\\\r?\n/g, '').replace(/\\(["\\$`])/g, '$1'));
    else if (plain !== undefined) add(plain);
    else if (space !== undefined && word !== undefined) {
      words.push(word);
      word = undefined;
    }
  }
  if (word !== undefined) words.push(word);
  return words;
}

const ANSI: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t' };

function ansiText(text: string): string {
  return text.replace(/\\(?:u([0-9a-f]{1,4})|x([0-9a-f]{1,2})|([\s\S]))/gi, (_, unicode, hex, other: string) =>
    other === undefined ? String.fromCharCode(Number.parseInt(unicode ?? hex, 16)) : (ANSI[other] ?? other),
  );
}
