import { bareName } from '../collect-params.ts';
import { UNSIGNED_PARAMS } from '../string-to-sign.ts';
import { unixNow } from '../verify-upload.ts';
import { readSignature } from './digest-mistakes.ts';
import { readStringToSign } from './parse-failed-request.ts';
import { type Found, search } from './search.ts';
import { joinV1, joinV2 } from './string-mistakes.ts';
import { timeMistakes } from './time-mistakes.ts';
import type { Candidates, FailedRequest, Mistake, Pair, Received } from './types.ts';
import { listed } from './words.ts';

export interface Diagnosis {
  /**
   * `valid`: the signature is right and fresh. `mistake`: it is known what went wrong. `unknown`: nothing that was tried
   * gives this digest. `not-a-digest`: the text cannot be a signature. `no-secret`: there is none to try.
   */
  verdict: 'valid' | 'mistake' | 'unknown' | 'not-a-digest' | 'no-secret';
  /** What went wrong, the cause first; empty unless `mistake`. */
  mistakes: Mistake[];
  /** The finding and the repair in one sentence. Holds no secret. */
  text: string;
  /** What the server signs for these parameters. */
  stringToSign: string;
  /** What the client signed, where that was found. */
  signedString?: string;
  /** Digests computed, and whether the search came to its end. */
  tried: { digests: number; complete: boolean };
}

const TRIED =
  'parameters left out or added, values changed in transit (white space, URL encoding, lists, JSON, numbers, booleans, ' +
  'letter case), order and separators, another, missing, misplaced or quoted secret, other digests and versions, another ' +
  'timestamp, and pairs of these';

/**
 * The doctor: given what arrived and the secrets of the account, which mistake makes this signature? Never throws on
 * what a client sent. Work is bounded (20,000 digests, 1 s by default); no text of the result holds a secret.
 */
export function explainSignature(request: FailedRequest, candidates: Candidates): Diagnosis {
  const fields = readFields(request);
  const signature = request.signature ?? fields.get('signature')?.at(-1) ?? '';
  const received = takeApart(request, candidates, fields);
  const stringToSign = scrub(joinV2(received.pairs), candidates);
  const answer = (verdict: Diagnosis['verdict'], text: string, more: Partial<Diagnosis> = {}): Diagnosis => ({
    verdict,
    mistakes: [],
    stringToSign,
    tried: { digests: 0, complete: true },
    ...more,
    text: scrub(text, candidates),
  });

  const all = candidates.secrets.filter(({ secret }) => secret !== '');
  if (all.length === 0)
    return answer('no-secret', 'Without an API secret there is nothing to compare the signature with.');
  const leaked = all.some(({ secret }) => secret === signature.trim());
  if (leaked) {
    const mistake: Mistake = {
      id: 'secret-as-signature',
      names: ['signature'],
      sentence: 'the API secret itself was sent as the signature',
      repair: 'send the digest, and replace this secret by a new one: it has left your server',
    };
    return answer('mistake', inOneSentence([mistake]), { mistakes: [mistake] });
  }
  const forms = readSignature(signature);
  const other = otherDigest(signature);
  const notADigest = (what: string, tried?: Diagnosis['tried']): Diagnosis =>
    answer('not-a-digest', `${what}: expected 40 (SHA-1) or 64 (SHA-256) lower-case hex digits.`, {
      ...(tried && { tried }),
    });
  if (forms.length === 0) {
    if (other !== undefined) return notADigest(other);
    return notADigest(
      signature === '' ? 'There is no signature' : `The signature has ${signature.length} characters and is no digest`,
    );
  }

  const named = all.filter(({ apiKey }) => apiKey !== undefined && apiKey === received.apiKey);
  const { found, digests, complete } = search(received, forms, named.length > 0 ? named : all, all, {
    maxDigests: candidates.maxDigests ?? 20_000,
    maxMilliseconds: candidates.maxMilliseconds ?? 1_000,
  });
  const tried = { digests, complete };
  if (found === undefined) {
    if (other !== undefined) return notADigest(other, tried);
    const end = complete ? '' : ' The search was cut short by its limit.';
    const text = `No known mistake gives this signature; tried ${digests} ways of signing: ${TRIED}.${end} Compare your string to sign with the server's, character by character, and check the secret.`;
    return answer('unknown', text, { tried });
  }
  const mistakes = [
    ...found.mistakes,
    ...transitMistakes(found, received, request.serverStringToSign),
    ...accountMistakes(found, received, candidates),
    ...timeMistakes(received, candidates, found.mistakes),
  ].map((one) => scrubbed(one, candidates));
  const signedString = scrub(found.signedString, candidates);
  if (mistakes.length === 0) return answer('valid', 'The signature is right.', { tried, signedString });
  return answer('mistake', inOneSentence(mistakes), { mistakes, tried, signedString });
}

const OTHER_DIGESTS: Readonly<Record<number, string>> = { 32: 'MD5', 56: 'SHA-224', 96: 'SHA-384', 128: 'SHA-512' };

/** Hex of a length that another hash gives. */
function otherDigest(signature: string): string | undefined {
  const name = /^[0-9a-f]+$/i.test(signature) ? OTHER_DIGESTS[signature.length] : undefined;
  return name && `The signature has ${signature.length} hex digits, as many as ${name} gives`;
}

/** `What happened, and what else: do this; do that.` */
function inOneSentence(mistakes: readonly Mistake[]): string {
  const what = mistakes.map(({ sentence }) => sentence).join(', and ');
  const repairs = [...new Set(mistakes.map(({ repair }) => repair))].join('; ');
  return `${what.charAt(0).toUpperCase()}${what.slice(1)}: ${repairs}.`;
}

