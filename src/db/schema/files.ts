import { createHash } from 'node:crypto';
import { assetNames, programVersion, readAsset, textOf } from '../port/assets.ts';
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
    release: programVersion(),
    migrations: migrationFiles(),
    functions: sqlFiles('functions')
      .map(({ sql }) => sql)
      .join('\n'),
    kinds: Object.fromEntries(ROLES.map((kind) => [kind, needsOf(kind)])),
  };
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
  return assetNames(kind)
    .filter((file) => file.endsWith('.sql'))
    .map((file) => ({ name: file.slice(kind.length + 1, -4), sql: textOf(readAsset(file)) }));
}
