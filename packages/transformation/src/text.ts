/** Percent-decodes once. What is no valid escape stays as it is: URLs in the wild hold bare percent signs. */
export function percentDecode(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    return text.replace(/(?:%[0-9a-f]{2})+/gi, (run) => {
      try {
        return decodeURIComponent(run);
      } catch {
        return run;
      }
    });
  }
}

/** Standard and URL-safe base64, with or without padding, as UTF-8. Null when it is not base64 of UTF-8 text. */
export function decodeBase64(text: string): string | null {
  const plain = text.replace(/-/g, '+').replace(/_/g, '/').replace(/=+$/, '');
  if (!/^[A-Za-z0-9+/]+$/.test(plain)) return null;
  try {
    const bytes = Uint8Array.from(atob(plain), (char) => char.charCodeAt(0));
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Half up, at least 1: the rule that the documentation's own sample sizes follow (853 / 2 → 427). */
export function roundPixels(value: number): number {
  return Math.max(1, Math.floor(value + 0.5 + 1e-9));
}

/** Half up without a lower bound, and never -0. */
export function roundOffset(value: number): number {
  return Math.floor(value + 0.5 + 1e-9) + 0;
}

/** Splits at `_` outside of `!strings!`. */
export function splitTokens(text: string): string[] {
  const tokens: string[] = [];
  let start = 0;
  let quoted = false;
  for (let i = 0; i < text.length; i++) {
    const char = text.charCodeAt(i);
    if (char === 33) quoted = !quoted;
    else if (char === 95 && !quoted) {
      tokens.push(text.slice(start, i));
      start = i + 1;
    }
  }
  tokens.push(text.slice(start));
  return tokens;
}
