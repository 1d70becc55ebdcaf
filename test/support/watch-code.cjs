// Loaded before the program: counts the scripts that it makes with and without code, and refuses what
// makes a start slow.
const { writeFileSync } = require('node:fs');
const vm = require('node:vm');

const seen = { with: 0, without: 0, rejected: 0 };
vm.Script = class extends vm.Script {
  constructor(source, options) {
    super(source, options);
    seen[options.cachedData ? 'with' : 'without'] += 1;
    if (this.cachedDataRejected) seen.rejected += 1;
  }
};
process.on('exit', () => writeFileSync(process.env.WATCH_CODE, JSON.stringify(seen)));
