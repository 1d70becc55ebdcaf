import type { KeptOutBy, RestoreOutcome, StaysDead } from '../../db/revocation/restore-outcome.ts';

/** What restoring does to the sessions that a revocation ended. */
export interface RestoreForecast {
  /** False: nobody comes back, nor will when other revocations are restored, so it is left as it is. */
  restored: boolean;
  /** How many are live again. */
  live: number;
  /** How many stay dead, for each reason; `deleted`: by a cleanup, or with their user. */
  dead: Record<Exclude<RestoreOutcome, 'live'> | 'deleted', number>;
  /** Newer revocations that keep some of them out, most sessions first. */
  newer: KeptOutBy[];
  /** Those that stay dead and are still there, the newest login first. */
  sessions: StaysDead[];
  /** False: there are more than SESSIONS_TOLD. */
  sessionsComplete: boolean;
  /** False: there are more sessions than were looked at, and the numbers are those of the ones that were. */
  complete: boolean;
}

export interface RestoreReport extends RestoreForecast {
  revocation: number;
  dryRun: boolean;
}
