/**
 * `npm run conformance`: black-box cases with the official SDK against a started server; writes docs/compatibility.md.
 *
 * `--official <checkout>` also runs the official Node SDK's own suite from a checkout of `cloudinary/cloudinary_npm`
 * after `npm install`; `--no-write` leaves the page alone. Ends with 1 when something fails.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runOfficialInBothModes } from './official.ts';
import { compatibilityPage } from './report.ts';
import { CASES, runCases } from './suite.ts';

const { values } = parseArgs({ options: { official: { type: 'string' }, 'no-write': { type: 'boolean' } } });

const results = await runCases(CASES);
for (const { case: one, result, error = '' } of results)
  console.log(`${result.padEnd(13)} ${one.endpoint}  ${one.call}${error === '' ? '' : `\n              ${error}`}`);
const official = values.official === undefined ? undefined : await runOfficialInBothModes(values.official);
if (official !== undefined) {
  for (const { title, error } of official.results.filter(({ state }) => state === 'fail'))
    console.log(`official suite: ${title}\n              ${error}`);
  for (const { title, reason } of official.notApplicable)
    console.log(`official suite, not applicable: ${title} – ${reason}`);
}
if (!values['no-write']) {
  const page = fileURLToPath(new URL('../../docs/compatibility.md', import.meta.url));
  const earlier = existsSync(page) ? readFileSync(page, 'utf8') : '';
  writeFileSync(page, compatibilityPage(results, official, earlier));
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
process.exit(failed + failedOfficial > 0 ? 1 : 0);
