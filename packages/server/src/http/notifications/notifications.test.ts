import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, test } from 'node:test';
import { rawOf } from '../../catalog/back-ends.fixture.ts';
import { loadConfig, type RunningServer, startServer } from '../../index.ts';
import { temporaryFolder } from '../../temporary-folder.fixture.ts';

let server: RunningServer;
let authorization: string;

before(async () => {
  const data = temporaryFolder('notifications');
  server = await startServer({ config: loadConfig({ flags: { port: 0, data, 'log-level': 'silent' } }) });
  const { api_key, api_secret } = server.account.key;
  authorization = `Basic ${Buffer.from(`${api_key}:${api_secret}`).toString('base64')}`;
});
after(() => server.close());

interface Message {
  readonly receipt_handle: string;
  readonly payload: { readonly notification_type: string; readonly public_id: string };
  readonly signed_payload: string;
  readonly signature: string;
  readonly timestamp: string;
}

const call = async (method: string, path: string, body?: unknown) => {
  const response = await fetch(server.url + path, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return {
    status: response.status,
    body: (await response.json()) as {
      messages: Message[];
      results: { status: string }[];
      error: { message: string; category: string; code: string };
    },
  };
};
const poll = async (query: string): Promise<Message[]> =>
  (await call('GET', `/v2/notifications/demo/messages?channel=inbox&${query}`)).body.messages;

test('an upload reaches a channel, signed; acknowledged messages never come back, others do', async () => {
  const trigger = await call('POST', '/v1_1/demo/triggers', {
    uri: 'poll://inbox',
    event_type: 'upload',
    uri_type: 'poll',
  });
  assert.equal(trigger.status, 201, JSON.stringify(trigger.body));
  assert.deepEqual(await poll('wait_seconds=0'), []);
  const waiting = poll('wait_seconds=20&visibility_timeout=1');
  await call('POST', '/v1_1/demo/raw/upload', { file: 'data:text/plain;base64,aGk=', public_id: 'polled' });
  const [message] = await waiting;
  assert.equal(message?.payload.notification_type, 'upload');
  assert.equal(message.payload.public_id, 'polled');
  const raw = Buffer.from(message.signed_payload, 'base64url').toString();
  assert.deepEqual(JSON.parse(raw), message.payload);
  const { api_secret } = server.account.key;
  assert.equal(
    message.signature,
    createHash('sha1')
      .update(raw + message.timestamp + api_secret)
      .digest('hex'),
  );
  assert.deepEqual(await poll('wait_seconds=0'), [], 'hidden from others for a while');
  const [again] = await poll('wait_seconds=10&visibility_timeout=60');
  assert.equal(again?.payload.public_id, 'polled');
  assert.notEqual(again.receipt_handle, message.receipt_handle);
  const acked = await call('POST', '/v2/notifications/demo/messages/ack', {
    receipt_handles: [again.receipt_handle, message.receipt_handle],
  });
  assert.deepEqual(acked.body.results, [{ status: 'acked' }, { status: 'not_found' }]);
  const { n } = rawOf(server.app.catalog).prepare('SELECT count(*) AS n FROM notification_messages').get() as {
    n: number;
  };
  assert.equal(n, 0);
});

test('bad questions are refused', async () => {
  for (const query of ['', '?channel=a&batch_id=b', '?channel=a&max_messages=101', '?channel=a&wait_seconds=61'])
    assert.equal((await call('GET', `/v2/notifications/demo/messages${query}`)).status, 400, query);
  assert.equal((await call('POST', '/v2/notifications/demo/messages/ack', {})).status, 400);
  const anonymous = await fetch(`${server.url}/v2/notifications/demo/messages?channel=inbox`);
  assert.equal(anonymous.status, 401);
});

test('analysis says that it is not available, to those who may ask', async () => {
  const answer = await call('POST', '/v2/demo/analysis/analyze/uri', {
    uri: 'https://example.com/a.jpg',
    analysis_type: 'captioning',
    parameters: null,
  });
  assert.equal(answer.status, 400);
  assert.equal(answer.body.error.message, 'Analysis of type captioning is not available on this server');
  assert.equal(answer.body.error.category, 'user_error');
  assert.equal((await call('POST', '/v2/analysis/demo/analyze/coco', {})).status, 400);
  assert.equal((await call('GET', '/v2/analysis/demo/tasks/1')).status, 404);
  assert.equal((await fetch(`${server.url}/v2/demo/analysis/analyze/uri`, { method: 'POST' })).status, 401);
});
