import type { Transaction } from '../port/database.ts';
import { selectValue } from '../port/sql.ts';

/** The role that the connection works as. */
export function selectRole(tx: Transaction): Promise<string> {
  return selectValue<string>(tx)`select current_user::text`;
}
