import { TomoError } from '../../model/errors.ts';
import type { ServerDescription } from '../../model/server.ts';
import { codeOf, SQLSTATE } from '../port/sqlstate.ts';

/** SQLSTATEs of constraints, and of what a trigger raises. */
const REFUSED = /^(23|P0)/;

/**
 * An error that constraints or triggers of a server's own tables have made, in words; any other as it is.
 * `unchanged`: nothing was done before.
 */
export function refusedThere(error: unknown, { title }: ServerDescription, unchanged: boolean): unknown {
  const code = codeOf(error);
  if (error instanceof TomoError || !(error instanceof Error) || !REFUSED.test(code ?? '')) return error;
  // as where a class of the server's program spreads over several tables, and only that program deletes from all
  const [what, hint] =
    code === SQLSTATE.foreignKey
      ? [
          'rows of another table hang on a session',
          'Let the server delete it, or name that table in a description of your own: revoke, also.',
        ]
      : ['a constraint or a trigger of its tables refuses that', undefined];
  return new TomoError(
    'DATABASE_UNUSABLE',
    `${title}: ${what}: ${error.message}.${unchanged ? ' Nothing was changed.' : ''}`,
    {
      hint,
      outcome: unchanged ? 'unchanged' : undefined,
      cause: error,
    },
  );
}
