import type { Transaction } from '../port/database.ts';
import type { PulseQuestion, PulseRows } from '../port/pulse.ts';
import { type Sql, selectRows, selectValue, sql } from '../port/sql.ts';
import type { MappedMoment } from './mapped-moments.ts';
import type { Mapping } from './mapping.ts';
import { countRowsTo } from './rows.ts';
import { namesOf } from './users.ts';

const MINUTE = 60;

/**
 * What the table of another server says of the last minutes: logins, of sessions that are still in it, and ends
 * where it marks them.
 */
export async function pulseOf(
  tx: Transaction,
  mapping: Mapping,
  { minutes, cap, most }: PulseQuestion,
): Promise<PulseRows> {
  const { dialect, created, ended } = mapping;
  const read = await selectValue<string>(tx)`select ${dialect.json({ at: dialect.iso(dialect.now) })} as json`;
  const now = (JSON.parse(read) as { at: string }).at;
  const running = Math.floor(Date.parse(now) / 1000 / MINUTE) * MINUTE;
  const since = dialect.moment(new Date((running - minutes * MINUTE) * 1000).toISOString());
  // a second is rounded, perhaps to the next minute
  const minuteOf = (at: number | bigint) => Math.min(Number(at), running);
  /** The latest rows with a moment in those minutes, and its minute. */
  const latest = (at: MappedMoment, columns: Sql) => sql`
    (select ${dialect.write('epoch-s', at.value, 'UTC')} / ${sql.raw(`${MINUTE} * ${MINUTE}`)} as at ${columns} from ${mapping.table} s
      where ${sql.and(mapping.only, at.is('>=', since), at.is('<=', dialect.now))} order by ${at.value} desc limit ${most}) x`;
  return {
    now,
    logins: created && (await logins(tx, mapping, (columns) => latest(created, columns), minuteOf)),
    ended: ended?.at
      ? (
          await selectRows<{ at: number | bigint; n: number | bigint }>(tx)`
          select x.at, count(*) as n from ${latest(ended.at, sql``)} group by 1`
        ).map(({ at, n }) => ({ at: minuteOf(at), n: Number(n) }))
      : null,
    revocations: null,
    alerts: null,
    live: await countRowsTo(tx, mapping, { state: 'active' }, cap),
    openAlerts: null,
  };
}

async function logins(
  tx: Transaction,
  mapping: Mapping,
  latest: (columns: Sql) => Sql,
  minuteOf: (at: number | bigint) => number,
): Promise<PulseRows['logins']> {
  const { user, ip, dialect } = mapping;
  const whose = user && !user.decoded ? dialect.text(user.value) : sql`null`;
  const address = ip?.text ?? sql`null`;
  const rows = await selectRows<{ at: number | bigint; id: string | null; ip: string | null; n: number | bigint }>(tx)`
    select x.at, x.id, x.ip, count(*) as n from ${latest(sql`, ${whose} as id, ${address} as ip`)} group by 1, 2, 3`;
  const names = await namesOf(tx, mapping, [...new Set(rows.flatMap(({ id }) => id ?? []))]);
  return rows.map(({ at, id, ip: from, n }) => ({
    at: minuteOf(at),
    username: id === null ? null : (names.get(id) ?? id),
    ip: from?.replace(/\/(32|128)$/, '') || null,
    n: Number(n),
  }));
}
