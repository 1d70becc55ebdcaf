// Loaded before the program: what is slow to load and no plain start needs.
const { writeFileSync } = require('node:fs');

const used = new Set();
const { Collator } = Intl;
Intl.Collator = (...options) => {
  used.add('Intl.Collator');
  return new Collator(...options);
};
const { localeCompare } = String.prototype;
String.prototype.localeCompare = function (...options) {
  used.add('localeCompare');
  return localeCompare.apply(this, options);
};
process.on('exit', () => {
  for (const name of ['child_process', 'dgram', 'http', 'https', 'readline', 'worker_threads', 'zlib'])
    if (process.moduleLoadList.includes(`NativeModule ${name}`)) used.add(name);
  writeFileSync(process.env.WATCH_START, JSON.stringify([...used]));
});
