import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

test('libraries for pictures, films and neural networks are not loaded by the start', () => {
  const program = `
    await import(${JSON.stringify(new URL('./start.ts', import.meta.url).href)});
    console.log(JSON.stringify(process.report.getReport().sharedObjects));`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], { encoding: 'utf8' });
  const loaded = (JSON.parse(output) as string[]).filter((path) => /vips|sharp|onnx|pdfium|avcodec|node-av/.test(path));
  assert.deepEqual(loaded, []);
});
