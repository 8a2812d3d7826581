import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session } from '../api.ts';
import { expressionOf, readView, viewQuery } from './query.ts';

const session = (folder_mode: 'fixed' | 'dynamic') => ({ folder_mode }) as Session;
const view = (text: string) => readView(new URLSearchParams(text));

test('the view becomes one expression, and errors are placed in what was typed', () => {
  assert.deepEqual(expressionOf(session('fixed'), view('')), { expression: '', offset: 0 });
  assert.deepEqual(expressionOf(session('fixed'), view('q=a+OR+b&folder=x&kind=image&since=7d')), {
    expression: '(a OR b) AND folder="x" AND resource_type:image AND created_at>7d',
    offset: 1,
  });
  assert.equal(
    expressionOf(session('dynamic'), view('folder=a+%22b&below=1')).expression,
    '(asset_folder="a \\"b" OR asset_folder:"a \\"b/*")',
  );
});

test('a view stands in the address and comes back from it', () => {
  const text = 'q=cats&folder=x%2Fy&kind=video&since=1y&sort=bytes%3Adesc&layout=list';
  const given = Object.entries(viewQuery(view(text))).filter((entry): entry is [string, string] => Boolean(entry[1]));
  assert.deepEqual(readView(new URLSearchParams(given)), view(text));
});
