import { join } from 'node:path';
import type { DatabaseTarget } from '../../db/port/open.ts';
import { invalidInput } from '../../model/errors.ts';
import { homeOf } from './config-file.ts';

/** What is written in the place of a URL: a URL, "sqlite:" and the path of a file, or "embedded". */
export function targetOf(url: string, env: NodeJS.ProcessEnv): DatabaseTarget {
  if (url === 'embedded') return embeddedTarget(env);
  if (url.startsWith('sqlite:')) return { kind: 'sqlite', path: sqlitePath(url, env) };
  return { kind: 'postgres', url, env };
}

/** The embedded database of this user. */
export function embeddedTarget(env: NodeJS.ProcessEnv): DatabaseTarget & { kind: 'embedded' } {
  return { kind: 'embedded', directory: join(env.XDG_DATA_HOME || join(homeOf(env), '.local', 'share'), 'tomo', 'db') };
}

/** "sqlite:data/app.db", "sqlite:/data/app.db" and "sqlite:///data/app.db"; the path stands there as it is. */
function sqlitePath(url: string, env: NodeJS.ProcessEnv): string {
  const text = url.slice('sqlite:'.length);
  const path = text.startsWith('///') ? text.slice(2) : text;
  if (path === '' || path.startsWith('//') || path.startsWith(':') || path.includes('\0')) {
    throw invalidInput(
      `"${url}" names no SQLite file.`,
      'Expected: sqlite:/data/app.db; below the home folder: sqlite:~/app.db; below this one: sqlite:app.db',
    );
  }
  return path.startsWith('~/') ? join(homeOf(env), path.slice(2)) : path;
}
