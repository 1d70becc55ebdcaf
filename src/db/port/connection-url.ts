import { readFileSync } from 'node:fs';
import type { ConnectionOptions } from 'node:tls';
import { invalidInput, TomoError } from '../../model/errors.ts';

/** One server to try. Only `location` may be shown. */
export interface Server {
  connectionString?: string;
  host?: string;
  port?: number;
  ssl?: boolean | ConnectionOptions;
  location: string;
}

/** Where to connect: servers in the order to try them, and whether a read-only one will do. */
export interface ServerList {
  servers: Server[];
  readWrite: boolean;
}

const URL_SHAPE = /^(postgres(?:ql)?:\/\/)([^@/?#]*@)?([^@/?#]*)((?:\/[^@?#]*)?(?:\?[^#]*)?)$/;

/**
 * Reads a connection URL, or with none the PG* variables, as libpq does: several hosts separated by commas,
 * `target_session_attrs=read-write`, `sslmode` and `sslrootcert`. Everything else is left to `pg`.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
export function parseServers(url: string | undefined, env: NodeJS.ProcessEnv): ServerList {
  const match = url === undefined ? undefined : URL_SHAPE.exec(url);
  if (match === null) {
    throw new TomoError('INVALID_INPUT', 'The database URL is not of the form postgres://user@host:port/database.', {
      hint: 'A special character in user or password must be written as %XX, e.g. @ as %40.',
    });
  }
  const [, scheme = '', login = '', hosts = env.PGHOST ?? '', rest = ''] = match ?? [];
  const [path = '', search = ''] = splitOnce(rest, '?');
  const options = new URLSearchParams(search);
  const take = (name: string, variable: string) => {
    const value = options.get(name) ?? env[variable];
    options.delete(name);
    return value || undefined;
  };
  const readWrite = /^(read-write|primary)$/.test(take('target_session_attrs', 'PGTARGETSESSIONATTRS') ?? 'any');
  const ssl = tlsOptions(
    take('sslmode', 'PGSSLMODE'),
    take('sslrootcert', 'PGSSLROOTCERT'),
    take('sslcert', 'PGSSLCERT'),
    take('sslkey', 'PGSSLKEY'),
  );
  const ports = (env.PGPORT || '5432').split(',').map((port) => checkPort(port, port));
  const query = options.size > 0 ? `?${options}` : '';
  const database = decode(path.slice(1)) || env.PGDATABASE || '';

  const servers = hosts.split(',').map((host, i): Server => {
    const [, name = host, port] = /^(.*):([^:\]]*)$/.exec(host) ?? [];
    const at = name || options.get('host') || env.PGHOST || 'localhost';
    const number = port ? checkPort(port) : (ports[match ? 0 : i] ?? ports[0] ?? 5432);
    const location = `${at}${at.startsWith('/') ? '' : `:${number}`}${database ? `/${database}` : ''}`;
    const where = match ? { connectionString: `${scheme}${login}${host}${path}${query}` } : { host: at, port: number };
    return { ...where, ...(ssl === undefined ? {} : { ssl }), location };
  });
  return { servers, readWrite };
}

/** `shown`: the text, where it cannot be a part of a password. */
function checkPort(text: string, shown?: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  if (shown !== undefined) throw new TomoError('INVALID_INPUT', `PGPORT: "${shown}" is not a port.`);
  throw new TomoError('INVALID_INPUT', 'The database URL has a port that is not a number from 1 to 65535.', {
    hint: 'A special character in user or password must be written as %XX, e.g. ? as %3F.',
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw new TomoError(
      'INVALID_INPUT',
      `The database URL ends in "${text}", which is not a name: % begins a code of two hex digits.`,
      { cause },
    );
  }
}

/** `verify-ca` and above check the certificate; `require` without a root certificate only encrypts, as in libpq. */
function tlsOptions(
  mode: string | undefined,
  rootCert?: string,
  cert?: string,
  key?: string,
): boolean | ConnectionOptions | undefined {
  if (mode === undefined && !rootCert) return undefined;
  const files = {
    ...(rootCert && rootCert !== 'system' ? { ca: readPem(rootCert) } : {}),
    ...(cert ? { cert: readPem(cert) } : {}),
    ...(key ? { key: readPem(key) } : {}),
  };
  switch (mode ?? 'verify-full') {
    case 'disable':
      return false;
    case 'allow':
    case 'prefer':
      throw new TomoError('INVALID_INPUT', `sslmode=${mode} may silently connect without TLS and is not supported.`, {
        hint: 'Use disable, require, verify-ca or verify-full.',
      });
    case 'no-verify':
      return { ...files, rejectUnauthorized: false };
    case 'require':
      return {
        ...files,
        rejectUnauthorized: rootCert !== undefined,
        ...(rootCert ? { checkServerIdentity: () => undefined } : {}),
      };
    case 'verify-ca':
      return { ...files, checkServerIdentity: () => undefined };
    case 'verify-full':
      return { ...files };
    default:
      throw invalidInput(`Unknown sslmode "${mode}".`, 'Use disable, require, verify-ca or verify-full.');
  }
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new TomoError('INVALID_INPUT', `Cannot read the certificate file ${file}.`, { cause });
  }
}

function splitOnce(text: string, separator: string): string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}
