#!/usr/bin/env node
require('./old-node.cjs');
const hasNursery = require('./nursery.cjs');
const { readFileSync } = require('node:fs');
const { enableCompileCache } = require('node:module');
const { join } = require('node:path');
const { cacheFolder } = require('./cache-folder.cjs');
const { keptCode } = require('./kept-code.cjs');
const { makeLoader, wrapped } = require('./loader.cjs');

const root = join(__dirname, '..');
const dist = join(root, 'dist');
const text = (name) => readFileSync(join(root, name), 'utf8');

const cache = cacheFolder();
// V8 takes what it has made for another version or with other flags for nothing
const kind = [process.version, process.arch, ...(hasNursery ? ['nursery'] : [])].join('-');
const code = keptCode(dist, cache && join(cache, `${JSON.parse(text('dist/package.json')).version}-${kind}`));
process.on('exit', code.keep);

const load = makeLoader({
  root: dist,
  read: (path) => ({ source: wrapped(text(`dist/${path}`)), cachedData: code.read(path) }),
  started: code.started,
  external(name) {
    if (cache) enableCompileCache(join(cache, 'packages'));
    return require(name);
  },
});
load('main.js').main({ root, load: (path) => load(`${path}.js`), manifest: () => text('oclif.manifest.json') });
