import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';
import { temporaryFolder } from './temporary-folder.fixture.ts';

/** Starts a server in a process of its own and reads what that has loaded. */
function loadedByStart(): { files: string[]; builtin: string[]; shared: string[] } {
  const program = `
    import { registerHooks } from 'node:module';
    const files = new Set();
    registerHooks({ load(url, context, next) { files.add(url); return next(url, context); } });
    const { loadConfig, startServer } = await import(${JSON.stringify(new URL('./index.ts', import.meta.url).href)});
    const server = await startServer({ config: loadConfig({ flags: { data: 'data', port: 0, 'log-level': 'silent' }, env: {} }) });
    console.log(JSON.stringify({
      files: [...files],
      builtin: process.moduleLoadList,
      shared: process.report.getReport().sharedObjects,
    }));
    await server.close();`;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    encoding: 'utf8',
    cwd: temporaryFolder('start'),
  });
  return JSON.parse(output) as { files: string[]; builtin: string[]; shared: string[] };
}

test('the start loads what an upload and a delivery need, and nothing else', () => {
  const { files, builtin, shared } = loadedByStart();
  assert.deepEqual(
    shared.filter((path) => /vips|sharp|onnx|pdfium|avcodec|node-av/.test(path)),
    [],
    'libraries for pictures, films and neural networks',
  );
  assert.deepEqual(
    builtin.filter((name) => /undici/.test(name)),
    [],
    "Node's fetch: an import of node:http brings it, getBuiltinModule does not",
  );
  assert.deepEqual(
    files.filter((url) => /\/(?:ajv|undici|yazl|tar-stream|mime-db|fast-xml-parser|quickjs[^/]*)\//.test(url)),
    [],
    'packages that only some requests need',
  );
  assert.deepEqual(
    files.filter((url) => /\/http\/(?:admin-api|search|console|provisioning|notifications|analysis)\/index/.test(url)),
    [],
    'route areas that later.ts loads',
  );
  // Each file costs about 30 kB and 0.2 ms, however small it is.
  assert.ok(files.length <= 680, `${files.length} files are loaded by the start`);
});
