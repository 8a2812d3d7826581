import type { Mistake, Pair, Received, Variant } from './types.ts';
import { VALUE_MISTAKES } from './value-mistakes.ts';
import { listed, ofSeveral } from './words.ts';

type PairsVariant = Variant<readonly Pair[]>;

const without = (pairs: readonly Pair[], names: readonly string[]): Pair[] =>
  pairs.filter(([name]) => !names.includes(name));
const verb = (names: readonly string[]): string => (names.length === 1 ? 'was' : 'were');

function sentNotSigned(names: readonly string[]): Mistake {
  return {
    id: 'sent-not-signed',
    names,
    sentence: `${listed(names)} ${verb(names)} sent but not signed`,
    repair: `sign every parameter that is sent, or do not send ${listed(names)}`,
  };
}

/** One or two parameters left out of the signature; more with few parameters, and all but the timestamp. */
function* leftOut({ pairs }: Received): Generator<PairsVariant> {
  const names = pairs.map(([name]) => name);
  const subsets: string[][] = names.map((name) => [name]);
  for (const [n, first] of names.entries()) for (const second of names.slice(n + 1)) subsets.push([first, second]);
  if (names.length <= 8) {
    for (let bits = 1; bits < 2 ** names.length - 1; bits++) {
      const subset = names.filter((_, n) => (bits >> n) & 1);
      if (subset.length > 2) subsets.push(subset);
    }
  } else {
    for (const kept of [
      ['timestamp'],
      ['public_id', 'timestamp'],
      ['timestamp', 'upload_preset'],
      ['folder', 'timestamp'],
    ]) {
      subsets.push(names.filter((name) => !kept.includes(name)));
    }
  }
  for (const subset of subsets) {
    if (subset.length < names.length) yield { mistake: sentNotSigned(subset), use: without(pairs, subset) };
  }
}

/** Never-signed parameters put into the signature: every combination of those known. */
function* excludedSigned({ pairs, unsigned }: Received): Generator<PairsVariant> {
  const groups = new Map<string, string[]>();
  for (const [name, value] of unsigned) groups.set(name, [...(groups.get(name) ?? []), value]);
  let combinations: Pair[][] = [[]];
  for (const [name, values] of groups) {
    const known = combinations;
    combinations = [...known, ...known.flatMap((head) => values.map((value): Pair[] => [...head, [name, value]]))];
    if (combinations.length > 400) break;
  }
  combinations.sort((a, b) => a.length - b.length);
  for (const extra of combinations) {
    if (extra.length === 0) continue;
    const names = extra.map(([name]) => name);
    const mistake: Mistake = {
      id: 'excluded-signed',
      names,
      sentence: `${listed(names)} ${verb(names)} signed, but never ${names.length === 1 ? 'is' : 'are'} part of the string to sign`,
      repair: 'leave file, api_key, cloud_name, resource_type and signature_algorithm out when signing',
    };
    yield { mistake, use: [...pairs, ...extra] };
  }
}

/** What clients like to sign and forget to send. */
const USUAL: readonly Pair[] = [
  ...['upload', 'private', 'authenticated'].map((value): Pair => ['type', value]),
  ...[
    'overwrite',
    'use_filename',
    'unique_filename',
    'invalidate',
    'async',
    'eager_async',
    'return_delete_token',
    'colors',
    'faces',
    'image_metadata',
    'media_metadata',
    'phash',
    'backup',
  ].flatMap((name) => ['true', 'false', '1', '0'].map((value): Pair => [name, value])),
  ['source', 'uw'],
  ['access_mode', 'public'],
  ['access_mode', 'authenticated'],
  ['folder', '/'],
  ['mode', 'download'],
  ['signature_version', '1'],
  ['signature_version', '2'],
  ['upload_preset', 'ml_default'],
  ['secure', 'true'],
  ['unsigned', 'true'],
  ['unsigned', 'false'],
];

const notSent = ([name, value]: Pair): Mistake => ({
  id: 'signed-not-sent',
  names: [name],
  sentence: `"${name}" was signed (as ${name}=${value}) but not sent`,
  repair: `send ${name}=${value} too${name === 'timestamp' ? '' : ', or leave it out of the signature'}`,
});

/** What programs sign although nothing was filled in. */
const OFTEN_UNSET = [
  'public_id',
  'folder',
  'asset_folder',
  'upload_preset',
  'tags',
  'context',
  'metadata',
  'eager',
  'transformation',
  'type',
  'callback',
  'notification_url',
];
const UNSET = ['', 'null', 'undefined', 'None', 'nil'];

