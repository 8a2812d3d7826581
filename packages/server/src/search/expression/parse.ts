import { ERRORS } from '../../errors.ts';
import type { Bound, Expression, Field, Operator, Value } from './tree.ts';

export const LIMITS = {
  /** Characters of an expression. */
  length: 32_768,
  /** Parentheses and unary operators inside each other. */
  depth: 64,
  /** Clauses and free terms together. */
  clauses: 1000,
} as const;

/** Characters that must be escaped or quoted in a word (`search_expressions`, "reserved characters"). */
const RESERVED = new Set('!(){}[]*^~?:\\=&><"|');
const isSpace = (character: string | undefined): boolean => character !== undefined && /\s/.test(character);
/** `=>` stands in one published example of folder search. */
const OPERATORS: readonly (readonly [string, Operator])[] = [
  ['>=', '>='],
  ['=>', '>='],
  ['<=', '<='],
  [':', ':'],
  ['=', '='],
  ['>', '>'],
  ['<', '<'],
];
/** A time of day holds colons, which a word cannot; after an operator it needs no quotes. */
const DATE_TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:?\d\d)?/y;

/**
 * Reads a search expression (`AND`, `OR`, `NOT`, `-`, `+`, `!`, parentheses, `field:value`, ranges, value groups, free
 * terms). Binding, tightest first: parentheses, unary, AND and mere juxtaposition, OR (inferred from Lucene). One pass;
 * time grows with the length.
 *
 * @returns `undefined` for a blank expression, which everything matches
 * @throws 400 that names the position and what was expected
 */
