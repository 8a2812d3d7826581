import { bytesToBase64, utf8 } from '../encoding.ts';
import type { CandidateSecret, Mistake, Received, Variant } from './types.ts';

/** The key as the client used it, and how it was put to the text. */
export interface SecretUse {
  key: string;
  text: (stringToSign: string) => string;
}

interface SecretMistake {
  id: string;
  uses: (secret: string, received: Received) => readonly (string | ((text: string) => string))[];
  sentence: string;
  repair: string;
}

const APPEND = 'append the API secret itself directly to the string to sign, nothing between or around it';

const SECRET_MISTAKES: readonly SecretMistake[] = [
  {
    id: 'secret-missing',
    uses: () => [''],
    sentence: 'the string was hashed without the API secret',
    repair: APPEND,
  },
  {
    id: 'secret-prefixed',
    uses: (secret) => [(text) => secret + text, (text) => `${secret}&${text}`, (text) => secret + text + secret],
    sentence: 'the API secret was put before the string to sign',
    repair: APPEND,
  },
  {
    id: 'api-key-as-secret',
    uses: (_secret, { apiKey }) => (apiKey === undefined ? [] : [apiKey]),
    sentence: 'the API key was used as the secret',
    repair: 'sign with the API secret that belongs to this API key',
  },
  {
    id: 'secret-whitespace',
    uses: (secret) => ['\n', '\r\n', '\r', ' ', '\t', '\n\n'].flatMap((space) => [secret + space, space + secret]),
    sentence: 'the API secret had white space or a line end before or after it',
    repair: 'trim the secret where it is read (a file or an environment variable often ends in a line end)',
  },
  {
    id: 'secret-quoted',
    uses: (secret) => [
      `"${secret}"`,
      `'${secret}'`,
      `\`${secret}\``,
      `<${secret}>`,
      `{${secret}}`,
      `${secret}"`,
      `${secret}'`,
      `${secret};`,
    ],
    sentence: 'the API secret was used with quotes, brackets or a semicolon around it',
    repair: 'take the quotes away where the secret is configured',
  },
  {
    id: 'secret-separated',
    uses: (secret) =>
      ['&', '&api_secret=', '&secret=', ':', ',', '|', '&&', 'api_secret=', '+', '?'].map(
        (by) => (text) => text + by + secret,
      ),
    sentence: 'there was something between the string to sign and the API secret (such as "&" or "&api_secret=")',
    repair: APPEND,
  },
  {
    id: 'secret-placeholder',
    uses: () => [
      'undefined',
      'null',
      'None',
      'nil',
      'NaN',
      'false',
      'abcd',
      'secret',
      'api_secret',
      'API_SECRET',
      'your_api_secret',
      '<your_api_secret>',
      'YOUR_API_SECRET',
      '<API_SECRET>',
      'CLOUDINARY_API_SECRET',
      '$CLOUDINARY_API_SECRET',
      // biome-ignore lint/suspicious/noTemplateCurlyInString: the text of a variable that no shell replaced
      '${CLOUDINARY_API_SECRET}',
      'process.env.CLOUDINARY_API_SECRET',
      '$API_SECRET',
      '********',
      '**********',
      '[object Object]',
      'my_secret',
      'CLOUDINARY_SECRET',
    ],
    sentence: 'a placeholder or an unset variable was used in place of the API secret',
    repair: 'check that the program really reads the secret (environment variable set, .env loaded)',
  },
  {
    id: 'secret-from-url',
    uses: (secret, { apiKey = '', cloudName = '' }) => [
      `cloudinary://${apiKey}:${secret}@${cloudName}`,
      `${apiKey}:${secret}@${cloudName}`,
      `${apiKey}:${secret}`,
      `${secret}@${cloudName}`,
      `:${secret}`,
      `${apiKey}${secret}`,
      `${secret}${apiKey}`,
      `${secret}@`,
    ],
    sentence: 'more than the API secret was appended (a part of CLOUDINARY_URL or the API key with it)',
    repair: 'append only the secret: the part between ":" and "@" of CLOUDINARY_URL',
  },
  {
    id: 'cloud-name-as-secret',
    uses: (_secret, { cloudName }) => (cloudName === undefined || cloudName === '' ? [] : [cloudName]),
    sentence: 'the cloud name was used as the secret',
    repair: 'sign with the API secret that belongs to this API key',
  },
  {
    id: 'secret-altered',
    uses: (secret) => [
      secret.toLowerCase(),
      secret.toUpperCase(),
      encodeURIComponent(secret),
      bytesToBase64(utf8(secret)),
      secret.slice(1),
      secret.slice(0, -1),
      secret + secret,
      [...secret].reverse().join(''),
      secret.replaceAll('_', ''),
      secret.replaceAll('-', ''),
      secret.replaceAll('-', '_'),
      secret.replaceAll('_', '-'),
    ],
    sentence: 'the API secret was used in altered form (letter case, encoding, a character missing, or twice)',
    repair: 'copy the secret again and use it as it is',
  },
];

/** What may have been used in place of the right secret, the likely first. */
export function* secretMistakes(
  own: CandidateSecret,
  all: readonly CandidateSecret[],
  received: Received,
): Generator<Variant<SecretUse>> {
  for (const other of all) {
    if (other.secret === own.secret) continue;
    const named = other.apiKey === undefined ? 'another API key' : `another API key of the account (${other.apiKey})`;
    const mistake: Mistake = {
      id: 'other-key',
      names: [],
      sentence: `the secret of ${named} was used`,
      repair: 'send the API key and sign with the secret of the same pair',
    };
    yield { mistake, use: appended(other.secret) };
  }
  for (const { id, uses, sentence, repair } of SECRET_MISTAKES) {
    const mistake: Mistake = { id, names: [], sentence, repair };
    for (const use of uses(own.secret, received)) {
      if (typeof use === 'string') {
        if (use !== own.secret) yield { mistake, use: appended(use) };
      } else yield { mistake, use: { key: own.secret, text: use } };
    }
  }
}

export const appended = (key: string): SecretUse => ({ key, text: (stringToSign) => stringToSign + key });
