/** More than one call can do: deletions of more than 1000 originals, cursors while others write. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Admin, adminOf, type Body } from '../support/admin.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signedForm } from '../support/upload.ts';

let server: SignetServer;
let admin: Admin;

before(async () => {
  server = await startSignet();
  admin = adminOf(server);
});
after(() => server.stop());

const upload = async (publicId: string, tags: string): Promise<void> => {
  const body = signedForm(server, { public_id: publicId, tags }, Buffer.from(publicId), 'a.txt');
  const response = await fetch(`${server.url}/v1_1/${server.cloud}/raw/upload`, { method: 'POST', body });
  assert.equal(response.status, 200, await response.text());
};

/** `work` for every number, eight at once. */
async function each(count: number, work: (number: number) => Promise<void>): Promise<void> {
  let next = 0;
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < count) await work(next++);
    }),
  );
}

test('a deletion of more than 1000 originals answers partial, with a cursor for the rest', async () => {
  await each(1003, (number) => upload(`many/${number}`, 'many'));
  const json = { prefix: 'many/' };
  const first = await admin.ok('DELETE', '/resources/raw/upload', { json });
  assert.deepEqual([Object.keys(first.deleted).length, first.partial], [1000, true]);
  const rest = await admin.ok('DELETE', '/resources/raw/upload', { json: { ...json, next_cursor: first.next_cursor } });
  assert.deepEqual([Object.keys(rest.deleted).length, rest.partial, 'next_cursor' in rest], [3, false, false]);
  assert.deepEqual((await admin.ok('GET', '/resources/raw')).resources, []);
});

test('pages stay right while others upload and delete: what was there all the time comes exactly once', async () => {
  const there = Array.from({ length: 120 }, (_, number) => `stay/${String(number).padStart(3, '0')}`);
  await each(there.length, (number) => upload(there[number]!, 'stay'));
  let writing = true;
  let written = 0;
  const writer = (async () => {
    while (writing) {
      await upload(`come/${written}`, 'stay');
      if (written % 2 === 0)
        await admin.ok('DELETE', '/resources/raw/upload', { json: { public_ids: [`come/${written}`] } });
      written++;
    }
  })();
  const pages = async (next: (cursor: string | undefined) => Promise<Body>): Promise<string[]> => {
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const page = await next(cursor);
      seen.push(...page.resources.map(({ public_id }: Body) => public_id));
      cursor = page.next_cursor;
    } while (cursor !== undefined);
    return seen;
  };
  const list = (path: string) => (cursor: string | undefined) =>
    admin.ok('GET', path, { query: `max_results=7${cursor === undefined ? '' : `&next_cursor=${cursor}`}` });
  const search = (cursor: string | undefined) =>
    admin.ok('POST', '/resources/search', {
      json: { expression: 'tags=stay', max_results: 7, next_cursor: cursor ?? '' },
    });
  try {
    const lists = [list('/resources/raw'), list('/resources/raw/upload'), list('/resources/raw/tags/stay'), search];
    do
      for (const next of lists) {
        const seen = await pages(next);
        assert.equal(new Set(seen).size, seen.length, 'nothing comes twice');
        assert.deepEqual(seen.filter((id) => id.startsWith('stay/')).sort(), there);
      }
    while (written <= 5);
  } finally {
    writing = false;
    await writer;
  }
});

test('a cursor of another list or made up is refused and says so', async () => {
  const { next_cursor } = await admin.ok('GET', '/resources/raw', { query: 'max_results=1' });
  for (const path of [`/resources/raw/tags/stay?next_cursor=${next_cursor}`, '/resources/raw?next_cursor=23452342']) {
    const { status, body } = await admin('GET', path);
    assert.equal(status, 400);
    assert.match(body.error.message, /Invalid value .* for parameter next_cursor/);
  }
});
