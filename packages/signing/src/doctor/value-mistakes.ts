/**
 * Ways in which one value that was signed differs from the value that arrived. `rewrite` goes backwards: from what
 * arrived to what may have been signed.
 */
export interface ValueMistake {
  id: string;
  rewrite: (value: string, name: string, items: readonly string[] | undefined) => readonly string[];
  sentence: (name: string) => string;
  repair: string;
}

const SAME = 'sign and send the very same text';

const when = (condition: boolean, make: () => readonly string[]): readonly string[] => (condition ? make() : []);

const attempt = (make: () => string): readonly string[] => {
  try {
    return [make()];
  } catch {
    return [];
  }
};

const formEncode = (text: string): string => new URLSearchParams([['', text]]).toString().slice(1);

const TRUE = ['true', '1', 'True', 'TRUE', 'yes', 'on', 't'];
const FALSE = ['false', '0', 'False', 'FALSE', 'no', 'off', 'f', 'null'];

/** `a=1|b=2` as an object, values as text; `undefined` when it is no such list. */
function readPairs(value: string): Record<string, string> | undefined {
  const parts = value.split('|').map((part) => part.split(/=(.*)/s).slice(0, 2));
  return parts.every((part) => part.length === 2 && part[0] !== '') ? Object.fromEntries(parts) : undefined;
}

/** JSON as Python's `json.dumps` spaces it. */
export const spacedJson = (value: unknown): string =>
  Array.isArray(value)
    ? `[${value.map((item) => JSON.stringify(item)).join(', ')}]`
    : `{${Object.entries(value as object)
        .map(([key, item]) => `${JSON.stringify(key)}: ${JSON.stringify(item)}`)
        .join(', ')}}`;

