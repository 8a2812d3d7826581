import type { IncomingMessage } from 'node:http';
import { unescape as percentDecode } from 'node:querystring';
import { ERRORS } from '../errors.ts';
import { parseJsonBody } from '../json.ts';
import type { Field } from './form.ts';
import type { FormBuilder } from './form-builder.ts';

const decode = (text: string): string => {
  const spaced = text.includes('+') ? text.replaceAll('+', ' ') : text;
  // Unlike decodeURIComponent it lets a stray percent sign stand, as browsers do.
  return spaced.includes('%') ? percentDecode(spaced) : spaced;
};

const addText = (form: FormBuilder, field: Field): void => {
  if (!form.isFile(field.name)) form.add(field);
  else if (field.value !== '') {
    form.fileBegins();
    form.setFile({ kind: 'text', field: field.name, text: field.value });
  }
};

/** `a=b&c=d` by the URL standard's rules: `+` is a space, names and values are UTF-8. */
export function readUrlencoded(form: FormBuilder, text: string, from: Field['from']): void {
  let at = 0;
  while (at < text.length) {
    const next = text.indexOf('&', at);
    const end = next < 0 ? text.length : next;
    if (end > at) {
      const equals = text.indexOf('=', at);
      const middle = equals < 0 || equals > end ? end : equals;
      addText(form, { name: decode(text.slice(at, middle)), value: decode(text.slice(middle + 1, end)), from });
    }
    at = end + 1;
  }
}

const asText = (value: unknown): string => {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
};

/** Members of a JSON object as parameters; an array is one parameter an item, scalars become text as JavaScript writes them. */
function readJson(form: FormBuilder, body: string): void {
  for (const [name, value] of Object.entries(parseJsonBody(body))) {
    if (Array.isArray(value) && form.isFile(name)) throw ERRORS.FileArray();
    for (const item of Array.isArray(value) ? value : [value])
      addText(form, { name, value: asText(item), json: item, from: 'body' });
  }
}

async function readBody(request: IncomingMessage, form: FormBuilder): Promise<string> {
  // Percent-encoding triples what a data URI has of `+`, `/` and `=`; a tenth of it is ample.
  const limit = Math.ceil(form.limits.fileTextBytes * 1.1) + form.limits.allFieldsBytes;
  const chunks: Buffer[] = [];
  await new Promise<void>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      try {
        form.count(chunk.length);
        if (form.received > limit) throw ERRORS.RequestTooLarge();
        chunks.push(chunk);
      } catch (error) {
        request.removeListener('data', take);
        reject(error);
      }
    };
    request.on('data', take);
    request.once('end', resolve);
    request.once('error', reject);
    request.once('close', () => reject(ERRORS.BadRequest('The request ended before its body was complete')));
  });
  return Buffer.concat(chunks).toString('utf8');
}

/**
 * A body that is not multipart. PHP's `postForm` sends urlencoded text without a content type, the Python SDK a JSON
 * content type with an empty body.
 */
export async function readTextBody(request: IncomingMessage, contentType: string, form: FormBuilder): Promise<void> {
  const body = await readBody(request, form);
  if (/^\s*$/.test(body.slice(0, 1024)) && body.trim() === '') return;
  const json = /\bjson\b/i.test(contentType) || (!/urlencoded/i.test(contentType) && /^\s*\{/.test(body));
  if (json) readJson(form, body);
  else readUrlencoded(form, body, 'body');
}
