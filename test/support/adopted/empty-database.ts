import pg from 'pg';
import { inject } from 'vitest';
import { onServer } from '../global-setup.ts';

/** A database as a server finds it at its first start. */
export interface EmptyDatabase {
  url: string;
  /** The connections of the server; `settings`, e.g. "-c timezone=Asia/Tokyo", are those of its sessions. */
  pool: (settings?: string) => pg.Pool;
  sql: <Row extends pg.QueryResultRow = Record<string, unknown>>(text: string, params?: unknown[]) => Promise<Row[]>;
  drop: () => Promise<void>;
}

let counter = 0;

export async function emptyDatabase(server = inject('server')): Promise<EmptyDatabase> {
  counter += 1;
  const name = `tomo_adopted_${process.pid}_${counter}`;
  await onServer(server, [`create database ${name} template template0`]);
  const url = `${server}/${name}`;
  const pools: pg.Pool[] = [];
  const pool = (options?: string) => {
    const made = new pg.Pool({ connectionString: url, max: 4, ...(options === undefined ? {} : { options }) });
    // a test that fails drops the database under it
    made.on('error', () => {});
    pools.push(made);
    return made;
  };
  const own = pool();
  return {
    url,
    pool,
    sql: async (text, params = []) => (await own.query(text, params)).rows as never,
    drop: async () => {
      for (const each of pools) if (!each.ended) await each.end();
      await onServer(server, [`drop database if exists ${name} with (force)`]);
    },
  };
}
