import type { FastifyRequest } from 'fastify';

/**
 * The origin that answers carry in `url` and `secure_url`: the configured public URL, else the address the request was
 * sent to (Host header), so that the links work for whoever asked.
 */
export function originOf(request: Pick<FastifyRequest, 'headers' | 'protocol'>, publicUrl: string): string {
  if (publicUrl !== '') return publicUrl.replace(/\/+$/, '');
  const host = request.headers.host;
  return `${request.protocol}://${host && /^[A-Za-z0-9.:[\]_-]+$/.test(host) ? host : 'localhost'}`;
}