/** The client's own words are signed rightly, but the server's string to sign has others: the transport changed them. */
function transitMistakes(found: Found, received: Received, serverString: string | undefined): Mistake[] {
  const own = [joinV1(received.pairs), joinV2(received.pairs)];
  if (found.mistakes.length > 0 || serverString === undefined || own.includes(serverString)) return [];
  const arrived = new Map(readStringToSign(serverString));
  const meant = new Map(received.pairs);
  const names = [...new Set([...meant.keys(), ...arrived.keys()])].filter(
    (name) => meant.get(name) !== arrived.get(name),
  );
  return [
    {
      id: 'changed-in-transit',
      names,
      sentence: `the signature fits what was meant to be sent, but ${listed(names)} arrived changed, added or not at all`,
      repair: 'look at what encodes the body: the HTTP client, a proxy, or the shell',
    },
  ];
}

/** Right in itself, but not as this account wants it. */
function accountMistakes(found: Found, received: Received, { algorithm, versions = [1, 2] }: Candidates): Mistake[] {
  const mistakes: Mistake[] = [];
  if (received.apiKey !== undefined && found.apiKey !== undefined && found.apiKey !== received.apiKey) {
    mistakes.push({
      id: 'unknown-api-key',
      names: ['api_key'],
      sentence: `the API key ${received.apiKey} is none of this account, while the secret used belongs to ${found.apiKey}`,
      repair: `send api_key=${found.apiKey}`,
    });
  }
  if (algorithm !== undefined && algorithm !== found.algorithm) {
    const [used, wanted] = algorithm === 'sha1' ? ['SHA-256', 'SHA-1'] : ['SHA-1', 'SHA-256'];
    mistakes.push({
      id: algorithm === 'sha1' ? 'sha256-for-sha1' : 'sha1-for-sha256',
      names: [],
      sentence: `${used} was used, the account signs with ${wanted}`,
      repair: `hash with ${wanted} (SDK option signature_algorithm)`,
    });
  }
  const matters = found.mistakes.length === 0 && received.pairs.some(([, value]) => value.includes('&'));
  if (matters && !versions.includes(found.version)) {
    const wanted = found.version === 1 ? 2 : 1;
    mistakes.push({
      id: found.version === 1 ? 'version-1' : 'version-2',
      names: received.pairs.filter(([, value]) => value.includes('&')).map(([name]) => name),
      sentence: `a value holds "&" and was signed as version ${found.version}, the account takes version ${wanted}`,
      repair:
        wanted === 2
          ? 'write "&" in values as %26 when signing (update the SDK)'
          : 'sign "&" in values as it is (SDK option signature_version: 1)',
    });
  }
  return mistakes;
}

function readFields(request: FailedRequest): Map<string, string[]> {
  const entries =
    Symbol.iterator in request.params
      ? (request.params as Iterable<readonly [string, unknown]>)
      : Object.entries(request.params);
  const fields = new Map<string, string[]>();
  for (const [field, value] of entries) {
    if (value === undefined) continue;
    const name = bareName(field);
    const texts = (Array.isArray(value) ? value : [value ?? '']).map((item) =>
      typeof item === 'object' ? JSON.stringify(item) : String(item),
    );
    fields.set(name, [...(fields.get(name) ?? []), ...texts]);
  }
  return fields;
}

function takeApart(
  request: FailedRequest,
  candidates: Candidates,
  fields: ReadonlyMap<string, readonly string[]>,
): Received {
  const pairs: Pair[] = [];
  const blanks: string[] = [];
  const lists = new Map<string, readonly string[]>();
  for (const [name, texts] of fields) {
    if (UNSIGNED_PARAMS.includes(name)) continue;
    const value = texts.join(',');
    if (value === '') blanks.push(name);
    else pairs.push([name, value]);
    if (texts.length > 1) lists.set(name, texts);
  }
  const known = (name: string): string | undefined => fields.get(name)?.at(-1) || undefined;
  const apiKey = request.apiKey ?? known('api_key');
  const cloudName = request.cloudName ?? known('cloud_name') ?? candidates.cloudName;
  const file = request.fileName ?? known('file')?.slice(0, 2000);
  const facts: [name: string, values: (string | undefined)[]][] = [
    ['api_key', [apiKey]],
    ['resource_type', [request.resourceType, known('resource_type'), 'image', 'auto', 'video', 'raw']],
    ['file', file === undefined ? [] : [file, file.replace(/^@/, ''), `@${file}`, '[object File]', '[object Object]']],
    ['cloud_name', [cloudName]],
    ['signature_algorithm', fields.has('signature_algorithm') ? [] : ['sha1', 'sha256']],
  ];
  const unsigned = facts.flatMap(([name, values]) =>
    [...new Set(values)].filter((value) => value !== undefined && value !== '').map((value): Pair => [name, value!]),
  );
  return {
    pairs,
    blanks,
    lists,
    unsigned,
    apiKey,
    cloudName,
    presets: candidates.presets ?? [],
    folders: candidates.folders ?? [],
    now: candidates.now ?? unixNow(),
  };
}

/** Names and values come from the client, who may have sent the secret as one of them. */
function scrub(text: string, { secrets }: Candidates): string {
  let clean = text;
  for (const { secret } of secrets) if (secret.length >= 4) clean = clean.replaceAll(secret, '[secret]');
  return clean;
}

function scrubbed(mistake: Mistake, candidates: Candidates): Mistake {
  return {
    id: mistake.id,
    names: mistake.names.map((name) => scrub(name, candidates)),
    sentence: scrub(mistake.sentence, candidates),
    repair: scrub(mistake.repair, candidates),
  };
}
