import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createInterface } from 'node:readline';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import sharp from 'sharp';
import { signet } from '../support/cli.ts';
import { type SignetServer, startSignet } from '../support/server.ts';
import { signed, signedForm } from '../support/upload.ts';

type Json = Record<string, unknown>;
interface Question {
  readonly parameter: string;
  readonly name: string;
  readonly argument: string;
  readonly asset: Json;
}
interface Asked extends Question {
  readonly bytes: Buffer;
  readonly authorization: string | undefined;
}

const asked: Asked[] = [];
/** How the model answers: by `parameter:name`. */
const answers: Record<string, (question: Question) => Promise<[number, unknown]> | [number, unknown]> = {};
const model = createServer(async (incoming: IncomingMessage, outgoing) => {
  const headers = { 'content-type': incoming.headers['content-type']! };
  const form = await new Response(Readable.toWeb(incoming) as ReadableStream, { headers }).formData();
  const question = JSON.parse(String(form.get('request'))) as Question;
  const bytes = Buffer.from(await (form.get('file') as Blob).arrayBuffer());
  asked.push({ ...question, bytes, authorization: incoming.headers.authorization });
  const [status, body] = await answers[`${question.parameter}:${question.name}`]!(question);
  outgoing.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body));
});
const told: Json[] = [];
const hook = createServer(async (request, response) => {
  told.push(JSON.parse(await text(request)) as Json);
  response.end();
});
const listen = async (server: typeof model): Promise<string> => {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
};

let server: SignetServer;
let notification_url: string;
let photo: Buffer;

before(async () => {
  const url = await listen(model);
  notification_url = await listen(hook);
  photo = await sharp({ create: { width: 40, height: 30, channels: 3, background: '#39f' } })
    .png()
    .toBuffer();
  const addons = {
    'ocr:adv_ocr': { url, token: 'let-me-in' },
    'detection:coco_v2': url,
    'detection:own-model': url,
    'categorization:google_tagging': url,
    'moderation:house_rules': url,
    'moderation:aws_rek': url,
    'raw_convert:extract_text': url,
    auto_transcription: { url, wait: 0 },
    'categorization:slow': { url, wait: 0.2 },
    'categorization:stuck': { url, timeout: 0.3 },
    'categorization:away': 'http://127.0.0.1:9/',
  };
  server = await startSignet({ env: { SIGNET_ADDONS: JSON.stringify(addons) } });
});
after(async () => {
  await server.stop();
  for (const one of [model, hook]) {
    one.close();
    one.closeAllConnections();
  }
});

