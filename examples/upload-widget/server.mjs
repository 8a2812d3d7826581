// The upload widget on a site of your own: one button that uploads without a signature, through an unsigned preset, and
// one whose signature comes from this server. The API secret stays here; files go from the browser straight to Signet.
//
//   signet admin create_upload_preset name=site unsigned=true folder=visitors
//   CLOUDINARY_URL='cloudinary://KEY:SECRET@demo?upload_prefix=http://127.0.0.1:4080' node server.mjs
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createSigner } from '@signet/signing';
import { toNodeHandler } from '@signet/signing/node';

const account = new URL(process.env.CLOUDINARY_URL);

// What visitors may have signed: the widget's own `source`, and tags. The folder is the site's choice.
const sign = toNodeHandler(
  createSigner({
    cloudName: account.hostname,
    apiKey: account.username,
    apiSecret: decodeURIComponent(account.password),
    allowed: ['source', 'tags', 'folder'],
    folder: 'members',
  }),
);

const page = (await readFile(new URL('page.html', import.meta.url), 'utf8'))
  .replaceAll('SIGNET', account.searchParams.get('upload_prefix'))
  .replaceAll('CLOUD', account.hostname)
  .replaceAll('API_KEY', account.username);

const server = createServer((request, response) => {
  if (request.url === '/sign') return sign(request, response);
  return response.setHeader('Content-Type', 'text/html; charset=utf-8').end(page);
});
server.listen(Number(process.env.PORT ?? 3000), '127.0.0.1', () =>
  console.log(`open http://127.0.0.1:${server.address().port}`),
);
