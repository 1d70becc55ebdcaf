import { grantsSql, ROLES, type RoleKind } from '../../db/schema/grants.ts';
import { TomoError } from '../../model/errors.ts';

export const ROLE_KINDS = ROLES;

/** `name` undefined: tomo_ and the kind. Throws INVALID_INPUT for a name that no role can have. */
export function printGrants(role: RoleKind, name = `tomo_${role}`): { role: RoleKind; name: string; sql: string } {
  // longer names are cut by PostgreSQL, and a control character is nobody's name
  if (name === '' || Buffer.byteLength(name) > 63 || /\p{C}/u.test(name) || /^(public|pg_)/i.test(name)) {
    throw new TomoError('INVALID_INPUT', `"${name}" is not a name for a database role.`, {
      field: 'name',
      hint: 'At most 63 bytes, and neither "public" nor "pg_…", which PostgreSQL keeps for itself.',
    });
  }
  return { role, name, sql: grantsSql(role, name) };
}
