// The main script of the executable: starts the program whose chunks are assets beside it, each with the code that V8
// has made of it in real runs at the build.
import fs from 'node:fs';
import { getRawAsset } from 'node:sea';
import '../../bin/nursery.cjs';
import { makeLoader } from '../../bin/loader.cjs';

const text = (name) => Buffer.from(getRawAsset(name)).toString();

// jq looks for its WebAssembly beside its own file, which is in here
const inside = `${process.execPath}/`;
const { readFileSync } = fs;
fs.readFileSync = (path, ...options) =>
  String(path).startsWith(inside)
    ? Buffer.from(getRawAsset(path.slice(inside.length)))
    : readFileSync(path, ...options);

const load = makeLoader({
  root: process.execPath,
  read: (path) => ({ source: text(path), cachedData: Buffer.from(getRawAsset(`${path}.code`)) }),
  started: checkCode,
});
load('main.js').main({
  root: process.execPath,
  load: (path) => load(`${path}.js`),
  manifest: () => text('oclif.manifest.json'),
});

/** Code that V8 does not take makes a start slow and nothing wrong. The build wants to know. */
function checkCode(path, { cachedDataRejected }) {
  if (cachedDataRejected && process.env.TOMO_CODE === 'required') throw new Error(`The code of ${path} is rejected.`);
}
