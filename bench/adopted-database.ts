import type { AdoptedData } from './adopted-data.ts';
import { type Server, withClient } from './server.ts';

/** The name of a database of the server with the library's tables and so many sessions, kept between runs. */
export async function adoptedDatabase(at: Server, name: string, data: AdoptedData, rows: number): Promise<string> {
  const database = `tomo_bench_${name.replaceAll('-', '_')}_${rows}`;
  const there = await withClient(at.url('postgres'), (client) =>
    client.query('select 1 from pg_database where datname = $1', [database]),
  );
  if (there.rowCount) return database;
  await withClient(at.url('postgres'), (client) => client.query(`create database ${database} template template0`));
  await withClient(at.url(database), async (client) => {
    await data.fill(client, rows);
    for (const one of data.analyzed) await client.query(`vacuum (analyze) ${one}`);
  });
  return database;
}

/** Runs `work` on a copy of the database, which is dropped afterwards. */
export async function onCopy<T>(at: Server, database: string, work: (copy: string) => Promise<T>): Promise<T> {
  const copy = `${database}_copy`;
  const root = (statement: string) => withClient(at.url('postgres'), (client) => client.query(statement));
  await root(`drop database if exists ${copy}`);
  await root(`create database ${copy} template ${database}`);
  try {
    return await work(copy);
  } finally {
    await root(`drop database ${copy}`);
  }
}
