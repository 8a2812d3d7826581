import { createHash } from 'node:crypto';
import type { SignetServer } from './server.ts';

/** Signs by hand, so that a bug of an SDK or of our own package cannot hide a bug of the server. */
export const sign = (params: Readonly<Record<string, string>>, secret: string): string =>
  createHash('sha1')
    .update(
      Object.entries(params)
        .filter(([, value]) => value !== '')
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([name, value]) => `${name}=${value.replaceAll('&', '%26')}`)
        .join('&') + secret,
    )
    .digest('hex');

/** The signed parameters of a call. */
export const signed = (
  server: Pick<SignetServer, 'apiKey' | 'apiSecret'>,
  params: Readonly<Record<string, string>>,
): Record<string, string> => {
  const all = { timestamp: String(Math.floor(Date.now() / 1000)), ...params };
  return { ...all, api_key: server.apiKey, signature: sign(all, server.apiSecret) };
};

/** A signed multipart form, parameters first. */
export function signedForm(
  server: Pick<SignetServer, 'apiKey' | 'apiSecret'>,
  params: Readonly<Record<string, string>>,
  file: Uint8Array | string,
  filename = 'file.bin',
): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(signed(server, params))) form.append(name, value);
  if (typeof file === 'string') form.append('file', file);
  else form.append('file', new Blob([new Uint8Array(file)]), filename);
  return form;
}
