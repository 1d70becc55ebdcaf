import { expect, vi } from 'vitest';
import type { Database, Transaction } from '../../src/db/port/database.ts';
import { type AuditProblem, verifyAudit } from '../../src/domain/audit/verify.ts';
import { type CleanupOptions, type CleanupReport, cleanUp } from '../../src/domain/cleanup/cleanup.ts';
import type { RevocationNote } from '../../src/domain/revocation/revoke.ts';
import { TomoError } from '../../src/model/errors.ts';
import type { SessionState } from '../../src/model/session.ts';
import { CLUSTER } from '../support/cluster.ts';
import type { TestDatabase } from '../support/database.ts';
import { PATIENCE } from '../support/patience.ts';

export const NOTE: RevocationNote = { actor: { osUser: 'olga', host: 'box' }, reason: 'test', compromised: false };

/**
 * What became of a session, whether its end is written or follows from what stands. Times are text,
 * to the microsecond.
 */
export interface Fate {
  id: string;
  state: SessionState;
  endedAt: string | null;
  reason: string | null;
  by: string | null;
  revocation: number | null;
  /** Cleanup, a logout or the limit has written the end. */
  written: boolean;
}

export async function fates(t: Pick<TestDatabase, 'sql'>): Promise<Map<string, Fate>> {
  const rows = await t.sql<Fate>(`
    select id, state, ended_at::text as "endedAt", end_reason as reason, ended_by as by, revocation_id::int as revocation,
           not v.open as written from tomo.verdicts(now()) v`);
  return new Map(rows.map((row) => [row.id, row]));
}

export async function fate(t: Pick<TestDatabase, 'sql'>, id: string): Promise<Fate> {
  const found = (await fates(t)).get(id);
  if (!found) throw new Error(`There is no session ${id}`);
  return found;
}

export async function one<Row = Record<string, unknown>>(
  t: Pick<TestDatabase, 'sql'>,
  sql: string,
  params: unknown[] = [],
): Promise<Row> {
  const [row] = await t.sql<Row>(sql, params);
  if (!row) throw new Error(`No row: ${sql}`);
  return row;
}

export async function count(t: Pick<TestDatabase, 'sql'>, from: string, params: unknown[] = []): Promise<number> {
  return (await one<{ n: number }>(t, `select count(*)::int as n from ${from}`, params)).n;
}

/** Calls tomo.revoke_user directly, as a server does. */
export async function revokeUserSql(
  q: Pick<TestDatabase, 'sql'> | Transaction,
  user: string,
  options: { keep?: string[]; compromised?: boolean; expect?: number } = {},
): Promise<{ revocation: number; ended: number }> {
  return call(
    q,
    'select revocation::int, ended::int from tomo.revoke_user($1::uuid, $2::jsonb, $3, $4::uuid[], $5, $6::bigint)',
    [
      user,
      JSON.stringify(NOTE.actor),
      NOTE.reason,
      options.keep ?? [],
      options.compromised ?? false,
      options.expect ?? null,
    ],
  );
}

/** Calls tomo.revoke_all directly and returns the revocation. */
export async function revokeAllSql(
  q: Pick<TestDatabase, 'sql'> | Transaction,
  options: { keep?: string[]; compromised?: boolean; expect?: number } = {},
): Promise<number> {
  const { id } = await call<{ id: number }>(
    q,
    'select revocation::int as id from tomo.revoke_all($1::jsonb, $2, $3::uuid[], $4, $5::bigint)',
    [JSON.stringify(NOTE.actor), NOTE.reason, options.keep ?? [], options.compromised ?? false, options.expect ?? null],
  );
  return id;
}

export async function restoreSql(t: Pick<TestDatabase, 'sql'>, revocation: number): Promise<void> {
  await t.sql('select tomo.restore($1, $2::jsonb)', [revocation, JSON.stringify(NOTE.actor)]);
}

/** Time passes: everything on record moves so many hours into the past. */
export async function pass(t: Pick<TestDatabase, 'sql'>, hours: number): Promise<void> {
  const back = (columns: string[]) => columns.map((c) => `${c} = ${c} - make_interval(secs => $1)`).join(', ');
  const tables = {
    sessions: ['created_at', 'last_activity_at', 'ended_at'],
    revocations: ['at', 'restored_at'],
    past_timeouts: ['since', 'until'],
  };
  for (const [table, columns] of Object.entries(tables))
    await t.sql(`update tomo.${table} set ${back(columns)}`, [hours * 3600]);
}

async function call<Row>(q: Pick<TestDatabase, 'sql'> | Transaction, sql: string, params: unknown[]): Promise<Row> {
  const [row] = 'sql' in q ? await q.sql<Row>(sql, params) : await q.query<Row>(sql, params);
  if (!row) throw new Error(`No row: ${sql}`);
  return row;
}

export interface AuditRow {
  id: number;
  action: string;
  reason: string | null;
  actor: Record<string, unknown>;
  detail: Record<string, unknown>;
}

export function auditRows(t: Pick<TestDatabase, 'sql'>): Promise<AuditRow[]> {
  return t.sql<AuditRow>('select id::int, action, reason, actor, detail from tomo.audit_log order by id');
}

/** What is wrong with the chain of the audit, from the cut to the head; empty when nothing is. */
export async function chainProblems(t: Pick<TestDatabase, 'db'>): Promise<AuditProblem[]> {
  const { problem } = await verifyAudit(t.db, { digest: null });
  return problem ? [problem] : [];
}

export function clean(t: Pick<TestDatabase, 'db'>, options: Partial<CleanupOptions> = {}): Promise<CleanupReport> {
  return cleanUp(t.db, { actor: NOTE.actor, retention: null, batchSize: 100, maxDuration: null, ...options });
}

/** Until so many other connections wait for a lock with a statement that has this part. */
export async function untilWaiting(tx: Pick<Transaction, 'query'>, part: string, wanted = 1): Promise<void> {
  const here = `select pid from pg_stat_activity
    where datname = current_database() and wait_event_type = 'Lock' and query like '%' || $1 || '%'`;
  // of a cluster also those that wait on another node
  const statement = CLUSTER
    ? `${here} union select waiting_gpid % 10000000000 from citus_lock_waits where blocked_statement like '%' || $1 || '%'`
    : here;
  await vi.waitUntil(async () => {
    // within a transaction the view does not change by itself
    await tx.query('select pg_stat_clear_snapshot()');
    return (await tx.query(statement, [part])).length >= wanted;
  }, PATIENCE);
}

/** The SQLSTATE or TomoError code that a promise rejects with; undefined when it does not. */
export async function codeFrom(promise: Promise<unknown>): Promise<string | undefined> {
  try {
    await promise;
    return undefined;
  } catch (error) {
    const { code, cause } = error as { code?: string; cause?: { code?: string } };
    return cause?.code ?? code;
  }
}

/** Whatever happens, an error that a person can use, and no password in it. */
export async function connectFailure(open: Promise<Database>): Promise<TomoError> {
  const error = await open.then(
    async (db) => {
      await db.close();
      throw new Error('it did connect');
    },
    (e: unknown) => e,
  );
  expect(error).toBeInstanceOf(TomoError);
  const told = error as TomoError;
  expect(`${told.message} ${told.hint} ${JSON.stringify(told.details)}`).not.toMatch(/sesame|:test@/);
  return told;
}
