import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { test } from 'node:test';

test('nothing but the adapters and the tests needs Node', () => {
  const adapters = ['node.ts', 'digest/node.ts'];
  const files = globSync('**/*.ts', { cwd: import.meta.dirname }).filter(
    (file) => !/\.(test|fixture)\.ts$/.test(file) && !adapters.includes(file),
  );
  assert.ok(files.length > 20);
  for (const file of files) {
    const source = readFileSync(`${import.meta.dirname}/${file}`, 'utf8');
    assert.doesNotMatch(source, /from 'node:|\bBuffer\.|\bprocess\.(?!env\.CLOUDINARY_API_SECRET')/, file);
  }
});
