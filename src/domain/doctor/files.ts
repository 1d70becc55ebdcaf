import { shellQuote } from '../text/shell-quote.ts';
import { type CheckResult, type DoctorInput, type FileFacts, ok, problem, type Seen, warning } from './check.ts';

/** The files of an adopted server: its database, where that is one, and the operator's audit. */
export function lookAtFiles({ databaseFile, auditFile }: DoctorInput): CheckResult[] {
  return [
    ...(databaseFile ? [{ id: 'database-file', area: 'revoke' as const, ...database(databaseFile) }] : []),
    ...(auditFile ? [{ id: 'audit-file', area: 'rights' as const, ...audit(auditFile) }] : []),
  ];
}

function database({ path, writable, mode, owner, own }: FileFacts): Seen {
  if (!writable)
    return problem(
      'The database file can be read, and not be written: nothing can be revoked',
      `${path} belongs to the user with number ${owner}: act as that one.`,
    );
  if (mode !== null && (mode & 0o006) !== 0)
    return warning(
      `The database file is open to every user of this machine (mode ${octal(mode)})`,
      'Whoever reads it knows who is in, and what is secret in it.',
      `chmod o-rw ${shellQuote(path)}`,
    );
  return ok(`The database file can be written (${own ? 'yours' : `of user ${owner}`}, mode ${octal(mode ?? 0)})`);
}

function audit({ path, there, writable, mode, own }: FileFacts): Seen {
  if (!writable)
    return problem(`What is done here cannot be put on record, so nothing is done`, `${path} cannot be written.`);
  if (!there) return ok(`Audit: nothing is on record yet; the first change makes ${path}`);
  if (!own || (mode !== null && (mode & 0o077) !== 0))
    return warning(
      `Audit: others may read or write ${path}`,
      `Mode ${octal(mode ?? 0)}; it is to be yours alone.`,
      `chmod 600 ${shellQuote(path)}`,
    );
  return ok(`Audit: ${path} can be written, by nobody else`);
}

function octal(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}
