import { shellSplit } from '../curl/shell.ts';
import type { FailedRequest } from './types.ts';

export interface ParsedRequest extends FailedRequest {
  /** Every field in the order it was found, `signature` left out. */
  params: [name: string, value: unknown][];
  /** What the text was taken for. */
  kind: 'curl' | 'fetch' | 'json' | 'form' | 'error';
  /** Address of a cURL command or a call of fetch. */
  url?: string;
}

type Fields = [name: string, value: unknown][];

/** Longer texts are cut: a pasted data URI helps nobody. */
const MOST = 1_000_000;

/**
 * Reads what people paste when a signed request failed: a cURL command or a call of `fetch` (browsers copy both), the
 * body itself (multipart, URL-encoded, JSON), an address, lines of `name=value`, or the server's error text (`Invalid
 * Signature … String to sign - '…'.`), also a command followed by the error. `undefined` when the text is none of these.
 */
export function parseFailedRequest(text: string): ParsedRequest | undefined {
  const input = text.slice(0, MOST).trim();
  const error = readError(input);
  const rest = error === undefined ? input : error.rest;
  const request =
    readCurl(rest) ??
    readFetch(rest) ??
    readMultipart(rest) ??
    readJson(rest) ??
    (error === undefined || rest.includes('signature=') ? readForm(rest) : undefined);
  if (request === undefined && error === undefined) return undefined;
  if (request === undefined) {
    return finish('error', readStringToSign(error!.stringToSign), {
      signature: error!.signature,
      serverStringToSign: error!.stringToSign,
    });
  }
  return finish(request.kind, request.fields, {
    ...(error !== undefined && { signature: error.signature, serverStringToSign: error.stringToSign }),
    ...(request.url !== undefined && { url: request.url }),
  });
}

function finish(kind: ParsedRequest['kind'], fields: Fields, more: Partial<ParsedRequest>): ParsedRequest {
  const last = (name: string): string | undefined => {
    const found = fields.findLast(([field]) => field === name)?.[1];
    return found === undefined || found === null ? undefined : String(found);
  };
  const address = /\/v\d+_\d+\/([^/?]+)(?:\/(image|video|raw|auto))?/.exec(more.url ?? '');
  const found: Partial<ParsedRequest> = {
    signature: last('signature'),
    apiKey: last('api_key'),
    fileName: last('file')?.replace(/^@/, '').slice(0, 2000),
    cloudName: address?.[1],
    resourceType: address?.[2],
    ...more,
  };
  const known = Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
  return { kind, params: fields.filter(([name]) => name !== 'signature'), ...known };
}

