import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import sharp from 'sharp';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

/** `eval` and `on_success`: what they are for, and every way out that was thought of. */

type Json = Record<string, unknown>;
let server: SignetServer;
let png: Buffer;
before(async () => {
  server = await startSignet();
  png = await sharp({ create: { width: 8, height: 6, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
});
after(() => server.stop());

async function upload(params: Record<string, string>) {
  const body = signedForm(server, params, png, 'x.png');
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/image/upload`, { method: 'POST', body });
  return { status: answer.status, body: (await answer.json()) as Json };
}
const custom = (body: Json): Json => (body.context as { custom: Json }).custom;
/** What the script sees of the expression. */
async function seen(expression: string): Promise<unknown> {
  const script = `let v; try { v = String(${expression}) } catch (e) { v = 'threw ' + e.name } upload_options.context = { v };`;
  const { body, status } = await upload({ eval: script });
  assert.equal(status, 200, JSON.stringify(body));
  return custom(body).v;
}

test('eval reads what was uploaded and changes the options, as the SDK suites do', async () => {
  const script =
    'if (resource_info["width"] < 450) { upload_options["quality_analysis"] = true }; upload_options["context"] = "width=" + resource_info["width"]';
  const { body } = await upload({ eval: script, tags: 'kept' });
  assert.deepEqual([custom(body).width, body.tags], ['8', ['kept']]);
  assert.equal(typeof (body.quality_analysis as Json).focus, 'number');
  const named = await upload({ eval: "upload_options.public_id = 'by/' + resource_info.format" });
  assert.equal(named.body.public_id, 'by/png');
});

test('on_success updates the asset, and the answer shows it', async () => {
  const script =
    'if (event.upload_info.width === 8) current_asset.update({ tags: ["a"] }); current_asset.update({ context: { k: "v" } });';
  const { body } = await upload({ on_success: script });
  assert.deepEqual([body.tags, custom(body).k], [['a'], 'v']);
});

test('nothing of the outside can be seen', async () => {
  for (const name of [
    ...['process', 'require', 'module', 'fetch', 'XMLHttpRequest', 'WebAssembly', 'Deno', 'Buffer', 'setTimeout'],
    ...['setInterval', 'queueMicrotask', 'console', 'performance', 'navigator', 'std', 'os', 'scriptArgs', 'print'],
    ...['__dirname', 'importScripts', 'Worker', 'SharedWorker', 'global', 'self', 'window'],
  ])
    assert.equal(await seen(`typeof ${name}`), 'undefined', name);
  for (const way of [
    "Function('return this')().process",
    '(0, eval)("this").process',
    '[].constructor.constructor("return typeof process")()',
    'resource_info.constructor.constructor("return typeof require")()',
    '(function () { return this })().process',
    'Object.getPrototypeOf(async function () {}).constructor("return typeof process").name && undefined',
    'new Error().stack.includes("/")  ? "a path" : undefined',
    'Reflect.ownKeys(globalThis).filter((key) => /node|v8|wasm|quickjs/i.test(String(key)))[0]',
  ])
    assert.match(String(await seen(way)), /^(undefined|threw \w+)$/, way);
});

const REFUSED: readonly (readonly [what: string, script: string])[] = [
  ['an endless loop', 'for (;;);'],
  ['an endless loop behind try', 'for (;;) { try { for (;;); } catch (e) {} }'],
  ['an endless recursion', '(function f() { f(); })()'],
  [
    'a generator that never ends',
    '(function* () { for (;;) yield 1; })().toArray?.(); [...(function* () { for (;;) yield 1; })()]',
  ],
  ['a list without end', 'const a = []; for (;;) a.push(new Array(1e6).fill(1))'],
  ['a text that doubles', "let s = 'x'; for (;;) s += s"],
  ['a text of a gigabyte', "'x'.repeat(1e9)"],
  ['a buffer of a gigabyte', 'new ArrayBuffer(1e9)'],
  ['a pattern that backtracks', "/^(a+)+$/.test('a'.repeat(40) + 'b')"],
  ['an import', "import fs from 'fs'"],
  ['an error', "throw new Error('mine')"],
  ['an error that is none', 'throw { get message() { for (;;); } }'],
  ['a result that never ends', 'upload_options = { toJSON() { for (;;); } }'],
  ['a result that holds itself', 'upload_options.me = upload_options'],
  ['a result that is nothing', 'upload_options = 5'],
  ['options that are wrong', "upload_options.overwrite = 'perhaps'"],
  ['a large number', 'upload_options.context = { n: 10n }'],
  ['no program', '{{{'],
  ['a script without end', `${' '.repeat(100_001)}1`],
];
for (const [what, script] of REFUSED)
  test(`${what} is refused, and soon`, async () => {
    const start = performance.now();
    const { status, body } = await upload({ eval: script });
    assert.equal(status, 400, JSON.stringify(body).slice(0, 300));
    assert.match(String((body.error as Json).message), /script|upload_options|Invalid value/);
    assert.ok(performance.now() - start < 5000);
  });

test('a script cannot leave anything behind for the next one, nor pollute what reads its result', async () => {
  await upload({
    eval: 'globalThis.left = 1; Object.prototype.left = 2; Array.prototype.push = null; JSON.stringify = null',
  });
  assert.equal(await seen('typeof left'), 'undefined');
  const polluted = await upload({
    eval: 'upload_options = JSON.parse(\'{"__proto__":{"tags":"p"},"constructor":1}\')',
  });
  assert.deepEqual([polluted.status, polluted.body.tags], [200, []]);
  const forged = await upload({ on_success: 'Array.prototype.push = () => {}; current_asset.update({ tags: ["x"] })' });
  assert.deepEqual(forged.body.tags, ['x']);
  assert.equal((await upload({ eval: '1' })).status, 200);
});

test('scripts that loop keep nobody else waiting', async () => {
  const loops = Promise.all(Array.from({ length: 8 }, () => upload({ eval: 'for (;;);' })));
  await new Promise((resolve) => setTimeout(resolve, 100));
  let slowest = 0;
  for (let index = 0; index < 20; index++) {
    const start = performance.now();
    assert.equal((await fetch(`${server.url}/health`)).status, 200);
    slowest = Math.max(slowest, performance.now() - start);
  }
  assert.ok((await loops).every(({ status }) => status === 400));
  assert.ok(slowest < 150, `a health check took ${slowest} ms`);
});
