import type { Database } from '../../db/port/database.ts';
import { authenticate, denied, type Operator } from '../../domain/user/operator.ts';
import { TomoError } from '../../model/errors.ts';
import { readSigningKeys } from '../connect/signing-keys.ts';
import type { Terminal } from './terminal.ts';

/**
 * What a command needs of a Tomo user, that is with TOMO_TOKEN; without it the rights of the database role are the limit.
 * - none: nobody is asked who they are
 * - read-own: reads sessions, those of others only with role admin or readonly; the command confines itself
 * - read: reads what concerns everybody
 * - change-own: changes sessions, those of others only with role admin; the command confines itself
 * - change: changes what concerns everybody
 */
export type Access = 'none' | 'read-own' | 'read' | 'change-own' | 'change';

/** Who the operator is in Tomo; null: nobody says, so it is whoever may connect. Throws AUTHENTICATION_FAILED. */
export async function readOperator(db: Database, terminal: Terminal): Promise<Operator | null> {
  const token = terminal.env.TOMO_TOKEN;
  if (token === undefined) return null;
  if (token.trim() === '') {
    // a script whose log-in has failed must not go on as everybody
    throw new TomoError('AUTHENTICATION_FAILED', 'TOMO_TOKEN is set, and empty.', {
      hint: 'Did the command that should have filled it fail? To act as the operator of this machine: unset TOMO_TOKEN',
    });
  }
  const keys = readSigningKeys(terminal.env);
  if (!keys) {
    throw new TomoError('AUTHENTICATION_FAILED', 'TOMO_TOKEN is set, and there is no signing key to check it with.', {
      hint: KEY_HINT,
    });
  }
  return authenticate(db, token.trim(), keys, terminal.now());
}

/** How to give the signing key. */
export const KEY_HINT =
  'Name the key of the server: JWT_SECRET_KEY_FILE=/path (mode 0600), "jwtSecretKeyFile" in the config file, or JWT_SECRET_KEY.';

/** Throws PERMISSION_DENIED when the operator's role does not allow what the command needs. */
export function checkAccess(operator: Operator | null, access: Access, dryRun: boolean): void {
  if (!operator || operator.role === 'admin' || access === 'none' || access === 'read-own') return;
  const reads = access === 'read' || dryRun;
  if (operator.role === 'readonly') {
    if (!reads)
      throw denied(operator, access === 'change-own' ? 'admin or user' : 'admin', {
        hint: 'Role readonly reads everything and changes nothing.',
      });
  } else if (access !== 'change-own') {
    throw denied(operator, reads ? 'admin or readonly' : 'admin');
  }
}
