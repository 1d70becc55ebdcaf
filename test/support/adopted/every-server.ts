import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { inject } from 'vitest';
import { some } from '../extent.ts';
import { startAuthjs } from './authjs.ts';
import { AUTHJS_PRISMA } from './authjs-prisma.ts';
import { startBetterAuth, startBetterAuthOnSqlite } from './better-auth.ts';
import { startExpress } from './connect-pg-simple.ts';
import { PYTHON, startDjango } from './django.ts';
import { DJANGO_USER_SESSIONS } from './django-user-sessions.ts';
import type { EmptyDatabase } from './empty-database.ts';
import { GRAFANA } from './grafana.ts';
import { KRATOS } from './kratos.ts';
import { LARAVEL } from './laravel.ts';
import { startLucia } from './lucia.ts';
import { makeRealTomo, REAL_TOMO_PYTHON } from './real-tomo.ts';
import type { AdoptedServer } from './server.ts';
import { SPRING } from './spring.ts';
import { SUPABASE } from './supabase.ts';
import { startTables } from './tables.ts';

/** Said once a run, and not by a test that is skipped in silence. */
if (!PYTHON) process.stderr.write('There is no Django with psycopg2 here: sessions of Django are not tested.\n');

if (!REAL_TOMO_PYTHON)
  process.stderr.write('There is no Python 3.11 here: the server of the real Tomo is not asked.\n');

export const newFile = () => join(mkdtempSync(join(inject('scratch'), 'server-')), 'server.db');

/** Each has a name for its tests. */
type Named = [name: string, start: (database: EmptyDatabase) => Promise<AdoptedServer>];

export const ON_POSTGRES: Named[] = [
  ['better-auth', startBetterAuth],
  ['connect-pg-simple', startExpress],
  ['Auth.js', startAuthjs],
  ['Lucia', startLucia],
  ...(PYTHON ? [['Django', startDjango] satisfies [string, unknown]] : []),
  ['django-user-sessions', (database) => startTables(database, DJANGO_USER_SESSIONS)],
  ['Laravel', (database) => startTables(database, LARAVEL)],
  ['Auth.js with Prisma', (database) => startTables(database, AUTHJS_PRISMA)],
  ['Supabase Auth', (database) => startTables(database, SUPABASE)],
  ['Ory Kratos', (database) => startTables(database, KRATOS)],
  ['Grafana', (database) => startTables(database, GRAFANA)],
  ['Spring Session', (database) => startTables(database, SPRING)],
];

/** Every server that there is a fixture of. */
export const SERVERS: Named[] = [
  ...ON_POSTGRES,
  ['better-auth on SQLite', () => startBetterAuthOnSqlite(newFile())],
  ...(REAL_TOMO_PYTHON ? [['the real Tomo', async () => makeRealTomo(newFile())] satisfies [string, unknown]] : []),
];

/** For what must hold on each of them. */
export const SOME_SERVERS = some('adopted servers', SERVERS, 3);
