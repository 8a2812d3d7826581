import type { FastifyRequest } from 'fastify';
import { ERRORS } from '../errors.ts';
import { isTextBody, readForm } from '../ingest/form.ts';
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

/** Parts of a multipart body; none of them is a file, and those that look like one are passed over. */
async function readParts(request: FastifyRequest, parameters: Parameters): Promise<Parameters> {
  const spool = (): never => {
    throw ERRORS.BadRequest('Expected no file');
  };
  const { fields } = await readForm(request.raw, {
    store: { spool },
    fileFields: [],
    limits: { requestBytes: BODY_LIMIT },
  });
  for (const { name, value } of fields) parameters.add(name, value);
  return parameters;
}

/**
 * Parameters of a call without a file: query string and body joined, the body wins. A body may come with any method
 * (the Ruby SDK sends JSON with GET), in JSON, urlencoded or multipart (what the .NET SDK sends with POST, PUT and
 * DELETE, `ApiShared.Internal.cs`), and without a content type (PHP).
 *
 * @throws 400 for a body of another type or JSON that cannot be parsed, 413 above 10 MB
 */
export async function readParameters(request: FastifyRequest): Promise<Parameters> {
  const parameters = new Parameters();
  const type = (request.headers['content-type'] ?? '').trim();
  if (/^multipart\//i.test(type)) return readParts(request, parameters);
  for (const [name, value] of queryOf(request.raw.url ?? '')) parameters.add(name, value);
  const body = await readBody(request);
  if (body.trim() === '') return parameters;
  if (!isTextBody(type)) throw ERRORS.UnsupportedBody(type);
  const fromBody = new Parameters();
  const isJson = /json/i.test(type) || /^\s*[{[]/.test(body);
  if (isJson) for (const [name, value] of Object.entries(parseJsonBody(body))) fromBody.add(name, value);
  else for (const [name, value] of new URLSearchParams(body)) fromBody.add(name, value);
  return parameters.override(fromBody);
}
