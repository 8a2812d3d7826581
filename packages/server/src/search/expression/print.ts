import type { Bound, Expression, Field, Value } from './tree.ts';

const ESCAPED = /[!(){}[\]*^~?:\\=&><"|\s]/g;

const printValue = ({ text, prefix, anywhere }: Value): string =>
  `"${anywhere ? '*' : ''}${text.replace(/["\\*]/g, '\\$&')}${prefix ? '*' : ''}"`;

const printName = (text: string): string => text.replace(ESCAPED, '\\$&').replace(/^[-+]/, '\\$&');

const printField = ({ name, path }: Field): string =>
  path === '' ? printName(name) : `${printName(name)}.${path.replace(ESCAPED, '\\$&')}`;

const printBound = ({ value }: Bound): string => (value === undefined ? '*' : printValue(value));

/** An expression in its one canonical spelling: equal trees print equal, and what is printed parses to the same tree. */
export function printExpression(expression: Expression): string {
  switch (expression.kind) {
    case 'and':
    case 'or':
      return expression.items
        .map((item) =>
          item.kind === 'and' || item.kind === 'or' ? `(${printExpression(item)})` : printExpression(item),
        )
        .join(expression.kind === 'and' ? ' AND ' : ' OR ');
    case 'not':
      return expression.item.kind === 'and' || expression.item.kind === 'or'
        ? `-(${printExpression(expression.item)})`
        : `-${printExpression(expression.item)}`;
    case 'match':
      return `${printField(expression.field)}${expression.operator}${printValue(expression.value)}`;
    case 'range': {
      const { field, from, to } = expression;
      return `${printField(field)}:${from.inclusive ? '[' : '{'}${printBound(from)} TO ${printBound(to)}${to.inclusive ? ']' : '}'}`;
    }
    case 'term':
      return printValue(expression.value);
  }
}
