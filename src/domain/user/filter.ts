import type { UserFilter } from '../../model/user.ts';
import { notEmpty } from '../list/filter-text.ts';

/** A filter as somebody types it. */
interface UserFilterInput {
  name?: string | undefined;
  role?: UserFilter['roles'];
  active?: boolean;
  inactive?: boolean;
  'with-sessions'?: boolean;
  'over-limit'?: boolean;
}

/** Checks what was typed. Throws INVALID_INPUT naming the value. */
export function parseUserFilter(input: UserFilterInput): UserFilter {
  return {
    name: input.name === undefined ? undefined : notEmpty(input.name, 'name').trim(),
    roles: input.role,
    active: input.active || input.inactive ? input.active === true : undefined,
    withSessions: input['with-sessions'] || undefined,
    overLimit: input['over-limit'] || undefined,
  };
}
