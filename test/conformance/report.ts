import type { OfficialResult, OfficialSkip } from './official.ts';
import type { CaseResult } from './suite.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

export interface OfficialRun {
  readonly version: string;
  readonly results: readonly OfficialResult[];
  readonly notApplicable: readonly OfficialSkip[];
}

function officialSection({ version, results, notApplicable }: OfficialRun): string[] {
  const count = (state: string): number => results.filter((result) => result.state === state).length;
  const rest = [
    ...results
      .filter(({ state }) => state !== 'pass')
      .map(({ state, title, error = '' }) => row(title, state, error.split('\n')[0]!)),
    ...notApplicable.map(({ title, reason }) => row(title, 'not applicable', reason)),
  ];
  return [
    '## The official Node SDK’s own suite',
    '',
    `Uploader, archive and authorization specs of \`cloudinary_npm\` ${version}, unmodified: ` +
      `${count('pass')} passed, ${count('fail')} failed, ${count('pending')} left out by the suite itself, ` +
      `${notApplicable.length} not applicable.`,
    '',
    ...(rest.length === 0 ? [] : [row('Test', 'Result', 'Reason'), '|---|---|---|', ...rest, '']),
  ];
}

/** docs/compatibility.md, wholly made from a run. */
export function compatibilityPage(results: readonly CaseResult[], official: OfficialRun | undefined): string {
  const lines = results.map(({ case: { endpoint, call, notAvailable = '' }, result, error }) =>
    row(`\`${endpoint}\``, `\`${call}\``, result, error ?? notAvailable),
  );
  return [
    '# Compatibility',
    '',
    'Written by `npm run conformance`, which starts a server and makes every call of this table with the official Node SDK.',
    'Paths stand below `/v1_1/:cloud` unless they begin with `/:cloud`. Upload parameters that need a paid add-on are',
    'listed in [add-ons](reference/add-ons.md).',
    '',
    row('Endpoint', 'SDK call', 'Result', 'Reason'),
    '|---|---|---|---|',
    ...lines,
    '',
    ...(official === undefined ? [] : officialSection(official)),
    'To run the official suite yourself: check out `cloudinary/cloudinary_npm`, run `npm install` there, then',
    '`npm run conformance -- --official <checkout>` (needs `openssl`, `ffmpeg` and `unzip`).',
    '',
  ].join('\n');
}
