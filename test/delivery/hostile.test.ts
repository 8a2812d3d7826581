/** Hostile files against a running server. `node bench/hostile.ts` does the same with 2,000 mutations. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { get } from '../support/delivery.ts';
import { attack, bombs, mutations } from '../support/hostile.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

let server: SignetServer;
before(async () => {
  server = await startSignet();
});
after(() => server.stop());

const alive = async () => assert.equal((await fetch(`${server.url}/v1_1/${server.cloud}/ping`)).status < 500, true);

test('bombs, cut files, wrong magic and polyglots: a picture or a clear error, and the server lives', async () => {
  for (const [name, bytes] of Object.entries(await bombs())) await attack(server, name, bytes);
  await alive();
});

test('260 mutated files of thirteen kinds: a picture or a clear error, and the server lives', async () => {
  let errors = 0;
  let n = 0;
  for await (const bytes of mutations(260))
    if ((await attack(server, `mutation ${n}`, bytes, { only: n++ })).some((status) => status >= 400)) errors++;
  assert.ok(errors > 20, String(errors));
  await alive();
  assert.equal((await get(server, 'w_10/nobody.png')).status, 404);
});
