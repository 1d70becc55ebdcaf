import { selectInstance } from '../../db/doctor/server.ts';
import * as sql from '../../db/doctor/storage.ts';
import { migrationFiles } from '../../db/schema/files.ts';
import { expectedIndexes } from '../../db/schema/indexes.ts';
import { CLEANUP_OVERDUE } from '../cleanup/schedule.ts';
import { check, ok, problem, type Step, some, span, warning } from './check.ts';

const CLEANUP = { do: 'clean-up' } as const;
/** Seconds. */
const LATE = CLEANUP_OVERDUE * 3600;
/** Fewer rows than this tell nothing about a share. */
const ENOUGH = 10_000;
const LARGE_INDEX = 10 * 1024 * 1024;

const cleanup = check('last-cleanup', 'storage', 'when the last cleanup was', async (tx) => {
  const { last, failed, firstLogin } = await sql.selectCleanup(tx);
  const regularly: Step[] = [CLEANUP, { do: 'schedule', job: 'cleanup' }];
  const title = `The last cleanup was ${span(last ?? 0)} ago`;
  if (failed.length > 0) {
    const since = last === null ? 'None has succeeded yet.' : `The last one without a failure was ${span(last)} ago.`;
    return problem(`The latest cleanup failed at: ${failed.join(', ')}`, since, CLEANUP);
  }
  if (last !== null) return last <= LATE ? ok(title) : warning(title, null, ...regularly);
  if (firstLogin === null || firstLogin <= LATE)
    return ok('There has been no cleanup yet, and nothing is old enough to need one');
  return warning('There has never been a cleanup', `The oldest session is ${span(firstLogin)} old.`, ...regularly);
});

const expired = check('expired-left', 'storage', 'expired sessions', async (tx) => {
  const { left, all } = await sql.selectExpiredLeft(tx, CLEANUP_OVERDUE);
  if (left === 0) return ok('No session expired long ago and was left');
  const share = all > left ? `, ${Math.max(1, Math.round((left / all) * 100))} % of about ${all}` : '';
  return warning(
    `${some(left, 'session', sql.COUNT_TO)} expired over two days ago and ${left === 1 ? 'is' : 'are'} not cleaned up${share}`,
    null,
    CLEANUP,
  );
});

const partitions = check('partitions', 'storage', 'the partitions of the activity', async (tx) => {
  const { expected, missing, waiting } = await sql.selectPartitions(tx);
  if (!expected) return ok('There is no activity yet that would need a partition');
  if (missing.length === 0 && waiting === 0) return ok('The activity of this week and the next one has its partitions');
  const titles = [
    ...(missing.length > 0 ? [`No activity partition for the week of ${missing.join(', ')}`] : []),
    ...(waiting > 0 ? [`${some(waiting, 'row', sql.COUNT_TO)} of activity in the default partition`] : []),
  ];
  return warning(
    titles.join('; '),
    'Nothing is lost, but retention cannot drop the default partition as a whole.',
    CLEANUP,
  );
});

/** Of a cluster, where the key has the user in it. */
const BY_ID = 'sessions_id';

/** Compares the indexes with those that the migrations make. */
const indexes = check('indexes', 'storage', 'the indexes', async (tx) => {
  const expected = expectedIndexes(migrationFiles());
  const { indexes: found, watched } = await sql.selectIndexes(tx);
  const there = new Set(found.map(({ name }) => name));
  const missing = [...expected].filter(([name]) => !there.has(name));
  const invalid = found.filter(({ valid }) => !valid);
  const extra = found.filter(
    ({ name, unique, table }) => table === 'sessions' && !unique && !expected.has(name) && name !== BY_ID,
  );
  const titles = [
    ...(missing.length > 0 ? [`Missing: ${missing.map(([name]) => name).join(', ')}`] : []),
    ...(invalid.length > 0 ? [`invalid: ${invalid.map(({ name }) => name).join(', ')}`] : []),
  ];
  if (titles.length > 0) {
    return warning(
      `Indexes. ${titles.join('; ')}`,
      'Lists, logins or cleanup read the whole table where they need it.',
      ...missing.map(([, statement]) => statement),
      ...invalid.map(({ name }) => `reindex index concurrently tomo."${name}";`),
    );
  }
  const moving = extra.find(({ definition }) => definition.includes('last_activity_at'));
  if (moving) {
    return warning(
      `The index ${moving.name} is not ours, and every update of the activity has to write it`,
      'Without it such an update stays in its page (HOT).',
      `drop index concurrently tomo."${moving.name}";`,
    );
  }
  const unused = found.filter(({ unique, scans, size }) => !unique && scans === 0 && size >= LARGE_INDEX);
  const note =
    watched >= 30 && unused.length > 0
      ? `Not used in ${watched} days: ${unused.map(({ name }) => name).join(', ')}.`
      : null;
  const others = extra.length > 0 ? `Not ours: ${extra.map(({ name }) => name).join(', ')}.` : null;
  return ok(`Every index of the migrations is there and valid`, [note, others].filter(Boolean).join(' ') || null);
});

/** What the statistics of tomo.sessions say. HOT: https://www.postgresql.org/docs/current/storage-hot.html */
const table = check('table', 'storage', 'the statistics of the table', async (tx) => {
  const { live, dead, updates, hot, standby } = await sql.selectTable(tx);
  if (standby) return ok('Table tomo.sessions: its updates and dead rows are counted on the primary');
  const share = (part: number, all: number) => Math.round((part / all) * 100);
  if (dead >= ENOUGH && dead > live * 0.5) {
    return warning(
      `Table tomo.sessions: ${dead} dead rows beside ${live} live ones`,
      'Autovacuum does not keep up, or an old transaction stops it.',
      'vacuum (analyze) tomo.sessions;',
    );
  }
  if (updates >= ENOUGH && hot < updates * 0.5) {
    return warning(
      `Table tomo.sessions: only ${share(hot, updates)} % of the updates are HOT`,
      'Each other one writes every index. The pages are too full, or there is an index on what changes with every request.',
      'alter table tomo.sessions set (fillfactor = 85);\nvacuum (analyze) tomo.sessions;',
    );
  }
  if (updates === 0) return ok('Table tomo.sessions: no updates yet');
  const rows = `${share(dead, Math.max(1, live + dead))} % of the rows are dead`;
  return ok(`Table tomo.sessions: ${share(hot, updates)} % of the updates are HOT, ${rows}`);
});

const autovacuum = check('autovacuum', 'storage', 'autovacuum', async (tx) => {
  if ((await sql.selectTable(tx)).autovacuumOff) {
    return warning(
      'Autovacuum is off for tomo.sessions',
      'The table grows and the planner loses its statistics.',
      'alter table tomo.sessions reset (autovacuum_enabled);',
    );
  }
  return (await selectInstance(tx)).autovacuum
    ? ok('Autovacuum is on')
    : warning(
        'Autovacuum is off on the whole server',
        'The tables grow and the planner loses its statistics.',
        'alter system set autovacuum = on;\nselect pg_catalog.pg_reload_conf();',
      );
});

export const STORAGE_CHECKS = [cleanup, expired, partitions, indexes, table];
/** The embedded database has no background processes. */
export const SERVER_STORAGE_CHECKS = [autovacuum];
