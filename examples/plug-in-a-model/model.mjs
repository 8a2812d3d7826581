// A model of your own in place of a paid add-on. It names the colours of a picture, and refuses pictures that are all
// black. Put your own model into `look`: anything that answers JSON over HTTP will do.
//
//   PORT=5000 node examples/plug-in-a-model/model.mjs
//   SIGNET_ADDONS='{"categorization:colors":"http://127.0.0.1:5000/","moderation:darkness":"http://127.0.0.1:5000/"}' npm start
//   cloudinary.uploader.upload('photo.jpg', { categorization: 'colors', auto_tagging: 0.3, moderation: 'darkness' })
import { createServer } from 'node:http';
import { Readable } from 'node:stream';
import sharp from 'sharp';

const COLORS = { red: [255, 0, 0], green: [0, 160, 0], blue: [0, 0, 255], black: [0, 0, 0], white: [255, 255, 255] };
const distance = (a, b) => Math.hypot(...a.map((value, index) => value - b[index]));
const nearest = (pixel) =>
  Object.keys(COLORS).sort((a, b) => distance(pixel, COLORS[a]) - distance(pixel, COLORS[b]))[0];

/** Share of each colour, 0 to 1, the largest first. */
async function look(bytes) {
  const pixels = await sharp(bytes).resize(32, 32, { fit: 'fill' }).removeAlpha().toColorspace('srgb').raw().toBuffer();
  const counts = {};
  for (let at = 0; at < pixels.length; at += 3) {
    const name = nearest([...pixels.subarray(at, at + 3)]);
    counts[name] = (counts[name] ?? 0) + 1;
  }
  const shares = Object.entries(counts).map(([tag, count]) => ({ tag, confidence: count / (32 * 32) }));
  return shares.sort((a, b) => b.confidence - a.confidence);
}

const ANSWERS = {
  categorization: (colors) => ({ data: colors }),
  moderation: ([{ tag, confidence }]) => ({
    status: tag === 'black' && confidence > 0.95 ? 'rejected' : 'approved',
    response: { [tag]: confidence },
  }),
};

const server = createServer(async (incoming, outgoing) => {
  try {
    // A multipart form: `request` says what is asked about which asset, `file` are its bytes.
    const body = Readable.toWeb(incoming);
    const form = await new Response(body, { headers: { 'content-type': incoming.headers['content-type'] } }).formData();
    const { parameter } = JSON.parse(form.get('request'));
    const answer = ANSWERS[parameter](await look(await form.get('file').arrayBuffer()));
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer));
  } catch (error) {
    outgoing.writeHead(422).end(String(error)); // below 500: asking again would not help
  }
});
server.listen(Number(process.env.PORT ?? 5000), '127.0.0.1', () =>
  console.log(`model on http://127.0.0.1:${server.address().port}/`),
);
