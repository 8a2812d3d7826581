import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as wait } from 'node:timers/promises';
import type { Asset, Found } from '../api.ts';
import { createAssetStore, EMPTY, type ListState, type Place } from './asset-store.ts';

const asset = (id: string): Asset =>
  ({
    asset_id: id,
    public_id: id,
    resource_type: 'raw',
    type: 'upload',
    version: 1,
    bytes: 1,
    created_at: '',
  }) as Asset;

/** A list on a server: by offset or by cursor, a moment late. */
function serverOf(count: number) {
  const server = {
    ids: Array.from({ length: count }, (_, index) => `a${index}`),
    asked: [] as Place[],
    aborted: 0,
    late: 5,
    flying: new Set<AbortSignal>(),
    most: 0,
    async load(place: Place, signal: AbortSignal): Promise<Found> {
      server.asked.push(place);
      server.flying.add(signal);
      server.most = Math.max(server.most, [...server.flying].filter(({ aborted }) => !aborted).length);
      try {
        await wait(server.late, undefined, { signal });
      } catch (error) {
        server.aborted += 1;
        throw error;
      } finally {
        server.flying.delete(signal);
      }
      const from = place.next_cursor === undefined ? place.offset! : server.ids.indexOf(place.next_cursor) + 1;
      const page = server.ids.slice(from, from + place.max_results);
      const more = from + page.length < server.ids.length;
      return {
        total_count: server.ids.length,
        time: 1,
        resources: page.map(asset),
        ...(more ? { next_cursor: page.at(-1)! } : {}),
      };
    },
  };
  return server;
}

function open(count: number) {
  const server = serverOf(count);
  const seen: { state: ListState } = { state: EMPTY };
  const store = createAssetStore(server.load, (state) => {
    seen.state = state;
  });
  const idAt = (index: number): string | undefined => seen.state.items[index]?.asset_id;
  const until = async (ready: () => boolean): Promise<void> => {
    for (let tries = 0; !ready() && tries < 400; tries += 1) await wait(5);
    assert.ok(ready());
  };
  const idsLoaded = (): string[] => seen.state.items.flatMap((item) => item?.asset_id ?? []);
  return { server, seen, store, idAt, until, idsLoaded };
}

test('any place is one request away', async () => {
  const { server, seen, store, idAt, until } = open(100_000);
  store.look(0, 40);
  store.reload();
  await until(() => idAt(0) === 'a0');
  assert.equal(seen.state.items.length, 100_000);
  server.asked = [];
  store.look(99_960, 99_999);
  await until(() => idAt(99_999) === 'a99999');
  assert.equal(server.asked[0]?.offset, 99_900);
  assert.equal(idAt(50_000), undefined);
  store.end();
});

test('two requests at most run, and what was scrolled past is dropped', async () => {
  const { server, store, idAt, until } = open(100_000);
  store.look(0, 40);
  store.reload();
  await until(() => idAt(0) === 'a0');
  server.asked = [];
  server.late = 40;
  for (let step = 1; step <= 60; step += 1) {
    store.look(step * 1000, step * 1000 + 240);
    await wait(2);
  }
  await until(() => idAt(60_000) === 'a60000' && idAt(60_240) === 'a60240');
  assert.ok(server.most <= 2, `${server.most} at once`);
  assert.ok(server.asked.length < 40, `${server.asked.length} requests for 60 places`);
  assert.ok(server.aborted > 0);
  store.end();
});

test('assets that come and go before what is in sight move it, without doubles', async () => {
  const { server, seen, store, idAt, until, idsLoaded } = open(5000);
  store.look(0, 40);
  store.reload();
  await until(() => idAt(0) === 'a0');
  store.look(2000, 2040);
  await until(() => idAt(2000) === 'a2000' && idAt(2099) !== undefined);
  const { epoch } = seen.state;
  server.ids.unshift('new-1', 'new-2', 'new-3');
  store.look(2150, 2190);
  await until(() => seen.state.epoch > epoch);
  assert.equal(idAt(2153), 'a2150');
  assert.equal(store.indexOf('a2150'), 2153);
  assert.equal(new Set(idsLoaded()).size, idsLoaded().length);
  server.ids.unshift(...Array.from({ length: 700 }, (_, index) => `more-${index}`));
  store.look(2153, 2190);
  store.reload();
  await until(() => store.indexOf('a2150') === 2853);
  server.ids.splice(0, 703);
  store.look(2853, 2890);
  await until(() => idAt(2853) === 'a2150');
  store.reload();
  await until(() => store.indexOf('a2150') === 2150);
  assert.equal(seen.state.items.length, 5000);
  assert.equal(new Set(idsLoaded()).size, idsLoaded().length);
  store.end();
});

test('a stretch is whole, also where nothing is loaded and while the list grows', async () => {
  const { server, store, idAt, until } = open(3000);
  store.look(0, 40);
  store.reload();
  await until(() => idAt(0) === 'a0');
  const part = await store.range(50, 1649);
  assert.deepEqual(
    part.map(({ asset_id }) => asset_id),
    server.ids.slice(50, 1650),
  );
  const all = store.range(0, 2999);
  await wait(12);
  server.ids.unshift('first');
  server.ids.push('last');
  const ids = new Set((await all).map(({ asset_id }) => asset_id));
  for (const id of [...server.ids.slice(1)]) assert.ok(ids.has(id), id);
  assert.equal(store.known('a2999')?.public_id, 'a2999');
  store.end();
});

test('what is taken out is gone at once, and the places behind it stay right', async () => {
  const { server, seen, store, idAt, until } = open(1000);
  store.look(0, 40);
  store.reload();
  await until(() => idAt(0) === 'a0');
  store.look(500, 540);
  await until(() => idAt(500) === 'a500');
  const gone = new Set(['a3', 'a501']);
  server.ids = server.ids.filter((id) => !gone.has(id));
  store.remove(gone);
  assert.equal(seen.state.items.length, 998);
  assert.equal(idAt(499), 'a500');
  assert.equal(idAt(500), 'a502');
  store.look(560, 600);
  await until(() => idAt(600) !== undefined);
  assert.equal(idAt(600), server.ids[600]);
  store.end();
});

test('an error is kept until somebody goes on', async () => {
  const { server, seen, store, idAt, until } = open(1000);
  const { load } = server;
  let broken = false;
  const other = createAssetStore(
    (place, signal) => (broken ? Promise.reject(new Error('no way')) : load(place, signal)),
    (state) => {
      seen.state = state;
    },
  );
  store.end();
  other.look(0, 40);
  other.reload();
  await until(() => idAt(0) === 'a0');
  broken = true;
  other.look(700, 740);
  await until(() => seen.state.error?.message === 'no way');
  broken = false;
  other.look(710, 750);
  await until(() => idAt(710) === 'a710');
  assert.equal(seen.state.error, undefined);
  other.end();
});
