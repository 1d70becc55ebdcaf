import type { Transaction } from '../../db/port/database.ts';
import type { HealthPort } from '../../db/port/health.ts';
import { TomoError } from '../../model/errors.ts';
import { check, ok, problem, SYNC, some, span, unknown, warning } from './check.ts';

/** From so many rows on a missing index is felt. */
const LARGE = 100_000;
const CAP = 10_000;
/** Seconds by which clocks may differ. */
const TOLERANCE = 60;

function healthOf({ sessions }: Transaction): HealthPort<Transaction> {
  if (!sessions.health) throw new Error('this is the schema of Tomo');
  return sessions.health;
}

/** Nothing else can be looked at where they do not. */
export const TABLES_FIT = check('tables-fit', 'database', 'whether the tables fit', async (tx) => {
  const found = await healthOf(tx)
    .fit(tx)
    .catch((error: unknown) => {
      if (error instanceof TomoError && error.code === 'DATABASE_UNUSABLE') return error;
      throw error;
    });
  if (found instanceof TomoError) return problem(found.message, found.hint ?? null);
  const { table, rows } = found;
  const { title, reference } = tx.sessions.server;
  const about = rows === null ? '' : `, about ${rows} rows`;
  return ok(`${title}: the table ${table} has the columns and types that are needed (${reference}${about})`);
});

const zone = check('zone', 'expires', 'in which zone times are written', async (tx) => {
  const { zone: found } = await healthOf(tx).fit(tx);
  if (!found) return ok('Times: each is a moment by itself, whatever the time zone');
  if (found.named) return ok(`Times: written without a zone, and read in the one that was named (${found.name})`);
  const { title } = tx.sessions.server;
  return warning(
    `Times: ${title} writes them without a zone; they are read in ${found.name}, that of this database`,
    'In another zone live sessions look dead or dead ones live, so cleanup refuses until it is named with the server: zone=America/New_York, or zone=UTC.',
  );
});

const future = check('future', 'expires', 'the newest activity', async (tx) => {
  const ahead = await healthOf(tx).ahead(tx);
  if (ahead === null) return ok('Newest activity: none, or it is not kept');
  if (ahead <= TOLERANCE) return ok('Newest activity: not in the future');
  return problem(
    `Newest activity: ${span(ahead)} in the future`,
    'The zone of the times is another one than that in which they are read, or a clock is ahead.',
    SYNC,
  );
});

const endless = check('endless', 'storage', 'sessions that never run out', async (tx) => {
  const count = await healthOf(tx).endless(tx, CAP + 1);
  const { title } = tx.sessions.server;
  if (count === null) return unknown(`Sessions that never run out: ${title} does not keep when they do`);
  if (count === 0) return ok('Sessions that never run out: none');
  return warning(`${some(count, 'live session', CAP)} never run out by what the table says`, null, {
    do: 'list-sessions',
  });
});

const overdue = check('overdue', 'storage', 'what has run out and is still there', async (tx) => {
  const health = healthOf(tx);
  const count = await health.overdue(tx, CAP + 1);
  if (count === null) return unknown('Dead sessions: when one runs out is not kept');
  const { prunes } = await health.fit(tx);
  const title =
    count === 0
      ? 'Dead sessions: none of before yesterday'
      : `${some(count, 'session', CAP)} ran out over a day ago and are still there`;
  if (count <= CAP) return ok(title);
  const detail = `They slow down every look. What deletes them there: ${prunes ?? 'nothing that is known'}`;
  return warning(title, detail, { do: 'clean-up' }, { do: 'schedule', job: 'cleanup' });
});

const indexes = check('indexes', 'storage', 'the indexes', async (tx) => {
  const health = healthOf(tx);
  const { table, rows } = await health.fit(tx);
  const missing = await health.unindexed(tx);
  if (missing.length === 0) return ok('Indexes: what lists and cleanup go by has one');
  const columns = missing.join(' and ');
  if ((rows ?? 0) < LARGE) return ok(`Indexes: none begins with ${columns}, which is not felt at this size`);
  return warning(
    `Indexes: none begins with ${columns}`,
    'Lists and cleanup read the whole table. It belongs to the server: an index goes where its other indexes are made.',
    ...missing.map((column) => `create index concurrently on "${table}" ("${column}");`),
  );
});

const bloat = check('bloat', 'storage', 'rows that are dead', async (tx) => {
  const health = healthOf(tx);
  const found = await health.bloat(tx);
  if (!found) return ok('Space: dead rows are counted on the primary');
  const { dead, live } = found;
  if (dead < CAP || dead < live) return ok('Space: dead rows are vacuumed away');
  const { table } = await health.fit(tx);
  return warning(
    `Space: ${dead} rows are dead and not vacuumed, ${live} are not`,
    null,
    `vacuum (analyze) "${table}";`,
  );
});

const rights = check('rights', 'rights', 'the rights of this role', async (tx) => {
  const { role, lacking, guarded } = await healthOf(tx).rights(tx);
  const words = (of: readonly string[]) => of.join(', ');
  if (lacking.viewer.length > 0)
    return problem(`The role "${role}" may not read what is needed`, `It lacks ${words(lacking.viewer)}.`, {
      do: 'grant',
      role: 'viewer',
      name: role,
    });
  if (guarded.length > 0)
    return warning(
      `Row security may hide rows from the role "${role}"`,
      `On ${words(guarded)}: what is listed may not be all.`,
    );
  const acting = [...new Set([...lacking.operator, ...lacking.janitor])];
  if (acting.length > 0)
    return warning(`The role "${role}" may look, and not end or delete sessions`, `It lacks ${words(acting)}.`, {
      do: 'grant',
      role: 'operator',
      name: role,
    });
  return ok(`The role "${role}" may read, end and delete sessions`);
});

const secrets = check('secrets', 'rights', 'whether secrets can be read', async (tx) => {
  const { role, secrets: columns } = await healthOf(tx).rights(tx);
  if (columns.length === 0) return ok('Secrets: no column that would let somebody in is open to this role for nothing');
  return warning(
    `Secrets: the role "${role}" may read ${columns.join(', ')}, which nothing here needs`,
    'Whoever has this role can take over sessions. A role of its own needs less.',
    { do: 'grant', role: 'operator' },
  );
});

const journal = check('journal', 'storage', 'the journal of the file', async (tx) => {
  const mode = await healthOf(tx).journal(tx);
  return mode === 'wal'
    ? ok('Journal: wal, so that looking and logging in do not wait for each other')
    : ok(`Journal: ${mode}; who looks and who logs in may have to wait for each other`);
});

export const ADOPTED_CHECKS = [zone, future, endless, overdue, indexes];
export const ADOPTED_POSTGRES_CHECKS = [bloat, rights, secrets];
export const ADOPTED_SQLITE_CHECKS = [journal];
