const { posix } = require('node:path');
const { Script } = require('node:vm');

/**
 * A `require` for the chunks of the program, which are CommonJS: by their paths, as "main.js". Node's own looks for
 * each file in many places, and takes a fifth of a start for it. `read`: the text of a chunk, and the code that V8 has
 * made of it, if any; `started`: hears of each chunk that has been compiled, and whether from such code; `external`:
 * gives what is neither a chunk nor built into Node.
 */
exports.makeLoader = ({ root, read, started, external = missing }) => {
  const modules = new Map();

  function load(path) {
    const there = modules.get(path);
    if (there) return there.exports;
    const module = { exports: {}, id: path, loaded: false };
    modules.set(path, module);
    try {
      run(path, module);
    } catch (error) {
      modules.delete(path);
      throw error;
    }
    return module.exports;
  }

  function run(path, module) {
    const { source, cachedData } = read(path);
    const filename = posix.join(root, path);
    const script = new Script(source, { filename, cachedData });
    started(path, script, cachedData);
    const folder = posix.dirname(path);
    const requireFrom = (name) =>
      name.startsWith('.') ? load(posix.join(folder, name)) : (process.getBuiltinModule(name) ?? external(name));
    script.runInThisContext()(module.exports, requireFrom, module, filename, posix.join(root, folder));
  }
  return load;
};

/** A chunk as the loader takes it. On one line, so that the lines of an error are those of the file. */
exports.wrapped = (text) => `(function (exports, require, module, __filename, __dirname) {${text}\n})`;

function missing(name) {
  throw Object.assign(new Error(`There is no module ${name} in this program.`), { code: 'MODULE_NOT_FOUND' });
}