/** The message may stand alone, in a JSON answer (then escaped), or in the header `X-Cld-Error`. */
function readError(input: string): { signature: string; stringToSign: string; rest: string } | undefined {
  const found = /Invalid Signature (\S+?)\.? String to sign - '([\s\S]*?)'(?:\.|(?=\s*["}\n])|$)/.exec(input);
  if (found === null) return undefined;
  const escaped = /"message"\s*:\s*"[^"]*$/.test(input.slice(0, found.index));
  const stringToSign = escaped ? unescapeJson(found[2]!) : found[2]!;
  const before = input.slice(0, found.index).replace(/[^\n]*$/, '');
  return {
    signature: found[1]!,
    stringToSign,
    rest: before.trim() || input.slice(found.index + found[0].length).replace(/^["}\s]+/, ''),
  };
}

function unescapeJson(text: string): string {
  try {
    return String(JSON.parse(`"${text}"`));
  } catch {
    return text;
  }
}

/** The pairs back from a string to sign; version 2 writes `&` in values as `%26`. */
export function readStringToSign(text: string): Fields {
  return text
    .split('&')
    .filter((pair) => pair.includes('='))
    .map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1).replaceAll('%26', '&')]);
}

const queryFields = (query: string): Fields => [...new URLSearchParams(query)];

interface CurlRead {
  fields: Fields;
  data: string[];
  url?: string;
}

/** What each option of cURL adds; each takes one argument. */
const CURL_OPTIONS: Readonly<Record<string, (argument: string, read: CurlRead) => void>> = {
  '-F': (argument, { fields }) => fields.push(formField(argument)),
  '--form-string': (argument, { fields }) => fields.push(split(argument)),
  '-d': (argument, { data }) => data.push(argument),
  '--data-raw': (argument, { data }) => data.push(argument),
  '--data-urlencode': (argument, { fields }) => fields.push(split(argument)),
  '--url-query': (argument, { fields }) => fields.push(split(argument.replace(/^\+/, ''))),
  '--url': (argument, read) => {
    read.url = argument;
  },
};

const ALIASES: Readonly<Record<string, string>> = {
  '--form': '-F',
  '--data': '-d',
  '--data-ascii': '-d',
  '--data-binary': '--data-raw',
  '--json': '--data-raw',
};

/** Options with an argument that says nothing about the parameters. */
const SKIPPED = new Set([
  '-X',
  '--request',
  '-H',
  '--header',
  '-u',
  '--user',
  '-o',
  '--output',
  '-A',
  '--user-agent',
  '-b',
  '--cookie',
  '-e',
  '-m',
  '--max-time',
  '-w',
  '--write-out',
  '-x',
  '--proxy',
  '--cacert',
  '--connect-timeout',
  '--retry',
  '-T',
  '-c',
  '-D',
  '-K',
  '-r',
  '--resolve',
]);

function readCurl(input: string): { kind: 'curl'; fields: Fields; url?: string } | undefined {
  const start = /(?:^|[\s;|&`$(])curl(?:\.exe)?\s/.exec(input);
  if (start === null) return undefined;
  const words = shellSplit(input.slice(start.index).replace(/^\W+/, '')).slice(1);
  const read: CurlRead = { fields: [], data: [] };
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const [long, attached] = /^--[^=]+=/.test(word)
      ? [word.slice(0, word.indexOf('=')), word.slice(word.indexOf('=') + 1)]
      : [word];
    const short = /^-[FdXHuo]./.test(word) && !word.startsWith('--') ? word.slice(0, 2) : long!;
    const inline = short !== long ? word.slice(2) : attached;
    const option = CURL_OPTIONS[ALIASES[short] ?? short];
    if (option !== undefined) option(inline ?? words[++at] ?? '', read);
    else if (SKIPPED.has(short)) at += inline === undefined ? 1 : 0;
    else if (!word.startsWith('-') && (read.url === undefined || /^https?:/.test(word))) read.url = word;
  }
  const { url } = read;
  return {
    kind: 'curl',
    fields: [...addressFields(url), ...read.fields, ...bodyFields(read.data.join('&'))],
    ...(url !== undefined && { url }),
  };
}

/** `fetch("https://…", { …, "body": "…" })`, as browsers copy it. */
function readFetch(input: string): { kind: 'fetch'; fields: Fields; url: string } | undefined {
  const text = String.raw`("(?:[^"\\]|\\.)*")`;
  const [, address] = new RegExp(String.raw`\bfetch\(\s*${text}`).exec(input) ?? [];
  if (address === undefined) return undefined;
  const [, body = '""'] = new RegExp(String.raw`"body"\s*:\s*${text}`).exec(input) ?? [];
  const url = unescapeJson(address.slice(1, -1));
  return { kind: 'fetch', fields: [...addressFields(url), ...bodyFields(unescapeJson(body.slice(1, -1)))], url };
}

const addressFields = (url: string | undefined): Fields =>
  url?.includes('?') ? queryFields(url.slice(url.indexOf('?') + 1)) : [];

const bodyFields = (body: string): Fields =>
  (readMultipart(body.trim()) ?? readJson(body))?.fields ?? queryFields(body);

/** The parts between the lines of a boundary (RFC 7578), of which browsers leave out the bytes of files. */
function readMultipart(input: string): { kind: 'form'; fields: Fields; url?: string } | undefined {
  const boundary = /^(--\S+)\r?\nContent-Disposition:\s*form-data/im.exec(input)?.[1];
  if (boundary === undefined) return undefined;
  const fields = input.split(boundary).flatMap((part): Fields => {
    const [, headers, value] = /^\r?\n((?:[^\r\n]+\r?\n)+)\r?\n([\s\S]*?)(?:\r?\n)?$/.exec(part) ?? [];
    const name = /;\s*name="([^"]*)"/i.exec(headers ?? '')?.[1];
    const file = /;\s*filename="([^"]*)"/i.exec(headers ?? '')?.[1];
    return name === undefined ? [] : [[name, file === undefined ? value : `@${file}`]];
  });
  return { kind: 'form', fields };
}

function split(argument: string): [string, string] {
  const at = argument.indexOf('=');
  return at < 0 ? [argument, ''] : [argument.slice(0, at), argument.slice(at + 1)];
}

/** `name=value;type=…`: cURL takes what follows the semicolon as its own, and quotes as syntax. */
function formField(argument: string): [string, string] {
  const [name, value] = split(argument);
  const quoted = /^([@<]?)"((?:[^"\\]|\\.)*)"/s.exec(value);
  if (quoted !== null) return [name, quoted[1]! + quoted[2]!.replace(/\\(.)/gs, '$1')];
  return [name, value.replace(/;(type|filename|headers|encoder)=.*$/s, '')];
}

function readJson(input: string): { kind: 'json'; fields: Fields; url?: string } | undefined {
  if (!input.startsWith('{')) return undefined;
  try {
    const parsed = JSON.parse(input) as Record<string, unknown>;
    const nested = parsed.paramsToSign ?? parsed.params;
    const isObject = typeof nested === 'object' && nested !== null && !Array.isArray(nested);
    const { paramsToSign: _a, params: _b, ...outer } = parsed;
    return {
      kind: 'json',
      fields: isObject ? [...Object.entries(nested), ...Object.entries(outer)] : Object.entries(parsed),
    };
  } catch {
    return undefined;
  }
}

function readForm(input: string): { kind: 'form'; fields: Fields; url?: string } | undefined {
  const url = /^https?:\/\/\S+$/.test(input) ? input : undefined;
  const text = url === undefined ? input : input.includes('?') ? input.slice(input.indexOf('?') + 1) : '';
  const lines = text.split(/\r?\n/).map((line) => line.trim());
  if (lines.length > 1) {
    const pairs = lines
      .filter((line) => line !== '')
      .map((line) => /^["']?([\w[\]]+)["']?\s*[:=]\s*(.*?),?$/.exec(line));
    if (pairs.length > 0 && pairs.every((pair) => pair !== null)) {
      return { kind: 'form', fields: pairs.map((pair) => [pair![1]!, pair![2]!.replace(/^(["'])(.*)\1$/, '$2')]) };
    }
  }
  if (!/^[\w[\]%.-]+=/.test(text) || /\s/.test(text)) return undefined;
  return { kind: 'form', fields: queryFields(text), ...(url !== undefined && { url }) };
}