export function parseExpression(text: string): Expression | undefined {
  if (text.length > LIMITS.length)
    throw ERRORS.BadRequest(
      `Expected an expression of at most ${LIMITS.length} characters but received ${text.length}`,
    );
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;
  #clauses = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression | undefined {
    this.#space();
    if (this.#ended()) return undefined;
    const expression = this.#or(() => this.#primary());
    if (!this.#ended()) this.#expected('AND, OR or the end of the expression');
    return expression;
  }

  #or(primary: () => Expression): Expression {
    const items = [this.#and(primary)];
    while (this.#keyword('OR') || this.#symbol('||')) items.push(this.#and(primary));
    return items.length === 1 ? items[0]! : { kind: 'or', items };
  }

  #and(primary: () => Expression): Expression {
    const items = [this.#unary(primary)];
    for (;;) {
      if (this.#keyword('AND') || this.#symbol('&&')) items.push(this.#unary(primary));
      else if (this.#startsOperand()) items.push(this.#unary(primary));
      else return items.length === 1 ? items[0]! : { kind: 'and', items };
    }
  }

  #unary(primary: () => Expression): Expression {
    this.#space();
    const next = this.#text[this.#at];
    if (next === '-' || next === '!' || next === '+') {
      this.#at++;
      return this.#deeper(() => {
        const item = this.#unary(primary);
        return next === '+' ? item : { kind: 'not', item };
      });
    }
    if (this.#keyword('NOT')) return this.#deeper(() => ({ kind: 'not', item: this.#unary(primary) }));
    return primary();
  }

  /** Only called where a unary operator has been dealt with. */
  #primary(): Expression {
    if (this.#text[this.#at] === '(') return this.#parenthesised(() => this.#primary());
    const start = this.#at;
    if (this.#text[start] === '"') return this.#term(this.#quoted());
    this.#notAKeyword();
    const value = this.#word('a field, a term or "("');
    this.#space();
    const operator = this.#operator();
    if (operator === undefined) return this.#term(value);
    if (value.prefix || value.anywhere) this.#fail(start, 'a field name without *');
    const field = fieldOf(this.#text.slice(start), value);
    this.#space();
    return this.#operand(field, operator);
  }

  #operand(field: Field, operator: Operator): Expression {
    const next = this.#text[this.#at];
    if (next === '[' || next === '{') {
      if (operator !== ':' && operator !== '=') this.#expected(`a single value after ${operator}`);
      return this.#range(field);
    }
    // `tags:(a OR b)` is each value with the field and operator before it.
    const match = (): Expression => {
      if (this.#text[this.#at] === '(') return this.#parenthesised(match);
      if (this.#text[this.#at] !== '"') this.#notAKeyword();
      return this.#counted({ kind: 'match', field, operator, value: this.#value(`a value for ${field.name}`) });
    };
    return match();
  }

  #range(field: Field): Expression {
    const from = this.#bound(this.#text[this.#at++] === '[');
    if (!this.#keyword('TO')) this.#expected('TO');
    const to = this.#bound(true);
    this.#space();
    const end = this.#text[this.#at];
    if (end !== ']' && end !== '}') this.#expected('] or }');
    this.#at++;
    return this.#counted({ kind: 'range', field, from, to: { ...to, inclusive: end === ']' } });
  }

  #bound(inclusive: boolean): Bound {
    this.#space();
    if (this.#text[this.#at] === '*') {
      this.#at++;
      return { value: undefined, inclusive };
    }
    const value = this.#value('the bound of a range');
    if (value.prefix || value.anywhere) this.#fail(value.at - 1, 'the bound of a range without *');
    return { value, inclusive };
  }

  #parenthesised(primary: () => Expression): Expression {
    this.#at++;
    const inner = this.#deeper(() => this.#or(primary));
    this.#space();
    if (this.#text[this.#at] !== ')') this.#expected('")"');
    this.#at++;
    return inner;
  }

  #value(expected: string): Value {
    DATE_TIME.lastIndex = this.#at;
    const date = DATE_TIME.exec(this.#text)?.[0];
    if (date !== undefined) {
      const at = this.#at + 1;
      this.#at += date.length;
      return { text: date, prefix: false, anywhere: false, at };
    }
    return this.#text[this.#at] === '"' ? this.#quoted() : this.#word(expected);
  }

  #word(expected: string): Value {
    const start = this.#at;
    const anywhere = this.#star();
    const text = this.#characters((character) => RESERVED.has(character) || isSpace(character));
    if (text === '') {
      if (anywhere) this.#fail(start, 'a term before *, or "*" in quotes');
      this.#expected(expected);
    }
    const prefix = this.#star();
    if (prefix && !this.#ended() && !isSpace(this.#text[this.#at]) && !')]}'.includes(this.#text[this.#at]!))
      this.#expected('the end of the term after *');
    return { text, prefix, anywhere, at: start + 1 };
  }

  /** `*` is active inside quotes too, at either end; the CLI relies on `folder:"a b/*"`. */
  #quoted(): Value {
    const start = this.#at++;
    const anywhere = this.#text[this.#at] === '*' && this.#text[this.#at + 1] !== '"' && this.#star();
    const text = this.#characters((character) => character === '"' || character === '*');
    const prefix = this.#star();
    if (this.#ended()) this.#fail(this.#at, `the closing quote of position ${start + 1}`);
    if (this.#text[this.#at] !== '"') this.#expected('the closing quote after *');
    this.#at++;
    return { text, prefix, anywhere, at: start + 1 };
  }

  #characters(stops: (character: string) => boolean): string {
    let text = '';
    for (; !this.#ended(); this.#at++) {
      const character = this.#text[this.#at]!;
      if (character === '\\') {
        this.#at++;
        if (this.#ended()) this.#expected('a character after \\');
        text += this.#text[this.#at]!;
      } else if (stops(character)) break;
      else text += character;
    }
    return text;
  }

  #star(): boolean {
    if (this.#text[this.#at] !== '*') return false;
    this.#at++;
    return true;
  }

  #operator(): Operator | undefined {
    const found = OPERATORS.find(([spelling]) => this.#text.startsWith(spelling, this.#at));
    this.#at += found?.[0].length ?? 0;
    return found?.[1];
  }

  /** A keyword is upper case and stands alone: `ORDER` and `OR:x` are none. */
  #isKeyword(word: string): boolean {
    if (!this.#text.startsWith(word, this.#at)) return false;
    const after = this.#text[this.#at + word.length];
    return after === undefined || isSpace(after) || '()"[{'.includes(after);
  }

  #keyword(word: string): boolean {
    this.#space();
    if (!this.#isKeyword(word)) return false;
    this.#at += word.length;
    return true;
  }

  #notAKeyword(): void {
    for (const word of ['AND', 'OR', 'NOT'])
      if (this.#isKeyword(word)) this.#expected(`a term (write "${word}" in quotes to search for the word)`);
  }

  #symbol(symbol: string): boolean {
    this.#space();
    if (!this.#text.startsWith(symbol, this.#at)) return false;
    this.#at += symbol.length;
    return true;
  }

  #startsOperand(): boolean {
    this.#space();
    const next = this.#text[this.#at];
    if (next === undefined || this.#isKeyword('OR')) return false;
    return '("!-+\\*'.includes(next) || !RESERVED.has(next);
  }

  #term = (value: Value): Expression => this.#counted({ kind: 'term', value });

  #counted(expression: Expression): Expression {
    if (++this.#clauses > LIMITS.clauses) this.#fail(this.#at, `at most ${LIMITS.clauses} clauses`);
    return expression;
  }

  #deeper<T>(work: () => T): T {
    if (++this.#depth > LIMITS.depth) this.#fail(this.#at - 1, `at most ${LIMITS.depth} levels of nesting`);
    const result = work();
    this.#depth--;
    return result;
  }

  #space(): void {
    while (isSpace(this.#text[this.#at])) this.#at++;
  }

  #ended(): boolean {
    return this.#at >= this.#text.length;
  }

  #expected(expected: string): never {
    this.#fail(this.#at, expected);
  }

  #fail(at: number, expected: string): never {
    const found = [...this.#text.slice(at, at + 40)].slice(0, 20).join('');
    throw ERRORS.InvalidExpression(at + 1, expected, found === '' ? 'the end of the expression' : `"${found}"`);
  }
}

/** The first dot not written with a backslash ends the name; the rest, dots included, is the path. */
function fieldOf(source: string, { text, at }: Value): Field {
  let name = '';
  for (let index = 0; name.length < text.length; index++) {
    if (source[index] === '\\') index++;
    else if (source[index] === '.' && name !== '') return { name, path: text.slice(name.length + 1), at };
    name += source[index];
  }
  return { name: text, path: '', at };
}
