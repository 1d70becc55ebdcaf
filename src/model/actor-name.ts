/** An actor as the audit and the revocations keep it: the caller's words, and the database role that cannot be chosen. */
export interface StoredActor {
  user?: string;
  /** The user comes from a token, which whoever can check one can also forge. */
  claimed?: boolean;
  osUser?: string;
  host?: string;
  dbRole?: string;
}

/** How an actor is called, as tomo.actor_name() calls it in ended_by; a role that may only read may not execute that. */
export function actorName({ user, osUser, host, dbRole }: StoredActor): string {
  return (
    user ?? (osUser === undefined ? dbRole : [osUser, host].filter((part) => part !== undefined).join('@')) ?? 'unknown'
  );
}
