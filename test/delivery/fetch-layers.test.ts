import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { after, before, describe, it } from 'node:test';
import { assertColor, get, pixels, upload } from '../support/delivery.ts';
import { BLUE, flat, GREEN, RED } from '../support/files.ts';
import { type SignetServer, startSignet } from '../support/server.ts';

/** Pictures from elsewhere as layers: `l_fetch:<base64url of the address>`. */

const asked: string[] = [];
const site = createServer(async (request, response) => {
  asked.push(request.url ?? '');
  if (request.url === '/badge.png' || request.url === '/badge.png?v=2&size=big')
    return response.end(
      await flat(40, 20, request.url.includes('v=2') ? GREEN : BLUE)
        .png()
        .toBuffer(),
    );
  if (request.url === '/page.html') return response.end('<p>no picture');
  return response.writeHead(404).end();
});
let origin: string;
const layer = (path: string) => Buffer.from(`${origin}${path}`).toString('base64url');

let open: SignetServer;
let shut: SignetServer;
before(async () => {
  site.listen(0, '127.0.0.1');
  await once(site, 'listening');
  origin = `http://127.0.0.1:${(site.address() as AddressInfo).port}`;
  [open, shut] = await Promise.all([startSignet({ flags: ['--allow-private-sources'] }), startSignet()]);
  const base = await flat(100, 100, RED).png().toBuffer();
  await Promise.all([open, shut].map((server) => upload(server, 'base', base)));
});
after(async () => {
  await Promise.all([open.stop(), shut.stop()]);
  site.close();
  site.closeAllConnections();
});

const picture = async (path: string) => {
  const { status, error, bytes } = await get(open, path);
  assert.deepEqual([status, error], [200, null], path);
  return pixels(bytes);
};

describe('fetch layers', () => {
  it('lie over, under and beside, transformed like others', async () => {
    const over = await picture(`l_fetch:${layer('/badge.png')}/fl_layer_apply,g_south_east/base.png`);
    assertColor(over.at(0.9, 0.9), BLUE);
    assertColor(over.at(0.5, 0.5), RED);
    const scaled = await picture(`l_fetch:${layer('/badge.png')}/c_scale,w_80/fl_layer_apply/base.png`);
    assertColor(scaled.at(0.15, 0.5), BLUE);
    const short = await picture(`l_fetch:${layer('/badge.png')},g_north,w_20/base.png`);
    assertColor(short.at(0.5, 0.05), BLUE);
    assertColor(short.at(0.5, 0.15), RED);
    const under = await picture(`u_fetch:${layer('/badge.png')},w_140,h_140,c_scale/base.png`);
    assert.deepEqual([under.width, under.height], [140, 140]);
    assertColor(under.at(0.02, 0.5), BLUE);
    assertColor(under.at(0.5, 0.5), RED);
  });

  it('take addresses with a query, padding or none, and an extension', async () => {
    const address = Buffer.from(`${origin}/badge.png?v=2&size=big`);
    for (const text of [
      address.toString('base64url'),
      address.toString('base64').replace('+', '-').replace('/', '_'),
    ]) {
      assertColor((await picture(`l_fetch:${text}/fl_layer_apply/base.png`)).at(0.5, 0.5), GREEN, text);
      assertColor((await picture(`l_fetch:${text}.png/fl_layer_apply/base.png`)).at(0.5, 0.5), GREEN, text);
    }
  });

  it('are loaded once, and say what is missing', async () => {
    const before = asked.filter((url) => url === '/badge.png').length;
    await picture(`l_fetch:${layer('/badge.png')}/fl_layer_apply,g_west/base.png`);
    assert.equal(asked.filter((url) => url === '/badge.png').length, before);
    for (const path of ['/nowhere.png', '/page.html']) {
      const { status, error } = await get(open, `l_fetch:${layer(path)}/fl_layer_apply/base.png`);
      assert.ok(status >= 400 && status < 500, `${path}: ${status}`);
      assert.ok(error, path);
    }
    const { status, error } = await get(open, 'l_fetch:!!!/fl_layer_apply/base.png');
    assert.equal(status, 400, error ?? '');
  });

  it('are refused from the own network unless the operator opens it', async () => {
    const count = asked.length;
    const { status, error } = await get(shut, `l_fetch:${layer('/badge.png')}/fl_layer_apply/base.png`);
    assert.ok(status === 400 || status === 401 || status === 403, `${status}`);
    assert.ok(error);
    assert.equal(asked.length, count, 'nothing is asked');
  });
});
