import { ADOPTED_ROLES } from '../../db/adopted/needs.ts';
import { printableGrants } from '../../db/adopted/print-grants.ts';
import { type Database, read } from '../../db/port/database.ts';
import { grantsSql, ROLES, type RoleKind } from '../../db/schema/grants.ts';
import { invalidField, TomoError } from '../../model/errors.ts';

export const ROLE_KINDS = ROLES;

export interface Grants {
  role: RoleKind;
  name: string;
  sql: string;
}

/**
 * On the schema `tomo`. `name` undefined: tomo_ and the kind. Throws INVALID_INPUT for a name that no role can have.
 */
export function printGrants(role: RoleKind, name = `tomo_${role}`): Grants {
  checkRoleName(name);
  return { role, name, sql: grantsSql(role, name) };
}

/** On the tables of the server that is administered, which are looked at. */
export async function printAdoptedGrants(db: Database, role: RoleKind, name = `tomo_${role}`): Promise<Grants> {
  const { adopted, engine } = db;
  checkRoleName(name);
  if (!adopted) return printGrants(role, name);
  const kind = ADOPTED_ROLES.find((one) => one === role);
  if (!kind) {
    throw invalidField(
      'role',
      `${adopted.description.title} has a role of its own already, which is nothing of ours to change.`,
      `There are: ${ADOPTED_ROLES.join(', ')}.`,
    );
  }
  return { role, name, sql: await read(db, (tx) => printableGrants(tx, engine, adopted, kind, name)) };
}

function checkRoleName(name: string): void {
  // longer names are cut by PostgreSQL, and a control character is nobody's name
  if (name === '' || Buffer.byteLength(name) > 63 || /\p{C}/u.test(name) || /^(public|pg_)/i.test(name)) {
    throw new TomoError('INVALID_INPUT', `"${name}" is not a name for a database role.`, {
      field: 'name',
      hint: 'At most 63 bytes, and neither "public" nor "pg_…", which PostgreSQL keeps for itself.',
    });
  }
}
