import type { UserFilter } from '../../model/user.ts';
import { notEmpty } from '../list/filter-text.ts';
import { type Negatable, parseNegated } from '../list/negation.ts';

/** A filter as somebody types it. */
type UserFilterInput = Negatable<PlainInput, 'name' | 'role'>;

interface PlainInput {
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
    ...parseChoices(input),
    not: parseNegated(input, parseChoices),
    active: input.active || input.inactive ? input.active === true : undefined,
    withSessions: input['with-sessions'] || undefined,
    overLimit: input['over-limit'] || undefined,
  };
}

function parseChoices({ name, role }: PlainInput): NonNullable<UserFilter['not']> {
  return { name: name === undefined ? undefined : notEmpty(name, 'name').trim(), roles: role };
}
