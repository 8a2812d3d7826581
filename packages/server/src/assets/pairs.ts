/**
 * `k=v|k2=v2` of context and metadata. `\=` and `\|` are literal, a lone backslash stays a backslash, pairs without `=`
 * are ignored (`lib/utils/index.js` encode_context; Upload API reference).
 */
export function parsePairs(text: string): Record<string, string> {
  const pairs: Record<string, string> = {};
  for (const part of splitUnescaped(text, '|')) {
    const [key, ...rest] = splitUnescaped(part, '=');
    if (rest.length === 0 || key!.trim() === '') continue;
    pairs[unescapePairs(key!.trim())] = unescapePairs(rest.join('='));
  }
  return pairs;
}

const unescapePairs = (text: string): string => text.replace(/\\([=|"])/g, '$1');

function splitUnescaped(text: string, separator: string): string[] {
  const parts: string[] = [];
  let part = '';
  for (let index = 0; index < text.length; index++) {
    const character = text[index]!;
    if (character === '\\' && index + 1 < text.length) part += character + text[++index]!;
    else if (character === separator) {
      parts.push(part);
      part = '';
    } else part += character;
  }
  parts.push(part);
  return parts;
}
