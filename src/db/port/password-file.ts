import { existsSync } from 'node:fs';
import { readText } from './user-files.ts';

/** What a line of the file has to fit. */
export interface PasswordOwner {
  host: string;
  port: number;
  database: string;
  user: string;
}

/**
 * The password of the first line that fits, if there is such a file and line.
 * https://www.postgresql.org/docs/current/libpq-pgpass.html
 */
export function findPassword(file: string, { host, port, database, user }: PasswordOwner): string | undefined {
  if (!existsSync(file)) return undefined;
  // sockets are on the same machine
  const hosts = host.startsWith('/') ? [host, 'localhost'] : [host];
  const wanted = [hosts, [String(port)], [database], [user]];
  for (const line of readText(file, 'password file', { secret: true }).split(/\r?\n/)) {
    if (line.startsWith('#')) continue;
    const fields = [...line.matchAll(/((?:\\.|[^:])*)(?::|$)/g)].map(([, field = '']) => field);
    const texts = fields.map((field) => field.replaceAll(/\\(.)/g, '$1'));
    if (wanted.every((values, i) => fields[i] === '*' || values.includes(texts[i] ?? ''))) return texts[4] || undefined;
  }
  return undefined;
}
