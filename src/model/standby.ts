/** How a standby stands to its primary. */
export interface Standby {
  /** Seconds since the newest change that it has; null: it cannot tell, or has had none yet. */
  behind: number | null;
  /** It is fed by its primary, and shows all that has come. Not so: what it shows may be as old as `behind`. */
  caughtUp: boolean;
}
