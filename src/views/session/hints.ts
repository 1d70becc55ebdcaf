import type { StateFilter } from '../../model/session.ts';

/** What to say instead of an empty table. */
export function nothingFound(state: StateFilter, narrowed: boolean): string {
  const what = state === 'active' ? 'No live sessions' : state === 'all' ? 'No sessions' : `No ${state} sessions`;
  return narrowed ? `${what} match.` : `${what}.`;
}
