import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { createAccounts } from '../../accounts/accounts.ts';
import { type Catalog, openCatalog } from '../../catalog/catalog.ts';
import { createSessions } from './sessions.ts';

const HOUR = 3_600_000;

describe('console sessions', () => {
  let folder: string;
  let catalog: Catalog;
  let now: number;
  let who: { cloud: string; apiKey: string; operator: boolean };

  const clock = () => now;
  const open = () => openCatalog(join(folder, 'catalog.db'));

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'signet-sessions-'));
    now = 0;
    catalog = open();
    const { key } = await createAccounts(catalog, clock).createCloud({ name: 'demo', folderMode: 'fixed' });
    who = { cloud: 'demo', apiKey: key.api_key, operator: false };
  });

  afterEach(async () => {
    await catalog.close();
    rmSync(folder, { recursive: true, force: true });
  });

  test('a session lives twelve hours and ends when asked', async () => {
    const sessions = createSessions(catalog, clock);
    const { id, session } = await sessions.start(who);
    assert.deepEqual(await sessions.find(id), session);
    assert.equal(await sessions.find(`${id}x`), undefined);
    assert.equal(await sessions.find(undefined), undefined);
    now = 12 * HOUR - 1;
    assert.deepEqual(await sessions.find(id), session);
    now += 1;
    assert.equal(await sessions.find(id), undefined);
    const second = await sessions.start(who);
    await sessions.end(second.id);
    assert.equal(await sessions.find(second.id), undefined);
    const rows = await catalog.db.selectFrom('console_sessions').selectAll().execute();
    assert.deepEqual(rows, [], 'what has expired is gone with the next sign-in');
  });

  test('a restart signs nobody out, and what is kept opens nothing', async () => {
    const { id, session } = await createSessions(catalog, clock).start(who);
    await catalog.close();
    catalog = open();
    assert.deepEqual(await createSessions(catalog, clock).find(id), session);
    const kept = JSON.stringify(await catalog.db.selectFrom('console_sessions').selectAll().execute());
    assert.ok(!kept.includes(id) && !kept.includes(session.csrf));
  });

  test('a disabled, deleted or re-keyed API key ends its sessions for good', async () => {
    const sessions = createSessions(catalog, clock);
    const key = (set: object) =>
      catalog.db.updateTable('api_keys').set(set).where('api_key', '=', who.apiKey).execute();
    const ends = async (change: () => Promise<unknown>): Promise<void> => {
      const { id } = await sessions.start(who);
      await change();
      assert.equal(await sessions.find(id), undefined);
    };
    const { id } = await sessions.start(who);
    await key({ name: 'Another name' });
    assert.notEqual(await sessions.find(id), undefined);
    await ends(async () => {
      await key({ enabled: 0 });
      await key({ enabled: 1 });
    });
    await ends(() => key({ api_secret: 'another' }));
    await ends(() => catalog.db.deleteFrom('api_keys').where('api_key', '=', who.apiKey).execute());
  });

  test('a link signs in once, within an hour, as the operator', async () => {
    const sessions = createSessions(catalog, clock);
    const token = sessions.createLink(who);
    assert.equal(await sessions.useLink('guessed'), undefined);
    assert.equal((await sessions.useLink(token))?.session.operator, true);
    assert.equal(await sessions.useLink(token), undefined);
    const late = sessions.createLink(who);
    now = HOUR;
    assert.equal(await sessions.useLink(late), undefined);
  });

  test('ten failures make an address wait, others not; a success forgets them', () => {
    const sessions = createSessions(catalog, clock);
    for (let count = 0; count < 9; count += 1) sessions.failed('a');
    assert.equal(sessions.waitFor('a'), 0);
    sessions.succeeded('a');
    for (let count = 0; count < 10; count += 1) sessions.failed('a');
    assert.equal(sessions.waitFor('a'), 900);
    assert.equal(sessions.waitFor('b'), 0);
    now = 15 * 60_000;
    assert.equal(sessions.waitFor('a'), 0);
  });
});
