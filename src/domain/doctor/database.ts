import { type Replay, selectHangingTransaction, selectInstance, selectReplay } from '../../db/doctor/server.ts';
import { selectClock } from '../../db/session/rules.ts';
import { clockOffset } from '../session/clock-offset.ts';
import { check, measurement, ok, problem, type Seen, SYNC, skew, span, unknown, warning } from './check.ts';

const OLDEST_SERVER = 15;
/** Milliseconds for one round trip, from which on every command feels slow. */
const SLOW = 250;
/** A clock further off than this makes tokens invalid. */
const CLOCK_LIMIT = 30;
/** Seconds that the newest change of a standby may be old while it does not follow its primary closely. */
const BEHIND = 60;
const CHANGES = 'Changes go to the primary: name both in TOMO_DATABASE_URL, and they find it.';
/** Seconds that a transaction may be open; one that has written to the schema is waited for by everybody else. */
const OPEN_FOR = { any: 600, writing: 10 };

const server = check('server-version', 'database', 'the version of the server', async (tx) => {
  const { version, number } = await selectInstance(tx);
  const title = `PostgreSQL ${version}`;
  return number >= OLDEST_SERVER * 10_000
    ? ok(title)
    : problem(
        title,
        `PostgreSQL ${OLDEST_SERVER} or later is needed.`,
        'pg_upgrade   # see https://www.postgresql.org/docs/current/pgupgrade.html',
      );
});

const latency = measurement('latency', 'database', 'the latency', async (tx, { clock }) => {
  const times: number[] = [];
  for (let i = 0; i < 3; i += 1) {
    const asked = clock().getTime();
    await selectClock(tx);
    times.push(clock().getTime() - asked);
  }
  const best = Math.min(...times);
  const title = `It answers in ${best} ms`;
  return best < SLOW
    ? ok(title)
    : warning(
        title,
        'The network, or a server under load. Commands that take many steps are slow from here.',
        'Run this program on a machine near the database.',
      );
});

/**
 * This machine's clock against the database's. The rules of the sessions go by the database; tokens go by
 * the server of Tomo.
 */
const clock = measurement('clock', 'expires', 'the clocks', async (tx, input) => {
  const ahead = await clockOffset(tx, input.clock);
  if (ahead === 0) return ok('Server time: the clocks of this machine and the database agree');
  const title = `Server time: the clock of this machine is ${skew(ahead)} the database's`;
  const detail =
    'Sessions expire by the clock of the database; tokens and cookies by that of the machine that makes and checks them.';
  return (Math.abs(ahead) > CLOCK_LIMIT ? problem : warning)(title, detail, SYNC);
});

const writable = check('writable', 'revoke', 'whether the database can be written to', async (tx) => {
  const { standby, readOnly } = await selectInstance(tx);
  if (standby) return judge(await selectReplay(tx));
  return readOnly
    ? problem(
        'Database error: the database is set to read-only',
        'default_transaction_read_only is on for this role or database.',
        'alter database … set default_transaction_read_only = off;',
      )
    : ok(
        'Database error: none; the database can be written to',
        'When a command fails, DEBUG=tomo shows where, and the log of PostgreSQL says more.',
      );
});

/** A standby answers what is read, and that is what it is there for; but not with what is no longer true. */
function judge({ behind, caughtUp, paused, fed }: Replay): Seen {
  const title = (state: string) => `Database error: none; this is a standby${state}`;
  const age = behind === null ? 'of unknown age' : `${span(behind)} old`;
  if (paused)
    return warning(
      `This is a standby that somebody has paused; its newest change is ${age}`,
      'What was revoked since then is live here.',
      'select pg_catalog.pg_wal_replay_resume();',
    );
  if (caughtUp) return ok(title(' that has caught up with its primary'), `Its newest change is ${age}. ${CHANGES}`);
  if (behind !== null && behind <= BEHIND) return ok(title(`; its newest change is ${age}`), CHANGES);
  return warning(
    `This is a standby that is behind its primary; its newest change is ${age}`,
    `What was revoked since then is live here. ${fed ? 'It gets what the primary sends, and is slow to show it.' : 'Nothing comes from its primary.'}`,
    'select * from pg_catalog.pg_stat_replication;   -- on the primary',
  );
}

const transactions = check('old-transaction', 'revoke', 'what others are doing in the database', async (tx) => {
  const oldest = await selectHangingTransaction(tx, OPEN_FOR);
  if (!oldest) return ok('Database error: no transaction hangs that a revocation would have to wait for');
  if (oldest.seconds === null)
    return unknown(
      `Cannot tell: whether the transaction of "${oldest.role}" hangs that has written to the schema (process ${oldest.pid})`,
      'Since when it is open, this role may not see.',
      'grant pg_read_all_stats to ROLE;',
    );
  return warning(
    `Database error: a transaction has been open for ${span(oldest.seconds)} (${oldest.state})`,
    `Role ${oldest.role}, program "${oldest.application}", process ${oldest.pid}. It may hold locks that everybody else waits for, and no space is freed while it lasts.`,
    `select pg_catalog.pg_terminate_backend(${oldest.pid});`,
  );
});

export const DATABASE_CHECKS = [server, latency, clock, writable, transactions];
