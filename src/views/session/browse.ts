import type { RestoreReport } from '../../domain/revocation/restore.ts';
import type { RevokeByIdReport } from '../../domain/revocation/revoke.ts';
import { shortIds } from '../columns.ts';
import { plural } from '../number.ts';

/** What a revocation made on the full screen has done. */
export function revokedNote({ results, revoked, revocation }: RevokeByIdReport): string {
  const ended = results.filter(({ outcome }) => outcome !== 'revoked').map(({ id }) => id);
  const named = shortIds(ended).slice(0, 3).join(', ');
  const rest =
    ended.length === 0
      ? ''
      : ` ${plural(ended.length, 'session')} had ended already: ${named}${ended.length > 3 ? ', …' : ''}.`;
  if (revocation === null) return `Nothing was revoked.${rest}`;
  return `Revoked ${plural(revoked, 'session')} (revocation ${revocation}).${rest}`;
}

/** What its undoing has. */
export function restoredNote({ restored, revocation, live }: RestoreReport): string {
  const done = restored ? 'Restored revocation' : 'Left as it is: revocation';
  return `${done} ${revocation}: ${plural(live, 'session')} live again.`;
}
