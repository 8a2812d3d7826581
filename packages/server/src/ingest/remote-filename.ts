const decodeSafely = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

const baseName = (path: string): string | undefined => path.split(/[/\\]/).at(-1)?.trim() || undefined;

/** The name a remote file goes by: `filename*`, then `filename` (RFC 6266, section 4.3), then the end of the path. */
export function filenameOf(disposition: string | undefined, url: URL): string | undefined {
  const extended = /filename\*\s*=\s*(?:utf-8)''([^;\s]+)/i.exec(disposition ?? '')?.[1];
  if (extended !== undefined) return baseName(decodeSafely(extended));
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;\s]+))/i.exec(disposition ?? '');
  const quoted = plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2];
  return (quoted === undefined ? undefined : baseName(quoted)) ?? baseName(decodeSafely(url.pathname));
}
