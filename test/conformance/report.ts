import type { OfficialResult, OfficialSkip } from './official.ts';
import type { PythonSuite } from './pycloudinary.ts';
import type { SdkResult, SdkRun } from './sdk.ts';
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
    `Integration specs (uploader, archive, authorization, admin, search, metadata, streaming profiles, cache, analysis, ` +
      `provisioning) of \`cloudinary_npm\` ${version}, unmodified: ` +
      `${count('pass')} passed, ${count('fail')} failed, ${count('pending')} left out by the suite itself, ` +
      `${notApplicable.length} not applicable.`,
    '',
    ...(rest.length === 0 ? [] : [row('Test', 'Result', 'Reason'), '|---|---|---|', ...rest, '']),
  ];
}

const OFFICIAL = '## The official Node SDK’s own suite';
/** What is called with an official SDK of another language: heading, and the packages with `VERSION` in place of it. */
export const LANGUAGES = {
  python: {
    heading: '## The official Python SDK and command line',
    packages: '`cloudinary` VERSION and `cloudinary-cli` of PyPI',
  },
  go: { heading: '## The official Go SDK', packages: '`github.com/cloudinary/cloudinary-go/v2` VERSION' },
  java: { heading: '## The official Java SDK', packages: '`com.cloudinary:cloudinary-http5` VERSION' },
} as const;
export type Language = keyof typeof LANGUAGES;
const PYTHON_SUITE = '## The official Python SDK’s own suite';
const HOW = 'To run the official suite yourself';

/** What an earlier run wrote about an SDK: it stays until that part is run again. */
const earlierSection = (page: string, heading: string): string[] => {
  const from = page.indexOf(heading);
  const rest = page.slice(from + heading.length);
  return from < 0 ? [] : [heading + rest.slice(0, rest.search(/^(?:## |To run )/m)).trimEnd(), ''];
};

function sdkSection(
  { heading, packages }: (typeof LANGUAGES)[Language],
  { version, results }: { version: string; results: readonly SdkResult[] },
): string[] {
  const failed = results.filter(({ error }) => error !== undefined);
  return [
    heading,
    '',
    `${packages.replace('VERSION', version)}: ${results.length - failed.length} of ${results.length} checks passed ` +
      `(${results.map(({ check }) => check.replaceAll('_', ' ')).join(', ')}).`,
    '',
    ...(failed.length === 0
      ? []
      : [row('Check', 'Reason'), '|---|---|', ...failed.map(({ check, error }) => row(check, error!)), '']),
  ];
}

const pythonSuiteSection = ({ version, passed, skipped, failed }: PythonSuite): string[] => [
  PYTHON_SUITE,
  '',
  `Tests of the Admin, Search, notification and account APIs of \`pycloudinary\` ${version}, unmodified: ` +
    `${passed} passed, ${failed.length} failed, ${skipped} skipped by the suite itself.`,
  '',
  ...(failed.length === 0 ? [] : [row('Test'), '|---|', ...failed.map((one) => row(one)), '']),
];

/**
 * docs/compatibility.md, wholly made from runs.
 *
 * @param earlier the page as it is
 */
export function compatibilityPage(
  {
    results,
    official,
    sdks,
    pythonSuite,
  }: {
    readonly results: readonly CaseResult[];
    readonly official: OfficialRun | undefined;
    /** Of the languages that were asked for. */
    readonly sdks: Readonly<Partial<Record<Language, SdkRun>>>;
    readonly pythonSuite: PythonSuite | undefined;
  },
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
    ...(official === undefined ? earlierSection(earlier, OFFICIAL) : officialSection(official)),
    ...Object.entries(LANGUAGES).flatMap(([language, about]) => {
      const run = sdks[language as Language];
      return run === undefined || 'skipped' in run ? earlierSection(earlier, about.heading) : sdkSection(about, run);
    }),
    ...(pythonSuite === undefined ? earlierSection(earlier, PYTHON_SUITE) : pythonSuiteSection(pythonSuite)),
    `${HOW}: check out \`cloudinary/cloudinary_npm\`, run \`npm install\` there, then`,
    '`npm run conformance -- --official <checkout>` (needs `openssl`, `ffmpeg` and `unzip`).',
    '`npm run conformance -- --python` makes the calls of the Python SDK and its command line (needs `python3` with `venv`);',
    '`--go` those of the Go SDK (needs `go`), `--java` those of the Java SDK (needs `java` 17 and `mvn`);',
    '`--python-suite <checkout>` runs the tests of `cloudinary/pycloudinary` with the interpreter `SIGNET_PYTHON`.',
    '',
  ].join('\n');
}
