/**
 * `npm run conformance`: black-box cases with the official SDK against a started server; writes docs/compatibility.md.
 *
 * `--official <checkout>` also runs the official Node SDK's own suite from a checkout of `cloudinary/cloudinary_npm`
 * after `npm install`; `--python` also makes calls with the official Python SDK, installed for the run (or that of the
 * interpreter `SIGNET_PYTHON`) and with the official command line; `--go` and `--java` do so with the Go and the Java SDK
 * (a language that is missing says so and is skipped); `--python-suite <checkout>` runs the Python SDK's own
 * tests of `cloudinary/pycloudinary` with the interpreter `SIGNET_PYTHON`, which needs pytest and parameterized;
 * `--no-write` leaves the page alone. Ends with 1 when something fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runGo } from './go.ts';
import { runJava } from './java.ts';
import { runWholeOfficial } from './official.ts';
import { runPythonSuite } from './pycloudinary.ts';
import { runPython } from './python.ts';
import { compatibilityPage, type Language } from './report.ts';
import type { SdkRun } from './sdk.ts';
import { CASES, runCases } from './suite.ts';

const { values } = parseArgs({
  options: {
    official: { type: 'string' },
    python: { type: 'boolean' },
    go: { type: 'boolean' },
    java: { type: 'boolean' },
    'python-suite': { type: 'string' },
    'no-write': { type: 'boolean' },
  },
});

const results = await runCases(CASES);
for (const { case: one, result, error = '' } of results)
  console.log(`${result.padEnd(13)} ${one.endpoint}  ${one.call}${error === '' ? '' : `\n              ${error}`}`);
const official = values.official === undefined ? undefined : await runWholeOfficial(values.official);
if (official !== undefined) {
  for (const { title, error } of official.results.filter(({ state }) => state === 'fail'))
    console.log(`official suite: ${title}\n              ${error}`);
  for (const { title, reason } of official.notApplicable)
    console.log(`official suite, not applicable: ${title} – ${reason}`);
}
const runners: Readonly<Record<Language, () => Promise<SdkRun>>> = { python: runPython, go: runGo, java: runJava };
const sdks: Partial<Record<Language, SdkRun>> = {};
const summaries: string[] = [];
let failedSdks = 0;
for (const [language, run] of Object.entries(runners) as [Language, () => Promise<SdkRun>][]) {
  if (!values[language]) continue;
  const done = await run();
  sdks[language] = done;
  if ('skipped' in done) {
    summaries.push(`${language} SDK skipped: ${done.skipped}`);
    continue;
  }
  for (const { check, error } of done.results) console.log(`${language} SDK: ${check} ${error ?? 'passes'}`);
  const failed = done.results.filter(({ error }) => error !== undefined).length;
  failedSdks += failed;
  summaries.push(`${language} SDK: ${done.results.length - failed} of ${done.results.length} checks passed`);
}
const checkout = values['python-suite'];
const pythonSuite =
  checkout === undefined ? undefined : await runPythonSuite(checkout, process.env.SIGNET_PYTHON ?? 'python3');
for (const failure of pythonSuite?.failed ?? []) console.log(`Python suite: ${failure}`);
if (!values['no-write']) {
  const page = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));
  const earlier = existsSync(page) ? readFileSync(page, 'utf8') : '';
  writeFileSync(page, compatibilityPage({ results, official, sdks, pythonSuite }, earlier));
}
const failed = results.filter(({ result }) => result === 'fails').length;
const failedOfficial = official?.results.filter(({ state }) => state === 'fail').length ?? 0;
const passed = official?.results.filter(({ state }) => state === 'pass').length ?? 0;
console.log(
  `${results.length - failed} of ${results.length} cases as expected` +
    (official === undefined
      ? ''
      : `; official suite: ${passed} passed, ${failedOfficial} failed, ${official.notApplicable.length} not applicable`),
);
for (const summary of summaries) console.log(summary);
if (pythonSuite !== undefined)
  console.log(
    `Python suite: ${pythonSuite.passed} passed, ${pythonSuite.failed.length} failed, ${pythonSuite.skipped} skipped`,
  );
process.exit(failed + failedOfficial + failedSdks + (pythonSuite?.failed.length ?? 0) > 0 ? 1 : 0);
