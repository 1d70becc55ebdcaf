import { TomoError } from '../../model/errors.ts';
import type { LiveSession } from '../../model/session.ts';

/** What a cookie can hold and a JWT consists of. */
const TOKEN = /^[\w.-]{1,4000}$/;

/**
 * With HTTPS the name begins with __Host-: then a browser takes it only from this host, over TLS and for Path=/, so
 * that neither a subdomain nor somebody in the network can plant one (RFC 6265bis, section 4.1.3.2).
 */
export function sessionCookieName(secure: boolean): string {
  return secure ? '__Host-tomo_session' : 'tomo_session';
}

/**
 * The value of Set-Cookie for a session's token: HttpOnly, SameSite=Strict, Path=/, and with HTTPS (`secure`) Secure.
 * A session with remember-me keeps it for as long as the token lasts, others until the browser is closed. RFC 6265bis,
 * section 4.1; OWASP Session Management Cheat Sheet, "Cookies". Throws INVALID_INPUT for what is not a token.
 */
export function sessionCookie(
  token: string,
  session: Pick<LiveSession, 'rememberMe' | 'tokenLifetime'>,
  { secure }: { secure: boolean },
): string {
  if (!TOKEN.test(token)) throw new TomoError('INVALID_INPUT', 'What should be the session cookie is not a token.');
  return build(token, secure, session.rememberMe ? session.tokenLifetime : undefined);
}

/** The value of Set-Cookie that removes it. */
export function clearSessionCookie({ secure }: { secure: boolean }): string {
  return build('', secure, 0);
}

function build(value: string, secure: boolean, maxAge: number | undefined): string {
  return [
    `${sessionCookieName(secure)}=${value}`,
    'Path=/',
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    'HttpOnly',
    ...(secure ? ['Secure'] : []),
    'SameSite=Strict',
  ].join('; ');
}

/**
 * The session's token out of a request's Cookie header, not yet verified. Of the two names only the one that fits is
 * read. Undefined when there is none, or more than one: of those somebody has planted one.
 */
export function readSessionCookie(header: string | undefined, { secure }: { secure: boolean }): string | undefined {
  const name = `${sessionCookieName(secure)}=`;
  const found = new Set(
    header?.split(';').flatMap((pair) => (pair.trim().startsWith(name) ? pair.trim().slice(name.length) : [])),
  );
  const [token] = found;
  return found.size === 1 && token ? token : undefined;
}
