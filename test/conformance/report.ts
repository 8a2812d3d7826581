import type { OfficialResult, OfficialSkip } from './official.ts';
import type { CaseResult } from './suite.ts';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');
const row = (...cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;

export interface OfficialRun {
  readonly version: string;
  readonly results: readonly OfficialResult[];
  readonly notApplicable: readonly OfficialSkip[];
}

/** Tests the suite runs only when its own variables ask for a feature or an add-on of the account. */
const LEFT_OUT = 'behind a flag of the suite (CLD_TEST_FEATURES, CLD_TEST_ADDONS)';

function officialSection({ version, results, notApplicable }: OfficialRun): string[] {
  const count = (state: string): number => results.filter((result) => result.state === state).length;
  const rest = [
    ...results
      .filter(({ state }) => state !== 'pass')
      .map(({ state, title, error = LEFT_OUT }) => row(title, state, error.split('\n')[0]!)),
    ...notApplicable.map(({ title, reason }) => row(title, 'not applicable', reason)),
  ];
  return [
    OFFICIAL,
    '',
    `Uploader, archive and authorization specs of \`cloudinary_npm\` ${version}, unmodified: ` +
      `${count('pass')} passed, ${count('fail')} failed, ${count('pending')} left out by the suite itself, ` +
      `${notApplicable.length} not applicable.`,
    '',
    ...(rest.length === 0 ? [] : [row('Test', 'Result', 'Reason'), '|---|---|---|', ...rest, '']),
  ];
}

const OFFICIAL = '## The official Node SDK’s own suite';
const HOW = 'To run the official suite yourself';

/** What an earlier run wrote about the official suite: it stays until that suite is run again. */
const earlierSection = (page: string): string[] => {
  const [from, to] = [page.indexOf(OFFICIAL), page.indexOf(HOW)];
  return from < 0 || to < from ? [] : [page.slice(from, to).trimEnd(), ''];
};

/**
 * docs/compatibility.md, wholly made from runs.
 *
 * @param earlier the page as it is
 */
export function compatibilityPage(
  results: readonly CaseResult[],
  official: OfficialRun | undefined,
  earlier: string,
): string {
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
    ...(official === undefined ? earlierSection(earlier) : officialSection(official)),
    `${HOW}: check out \`cloudinary/cloudinary_npm\`, run \`npm install\` there, then`,
    '`npm run conformance -- --official <checkout>` (needs `openssl`, `ffmpeg` and `unzip`).',
    '',
  ].join('\n');
}
