import assert from 'node:assert/strict';
import { test } from 'node:test';
import { bytesText, loadConfig } from './config.ts';

test('a number of bytes is written as a person would, and read back as the same number', () => {
  for (const [bytes, text] of [
    [10_000_000_000, '10GB'],
    [1_500_000_000, '1500MB'],
    [64_000, '64kB'],
    [1_234, '1234'],
    [0, '0'],
  ] as const) {
    assert.equal(bytesText(bytes), text);
    const config = loadConfig({ flags: { 'hot-bytes': text }, env: {}, file: undefined });
    assert.equal(config['hot-bytes'], bytes);
  }
});