function* unsetSigned({ pairs, blanks }: Received): Generator<PairsVariant> {
  const sent = new Set([...pairs.map(([name]) => name), ...blanks]);
  for (const name of OFTEN_UNSET.filter((one) => !sent.has(one))) {
    for (const text of UNSET) {
      const mistake: Mistake = {
        id: 'unset-signed',
        names: [name],
        sentence: `"${name}" was signed as "${name}=${text}" but not sent`,
        repair: 'sign only parameters that have a value',
      };
      yield { mistake, use: [...pairs, [name, text]] };
    }
  }
}

function* signedNotSent({ pairs, blanks, presets, folders }: Received): Generator<PairsVariant> {
  const sent = new Set(pairs.map(([name]) => name));
  const guesses = [
    ...USUAL,
    ...presets.map((preset): Pair => ['upload_preset', preset]),
    ...folders.flatMap((folder): Pair[] => [
      ['folder', folder],
      ['asset_folder', folder],
    ]),
  ];
  for (const [name, value] of guesses) {
    if (sent.has(name) || blanks.includes(name)) continue;
    yield { mistake: notSent([name, value]), use: [...pairs, [name, value]] };
  }
}

/** A parameter without value is not part of the string to sign. */
function* blankSigned({ pairs, blanks }: Received): Generator<PairsVariant> {
  const sets = [...blanks.map((name) => [name]), ...(blanks.length > 1 ? [blanks] : [])];
  for (const names of sets) {
    for (const text of UNSET) {
      const mistake: Mistake = {
        id: 'blank-signed',
        names,
        sentence: `${listed(names)} without a value ${verb(names)} signed as "${names[0]}=${text}"`,
        repair: 'leave parameters without a value out of the string to sign',
      };
      yield { mistake, use: [...pairs, ...names.map((name): Pair => [name, text])] };
    }
  }
}

/** Lists signed under the names of their wire fields. */
function* listNames({ pairs, lists }: Received): Generator<PairsVariant> {
  for (const [at, [name, value]] of pairs.entries()) {
    const items = lists.get(name) ?? (value.includes(',') ? value.split(',') : undefined);
    if (items === undefined) continue;
    const forms: Pair[][] = [
      items.map((item): Pair => [`${name}[]`, item]),
      [[`${name}[]`, items.join(',')]],
      items.map((item, n): Pair => [`${name}[${n}]`, item]),
      items.map((item): Pair => [name, item]),
      [[name, items[0]!]],
      [[name, items.at(-1)!]],
    ];
    for (const [form, changed] of forms.entries()) {
      const mistake: Mistake = {
        id: 'list-fields-signed',
        names: [name],
        sentence: `the list "${name}" was signed as ${form < 3 ? 'the fields with brackets' : form === 3 ? 'repeated pairs' : 'one of its items'}`,
        repair: `sign it as one pair, ${name}= and the items joined by commas`,
      };
      yield { mistake, use: [...pairs.slice(0, at), ...changed, ...pairs.slice(at + 1)] };
    }
  }
}

/** `a=1&b=2` as one value, sent without encoding, arrives as two parameters. */
function* ampersandSplit({ pairs }: Received): Generator<PairsVariant> {
  for (const [at, [name, value]] of pairs.entries()) {
    let joined = value;
    for (let next = at + 1; next < Math.min(pairs.length, at + 4); next++) {
      const [tail, text] = pairs[next]!;
      joined = `${joined}&${tail}=${text}`;
      const mistake: Mistake = {
        id: 'ampersand-split',
        names: [name, tail],
        sentence: `the value of "${name}" holds "&" and fell apart on the way: "${tail}" arrived as a parameter of its own`,
        repair: `URL-encode the values of the request body (curl: --data-urlencode or -F)`,
      };
      yield { mistake, use: [...pairs.slice(0, at), [name, joined], ...pairs.slice(next + 1)] };
    }
  }
}

function* spelledOtherwise({ pairs }: Received): Generator<PairsVariant> {
  const spellings: ((name: string) => string)[] = [
    (name) => name.replace(/_(.)/g, (_, letter: string) => letter.toUpperCase()),
    (name) => name.replaceAll('_', '-'),
    (name) => name.toUpperCase(),
    (name) => name.replaceAll('_', ''),
  ];
  for (const spell of spellings) {
    const names = pairs.map(([name]) => name).filter((name) => spell(name) !== name);
    for (const changed of [...names.map((name) => [name]), ...(names.length > 1 ? [names] : [])]) {
      const mistake: Mistake = {
        id: 'name-spelled-otherwise',
        names: changed,
        sentence: `${listed(changed)} ${verb(changed)} signed under another spelling (${changed.map(spell).join(', ')})`,
        repair: 'sign the names exactly as they are sent',
      };
      yield { mistake, use: pairs.map(([name, value]): Pair => [changed.includes(name) ? spell(name) : name, value]) };
    }
  }
}

