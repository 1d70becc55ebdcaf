import { type Database, read, type Transaction, write } from '../port/database.ts';
import type { RevivalVerdict, Revived, Reviving } from '../port/ending.ts';
import { selectJson, sql } from '../port/sql.ts';
import { hasId } from './conditions.ts';
import { asLeft, reviveThese } from './end-rows.ts';
import type { Mapping } from './mapping.ts';
import { sessionsWhere } from './rows.ts';

/** Rows of one transaction. */
const BATCH = 5000;
/** So many of those that stay dead are told. */
const TOLD = 1000;

/** Lets sessions in again whose rows are as a revocation has left them, in batches, and says of the others why not. */
export async function reviveRows(
  db: Database,
  mappingOf: (tx: Transaction) => Promise<Mapping>,
  { ids, dryRun, ...by }: Reviving,
): Promise<Revived> {
  const verdicts: Revived['verdicts'] = { live: 0, expired: 0, 'user-inactive': 0, changed: 0, gone: 0 };
  const dead: Revived['dead'] = [];
  for (let i = 0; i < ids.length; i += BATCH) {
    const batch = ids.slice(i, i + BATCH);
    const work = async (tx: Transaction) => {
      const mapping = await mappingOf(tx);
      const found = await judge(tx, mapping, batch, by);
      if (!dryRun && found.some(({ verdict }) => verdict === 'live'))
        await reviveThese(tx, mapping, hasId(mapping, batch), by);
      return { found, told: await tell(tx, mapping, found, TOLD - dead.length) };
    };
    const { found, told } = await (dryRun ? read(db, work, { statementTimeout: 0 }) : write(db, work));
    for (const { verdict } of found) verdicts[verdict] += 1;
    verdicts.gone += batch.length - found.length;
    dead.push(...told);
  }
  return { verdicts, dead };
}

interface Judged {
  id: string;
  verdict: RevivalVerdict;
}

function judge(
  tx: Transaction,
  mapping: Mapping,
  ids: readonly string[],
  by: Pick<Reviving, 'actor' | 'moment'>,
): Promise<Judged[]> {
  const { dialect, table, only, live, unexpired, allowed, id } = mapping;
  const verdict = sql`case when ${live} then 'live' when (${asLeft(mapping, by)}) is not true then 'changed'
    when (${unexpired}) is not true then 'expired' when (${allowed}) is not true then 'user-inactive' else 'live' end`;
  return selectJson<Judged>(tx)`
    select ${dialect.json({ id, verdict })} as json from ${table} s where ${sql.and(only, hasId(mapping, ids))}`;
}

async function tell(
  tx: Transaction,
  mapping: Mapping,
  found: readonly Judged[],
  most: number,
): Promise<Revived['dead']> {
  const dead = new Map(
    found
      .filter(({ verdict }) => verdict !== 'live')
      .slice(0, Math.max(0, most))
      .map((one) => [one.id, one.verdict]),
  );
  if (dead.size === 0) return [];
  const sessions = await sessionsWhere(tx, mapping, hasId(mapping, [...dead.keys()]), null);
  return sessions.map((session) => ({ session, verdict: dead.get(session.id) ?? 'changed' }));
}
