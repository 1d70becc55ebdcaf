import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type pg from 'pg';
import { openDatabase } from '../src/db/port/open.ts';
import { ownSchema } from '../src/db/schema/files.ts';
import { migrate } from '../src/db/schema/migrate.ts';
import { type Server, withClient } from './server.ts';

/** Numbers of rows. */
export interface Scale {
  name: string;
  live: number;
  ended: number;
  users: number;
}

export const SCALES: Record<string, Scale> = {
  small: { name: 'small', live: 1000, ended: 1000, users: 100 },
  '1m': { name: '1m', live: 1_000_000, ended: 500_000, users: 500_000 },
  '10m': { name: '10m', live: 1_000_000, ended: 9_000_000, users: 500_000 },
};

/** A database of its own to work on, and the moment its data was made. */
export interface Copy {
  url: string;
  madeAt: Date;
}

const GENERATOR = join(import.meta.dirname, 'generate.sql');

/** Runs `work` on a fresh copy of the generated data; the template is made when it is not there or is outdated. */
export async function withCopy<T>(server: Server, scale: Scale, work: (copy: Copy) => Promise<T>): Promise<T> {
  const template = await ensureTemplate(server, scale);
  const name = `tomo_bench_copy_${process.pid}_${scale.name}`;
  const admin = server.url('postgres');
  await withClient(admin, async (client) => {
    await client.query(`drop database if exists ${name} with (force)`);
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const url = server.url(name);
  try {
    return await work({ url, madeAt: await withClient(url, refresh) });
  } finally {
    await withClient(admin, (client) => client.query(`drop database if exists ${name} with (force)`));
  }
}

/**
 * The data grows older while the template is kept: the timeouts grow by as much, so that exactly the sessions that
 * were live when they were made are live now. Then everything is read into memory.
 */
async function refresh(client: pg.Client): Promise<Date> {
  const {
    rows: [row],
  } = await client.query('select at, ceil(extract(epoch from now() - at) / 60)::int as age from bench.made');
  await client.query('update tomo.settings set session_timeout = 60 + $1, remember_me_timeout = 43200 + $1', [row.age]);
  const warm = await client.query('create extension if not exists pg_prewarm').then(
    () => true,
    () => false,
  );
  if (warm) {
    await client.query(`select sum(pg_prewarm(c.oid)) from pg_class c
       where relnamespace = 'tomo'::regnamespace and relkind in ('r', 'i') and relname not like 'session\\_activity%'`);
  } else {
    await client.query('select count(*), max(length(s::text)) from tomo.sessions s');
  }
  await client.query('checkpoint');
  return row.at;
}

async function ensureTemplate(server: Server, scale: Scale): Promise<string> {
  const name = `tomo_bench_${scale.name}_${fingerprint(scale)}`;
  const admin = server.url('postgres');
  const stale = await withClient(admin, async (client) => {
    const { rows } = await client.query('select datname, datistemplate from pg_database where datname like $1', [
      `tomo\\_bench\\_${scale.name}\\_%`,
    ]);
    if (rows.some((row) => row.datname === name && row.datistemplate)) return null;
    return rows.map((row) => row.datname as string);
  });
  if (!stale) return name;
  const started = Date.now();
  process.stderr.write(`making ${(scale.live + scale.ended).toLocaleString('en')} sessions … `);
  await withClient(admin, async (client) => {
    for (const old of stale) {
      await client.query(`alter database ${old} is_template false`);
      await client.query(`drop database ${old} with (force)`);
    }
    await client.query(`create database ${name}`);
  });
  const db = await openDatabase({ kind: 'postgres', url: server.url(name), env: {} });
  await migrate(db);
  await db.close();
  await withClient(server.url(name), async (client) => {
    await client.query('create schema bench');
    await client.query('create table bench.made as select now() as at');
    for (const statement of statements(scale)) await client.query(statement);
    await client.query('checkpoint');
  });
  await withClient(admin, (client) => client.query(`alter database ${name} is_template true`));
  process.stderr.write(`${Math.round((Date.now() - started) / 1000)} s\n`);
  return name;
}

/** generate.sql without psql: its meta-commands dropped, its variables filled in, one statement at a time. */
function statements(scale: Scale): string[] {
  const sql = readFileSync(GENERATOR, 'utf8')
    .replaceAll(/^(\\|--).*$/gm, '')
    .replaceAll(/(?<!:):(live|ended|users)\b/g, (_, name: 'live' | 'ended' | 'users') => String(scale[name]));
  return sql
    .split(/;\n/)
    .map((statement) => statement.trim())
    .filter(Boolean);
}

/** Changes with the schema and the generator. */
function fingerprint(scale: Scale): string {
  const hash = createHash('sha256').update(readFileSync(GENERATOR)).update(JSON.stringify(scale));
  hash.update(JSON.stringify(ownSchema()));
  return hash.digest('hex').slice(0, 8);
}
