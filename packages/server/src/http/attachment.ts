/**
 * `Content-Disposition` of a download (RFC 6266): a plain name that every client reads and, where that loses letters,
 * the whole one (RFC 8187).
 */
export function attachmentHeader(name: string): string {
  const safe = name.toWellFormed().replace(/[\p{Cc}\p{Cf}/\\]/gu, '_');
  const plain = safe.replace(/[^A-Za-z0-9_\-!. ]/g, '_');
  if (!/[^ -~]/.test(safe)) return `attachment; filename="${plain}"`;
  const whole = encodeURIComponent(safe).replace(/['()*]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${whole}`;
}
