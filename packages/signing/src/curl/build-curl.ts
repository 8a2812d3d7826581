import type { Params } from '../string-to-sign.ts';
import { shellQuote } from './shell.ts';

export interface CurlOptions {
  /** The whole address, `https://HOST/v1_1/CLOUD/image/upload`. */
  uploadUrl: string;
  /** Path of a file on this machine, or an address or data URI that the server fetches; none for calls without file. */
  file?: string;
  /** Sent as `api_key` unless the parameters hold it. */
  apiKey?: string;
  /** One option per line, continued by backslashes. Default true. */
  multiline?: boolean;
}

/**
 * A ready cURL command that posts signed parameters as multipart form, quoted for POSIX shells. Parameters come before
 * the file, so that the server can refuse a bad signature without reading it. Values that cURL would interpret (`@`,
 * `<` at the start, `;`, `"`) go through `--form-string`. Lists become repeated `name[]`; null and blanks are left out.
 */
export function buildCurl(params: Params, options: CurlOptions): string {
  const fields: [string, string][] = [];
  for (const [name, value] of Object.entries(params)) {
    if (name === 'file' || value === null || value === undefined || value === '') continue;
    if (Array.isArray(value)) for (const item of value) fields.push([`${name}[]`, String(item)]);
    else fields.push([name, String(value)]);
  }
  if (options.apiKey !== undefined && params.api_key === undefined) fields.push(['api_key', options.apiKey]);
  const parts = [
    `curl -X POST ${shellQuote(options.uploadUrl)}`,
    ...fields.map(([name, value]) => formOption(name, value)),
  ];
  if (options.file !== undefined) parts.push(fileOption(options.file));
  return parts.join(options.multiline === false ? ' ' : ' \\\n  ');
}

function formOption(name: string, value: string): string {
  const flag = /^[@<"(]|[;"\\]/.test(value) || name.includes(';') ? '--form-string' : '-F';
  return `${flag} ${shellQuote(`${name}=${value}`)}`;
}

/** cURL reads `,` and `;` in a file name as syntax; in double quotes they are plain (curl(1), `-F`). */
function fileOption(file: string): string {
  if (/^(https?|ftp|s3|gs):\/\/|^data:/i.test(file)) return formOption('file', file);
  const path = /[,;"\\]/.test(file) ? `"${file.replace(/[\\"]/g, '\\$&')}"` : file;
  return `-F ${shellQuote(`file=@${path}`)}`;
}
