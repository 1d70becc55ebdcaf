import { TomoError } from '../../model/errors.ts';
import { type Revocation, UNDO_PERIOD } from '../../model/revocation.ts';

/** Throws NOT_RESTORABLE with the reason. */
export function checkRestorable(revocation: Revocation): void {
  const reason = refusal(revocation);
  if (reason) {
    throw new TomoError('NOT_RESTORABLE', `Refused: revocation ${revocation.id} ${reason[0]}. Nothing was changed.`, {
      ...(reason[1] ? { hint: reason[1] } : {}),
      details: { revocation: revocation.id, reason: revocation.state },
    });
  }
}

function refusal({ state, restoredBy, restoredAt, at, username }: Revocation): [why: string, hint?: string] | null {
  const next = 'They have to log in again.';
  switch (state) {
    case 'restorable':
      return null;
    case 'restored':
      return [`is already restored: by ${restoredBy} at ${restoredAt}`];
    case 'compromised':
      return ['was made for a compromise and can never be undone', next];
    case 'too-old':
      return [`is older than ${UNDO_PERIOD} (${at}) and can no longer be undone`, next];
    case 'user-inactive':
      return [`concerns ${username}, who is not active, so nobody would come back`, 'Activate the user in Tomo first.'];
    default:
      return state satisfies never;
  }
}
