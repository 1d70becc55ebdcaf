import { type Database, read, type Transaction } from '../../db/port/database.ts';
import { TomoError } from '../../model/errors.ts';
import { schemaStatus } from '../schema/status.ts';
import { ADOPTED_CHECKS, ADOPTED_POSTGRES_CHECKS, ADOPTED_SQLITE_CHECKS, TABLES_FIT } from './adopted.ts';
import { ALERT_CHECKS } from './alerts.ts';
import {
  AREAS,
  type Check,
  type CheckResult,
  type CheckVerdict,
  type DoctorInput,
  ok,
  problem,
  type Step,
  unknown,
} from './check.ts';
import { DATABASE_CHECKS } from './database.ts';
import { lookAtFiles } from './files.ts';
import { lookAtMachine } from './machine.ts';
import { RIGHTS_CHECKS, SERVER_RIGHTS_CHECKS } from './rights.ts';
import { SESSION_CHECKS } from './sessions.ts';
import { SETTINGS_CHECKS } from './settings.ts';
import { SERVER_STORAGE_CHECKS, STORAGE_CHECKS } from './storage.ts';
import { TRUST_CHECKS } from './trust.ts';

/** Milliseconds that one question of a check may take. */
const LOOK = { statementTimeout: 3000, anySchema: true };

export interface Examination {
  /** Where, without user and password; null where it is not even known. */
  location: string | null;
  counts: Record<CheckVerdict, number>;
  /** By area, in the order of AREAS. */
  findings: CheckResult[];
}

const REACHED = { id: 'database', area: 'database' } as const;
const SCHEMA = { id: 'schema', area: 'database' } as const;
const EVERYTHING = [
  ...SETTINGS_CHECKS,
  ...STORAGE_CHECKS,
  ...SESSION_CHECKS,
  ...RIGHTS_CHECKS,
  ...TRUST_CHECKS,
  ...ALERT_CHECKS,
];

/** Looks at everything; no check can fail the others. Never throws. */
export async function examine(db: Database, input: DoctorInput): Promise<Examination> {
  if (!db.sessions.server.isTomo) return examineAdopted(db, input);
  const schema = await lookAtSchema(db);
  const findings = [...lookAtMachine(input), ...schema.findings];
  const checks = [
    ...DATABASE_CHECKS,
    ...(schema.usable
      ? [...EVERYTHING, ...(db.embedded ? [] : [...SERVER_STORAGE_CHECKS, ...SERVER_RIGHTS_CHECKS])]
      : []),
  ];
  findings.push(...(await lookAtAll(db, checks, input)));
  return diagnosis(db.location, findings);
}

/** The same on the tables of another server, as far as that is ours to look at. */
async function examineAdopted(db: Database, input: DoctorInput): Promise<Examination> {
  const where = db.engine === 'sqlite' ? db.location : `${db.name} at ${db.location}`;
  const reached = { ...REACHED, ...ok(`Reached: ${db.sessions.server.title} in ${where}`) };
  const findings = [reached, ...lookAtMachine(input), ...lookAtFiles(input)];
  const own = db.engine === 'sqlite' ? ADOPTED_SQLITE_CHECKS : [...DATABASE_CHECKS, ...ADOPTED_POSTGRES_CHECKS];
  const fit = await lookAt(db, TABLES_FIT, input);
  findings.push(fit);
  if (fit.verdict !== 'ok') return diagnosis(db.location, findings);
  findings.push(...(await lookAtAll(db, [...ADOPTED_CHECKS, ...own], input)));
  return diagnosis(db.location, findings);
}

/** What can be said when there is no database to look into, because of that error. */
export function examineWithout(error: TomoError, input: DoctorInput): Examination {
  const reached = { ...REACHED, ...problem(error.message, error.hint ?? null, ...wayOut(error)) };
  return diagnosis(null, [reached, ...lookAtMachine(input)]);
}

