import { join, resolve } from 'node:path';
import { isPath } from '../../domain/adopted/find-description.ts';
import { invalidInput } from '../../model/errors.ts';
import { homeOf } from './config-file.ts';

/** Which server keeps the sessions, and what has to be known of how it is set up. */
export interface ServerReference {
  /** Of a server that is known, or the path of a description: what contains "/" or ends in ".json". */
  name: string;
  options: Record<string, string>;
}

const EXPECTED =
  'Expected: NAME or NAME:option=value,option=value, e.g. laravel:lifetime=120m,schema=app; a description in a file as its path: ./my.json:zone=UTC';

/**
 * Reads "laravel:lifetime=120m,schema=app" or "./my.json:zone=UTC". `origin`: where the text stands. Throws
 * INVALID_INPUT; whether there is such a server shows when it is looked for.
 */
export function parseServerReference(text: string, origin: string, env: NodeJS.ProcessEnv): ServerReference {
  if (text.trim() === '') {
    throw invalidInput(`${origin} is empty.`, `${EXPECTED}\nWithout a server: leave it out.`);
  }
  const [name = '', ...rest] = text.trim().split(':');
  const malformed = (why: string) => invalidInput(`${origin}: "${text}" names no server: ${why}.`, EXPECTED);
  if (!isPath(name) && !/^[A-Za-z][\w-]*$/.test(name)) throw malformed(`"${name}" is not a name`);
  const options = new Map<string, string>();
  for (const pair of rest.length > 0 ? rest.join(':').split(',') : []) {
    const [, option = '', value = ''] = /^([A-Za-z][\w-]*)=(.+)$/s.exec(pair) ?? [];
    if (option === '') throw malformed(`"${pair}" is not option=value`);
    if (options.has(option)) throw malformed(`"${option}" stands there twice`);
    options.set(option, value);
  }
  const file = name.startsWith('~/') ? join(homeOf(env), name.slice(2)) : name;
  return { name: file, options: Object.fromEntries(options) };
}

/**
 * The text of a reference that means the same in every folder. Throws INVALID_INPUT for a path that such
 * a text cannot hold.
 */
export function absoluteReference({ name, options }: ServerReference): string {
  const path = isPath(name) ? resolve(name) : name;
  if (path.includes(':')) throw invalidInput(`The path ${path} has a colon in it.`, 'Rename the folder or the file.');
  const pairs = Object.entries(options).map(([option, value]) => `${option}=${value}`);
  return pairs.length > 0 ? `${path}:${pairs.join(',')}` : path;
}
