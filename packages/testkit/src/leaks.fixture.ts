/** Starts, uses and stops a server, and says what is left of it: the process has to end by itself. */
import { readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { startSignet } from './index.ts';

const resources = () => process.getActiveResourcesInfo().filter((name) => !/TTY|Pipe/.test(name));
const started = performance.now();
const signet = await startSignet();
const ready = performance.now() - started;
const form = new FormData();
form.append(
  'file',
  'data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==',
);
form.append('eager', 'w_10,c_scale/jxl|w_5,c_scale');
form.append('eager_async', 'true');
form.append('eval', 'upload_options.tags = "script"');
const authorization = `Basic ${Buffer.from(`${signet.apiKey}:${signet.apiSecret}`).toString('base64')}`;
const answer = await fetch(`${signet.url}/v1_1/${signet.cloudName}/image/upload`, {
  method: 'POST',
  body: form,
  headers: { authorization },
});
const { tags } = (await answer.json()) as { tags: string[] };
await signet.settled();
await signet.stop();
await signet.stop();
// Sockets of this process's own `fetch` close a moment later.
await new Promise((resolve) => setTimeout(resolve, 50));
console.log(JSON.stringify({ ready, tags, left: resources(), files: readdirSync(tmpdir()) }));
