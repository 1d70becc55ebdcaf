import type { ConnectionOptions, SecureVersion } from 'node:tls';
import { invalidInput, TomoError } from '../../model/errors.ts';
import type { ParameterName, Parameters } from './libpq-parameters.ts';
import { existingUserFile, readText } from './user-files.ts';

/** Who names one of these wants TLS. */
const WANT_TLS: readonly ParameterName[] = [
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcrl',
  'ssl_min_protocol_version',
  'ssl_max_protocol_version',
];

/**
 * How the connection is encrypted; false: not. `verify-ca` and above check the certificate, `require` only against an
 * authority that is named or in ~/.postgresql/root.crt, as in libpq. Where nothing is said, a server on this machine
 * is spoken to in plain, and a `remote` one has to encrypt. Throws INVALID_INPUT.
 */
export function tlsOptions(given: Parameters, remote: boolean, env: NodeJS.ProcessEnv): false | ConnectionOptions {
  const bound = given.get('channel_binding') === 'require' || given.get('sslnegotiation') === 'direct';
  const wanted = remote || bound || WANT_TLS.some((name) => given.has(name));
  const named = given.get('sslrootcert');
  const mode = given.get('sslmode') ?? (named ? 'verify-full' : wanted ? 'require' : 'disable');
  if (mode === 'disable') {
    if (!bound) return false;
    throw invalidInput(
      'channel_binding=require and sslnegotiation=direct need TLS, and sslmode=disable forbids it.',
      'Use require, verify-ca or verify-full.',
    );
  }
  if (named === 'system' && mode !== 'verify-full') {
    throw invalidInput(`sslmode=${mode} with sslrootcert=system would trust everybody.`, 'Use verify-full.');
  }
  const authority = named ?? existingUserFile(env, '.postgresql/root.crt', 'root.crt');
  if (mode === 'verify-ca' && authority === undefined) {
    throw invalidInput(
      'sslmode=verify-ca needs the certificate of the authority.',
      'Name its file: sslrootcert, PGSSLROOTCERT or ~/.postgresql/root.crt',
    );
  }
  const crl = given.get('sslcrl') ?? existingUserFile(env, '.postgresql/root.crl', 'root.crl');
  return {
    ...(authority === undefined || authority === 'system' ? {} : { ca: readText(authority, 'certificate file') }),
    ...(crl === undefined ? {} : { crl: readText(crl, 'revocation list') }),
    ...clientCertificate(given, env),
    ...versions(given),
    ...(mode === 'no-verify' || (mode === 'require' && authority === undefined) ? { rejectUnauthorized: false } : {}),
    ...(mode === 'verify-full' ? {} : { checkServerIdentity: () => undefined }),
  };
}

/** Throws INVALID_INPUT for files that are no certificates and keys, or do not fit together; they are of this side. */
export async function checkFiles(options: ConnectionOptions): Promise<void> {
  const { createSecureContext } = await import('node:tls');
  try {
    createSecureContext(options);
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new TomoError('INVALID_INPUT', `The files for TLS cannot be used: ${why}.`, {
      hint: 'Look at sslrootcert, sslcert, sslkey, sslpassword and sslcrl, and in ~/.postgresql',
      cause,
    });
  }
}

function clientCertificate(given: Parameters, env: NodeJS.ProcessEnv): ConnectionOptions {
  if (given.get('sslcertmode') === 'disable') return {};
  const cert = given.get('sslcert') ?? existingUserFile(env, '.postgresql/postgresql.crt', 'postgresql.crt');
  const key = given.get('sslkey') ?? existingUserFile(env, '.postgresql/postgresql.key', 'postgresql.key');
  if (cert === undefined && !given.has('sslkey')) return {};
  if (cert === undefined || key === undefined) {
    const [have, lack] = cert ? ['sslcert', 'sslkey'] : ['sslkey', 'sslcert'];
    throw invalidInput(`${have} is given without ${lack}.`, 'A client shows a certificate and proves it with the key.');
  }
  return {
    cert: readText(cert, 'certificate file'),
    key: readText(key, 'key file', { secret: true }),
    ...(given.has('sslpassword') ? { passphrase: given.get('sslpassword') } : {}),
  };
}

function versions(given: Parameters): ConnectionOptions {
  const [min, max] = [given.get('ssl_min_protocol_version'), given.get('ssl_max_protocol_version')];
  if (min !== undefined && max !== undefined && min > max) {
    throw invalidInput(`ssl_min_protocol_version=${min} is above ssl_max_protocol_version=${max}.`);
  }
  return {
    ...(min === undefined ? {} : { minVersion: min as SecureVersion }),
    ...(max === undefined ? {} : { maxVersion: max as SecureVersion }),
  };
}
