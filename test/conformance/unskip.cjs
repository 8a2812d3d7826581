// Loaded by mocha before the specs: what is inside `describe.skip` runs too.
const { Suite } = require(require.resolve('mocha', { paths: [process.cwd()] }));

Object.defineProperty(Suite.prototype, 'pending', { get: () => false, set() {} });
