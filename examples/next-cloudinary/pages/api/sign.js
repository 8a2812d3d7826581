// Signs what the component asks for, as far as the site allows it: nothing but what the widget itself adds.
import { createHash } from 'node:crypto';

const ALLOWED = ['timestamp', 'source'];

export default function handler(request, response) {
  const { paramsToSign } = typeof request.body === 'string' ? JSON.parse(request.body) : request.body;
  const names = Object.keys(paramsToSign).sort();
  const refused = names.filter((name) => !ALLOWED.includes(name));
  if (refused.length > 0) return response.status(403).json({ error: { message: `Not allowed: ${refused}` } });
  const text = names.map((name) => `${name}=${paramsToSign[name]}`).join('&');
  const { password } = new URL(process.env.CLOUDINARY_URL);
  const signature = createHash('sha256')
    .update(text + decodeURIComponent(password))
    .digest('hex');
  return response.json({ signature });
}
