import type { Database } from '../../../db/port/database.ts';
import type { Scope } from '../view.ts';

/** The name of the user that a view is confined to, by which a filter finds that one alone; undefined: to none. */
export function usersOf({ sessions: { server } }: Database, scope: Scope | null): string[] | undefined {
  if (!server.isTomo && scope?.userId) return [`id:${scope.userId}`];
  return scope?.username ? [scope.username] : undefined;
}
