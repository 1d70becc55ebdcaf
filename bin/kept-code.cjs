const { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

/**
 * Bytes before the code: when the file was changed that it is of. V8 itself looks at the length of the text
 * alone, and code that a disk has garbled ends the program. So the code is there twice: to compare takes no time,
 * and no module for a sum.
 */
const HEAD = 8;

/**
 * The code that V8 has made of the chunks in `dist`, kept in `folder` (undefined: nowhere) from one start to the next.
 * It is written when a start ends that lacked some, so at the first run of each command: with the functions that this
 * run has called and those of the runs before it.
 */
exports.keptCode = (dist, folder) => {
  const scripts = new Map();
  let incomplete = false;
  const fileOf = (path) => join(folder, path.replaceAll('/', '~'));

  function read(path) {
    if (folder === undefined) return undefined;
    try {
      const data = readFileSync(fileOf(path));
      const half = (data.length + HEAD) / 2;
      const code = data.subarray(HEAD, half);
      return data.readDoubleLE(0) === changedAt(path) && code.equals(data.subarray(half)) ? code : undefined;
    } catch {
      return undefined;
    }
  }

  function started(path, script, cachedData) {
    scripts.set(path, script);
    incomplete ||= cachedData === undefined || script.cachedDataRejected;
  }

  function changedAt(path) {
    return statSync(join(dist, path)).mtimeMs;
  }

  function keep() {
    if (folder === undefined || !incomplete) return;
    try {
      if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 });
      for (const [path, script] of scripts) write(fileOf(path), changedAt(path), script.createCachedData());
    } catch {
      // the next start will be as slow
    }
  }

  /** At once, since another start may be reading it, or writing. */
  function write(file, changed, code) {
    const head = Buffer.alloc(HEAD);
    head.writeDoubleLE(changed);
    const draft = `${file}.${process.pid}`;
    try {
      writeFileSync(draft, Buffer.concat([head, code, code]), { mode: 0o600 });
      renameSync(draft, file);
    } catch (error) {
      rmSync(draft, { force: true });
      throw error;
    }
  }
  return { read, started, keep };
};
