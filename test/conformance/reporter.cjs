'use strict';
// A mocha reporter that appends one JSON line per test to the file CONFORMANCE_RESULTS names; retries report once.
const { appendFileSync } = require('node:fs');

module.exports = function Reporter(runner) {
  const write = (state, test, error) =>
    appendFileSync(
      process.env.CONFORMANCE_RESULTS,
      `${JSON.stringify({ state, title: test.fullTitle(), file: test.file, error: error && String(error.message || error) })}\n`,
    );
  runner.on('pass', (test) => write('pass', test));
  runner.on('fail', (test, error) => write('fail', test, error));
  runner.on('pending', (test) => write('pending', test));
};
