import type { Database } from '../../db/port/database.ts';
import { authenticate, denied, isConfined, type Operator } from '../../domain/user/operator.ts';
import { TomoError } from '../../model/errors.ts';
import { readSigningKeys } from '../connect/signing-keys.ts';
import type { Terminal } from './terminal.ts';

/**
 * What a command needs of a Tomo user, that is with TOMO_TOKEN; without it the rights of the database
 * role are the limit.
 * - none: nobody is asked who they are
 * - own: whoever is in, for what is theirs; the command confines everybody but an admin to that
 * - admin: role admin
 */
export type Access = 'none' | 'own' | 'admin';

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
export function checkAccess(operator: Operator | null, access: Access): void {
  if (access === 'admin' && isConfined(operator)) throw denied(operator);
}
