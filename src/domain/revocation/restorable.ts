import { TomoError } from '../../model/errors.ts';
import { type Revocation, type RevocationState, UNDO_PERIOD } from '../../model/revocation.ts';
import { exactTime } from '../text/time.ts';

/** Throws NOT_RESTORABLE with the reason. */
export function checkRestorable(revocation: Revocation): void {
  const reason = refusal(revocation);
  if (!reason) return;
  throw new TomoError('NOT_RESTORABLE', `Refused: revocation ${revocation.id} ${reason[0]}. Nothing was changed.`, {
    hint: reason[1],
    details: { revocation: revocation.id, reason: revocation.state },
  });
}

function refusal({ state, restoredBy, restoredAt, at, username }: Revocation) {
  const next = 'They have to log in again.';
  const refusals: Record<RevocationState, [why: string, hint?: string] | null> = {
    restorable: null,
    restored: [`is already restored: by ${restoredBy} at ${exactTime(restoredAt ?? at)}`],
    compromised: ['was made for a compromise and can never be undone', next],
    'too-old': [`is older than ${UNDO_PERIOD} (${exactTime(at)}) and can no longer be undone`, next],
    'for-good': ['ended sessions that their server has deleted', next],
    'user-inactive': [
      `concerns ${username}, who is not active, so nobody would come back`,
      'Activate the user in Tomo first.',
    ],
  };
  return refusals[state];
}
