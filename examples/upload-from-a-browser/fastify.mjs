// The same signer behind Fastify: its handler takes a Web Request and answers a Web Response, so any framework will do.
//
//   CLOUDINARY_URL='cloudinary://KEY:SECRET@demo?upload_prefix=http://127.0.0.1:4080' node fastify.mjs
import { createSigner } from '@signet/signing';
import fastify from 'fastify';

const account = new URL(process.env.CLOUDINARY_URL);
const sign = createSigner({
  cloudName: account.hostname,
  apiKey: account.username,
  apiSecret: decodeURIComponent(account.password),
  allowed: ['tags', 'context'],
  fixed: { folder: 'visitors' },
});

const app = fastify();
app.post('/sign', async (request, reply) => {
  const answer = await sign(
    new Request(`http://${request.headers.host}/sign`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(request.body ?? {}),
    }),
  );
  return reply
    .code(answer.status)
    .headers(Object.fromEntries(answer.headers))
    .send(await answer.text());
});
console.log(`sign at ${await app.listen({ port: Number(process.env.PORT ?? 3000), host: '127.0.0.1' })}/sign`);
