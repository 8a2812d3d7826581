import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSessions } from './sessions.ts';

const HOUR = 3_600_000;
const WHO = { cloud: 'demo', apiKey: '1', operator: false };

test('a session lives twelve hours and ends when asked', () => {
  let now = 0;
  const sessions = createSessions(() => now);
  const { id, session } = sessions.start(WHO);
  assert.equal(sessions.find(id), session);
  assert.equal(sessions.find(`${id}x`), undefined);
  assert.equal(sessions.find(undefined), undefined);
  now = 12 * HOUR - 1;
  assert.equal(sessions.find(id), session);
  now += 1;
  assert.equal(sessions.find(id), undefined);
  const second = sessions.start(WHO);
  sessions.end(second.id);
  assert.equal(sessions.find(second.id), undefined);
});

test('a link signs in once, within an hour, as the operator', () => {
  let now = 0;
  const sessions = createSessions(() => now);
  const token = sessions.createLink({ cloud: 'demo', apiKey: '1' });
  assert.equal(sessions.useLink('guessed'), undefined);
  assert.equal(sessions.useLink(token)?.session.operator, true);
  assert.equal(sessions.useLink(token), undefined);
  const late = sessions.createLink({ cloud: 'demo', apiKey: '1' });
  now = HOUR;
  assert.equal(sessions.useLink(late), undefined);
});

test('ten failures make an address wait, others not; a success forgets them', () => {
  let now = 0;
  const sessions = createSessions(() => now);
  for (let count = 0; count < 9; count += 1) sessions.failed('a');
  assert.equal(sessions.waitFor('a'), 0);
  sessions.succeeded('a');
  for (let count = 0; count < 10; count += 1) sessions.failed('a');
  assert.equal(sessions.waitFor('a'), 900);
  assert.equal(sessions.waitFor('b'), 0);
  now = 15 * 60_000;
  assert.equal(sessions.waitFor('a'), 0);
});
