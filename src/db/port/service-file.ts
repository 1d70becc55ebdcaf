import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { invalidInput } from '../../model/errors.ts';
import { existingUserFile, readText, userFile } from './user-files.ts';

/** Where the services of all users are unless PGSYSCONFDIR says: as Debian and as Red Hat build libpq. */
const SYSTEM_FOLDERS = ['/etc/postgresql-common', '/etc/sysconfig/pgsql'];
const NAME = '.pg_service.conf';

/**
 * The parameters of a service, from the first file that knows it. Throws INVALID_INPUT when none does.
 * https://www.postgresql.org/docs/current/libpq-pgservice.html
 */
export function readService(service: string, env: NodeJS.ProcessEnv): { file: string; pairs: Map<string, string> } {
  const files = serviceFiles(env);
  for (const file of files) {
    const pairs = parseService(readText(file, 'service file'), service, file);
    if (pairs) return { file, pairs };
  }
  throw invalidInput(
    `There is no service "${service}" in ${files.join(' or ') || userFile(env, NAME)}.`,
    `It begins with the line [${service}]; PGSERVICEFILE names another file.`,
  );
}

/** The names of the services there are, each with the file that counts for it. Throws INVALID_INPUT. */
export function listServices(env: NodeJS.ProcessEnv): Map<string, string> {
  const found = new Map<string, string>();
  for (const file of serviceFiles(env)) {
    for (const [, name = ''] of readText(file, 'service file').matchAll(/^\s*\[([^\]\n]+)\]/gm)) {
      if (!found.has(name)) found.set(name, file);
    }
  }
  return found;
}

/** In the order in which they count. */
function serviceFiles(env: NodeJS.ProcessEnv): string[] {
  const empty = ['PGSERVICEFILE', 'PGSYSCONFDIR'].find((name) => env[name] === '');
  if (empty) throw invalidInput(`${empty} in the environment is empty.`, 'Without it: ~/.pg_service.conf');
  // a file that is named must be there
  const own = env.PGSERVICEFILE ?? existingUserFile(env, NAME);
  const folders = env.PGSYSCONFDIR === undefined ? SYSTEM_FOLDERS : [env.PGSYSCONFDIR];
  const shared = folders.map((folder) => join(folder, 'pg_service.conf')).filter(existsSync);
  return own === undefined ? shared : [own, ...shared];
}

/** What stands below the heading; undefined when there is none. */
function parseService(text: string, service: string, file: string): Map<string, string> | undefined {
  const lines = text.split('\n').map((line) => line.trim());
  const start = lines.findIndex((line) => line.startsWith(`[${service}]`));
  if (start < 0) return undefined;
  const end = lines.findIndex((line, i) => i > start && line.startsWith('['));
  const pairs = new Map<string, string>();
  for (const [i, line] of lines.slice(0, end < 0 ? undefined : end).entries()) {
    if (i <= start || line === '' || line.startsWith('#')) continue;
    const [, name = '', value = ''] = /^([a-z_]+)=(.*)$/.exec(line) ?? [];
    // the line itself may be a secret
    if (name === '') throw invalidInput(`Line ${i + 1} of the service file ${file} is not of the form name=value.`);
    if (name === 'service') throw invalidInput(`Line ${i + 1} of the service file ${file} names a service itself.`);
    // as in libpq the first one counts
    if (!pairs.has(name)) pairs.set(name, value);
  }
  return pairs;
}
