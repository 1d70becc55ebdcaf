import type { Standby } from '../../model/standby.ts';
import { REPLAY } from '../port/begin.ts';
import type { Transaction } from '../port/database.ts';
import { selectRow, selectRows, sql } from '../port/sql.ts';

export interface Instance {
  version: string;
  /** 150004 is 15.4. */
  number: number;
  standby: boolean;
  readOnly: boolean;
  autovacuum: boolean;
}

export async function selectInstance(tx: Transaction): Promise<Instance> {
  return selectRow<Instance>(tx)`
    select current_setting('server_version') as version, current_setting('server_version_num')::int as number,
        pg_is_in_recovery() as standby,
            current_setting('default_transaction_read_only')::boolean as "readOnly",
                current_setting('autovacuum')::boolean as autovacuum`;
}

export interface Replay extends Standby {
  /** Somebody has stopped it from showing what comes. */
  paused: boolean;
  /** Something comes from its primary, or could at any moment. */
  fed: boolean;
}

/** How a standby stands to its primary. */
export async function selectReplay(tx: Transaction): Promise<Replay> {
  return selectRow<Replay>(tx)`
    select ${sql.raw(REPLAY)}, pg_is_wal_replay_paused() as paused, exists (select from pg_stat_wal_receiver) as fed`;
}

/** A transaction that is open for too long, or has written to the schema and is still open. */
export interface HangingTransaction {
  pid: number;
  role: string;
  application: string;
  state: string;
  /** Null: not for this role to see. */
  seconds: number | null;
}

/** The oldest of those that are open for so many seconds, or for `writing` while they have written to the schema. */
export async function selectHangingTransaction(
  tx: Transaction,
  limit: { any: number; writing: number },
): Promise<HangingTransaction | undefined> {
  // that others hold locks, and how they are called, every role may see; since when, not
  const [row] = await selectRows<HangingTransaction>(tx)`
    select a.pid::int, coalesce(a.usename, '')::text as role, a.application_name as application,
           coalesce(a.state, '') as state, extract(epoch from clock_timestamp() - a.xact_start)::int as seconds
      from pg_stat_activity a
     where a.datname = current_database() and a.pid <> pg_backend_pid() and (
       a.backend_type = 'client backend' and a.xact_start < clock_timestamp() - make_interval(secs => ${limit.any})
       or coalesce(a.xact_start < clock_timestamp() - make_interval(secs => ${limit.writing}), true) and exists (
         select from pg_locks l join pg_class c on c.oid = l.relation
          where l.pid = a.pid and l.granted and l.mode in ('RowShareLock', 'RowExclusiveLock')
            and c.relnamespace = to_regnamespace('tomo') and c.relkind in ('r', 'p')))
     order by a.xact_start limit 1`;
  return row;
}