function fromJson(value: string): readonly string[] {
  if (!/^\s*[[{]/.test(value)) return [];
  try {
    const parsed: unknown = JSON.parse(value);
    const compact = [JSON.stringify(parsed), spacedJson(parsed)];
    if (Array.isArray(parsed)) return [...compact, parsed.join(','), parsed.join('|')];
    return [
      ...compact,
      Object.entries(parsed as object)
        .map(([key, item]) => `${key}=${item}`)
        .join('|'),
    ];
  } catch {
    return [];
  }
}

const listItems = (value: string, items: readonly string[] | undefined): readonly string[] =>
  items ?? value.split(value.includes(',') ? /\s*,\s*/ : /\s*\|\s*/);

export const VALUE_MISTAKES: readonly ValueMistake[] = [
  {
    id: 'space-or-plus',
    rewrite: (value) => [
      ...when(value.includes(' '), () => [value.replaceAll(' ', '+'), value.replaceAll(' ', '%20')]),
      ...when(value.includes('+'), () => [value.replaceAll('+', ' ')]),
    ],
    sentence: (name) => `${name} had "+" for a space, or a space for "+", when it was signed`,
    repair: 'sign the plain text and let the HTTP client encode the body ("+" must be sent as %2B)',
  },
  {
    id: 'value-trimmed',
    rewrite: (value) => [`${value} `, ` ${value}`, ` ${value} `, `${value}\n`, `${value}\r\n`, `${value}\t`],
    sentence: (name) => `${name} was signed with white space around it that did not arrive`,
    repair: 'trim the value before signing',
  },
  {
    id: 'value-padded',
    rewrite: (value) => when(value.trim() !== value, () => [value.trim(), value.trimEnd(), value.trimStart()]),
    sentence: (name) => `${name} arrived with white space around it that was not signed`,
    repair: SAME,
  },
  {
    id: 'value-url-encoded',
    rewrite: (value) => [
      ...attempt(() => encodeURIComponent(value)),
      ...attempt(() => encodeURIComponent(value).replace(/%../g, (code) => code.toLowerCase())),
      ...attempt(() => encodeURI(value)),
      formEncode(value),
      formEncode(value).replaceAll('+', '%20'),
      value.replaceAll('/', '%2F'),
    ],
    sentence: (name) => `${name} was signed URL-encoded`,
    repair: 'sign the plain value and encode only what is sent',
  },
  {
    id: 'value-url-decoded',
    rewrite: (value) =>
      when(/%[0-9a-f]{2}/i.test(value), () => [
        ...attempt(() => decodeURIComponent(value)),
        ...attempt(() => decodeURIComponent(value.replaceAll('+', ' '))),
      ]),
    sentence: (name) => `${name} arrived URL-encoded twice while its plain form was signed`,
    repair: 'encode the value once only when sending',
  },
  {
    id: 'components-in-other-order',
    rewrite: (value, name) =>
      when(/^(eager|transformation)$/.test(name) && value.includes(','), () =>
        [(parts: string[]) => parts.sort(), (parts: string[]) => parts.reverse()].map((order) =>
          value.replace(/[^|/]+/g, (component) => order(component.split(',')).join(',')),
        ),
      ),
    sentence: (name) => `${name} was signed with the parameters of a component in another order`,
    repair: 'sign the text that is sent (an SDK sorts the parameters of a component: a_…,b_…)',
  },
  {
    id: 'array-as-json',
    rewrite: (value, _name, items) =>
      when(items !== undefined || value.includes(','), () => {
        const list = listItems(value, items);
        return [
          JSON.stringify(list),
          spacedJson(list),
          `[${list.map((item) => `'${item}'`).join(', ')}]`,
          `[${list.join(', ')}]`,
          `[${list.join(',')}]`,
        ];
      }),
    sentence: (name) => `the list ${name} was signed as the text of an array`,
    repair: 'join the items by commas before signing',
  },
  {
    id: 'array-joined-otherwise',
    rewrite: (value, _name, items) =>
      when(items !== undefined || /[,|]/.test(value), () => {
        const list = listItems(value, items);
        return [', ', ';', '|', ' ', '', '\n', ',', '; '].map((separator) => list.join(separator));
      }),
    sentence: (name) => `the items of ${name} were joined otherwise for signing than they arrived`,
    repair: 'join the items of a list by commas without spaces (eager transformations by "|")',
  },
  {
    id: 'json-for-pairs',
    rewrite: (value) =>
      when(value.includes('='), () => {
        const pairs = readPairs(value);
        return pairs === undefined
          ? []
          : [
              JSON.stringify(pairs),
              spacedJson(pairs),
              '[object Object]',
              ...[',', '&', ';'].map((by) => value.replaceAll('|', by)),
            ];
      }),
    sentence: (name) => `${name} was signed as JSON or with other separators instead of k=v|k=v`,
    repair: 'write key=value pairs joined by "|" and sign that text',
  },
  {
    id: 'pairs-for-json',
    rewrite: (value) => fromJson(value),
    sentence: (name) => `${name} arrived as JSON but another form of it was signed`,
    repair: SAME,
  },
  {
    id: 'boolean-format',
    rewrite: (value) => [TRUE, FALSE].find((forms) => forms.includes(value)) ?? [],
    sentence: (name) => `the yes/no value ${name} was written otherwise when it was signed (true, 1, True …)`,
    repair: 'turn it into text once, then sign and send that text',
  },
  {
    id: 'timestamp-format',
    rewrite: (value, name) =>
      when(name === 'timestamp' && /^\d+(\.\d+)?$/.test(value), () => {
        const seconds = Number(value);
        const plain = [String(Math.floor(seconds)), String(Math.round(seconds)), `${value}.0`];
        const iso = attempt(() => new Date(seconds * 1000).toISOString());
        return [
          ...plain,
          ...iso,
          ...iso.map((text) => text.replace('.000', '')),
          ...iso.map((text) => text.slice(0, 19).replace('T', ' ')),
        ];
      }),
    sentence: (name) => `${name} was written otherwise when it was signed (a fraction or a date)`,
    repair: 'use whole Unix seconds, the same text for signing and sending',
  },
  {
    id: 'number-format',
    rewrite: (value, name) =>
      when(name !== 'timestamp' && value !== '' && Number.isFinite(Number(value)), () => {
        const number = Number(value);
        return [
          String(number),
          number.toFixed(1),
          number.toFixed(2),
          number.toFixed(0),
          number.toExponential(),
          number.toLocaleString('en-US'),
          String(number).replace('.', ','),
          String(number).replace(/^0\./, '.'),
          `+${number}`,
        ];
      }),
    sentence: (name) => `the number ${name} was written otherwise when it was signed`,
    repair: 'turn it into text once, then sign and send that text',
  },
  {
    id: 'value-quoted',
    rewrite: (value) => [`"${value}"`, `'${value}'`, JSON.stringify(value)],
    sentence: (name) => `${name} was signed with quotes around it`,
    repair: 'sign the value without quotes',
  },
  {
    id: 'value-quotes-sent',
    rewrite: (value) => when(/^(["']).*\1$/s.test(value), () => [value.slice(1, -1)]),
    sentence: (name) => `${name} arrived with quotes around it that were not signed`,
    repair: 'send the value without quotes; look at how the shell or the config file quotes it',
  },
  {
    id: 'unicode-form',
    rewrite: (value) => [
      ...(['NFC', 'NFD', 'NFKC'] as const).map((form) => value.normalize(form)),
      value.replace(/[^ -~]/g, (mark) => `\\u${mark.charCodeAt(0).toString(16).padStart(4, '0')}`),
      value.replace(/[^ -~]/g, '?'),
      value.replace(/[^ -~]/g, ''),
    ],
    sentence: (name) => `${name} holds characters beyond ASCII that were written otherwise when it was signed`,
    repair: 'sign the UTF-8 text exactly as it is sent, in one Unicode normal form',
  },
  {
    id: 'line-ends',
    rewrite: (value) =>
      when(/[\r\n]/.test(value), () => [
        value.replace(/\r\n?/g, '\n'),
        value.replace(/\r\n?|\n/g, '\r\n'),
        value.replace(/[\r\n]+/g, ' '),
      ]),
    sentence: (name) => `${name} has line ends that changed between signing and arrival`,
    repair: 'write line ends as CR LF before signing (multipart forms send them so), or leave them out',
  },
  {
    id: 'html-escaped',
    rewrite: (value) => {
      const amp = value.replaceAll('&', '&amp;');
      const tags = amp.replaceAll('<', '&lt;').replaceAll('>', '&gt;');
      const quotes = tags.replaceAll('"', '&quot;');
      return [amp, tags, quotes, quotes.replaceAll("'", '&#39;'), quotes.replaceAll("'", '&#039;')];
    },
    sentence: (name) => `${name} was signed with HTML entities such as &amp;`,
    repair: 'sign the plain text, escape it only for HTML',
  },
  {
    id: 'slash-at-end',
    rewrite: (value) => [
      `/${value}`,
      `${value}/`,
      `/${value}/`,
      value.replace(/^\/+/, ''),
      value.replace(/\/+$/, ''),
      value.replace(/^\/+|\/+$/g, ''),
    ],
    sentence: (name) => `${name} lost or gained a slash at its start or end after signing`,
    repair: SAME,
  },
  {
    id: 'file-extension',
    rewrite: (value, name) =>
      when(name === 'public_id', () => [
        ...['jpg', 'jpeg', 'png', 'gif', 'webp', 'pdf', 'mp4', 'svg', 'heic', 'JPG'].map(
          (format) => `${value}.${format}`,
        ),
        value.replace(/\.[A-Za-z0-9]{2,5}$/, ''),
      ]),
    sentence: (name) => `${name} lost or gained its file extension after signing`,
    repair: SAME,
  },
  {
    id: 'letter-case',
    rewrite: (value) => [value.toLowerCase(), value.toUpperCase()],
    sentence: (name) => `${name} was signed in other letter case`,
    repair: SAME,
  },
];
