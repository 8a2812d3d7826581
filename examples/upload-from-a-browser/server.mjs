// A site of your own: it serves a page with a file input and signs uploads for it. The API secret stays here; the file
// goes from the browser straight to Signet.
//
//   CLOUDINARY_URL='cloudinary://KEY:SECRET@demo?upload_prefix=http://127.0.0.1:4080' node server.mjs
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSigner } from '@signet/signing';
import { toNodeHandler } from '@signet/signing/node';

const account = new URL(process.env.CLOUDINARY_URL);
const uploadPrefix = account.searchParams.get('upload_prefix');

// What this site lets its visitors upload, and nothing else: pictures, into one folder, with at most a few tags.
const sign = toNodeHandler(
  createSigner({
    cloudName: account.hostname,
    apiKey: account.username,
    apiSecret: decodeURIComponent(account.password),
    allowed: ['tags'],
    fixed: { folder: 'visitors', allowed_formats: 'jpg,png,webp,avif' },
  }),
);

const page = await readFile(new URL('page.html', import.meta.url));
const script = await readFile(new URL('page.js', import.meta.url), 'utf8');

const server = createServer((request, response) => {
  if (request.url === '/sign') return sign(request, response);
  if (request.url === '/page.js')
    return response.setHeader('Content-Type', 'text/javascript').end(script.replace('UPLOAD_PREFIX', uploadPrefix));
  return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log(`open http://127.0.0.1:${server.address().port}`),
);
