import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { findPackageJSON } from 'node:module';
import { join } from 'node:path';
import { type Needs, needsOf, ROLES } from './grants.ts';

export interface MigrationFile {
  version: number;
  /** 0001-users */
  name: string;
  /** Programs from before it cannot use the database any more: its first line is `-- breaking`. */
  breaking: boolean;
  sql: string;
}

/** A schema as a program brings it. */
export interface Schema {
  /** The version of that program. */
  release: string;
  migrations: readonly MigrationFile[];
  /** Functions, views and triggers as they are now, one script. */
  functions: string;
  /** The kinds of roles, and what each needs. */
  kinds: Readonly<Record<string, Needs>>;
}

/** The schema of this program. */
export function ownSchema(): Schema {
  return {
    release: release(),
    migrations: migrationFiles(),
    functions: sqlFiles('functions')
      .map(({ sql }) => sql)
      .join('\n'),
    kinds: Object.fromEntries(ROLES.map((kind) => [kind, needsOf(kind)])),
  };
}

/** The version of this program. Read, not imported: a build would put all of package.json into the library. */
function release(): string {
  const file = findPackageJSON('.', import.meta.url);
  return file ? (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version : '';
}

/** The migrations that ship with this program, in order. */
export function migrationFiles(): MigrationFile[] {
  return sqlFiles('migrations').map(({ name, sql }) => ({
    version: Number(name.slice(0, 4)),
    name,
    breaking: sql.startsWith('-- breaking'),
    sql,
  }));
}

/** Changes with the text of any function and with what a kind of role needs. */
export function digestOf({ functions, kinds }: Schema): string {
  return createHash('sha256').update(functions).update(JSON.stringify(kinds)).digest('hex');
}

/** In the order of the names, so a `return` body may use what its own file or an earlier one makes. */
function sqlFiles(kind: 'migrations' | 'functions'): { name: string; sql: string }[] {
  const folder = join(import.meta.dirname, '..', kind);
  return readdirSync(folder)
    .filter((file) => file.endsWith('.sql'))
    .sort()
    .map((file) => ({ name: file.slice(0, -4), sql: readFileSync(join(folder, file), 'utf8') }));
}
