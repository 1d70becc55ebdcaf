import type { Database } from '../../db/port/database.ts';
import { shellWord } from '../../domain/text/shell-word.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { DetectedServer } from '../../model/server.ts';
import { printable } from '../../views/printable.ts';
import { parseServerReference, type ServerReference } from './server-reference.ts';

/** What decides how a server that nobody has named is taken. */
export interface Unnamed {
  /** The command changes something, so that a guess would not do. */
  changes: boolean;
  /** It works on the tables of other servers, too. */
  adopted: boolean;
  env: NodeJS.ProcessEnv;
  /** Hears which server it has turned out to be. */
  found: (server: ServerReference, words: string) => void;
}

/**
 * The same database with the sessions of the server that was named; of none, or "tomo": those of the schema `tomo`.
 * `notice`: hears what had to be assumed.
 */
export async function adoptServer(
  db: Database,
  server: ServerReference | null,
  notice: (text: string) => void,
): Promise<Database> {
  if (server === null) return db;
  if (server.name !== 'tomo') {
    const { openAdopted } = await import('../../domain/adopted/open.ts');
    return openAdopted(db, server, (zone) => notice(zoneWords(server, zone)));
  }
  const [option] = Object.keys(server.options);
  if (option !== undefined) throw invalidInput(`The schema tomo has no option "${option}".`, 'Write just: tomo');
  if (db.engine === 'postgres') return db;
  throw invalidInput(
    `${db.location} is a SQLite database, and the schema tomo is one of PostgreSQL.`,
    'Whose tables are in this file: tomo server detect',
  );
}

function zoneWords({ name, options }: ServerReference, zone: string): string {
  const given = Object.entries(options).map(([option, value]) => `${option}=${value},`);
  const named = shellWord(`${name}:${given.join('')}zone=America/New_York`);
  return `The times here have no zone, and are read in that of the database, ${zone}. If they are written in another one they are wrong by hours; to name it: --server ${named}`;
}

/**
 * Works with the server that is named. Where none is, with the schema `tomo`, and where that is not there with the
 * only server whose tables are. Throws INVALID_INPUT where that has to be said first.
 */
export async function withServer<T>(
  db: Database,
  named: ServerReference | null,
  unnamed: Unnamed,
  use: (server: ServerReference | null) => Promise<T>,
): Promise<T> {
  try {
    if (named !== null || db.engine === 'postgres') return await use(named);
  } catch (error) {
    if (!(error instanceof TomoError)) throw error;
    if (named !== null && error.reason === 'not-that-server') throw await withOthers(db, error);
    if (named !== null || error.code !== 'SCHEMA_MISSING') throw error;
    return use(await findServer(db, unnamed, error));
  }
  return use(await findServer(db, unnamed, null));
}

/** The only server whose tables are here. `missing`: there is no schema `tomo`. */
async function findServer(db: Database, unnamed: Unnamed, missing: TomoError | null): Promise<ServerReference> {
  const { changes, adopted, env, found } = unnamed;
  const detected = await detect(db);
  const servers = detected.filter(({ reference }) => reference !== null);
  // parts of the schema are missing, which is another matter
  if (missing && servers.some(({ name }) => name === 'tomo')) throw missing;
  const [server] = servers;
  const [refused] = detected;
  if (!refused) {
    const none = `No tables of another server that is known are here, either: tomo server list`;
    if (missing) throw hinted(missing, none);
    throw invalidInput(
      `${db.location} has no tables of a server that is known.`,
      'Which are: tomo server list. Or describe yours in a file and name that: --server ./FILE.json',
    );
  }
  if (missing && !adopted) {
    throw hinted(missing, server ? `${hereIs(servers)} Its sessions: tomo session list --server ${exact(server)}` : '');
  }
  if (!server) {
    throw new TomoError('INVALID_INPUT', `These are the tables of ${refused.title}. ${refused.why}`, {
      hint: `What does it right: ${refused.instead}`,
      details: { server: refused.name, instead: refused.instead },
    });
  }
  if (servers.length > 1) {
    throw new TomoError('INVALID_INPUT', `${hereIs(servers)} Which of them is meant?`, {
      hint: `Name one: ${servers.map((one) => `--server ${exact(one)}`).join(', or ')}`,
      details: { servers: servers.map(({ reference }) => reference) },
    });
  }
  const context = `Or once for all: tomo context add NAME --database URL --server ${exact(server)}`;
  if (changes && adopted) {
    throw new TomoError('INVALID_INPUT', `${hereIs(servers)} A change needs its server to be named.`, {
      hint: `Name it: --server ${exact(server)}\n${context}`,
      details: { servers: [server.reference] },
    });
  }
  const { needs, reference, table } = server;
  // without a zone a time can be read, as the database has it
  const needed = needs.filter((option) => option !== 'zone');
  if (adopted && needed.length > 0) {
    throw invalidInput(
      `${hereIs(servers)} What its tables do not say has to be said: ${needed.join(', ')}.`,
      `Name it: --server ${exact(server)}\n${context}`,
    );
  }
  const parsed = parseServerReference(reference ?? '', 'server', env);
  found(
    parsed,
    `Read as ${server.name}, by its table ${printable(table ?? '')}. A change needs it named: --server ${exact(server)}`,
  );
  return parsed;
}

/** Says of an error that another server was named than the one that is here. */
async function withOthers(db: Database, error: TomoError): Promise<TomoError> {
  const others = (await detect(db).catch(() => [])).filter(({ reference }) => reference !== null);
  if (others.length === 0) return hinted(error, 'Which servers there are: tomo server list');
  return hinted(error, `${hereIs(others)} ${others.map((one) => `--server ${exact(one)}`).join(', or ')}`);
}

async function detect(db: Database): Promise<DetectedServer[]> {
  const { detectServers } = await import('../../domain/adopted/servers.ts');
  return detectServers(db);
}

function hereIs(servers: readonly DetectedServer[]): string {
  return `By their columns the tables here are those of ${[...new Set(servers.map(({ name }) => name))].join(' and of ')}.`;
}

/** What is to be typed: the reference, with the options that nothing here says to be filled in. */
function exact({ reference, needs }: DetectedServer): string {
  const options = needs.map((option) => `${option}=${option === 'zone' ? 'ZONE' : '2h'}`).join(',');
  const text = reference ?? '';
  return shellWord(options === '' ? text : `${text}${text.includes(':') ? ',' : ':'}${options}`);
}

function hinted(error: TomoError, hint: string): TomoError {
  const { code, message, reason, details, outcome, cause } = error;
  return new TomoError(code, message, {
    reason,
    details,
    outcome,
    cause,
    hint: [error.hint, hint].filter(Boolean).join(' '),
  });
}
