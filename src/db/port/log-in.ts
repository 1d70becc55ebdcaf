import type { Client } from 'pg';
import { TomoError } from '../../model/errors.ts';
import type { LoginRules, Server } from './connection-url.ts';
import { findPassword } from './password-file.ts';

/**
 * Watches how the server lets the client in, from before it connects: the password is given only to a method that
 * `rules` allow. What is returned throws, once connected, when the server has let it in otherwise.
 */
export function watchLogin(client: Client, { methods, channelBinding }: LoginRules, server: Server): () => void {
  let method = 'none';
  let bound = false;
  let complete = true;
  const refuse = (how: string, rule: string) => {
    return new TomoError('DATABASE_UNREACHABLE', `The database at ${server.location} ${how}; ${rule} forbids that.`, {
      hint: 'It may not be the server it says it is. No password was sent.',
    });
  };
  const check = () => {
    if (!allows(methods, method)) throw refuse(`lets in by ${method}`, `require_auth=${methods}`);
    if (channelBinding && !bound)
      throw refuse('does not bind the log-in to its certificate', 'channel_binding=require');
  };
  client.connection
    .on('authenticationCleartextPassword', () => {
      method = 'password';
    })
    .on('authenticationMD5Password', () => {
      method = 'md5';
    })
    .on('authenticationSASL', ({ mechanisms }: { mechanisms: string[] }) => {
      method = 'scram-sha-256';
      bound = mechanisms.includes('SCRAM-SHA-256-PLUS');
      complete = false;
    })
    .on('authenticationSASLFinal', () => {
      complete = true;
    });
  const { password } = client;
  const give = async () => {
    check();
    return password || findPassword(server.passwordFile, server.owner) || noPassword();
  };
  Object.assign(client, { password: give });
  return () => {
    check();
    if (!complete) throw refuse('does not prove that it knows the password', 'SCRAM');
  };
}

/** Each with a ! before it: any but these. */
function allows(methods: string | undefined, method: string): boolean {
  if (methods === undefined) return true;
  const list = methods.split(',');
  return methods.startsWith('!') ? !list.includes(`!${method}`) : list.includes(method);
}

function noPassword(): never {
  throw new TomoError('DATABASE_UNREACHABLE', 'The database asks for a password, and none is given.', {
    hint: 'Put it into PGPASSWORD, ~/.pgpass (mode 0600) or the connection URL in TOMO_DATABASE_URL.',
  });
}