function valueMistake(kind: (typeof VALUE_MISTAKES)[number], names: readonly string[]): Mistake {
  const sentence = kind.sentence(listed(names));
  return { id: kind.id, names, sentence: names.length === 1 ? sentence : ofSeveral(sentence), repair: kind.repair };
}

/** Each value of the table changed alone, then the same change made to every value it concerns. */
function* changedValues({ pairs, lists }: Received): Generator<PairsVariant> {
  for (const kind of VALUE_MISTAKES) {
    const forms = pairs.map(([name, value]) => kind.rewrite(value, name, lists.get(name)));
    for (const [at, [name, value]] of pairs.entries()) {
      for (const form of new Set(forms[at])) {
        if (form !== value)
          yield { mistake: valueMistake(kind, [name]), use: pairs.map((pair, n) => (n === at ? [name, form] : pair)) };
      }
    }
    const longest = Math.max(0, ...forms.map((list) => list.length));
    for (let form = 0; form < longest; form++) {
      const changed = pairs.map(([name, value], n): Pair => [name, forms[n]![form] ?? value]);
      const names = pairs.filter(([, value], n) => changed[n]![1] !== value).map(([name]) => name);
      if (names.length > 1) yield { mistake: valueMistake(kind, names), use: changed };
    }
  }
}

/** Everything about the set of parameters and their values that is cheap enough to combine with another mistake. */
export function* paramMistakes(received: Received): Generator<PairsVariant> {
  yield* leftOut(received);
  yield* excludedSigned(received);
  yield* blankSigned(received);
  yield* listNames(received);
  yield* ampersandSplit(received);
  yield* changedValues(received);
  yield* spelledOtherwise(received);
  yield* signedNotSent(received);
  yield* unsetSigned(received);
}

/** The timestamp signed was another than the one sent, or none was sent: thousands of tries, so never combined. */
export function* timestampMistakes({ pairs, now }: Received): Generator<PairsVariant> {
  if (!pairs.some(([name]) => name === 'timestamp')) {
    for (let value = now + 60; value > now - 3600; value--)
      yield { mistake: notSent(['timestamp', String(value)]), use: [...pairs, ['timestamp', String(value)]] };
    return;
  }
  const at = pairs.findIndex(([name, value]) => name === 'timestamp' && /^\d{9,14}$/.test(value));
  if (at < 0) return;
  const sent = Number(pairs[at]![1]);
  const signedAs = (value: number): readonly Pair[] =>
    pairs.map((pair, n) => (n === at ? ['timestamp', String(value)] : pair));
  const names = ['timestamp'];
  const milliseconds: Mistake = {
    id: 'timestamp-milliseconds',
    names,
    sentence: 'the timestamp was signed and sent in different units, milliseconds and seconds',
    repair: 'use Math.floor(Date.now() / 1000) once, for signing and sending',
  };
  if (sent > 1e11) {
    for (const value of new Set([Math.floor(sent / 1000), Math.round(sent / 1000)]))
      yield { mistake: milliseconds, use: signedAs(value) };
    return;
  }
  for (let rest = 0; rest < 1000; rest++) yield { mistake: milliseconds, use: signedAs(sent * 1000 + rest) };
  for (let rest = 1; rest < 100; rest++) yield { mistake: milliseconds, use: signedAs(sent * 1000 - rest) };
  const other = (seconds: number): Mistake => ({
    id: 'timestamp-not-the-same',
    names,
    sentence: `the timestamp that was signed is ${Math.abs(seconds)} s ${seconds < 0 ? 'earlier' : 'later'} than the one that was sent`,
    repair: 'take the time once and use that number for signing and sending',
  });
  for (let hours = 0.5; hours <= 14; hours += 0.5) {
    for (const seconds of [-hours * 3600, hours * 3600])
      yield { mistake: other(seconds), use: signedAs(sent + seconds) };
  }
  for (let seconds = 1; seconds <= 900; seconds++) {
    yield { mistake: other(-seconds), use: signedAs(sent - seconds) };
    if (seconds <= 120) yield { mistake: other(seconds), use: signedAs(sent + seconds) };
  }
}
