import { TomoError } from '../../model/errors.ts';
import type { User, UserFilter } from '../../model/user.ts';

/** A filter as somebody types it. */
interface UserFilterInput {
  name?: string | undefined;
  role?: User['role'][] | undefined;
  active?: boolean;
  inactive?: boolean;
  'with-sessions'?: boolean;
  'over-limit'?: boolean;
}

/** Checks what was typed. Throws INVALID_INPUT naming the value. */
export function parseUserFilter(input: UserFilterInput): UserFilter {
  const name = input.name?.trim();
  if (name === '') throw new TomoError('INVALID_INPUT', 'The name to look for is empty.');
  return {
    ...(name === undefined ? {} : { name }),
    ...(input.role ? { roles: input.role } : {}),
    ...(input.active || input.inactive ? { active: input.active === true } : {}),
    ...(input['with-sessions'] ? { withSessions: true } : {}),
    ...(input['over-limit'] ? { overLimit: true } : {}),
  };
}
