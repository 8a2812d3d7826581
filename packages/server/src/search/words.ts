import type { Value } from './expression/tree.ts';
import { endsInWord } from './tokens.ts';

/** A phrase in FTS5's query language, in one column or in all. Everything is quoted: nothing of it is an operator. */
export const fullText = ({ text, prefix }: Pick<Value, 'text' | 'prefix'>, column?: string): string =>
  `${column === undefined ? '' : `${column} : `}"${text.replaceAll('\0', ' ').replaceAll('"', '""')}"${prefix && endsInWord(text) ? ' *' : ''}`;
