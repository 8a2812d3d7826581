import type { FastifyRequest } from 'fastify';
import { ERRORS } from '../errors.ts';
import { parseJsonBody } from '../json.ts';
import { Parameters } from './parameters.ts';

const BODY_LIMIT = 10 * 1024 * 1024;

async function readBody(request: FastifyRequest): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request.raw as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_LIMIT) throw ERRORS.RequestTooLarge();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Text before the first `?` belongs to the path; everything after is `k=v&…` with `+` for space. */
const queryOf = (url: string): URLSearchParams =>
  new URLSearchParams(url.includes('?') ? url.slice(url.indexOf('?') + 1) : '');

/**
 * Parameters of a call without a file: query string and body joined, the body wins. A body may come with any method
 * (the Ruby SDK sends JSON with GET), in JSON or urlencoded, and without a content type (PHP).
 *
 * @throws 400 when a JSON body cannot be parsed, 413 above 10 MB
 */
export async function readParameters(request: FastifyRequest): Promise<Parameters> {
  const parameters = new Parameters();
  for (const [name, value] of queryOf(request.raw.url ?? '')) parameters.add(name, value);
  const body = await readBody(request);
  if (body.trim() === '') return parameters;
  const fromBody = new Parameters();
  const isJson = /json/i.test(request.headers['content-type'] ?? '') || /^\s*[{[]/.test(body);
  if (isJson) for (const [name, value] of Object.entries(parseJsonBody(body))) fromBody.add(name, value);
  else for (const [name, value] of new URLSearchParams(body)) fromBody.add(name, value);
  return parameters.override(fromBody);
}