function wayOut({ code, cause }: TomoError): Step[] {
  if (code === 'SCHEMA_MISSING' || code === 'SCHEMA_OLDER') return [{ do: 'migrate' }];
  if (code === 'SCHEMA_NEWER') return [{ do: 'update' }];
  // what has neither an address nor an answer of a server is about a file
  const isOfServer = cause instanceof Error && !('errcode' in cause || 'path' in cause);
  return code !== 'DATABASE_UNUSABLE' && isOfServer
    ? ['pg_isready   # with the host and port of TOMO_DATABASE_URL']
    : [];
}

async function lookAtSchema(db: Database): Promise<{ findings: CheckResult[]; usable: boolean }> {
  try {
    const status = await schemaStatus(db);
    const where = `${status.database}${status.embedded ? ' (embedded)' : ''} at ${status.location}`;
    const reached = { ...REACHED, ...ok(`Reached: ${where}, as "${status.role}"`) };
    const rest = 'The sessions, settings and rights cannot be looked at until then.';
    const has = `The schema has version ${status.version}`;
    const seen = {
      current: ok(`${has}, as this tomo needs`),
      missing: problem('The database has no schema of Tomo', rest, { do: 'migrate' }),
      older: problem(`${has}; this tomo needs ${status.needed}`, rest, { do: 'migrate' }),
      compatible: ok(`${has}, newer than this tomo, which can use it`),
      newer: problem(`${has}; this tomo knows ${status.needed}`, rest, { do: 'update' }),
    }[status.state];
    const usable = status.state === 'current' || status.state === 'compatible';
    const schema = { ...SCHEMA, ...seen };
    return { findings: usable ? [reached, schema] : [schema, reached], usable };
  } catch (error) {
    if (error instanceof TomoError && ['SCHEMA_OLDER', 'DATABASE_UNUSABLE'].includes(error.code))
      return {
        findings: [{ ...SCHEMA, ...problem(error.message, error.hint ?? null, ...wayOut(error)) }],
        usable: false,
      };
    return { findings: [{ ...SCHEMA, ...cannotTell('the version of the schema', error) }], usable: true };
  }
}

/**
 * All in one read-only transaction, where what each asks first takes one round trip for all of them. One that fails
 * ends it: then each has its own.
 */
async function lookAtAll(db: Database, checks: readonly Check[], input: DoctorInput): Promise<CheckResult[]> {
  try {
    return await read(
      db,
      async (tx) => {
        const measured = new Map<Check, CheckResult>();
        for (const check of checks) if (check.alone) measured.set(check, await seenBy(tx, check, input));
        return allOf(checks.map(async (check) => measured.get(check) ?? seenBy(tx, check, input)));
      },
      LOOK,
    );
  } catch {
    const findings = [];
    for (const check of checks) findings.push(await lookAt(db, check, input));
    return findings;
  }
}

/** Rejects only when all have come to their end, so that none asks in a transaction that is over. */
async function allOf<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  await Promise.allSettled(promises);
  return Promise.all(promises);
}

async function lookAt(db: Database, check: Check, input: DoctorInput): Promise<CheckResult> {
  const { id, area, subject } = check;
  try {
    return await read(db, (tx) => seenBy(tx, check, input), LOOK);
  } catch (error) {
    return { id, area, ...cannotTell(subject, error) };
  }
}

async function seenBy(tx: Transaction, { id, area, look }: Check, input: DoctorInput): Promise<CheckResult> {
  return { id, area, ...(await look(tx, input)) };
}

function cannotTell(subject: string, error: unknown) {
  const seen = unknown(`Cannot tell: ${subject}`, error instanceof Error ? error.message : String(error));
  // row level security has a way out of its own
  const denied = error instanceof TomoError && error.code === 'PERMISSION_DENIED' && !error.hint;
  if (denied) seen.steps.push({ do: 'grant', role: 'viewer', note: 'what a role needs to look at everything' });
  return seen;
}

function diagnosis(location: string | null, findings: readonly CheckResult[]): Examination {
  const count = (verdict: CheckVerdict) => findings.filter((finding) => finding.verdict === verdict).length;
  return {
    location,
    counts: { problem: count('problem'), warning: count('warning'), unknown: count('unknown'), ok: count('ok') },
    findings: Object.keys(AREAS).flatMap((area) => findings.filter((finding) => finding.area === area)),
  };
}
