const { existsSync, mkdirSync, realpathSync, statSync } = require('node:fs');
const { homedir } = require('node:os');
const { dirname, isAbsolute, join } = require('node:path');

/**
 * The folder for code that V8 has made, which will run: one of ours that nobody else can write to. Undefined where
 * there is none and none can be made. Node's own place for it is shared, and the home folder may be, too, or
 * another user's (sudo).
 */
exports.cacheFolder = () => {
  try {
    const { XDG_CACHE_HOME: own = '' } = process.env;
    // one that is relative counts as none: https://specifications.freedesktop.org/basedir-spec/latest/#basics
    const cache = join(isAbsolute(own) ? own : join(homedir(), '.cache'), 'tomo', 'code');
    if (!isAbsolute(cache)) return undefined; // HOME is empty
    const missing = [];
    let there = cache;
    for (; !existsSync(there); there = dirname(there)) missing.unshift(there);
    // a folder at a time: with `recursive` Node never returns where none can be made, as in /proc
    if (there !== cache && isOurs(realpathSync.native(there)))
      for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    const path = realpathSync.native(cache); // once: a link may lead elsewhere the next time
    return isOurs(path, true) ? path : undefined;
  } catch {
    return undefined; // no home folder
  }
};

/**
 * Whether nobody but us and root can change what is in a folder (without links), as sshd looks at the files it trusts:
 * neither it nor a folder above may be written by others, except where they can only add to it (/tmp). `alone`: it is
 * ours and not root's.
 */
function isOurs(path, alone = false) {
  if (process.geteuid === undefined) return true; // Windows
  const { uid, mode } = statSync(path);
  const open = (mode & 0o022) !== 0 && (alone || (mode & 0o1000) === 0);
  if (open || ![process.geteuid(), ...(alone ? [] : [0])].includes(uid)) return false;
  return path === dirname(path) || isOurs(dirname(path));
}
