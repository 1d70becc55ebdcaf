import { sessionCookieName } from '../../domain/server/cookie.ts';
import type { CreatedSession } from '../../domain/session/create.ts';
import { shortIds } from '../columns.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import type { Look } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';

/**
 * What a script takes: the token alone, a header, or a command. `url`: of the server; without it, HTTPS is
 * taken for granted.
 */
export function renderCreated(
  { token, csrfToken }: CreatedSession,
  format: 'token' | 'cookie' | 'curl',
  url: URL | undefined,
): string {
  const cookie = `${sessionCookieName(url?.protocol !== 'http:')}=${token}`;
  return {
    token,
    cookie: `Cookie: ${cookie}`,
    curl: `curl --cookie '${cookie}' --header 'X-CSRF-Token: ${csrfToken}' '${String(url).replaceAll("'", '%27')}'`,
  }[format];
}

/** What it is good for, and how it ends. */
export function createdHint({ session, tokenExpiresAt }: CreatedSession, look: Look): string {
  const name = printable(session.username);
  const [id] = shortIds([session.id]);
  const evicted =
    session.evicted.length > 0
      ? [`The session limit has ended ${plural(session.evicted.length, 'session')} of ${name} for it.`]
      : [];
  return [
    `Session ${id} of ${name}: the token is good until ${exactTime(tokenExpiresAt)} (${relativeTime(tokenExpiresAt, look.now)}), the session itself as its timeouts say.`,
    ...evicted,
    `Whoever has the token is ${name}. To end it: tomo session revoke ${id}`,
  ].join('\n');
}
