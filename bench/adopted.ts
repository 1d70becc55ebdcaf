import { parseArgs } from 'node:util';
import type pg from 'pg';
import { parseServerReference } from '../src/cli/connect/server-reference.ts';
import { type Database, read } from '../src/db/port/database.ts';
import { openDatabase } from '../src/db/port/open.ts';
import { openAdopted } from '../src/domain/adopted/open.ts';
import { SESSIONS } from '../src/domain/session/list.ts';
import { ADOPTED } from './adopted-data.ts';
import { adoptedDatabase, onCopy } from './adopted-database.ts';
import { digits, printTable, repeat, type Sample, time } from './measure.ts';
import { type Server, startServer, withClient } from './server.ts';

/** What somebody would write by hand, or the library runs itself. */
interface Plain {
  page: string;
  prefix: string;
  prune: string;
}

const PLAIN: Readonly<Record<keyof typeof ADOPTED, Plain>> = {
  'better-auth': {
    page: `select s.id, u.email, s."createdAt", s."updatedAt", s."ipAddress", s."userAgent" from session s
      join "user" u on u.id = s."userId" where s."expiresAt" > now() order by s."updatedAt" desc limit 51`,
    prefix: `select id, "userId" from session where starts_with(id, 'c4ca42')`,
    prune: 'delete from session where "expiresAt" < now()',
  },
  'connect-pg-simple': {
    page: `select s.sess, s.expire from session s where s.expire > now() at time zone 'UTC' order by s.expire desc limit 51`,
    prefix: `select expire from session where encode(sha256(convert_to(sid, 'UTF8')), 'hex') like 'c4ca42%'`,
    // as its prune does
    prune: 'delete from session where expire < to_timestamp(extract(epoch from now()))',
  },
  django: {
    page: 'select session_data, expire_date from django_session where expire_date > now() order by expire_date desc limit 51',
    prefix: `select expire_date from django_session where encode(sha256(convert_to(session_key, 'UTF8')), 'hex') like 'c4ca42%'`,
    // as clearsessions does
    prune: 'delete from django_session where expire_date < now()',
  },
};

const { values } = parseArgs({ options: { rows: { type: 'string', default: '1000000' } } });
const rows = Number(values.rows);
const server = await startServer();
console.log(`${rows.toLocaleString('en')} sessions a server, a fifth of them expired. ${server.words}.`);
try {
  const table: string[][] = [];
  for (const [name, data] of Object.entries(ADOPTED)) {
    const database = await adoptedDatabase(server, name, data, rows);
    table.push(...(await measure(server, database, name as keyof typeof ADOPTED)));
  }
  printTable('Adopted servers', ['what', 'by hand (ms)', 'tomo (ms)', 'ratio'], table);
} finally {
  await server.stop();
}

async function measure(at: Server, database: string, name: keyof typeof ADOPTED): Promise<string[][]> {
  const plain = PLAIN[name];
  const by = (client: pg.Client, statement: string) => () => client.query(statement);
  const reads = await withClient(at.url(database), (client) =>
    using(at, database, name, async (db) => {
      const page = { sort: 'activity', limit: 50 } as const;
      const list = () => SESSIONS.page(db, { state: 'active' }, page);
      const find = () => read(db, (tx) => db.sessions.byPrefix(tx, 'c4ca42', 20), { statementTimeout: 0 });
      return [
        row(`${name}: first page`, await repeat(7, by(client, plain.page)), await repeat(7, list)),
        row(`${name}: a session by six digits`, await repeat(5, by(client, plain.prefix)), await repeat(5, find)),
      ];
    }),
  );
  const prune = await onCopy(at, database, (copy) =>
    withClient(at.url(copy), (client) => time(by(client, plain.prune))),
  );
  const clean = await onCopy(at, database, (copy) => using(at, copy, name, (db) => time(() => cleaned(db))));
  return [...reads, row(`${name}: what has expired is deleted`, prune, clean)];
}

async function cleaned(db: Database): Promise<void> {
  const options = { actor: { osUser: 'bench', host: 'bench' }, retention: null, batchSize: 5000, isOver: () => false };
  for await (const _ of db.sessions.housekeeping?.clean(db, options) ?? []) {
    // nothing to say of a batch
  }
}

async function using<T>(
  at: Server,
  database: string,
  name: keyof typeof ADOPTED,
  work: (db: Database) => Promise<T>,
): Promise<T> {
  const opened = await openDatabase({ kind: 'postgres', url: at.url(database), env: {} });
  try {
    return await work(await openAdopted(opened, parseServerReference(ADOPTED[name].reference, '--server', {})));
  } finally {
    await opened.close();
  }
}

function row(what: string, plain: Sample | number, own: Sample | number): string[] {
  const middle = (of: Sample | number) => (typeof of === 'number' ? of : of.median);
  const shown = (of: Sample | number) => (typeof of === 'number' ? digits(of) : String(of));
  return [what, shown(plain), shown(own), digits(middle(own) / middle(plain))];
}
