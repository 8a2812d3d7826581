/** A table of Markdown. */
const cell = (text: unknown): string => String(text).replaceAll('|', '\\|');
export const table = (head: readonly string[], rows: readonly (readonly unknown[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((row) => `| ${row.map(cell).join(' | ')} |`).join('\n');
