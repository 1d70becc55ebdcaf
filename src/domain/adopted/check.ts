import { seeRows, seeTables, seeTimes } from '../../db/adopted/check.ts';
import { mapServer } from '../../db/adopted/mapping.ts';
import { rowsOf } from '../../db/list/row-source.ts';
import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { AdoptedServer } from '../../model/server.ts';
import type { CheckedServer, CheckFinding, CheckFindingId } from '../../model/server-check.ts';

/** Seconds by which clocks may differ. */
const TOLERANCE = 60;
/** From so many rows on a list without an index is slow. */
const LARGE = 100_000;
/** Sessions by which somebody recognises their own. */
const NEWEST = 5;
/** Milliseconds. */
const TIMEOUT = 60_000;

/**
 * Looks whether the server that is administered is the one that is here, and what may go wrong with
 * it. Changes nothing.
 */
export async function checkServer(db: Database): Promise<CheckedServer> {
  const { adopted } = db;
  // throws where that schema is not there either
  if (!adopted) await read(db, async () => {});
  if (!adopted) throw invalidInput('These are the tables of the schema tomo, which are not those of another server.');
  return read(db, (tx) => lookAt(tx, db, adopted), { statementTimeout: TIMEOUT });
}

async function lookAt(tx: Transaction, { engine }: Database, adopted: AdoptedServer): Promise<CheckedServer> {
  const { description, options } = adopted;
  const { name, title, late = null, unseen = null, prunes = null } = description;
  const seen = await seeTables(tx, engine, adopted);
  const { schema, table, columns, times, rights, indexes } = seen;
  const findings: CheckFinding[] = [];
  const find = (id: CheckFindingId, verdict: CheckFinding['verdict'], about: readonly string[]) => {
    if (about.length > 0) findings.push({ id, verdict, about: [...about] });
  };
  const lost = columns.filter(({ type, optional, table: of }) => type === null && !optional && of === table);
  find('no-table', 'problem', seen.there ? [] : [table]);
  if (seen.there)
    find(
      'no-columns',
      'problem',
      lost.map(({ column }) => column),
    );
  const mapping = await mapServer(tx, engine, description, options).catch((error: unknown) => {
    if (!(error instanceof TomoError) || error.code === 'INVALID_INPUT') throw error;
    if (findings.length === 0) find('does-not-fit', 'problem', [error.message]);
    return null;
  });
  if (rights) {
    find('cannot-list', 'problem', rights.lackingToList);
    find('cannot-revoke', 'warning', rights.lackingToRevoke);
    find('reads-secrets', 'warning', rights.secrets);
  }
  if ((seen.rows ?? 0) >= LARGE) {
    find('no-index', 'warning', [...new Set(indexes.flatMap(({ there, column }) => (there ? [] : [column])))]);
  }
  const zone = mapping?.zone ?? null;
  if (zone && !zone.named) find('zone-assumed', 'warning', [zone.name]);
  const readable = mapping !== null && (rights === null || rights.lackingToList.length === 0);
  const { now, newest: latest } = readable ? await seeTimes(tx, mapping) : { now: '', newest: {} };
  const [activity] = latest.active ?? latest.created ?? [];
  const ahead = activity === undefined ? 0 : (Date.parse(activity) - Date.parse(now)) / 1000;
  if (ahead > TOLERANCE) find('times-ahead', 'problem', [String(Math.round(ahead))]);
  const rows = readable ? await seeRows(tx, mapping) : null;
  if (rows) {
    if (rows.sessions === 0) find('no-sessions', 'warning', [table]);
    if (rows.unnamed) find('unnamed-users', 'warning', [String(rows.unnamed)]);
    find('shared-names', 'warning', rows.shared ?? []);
  }
  const page = readable
    ? await rowsOf(tx.sessions.page(tx, { state: 'active' }, { sort: 'activity', after: null }, NEWEST))
    : [];
  return {
    ...{ server: name, title, schema, table, columns, zone, rights, indexes, rows, late, unseen, prunes, findings },
    times: times.map((time) => ({ ...time, newest: latest[time.says] ?? [] })),
    newest: page,
  };
}
