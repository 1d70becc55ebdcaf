import { posix } from 'node:path';
import { Script } from 'node:vm';

/**
 * A `require` for the chunks of the program, which are CommonJS: by their paths, as "main.js". What is no path is built into Node.
 * `read`: the text of a chunk, and the code that V8 has made of it, if any; `started`: hears of each chunk that has been compiled.
 */
export function makeLoader({ root, read, started }) {
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
    const script = new Script(source, { filename: path, cachedData });
    started(path, script);
    const folder = posix.dirname(path);
    const require = (name) => (name.startsWith('.') ? load(posix.join(folder, name)) : builtIn(name));
    script.runInThisContext()(module.exports, require, module, posix.join(root, path), posix.join(root, folder));
  }
  return load;
}

/** A chunk as the loader takes it. */
export const wrapped = (text) => `(function (exports, require, module, __filename, __dirname) {${text}\n})`;

function builtIn(name) {
  const found = process.getBuiltinModule(name);
  if (!found)
    throw Object.assign(new Error(`There is no module ${name} in this program.`), { code: 'MODULE_NOT_FOUND' });
  return found;
}