const upload = async (params: Record<string, string>, file: Buffer = photo, type = 'image') => {
  const form = signedForm(server, params, file, 'picture.png');
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}/${type}/upload`, { method: 'POST', body: form });
  return { status: answer.status, body: (await answer.json()) as Json };
};
const message = ({ body }: { body: Json }): string => (body.error as { message: string }).message;
const call = async (path: string, method = 'GET', params?: Record<string, string>) => {
  const authorization = `Basic ${Buffer.from(`${server.apiKey}:${server.apiSecret}`).toString('base64')}`;
  const answer = await fetch(`${server.url}/v1_1/${server.cloud}${path}`, {
    method,
    headers: { authorization },
    ...(params && { body: new URLSearchParams(params) }),
  });
  return { status: answer.status, body: (await answer.json()) as Json };
};
async function until<T>(look: () => Promise<T | undefined> | T | undefined): Promise<T> {
  for (let left = 200; left > 0; left--) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('Expected it within ten seconds');
}

test('a plugged-in model gets the asset and its bytes, and its answer is in the upload’s', async () => {
  answers['ocr:adv_ocr'] = () => [200, { data: [{ fullTextAnnotation: { text: 'Hello' } }] }];
  const { body } = await upload({ public_id: 'a/ocr', ocr: 'adv_ocr:document', tags: 'x', notification_url });
  assert.deepEqual(body.info, {
    ocr: { adv_ocr: { status: 'complete', data: [{ fullTextAnnotation: { text: 'Hello' } }] } },
  });
  const { bytes, authorization, asset, ...question } = asked.at(-1)!;
  assert.deepEqual(question, { parameter: 'ocr', name: 'adv_ocr', argument: 'document' });
  assert.deepEqual([bytes.equals(photo), authorization], [true, 'Bearer let-me-in']);
  assert.deepEqual(
    [asset.public_id, asset.asset_id, asset.mime_type, asset.width, asset.height, asset.tags],
    ['a/ocr', body.asset_id, 'image/png', 40, 30, ['x']],
  );
  const info = await until(() => told.find(({ notification_type }) => notification_type === 'info'));
  assert.deepEqual(
    [info.info_kind, info.info_status, info.asset_id, info.secure_url],
    ['adv_ocr', 'complete', body.asset_id, body.secure_url],
  );
  assert.deepEqual((await call('/resources/image/upload/a/ocr')).body.info, body.info);
});

test('what is not plugged in is an add-on still, and what nobody knows is wrong', async () => {
  assert.match(message(await upload({ detection: 'adv_face' })), /^You don't have an active subscription for /);
  assert.equal(message(await upload({ detection: 'illegal' })), "Detection invalid model 'illegal'");
  assert.match(message(await upload({ moderation: 'webpurify' })), /active subscription/);
  assert.equal(message(await upload({ moderation: 'nobody' })), 'Moderation nobody moderation is not valid');
  assert.match(message(await upload({ auto_chaptering: 'true' })), /active subscription/);
});

test('several models, and tags from the confidence on that auto_tagging says', async () => {
  answers['categorization:google_tagging'] = () => [
    200,
    {
      data: [
        { tag: 'Sea', confidence: 0.9 },
        { tag: 'Dog', confidence: 0.3 },
      ],
    },
  ];
  answers['detection:coco_v2'] = () => [200, { data: { tags: { Boat: [{ confidence: 0.8 }] } } }];
  answers['detection:own-model'] = () => [200, { data: 'a blue picture' }];
  const { body } = await upload({
    public_id: 'a/tags',
    tags: 'mine',
    categorization: 'google_tagging',
    detection: 'coco_v2,own-model',
    auto_tagging: '0.6',
  });
  assert.deepEqual([...(body.tags as string[])].sort(), ['boat', 'mine', 'sea']);
  const { detection } = body.info as { detection: Json };
  assert.deepEqual(detection, {
    object_detection: { status: 'complete', data: { coco_v2: { tags: { Boat: [{ confidence: 0.8 }] } } } },
    'own-model': { status: 'complete', data: 'a blue picture' },
  });
  const { resources } = (await call('/resources/image/tags/sea')).body as { resources: Json[] };
  assert.deepEqual(
    resources.map(({ public_id }) => public_id),
    ['a/tags'],
  );
});

test('a model approves or rejects; a person has the last word', async () => {
  answers['moderation:house_rules'] = ({ asset }) => [
    200,
    { status: String(asset.public_id).includes('bad') ? 'rejected' : 'approved', response: { score: 1 } },
  ];
  answers['moderation:aws_rek'] = ({ argument }) => [200, { status: 'approved', response: argument }];
  const moderation = 'house_rules|aws_rek:explicit:0.5|manual';
  const good = (await upload({ public_id: 'a/good', moderation, notification_url })).body;
  const kinds = (list: unknown) => (list as Json[]).map(({ kind, status }) => `${kind} ${status}`);
  const all = await until(async () => {
    const list = (await call('/resources/image/upload/a/good')).body.moderation;
    return kinds(list)[2] === 'manual pending' ? (list as Json[]) : undefined;
  });
  assert.deepEqual(kinds(all), ['house_rules approved', 'aws_rek approved', 'manual pending']);
  assert.equal(all[1]!.response, 'explicit:0.5');
  assert.equal((await fetch(String(good.url))).status, 200);
  await call('/resources/image/upload/a/good', 'POST', { moderation_status: 'rejected' });
  assert.equal((await fetch(String(good.url))).status, 404);
  await call('/resources/image/upload/a/good', 'POST', { moderation_status: 'approved' });
  assert.equal((await fetch(String(good.url))).status, 200);

  const bad = (await upload({ public_id: 'a/bad', moderation, notification_url })).body;
  assert.deepEqual(kinds(bad.moderation), ['house_rules rejected', 'aws_rek aborted', 'manual aborted']);
  assert.deepEqual([bad.placeholder, bad.bytes], [true, 0]);
  assert.equal((await fetch(String(bad.url))).status, 404);
  const event = await until(() => told.find(({ moderation_status }) => moderation_status === 'rejected'));
  assert.deepEqual(
    [event.notification_type, event.moderation_kind, event.moderation_response, event.public_id],
    ['moderation', 'house_rules', { score: 1 }, 'a/bad'],
  );
  const { resources } = (await call('/resources/image/moderations/house_rules/rejected')).body as { resources: Json[] };
  assert.equal(resources.length, 1);
});

test('a model that is slow, stuck, away or wrong delays nobody and is seen', async () => {
  answers['categorization:slow'] = async () => {
    await new Promise((resolve) => setTimeout(resolve, 800));
    return [200, { data: [] }];
  };
  answers['categorization:stuck'] = () => new Promise(() => {});
  const start = performance.now();
  const { body } = await upload({ public_id: 'a/slow', categorization: 'slow', notification_url });
  assert.ok(performance.now() - start < 780, 'the answer waited longer than it may');
  assert.deepEqual(body.info, { categorization: { slow: { status: 'pending' } } });
  await until(() => told.find(({ info_kind }) => info_kind === 'slow'));

  const state = async (id: string, name: string) =>
    ((await call(`/resources/image/upload/${id}`)).body.info as Record<string, Record<string, Json>>).categorization![
      name
    ];
  const job = async (id: string) =>
    ((await call(`/jobs?kind=addon`)).body.jobs as Json[]).find(({ asset_id }) => asset_id === id)!;
  for (const [name, error] of [
    ['stuck', 'the add-on took longer than 0.3 s'],
    ['away', 'the add-on could not be reached'],
  ] as const) {
    const { body: waiting } = await upload({ public_id: `a/${name}`, categorization: name });
    assert.equal((await state(`a/${name}`, name))!.status, 'pending');
    const { state: now, attempts, last_error, id } = await job(String(waiting.asset_id));
    assert.deepEqual([now, attempts, last_error], ['waiting', 1, error]);
    await call(`/jobs/${id}/cancel`, 'POST');
    assert.deepEqual(await state(`a/${name}`, name), { status: 'failed', message: 'cancelled' });
  }

  const wrong: readonly (readonly [unknown, number, RegExp])[] = [
    ['no JSON', 200, /expected JSON/],
    [{}, 200, /expected \{"data":…\}/],
    [{ data: 1, files: [{ extension: '../../x', text: '' }] }, 200, /expected files/],
    ['x'.repeat(10_000_001), 200, /at most 10000000 bytes/],
    ['', 422, /the add-on answered 422/],
    ['', 302, /the add-on (answered 302|could not be reached)/],
  ];
  for (const [answer, status, expected] of wrong) {
    answers['categorization:google_tagging'] = () => [status, answer];
    const { body } = await upload({ public_id: 'a/wrong', categorization: 'google_tagging' });
    const info = (body.info as Record<string, Record<string, Json>>).categorization!.google_tagging!;
    if (status !== 302) assert.match(String(info.message), expected);
    assert.equal(info.status, status === 302 ? 'pending' : 'failed');
  }
});

test('a model that was down is asked again', async () => {
  let down = true;
  answers['categorization:google_tagging'] = () => (down ? [503, 'restarting'] : [200, { data: [] }]);
  const { body } = await upload({ public_id: 'a/again', categorization: 'google_tagging', notification_url });
  assert.deepEqual(body.info, { categorization: { google_tagging: { status: 'pending' } } });
  down = false;
  // The first retry comes after five seconds by itself.
  const again = () =>
    told.find(({ info_kind, public_id }) => info_kind === 'google_tagging' && public_id === 'a/again');
  assert.equal((await until(again)).info_status, 'complete');
});

test('texts that a model writes are raw assets beside the film', async () => {
  answers['auto_transcription:auto_transcription'] = ({ argument }) => [
    200,
    { data: { argument }, files: [{ extension: '.transcript', text: '[{"transcript":"Hello"}]' }] },
  ];
  const { body } = await upload(
    { public_id: 'a/talk.txt', auto_transcription: '{"translate":["pl"]}' },
    Buffer.from('any'),
    'raw',
  );
  assert.deepEqual(body.info, { auto_transcription: { auto_transcription: { status: 'pending' } } });
  const transcript = await until(async () => {
    const answer = await fetch(`${server.url}/${server.cloud}/raw/upload/a/talk.txt.transcript`);
    return answer.ok ? answer.text() : undefined;
  });
  assert.equal(transcript, '[{"transcript":"Hello"}]');
  assert.equal(asked.at(-1)!.argument, '{"translate":["pl"]}');
});

test('explicit and update ask too', async () => {
  answers['ocr:adv_ocr'] = () => [200, { data: 'now' }];
  answers['raw_convert:extract_text'] = () => [200, { data: { pages: 1 } }];
  await upload({ public_id: 'a/later' });
  const body = new URLSearchParams(signed(server, { public_id: 'a/later', type: 'upload', ocr: 'adv_ocr' }));
  const url = `${server.url}/v1_1/${server.cloud}/image/explicit`;
  const explicit = (await (await fetch(url, { method: 'POST', body })).json()) as Json;
  assert.deepEqual(explicit.info, { ocr: { adv_ocr: { status: 'complete', data: 'now' } } });
  const updated = await call('/resources/image/upload/a/later', 'POST', { raw_convert: 'extract_text' });
  assert.deepEqual((updated.body.info as Json).raw_convert, {
    extract_text: { status: 'complete', data: { pages: 1 } },
  });
  const refused = await call('/resources/image/upload/a/later', 'POST', { ocr: 'illegal' });
  assert.deepEqual([refused.status, message(refused)], [400, 'Illegal value illegal for ocr']);
});

test('a wrong setting ends the start with what was expected', async () => {
  for (const [setting, expected] of [
    ['{"colour:x":"http://127.0.0.1/"}', /Expected <parameter>:<value> .* but received colour:x/],
    ['{"ocr":"http://127.0.0.1/"}', /but received ocr/],
    ['{"ocr:adv_ocr":"ftp://x/"}', /Expected an http or https address for add-on ocr:adv_ocr/],
    ['{"ocr:adv_ocr":{"url":"http://x/","wait":"1"}}', /Expected 0…60 seconds for wait of add-on ocr:adv_ocr/],
    ['[]', /Expected an object/],
  ] as const) {
    const { code, stderr } = await signet(['serve', '--port', '0'], { env: { SIGNET_ADDONS: setting } });
    assert.deepEqual([code, expected.test(stderr)], [2, true], stderr);
  }
});

test('the example: a model of one’s own', async (t) => {
  const program = fileURLToPath(new URL('../../examples/plug-in-a-model/model.mjs', import.meta.url));
  const child = spawn(process.execPath, [program], { env: { PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] });
  t.after(() => child.kill());
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  const url = /http:\S+/.exec(line)![0];
  const own = await startSignet({
    env: { SIGNET_ADDONS: JSON.stringify({ 'categorization:colors': url, 'moderation:darkness': url }) },
  });
  t.after(() => own.stop());
  const send = async (background: string) => {
    const file = await sharp({ create: { width: 64, height: 64, channels: 3, background } })
      .png()
      .toBuffer();
    const form = signedForm(
      own,
      { categorization: 'colors', auto_tagging: '0.3', moderation: 'darkness' },
      file,
      'x.png',
    );
    const answer = await fetch(`${own.url}/v1_1/${own.cloud}/image/upload`, { method: 'POST', body: form });
    return (await answer.json()) as { tags: string[]; moderation: Json[]; placeholder: boolean };
  };
  const blue = await send('#0011ee');
  assert.deepEqual([blue.tags, blue.moderation[0]!.status], [['blue'], 'approved']);
  assert.deepEqual([(await send('#000')).moderation[0]!.status], ['rejected']);
});
