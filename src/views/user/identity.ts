import type { Identity } from '../../domain/user/identity.ts';
import { renderFacts } from '../facts.ts';
import { renderPlace } from '../place.ts';
import { printable } from '../printable.ts';
import type { Look } from '../style.ts';

export function renderIdentity(
  { osUser, host, databaseRole, user, database, server, ...place }: Identity,
  look: Look,
): string {
  const account = printable(`${osUser}@${host}`);
  const facts: [string, string | null][] = [
    ['Database', renderPlace({ ...place, name: database, sessions: { server } }, look)],
    ['Role there', databaseRole === null ? null : printable(databaseRole)],
    [
      'In Tomo',
      user && printable(`${user.username} (${user.role}), by TOMO_TOKEN, session ${user.sessionId.slice(0, 8)}`),
    ],
    ['On record as', user ? `${printable(user.username)} (claimed), ${account}` : account],
  ];
  return renderFacts(facts, 14, look);
}
