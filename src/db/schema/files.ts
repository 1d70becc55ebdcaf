import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface MigrationFile {
  version: number;
  name: string;
  sql: string;
}

/** The migrations that ship with this program, in order. */
export function migrationFiles(): MigrationFile[] {
  return sqlFiles('migrations').map(({ name, sql }) => ({
    version: Number(name.slice(0, 4)),
    name: name.slice(5),
    sql,
  }));
}

/** Functions, views and triggers as they are now, one script; the files in the order of their names. */
export function functionsScript(): string {
  return sqlFiles('functions')
    .map(({ sql }) => sql)
    .join('\n');
}

/** Changes with the text of any of them. */
export function functionsDigest(): string {
  return createHash('sha256').update(functionsScript()).digest('hex');
}

function sqlFiles(kind: 'migrations' | 'functions'): { name: string; sql: string }[] {
  const folder = join(import.meta.dirname, '..', kind);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -4), sql: readFileSync(join(folder, file), 'utf8') }));
}
