import type { Transaction } from '../port/database.ts';
import { selectRow, selectRows } from '../port/sql.ts';

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

/** The transaction that has been open for longest, of those that this role may see. */
export interface OldTransaction {
  pid: number;
  role: string;
  application: string;
  state: string;
  seconds: number;
}

export async function selectOldestTransaction(tx: Transaction): Promise<OldTransaction | undefined> {
  const [row] = await selectRows<OldTransaction>(tx)`
    select pid::int, coalesce(usename, '')::text as role, application_name as application, coalesce(state, '')
        as state,
            extract(epoch from clock_timestamp() - xact_start)::int as seconds
       from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and xact_start is not null
          and backend_type = 'client backend'
      order by xact_start limit 1`;
  return row;
}
