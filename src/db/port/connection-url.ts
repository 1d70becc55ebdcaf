import { isIP, isIPv4 } from 'node:net';
import { userInfo } from 'node:os';
import type { ClientConfig } from 'pg';
import { invalidInput, TomoError } from '../../model/errors.ts';
import { addParameters, addVariables, type Parameters } from './libpq-parameters.ts';
import type { PasswordOwner } from './password-file.ts';
import { readService } from './service-file.ts';
import { tlsOptions } from './tls.ts';
import { splitOnce, URL_SHAPE } from './url-text.ts';
import { userFile } from './user-files.ts';

/** One server to try. Only `location` may be shown. */
export interface Server {
  config: ClientConfig;
  location: string;
  /** Where the password is, when none is given. */
  passwordFile: string;
  owner: PasswordOwner;
}

/** What a server has to be: `target_session_attrs`. */
export type Wanted = 'any' | 'read-write' | 'read-only' | 'primary' | 'standby' | 'prefer-standby';

/** How the client has to be let in. */
export interface LoginRules {
  /** `require_auth` as it stands; undefined: by whatever the server asks for. */
  methods: string | undefined;
  channelBinding: boolean;
}

/** Where to connect: servers in the order to try them, and what they have to be and to do. */
export interface ServerList {
  servers: Server[];
  wanted: Wanted;
  rules: LoginRules;
}

/**
 * Reads a connection URL, or with none the environment alone, as libpq does: what the URL leaves out, the service
 * says, and what that leaves out, the PG* variables. Throws INVALID_INPUT.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING
 */
export function parseServers(url: string | undefined, env: NodeJS.ProcessEnv): ServerList {
  const given = readParameters(url, env);
  const names = listOf(given, 'host');
  const addresses = listOf(given, 'hostaddr');
  const notNumeric = addresses.find((address) => address !== '' && isIP(address) === 0);
  if (notNumeric !== undefined)
    throw invalidInput(`hostaddr: "${notNumeric}" is not an IP address.`, 'A name is a host.');
  const ports = listOf(given, 'port').map(checkPort);
  const count = Math.max(names.length, addresses.length, 1);
  if ([names, addresses, ports.length === 1 ? [] : ports].some(({ length }) => length > 0 && length !== count)) {
    throw invalidInput(
      `There are ${names.length} hosts, ${addresses.length} values of hostaddr and ${ports.length} ports.`,
      'Write one for each host; one port is for all of them.',
    );
  }
  const binding = given.get('channel_binding') ?? 'prefer';
  const user = given.get('user') ?? accountName();
  const database = given.get('dbname') ?? user;
  const common = commonConfig(given, user, database);
  const servers = Array.from({ length: count }, (_, i): Server => {
    const address = addresses[i] || names[i] || 'localhost';
    const name = names[i] || address;
    const port = ports[i] ?? ports[0] ?? 5432;
    const socket = address.startsWith('/');
    const ssl = !socket && tlsOptions(given, !isLocal(address), env);
    const shown = name.includes(':') ? `[${name}]` : name;
    const place = socket && port === 5432 ? shown : `${shown}:${port}`;
    return {
      config: {
        ...common,
        host: address,
        port,
        ssl: ssl && { ...ssl, ...(name === address ? {} : certificateOf(name)) },
        enableChannelBinding: ssl !== false && binding !== 'disable',
      },
      location: given.has('dbname') ? `${place}/${database}` : place,
      passwordFile: given.get('passfile') ?? userFile(env, '.pgpass', 'pgpass.conf'),
      owner: { host: name, port, database, user },
    };
  });
  if (given.get('load_balance_hosts') === 'random') shuffle(servers);
  return {
    servers,
    wanted: (given.get('target_session_attrs') ?? 'any') as Wanted,
    rules: { methods: given.get('require_auth'), channelBinding: binding === 'require' },
  };
}

function readParameters(url: string | undefined, env: NodeJS.ProcessEnv): Parameters {
  const given: Parameters = new Map();
  if (url !== undefined) addParameters(given, parseUrl(url), 'in the database URL');
  const service = given.get('service') ?? env.PGSERVICE;
  if (service) {
    const { file, pairs } = readService(service, env);
    addParameters(given, pairs, `of the service "${service}" in ${file}`);
  }
  addVariables(given, env);
  return given;
}

/** The parameters of a URL; of a name that comes twice the last one counts. */
function parseUrl(url: string): Map<string, string> {
  const match = URL_SHAPE.exec(url);
  if (!match) {
    throw new TomoError('INVALID_INPUT', 'The database URL is not of the form postgres://user@host:port/database.', {
      hint: 'A special character in user or password must be written as %XX, e.g. @ as %40. A service: postgres:///?service=NAME',
    });
  }
  const [, login = '', hosts = '', database = '', search = ''] = match;
  const [user = '', password = ''] = splitOnce(login, ':');
  const servers = hosts.split(',').map((host) => /^(\[[^\]]*\]|[^:]*)(?::(.*))?$/.exec(host) ?? []);
  const pairs = new Map<string, string>();
  const add = (name: string, value: string) => {
    if (value !== '') pairs.set(name, decode(value));
  };
  add('user', user);
  add('password', password);
  add('host', servers.map(([, host = '']) => host.replace(/^\[(.*)\]$/, '$1')).join(','));
  if (servers.some(([, , port]) => port)) add('port', servers.map(([, , port = '']) => port).join(','));
  add('dbname', database);
  for (const option of search.split('&').filter(Boolean)) {
    const [name = '', value] = splitOnce(option, '=').map(decode);
    if (value === undefined)
      throw invalidInput('The database URL has a parameter without a value.', 'Write name=value.');
    // as JDBC writes it
    if (name === 'ssl' && value === 'true') pairs.set('sslmode', 'require');
    else pairs.set(name, value);
  }
  return pairs;
}

function commonConfig(given: Parameters, user: string, database: string): ClientConfig {
  const options = given.get('options');
  const seconds = given.get('connect_timeout');
  return {
    user,
    database,
    ...(given.has('password') ? { password: given.get('password') } : {}),
    ...(options === undefined ? {} : { options }),
    application_name: given.get('application_name') ?? given.get('fallback_application_name') ?? 'tomo',
    connectionTimeoutMillis: (seconds === undefined ? 10 : Math.max(0, Number(seconds))) * 1000,
    keepAlive: given.get('keepalives') !== '0',
    keepAliveInitialDelayMillis: Number(given.get('keepalives_idle') ?? 10) * 1000,
    sslnegotiation: given.get('sslnegotiation') === 'direct' ? 'direct' : 'postgres',
  };
}

/** Of a list with commas; nothing when nobody has said it. */
function listOf(given: Parameters, name: 'host' | 'hostaddr' | 'port'): string[] {
  return given.get(name)?.split(',') ?? [];
}

/** The value is not shown: it may be a part of a password. */
function checkPort(text: string): number {
  const port = Number(text || '5432');
  if (/^\d{0,5}$/.test(text) && port >= 1 && port <= 65_535) return port;
  throw new TomoError('INVALID_INPUT', 'The port of the database is not a number from 1 to 65535.', {
    hint: 'Look at the URL and PGPORT. A special character in user or password must be written as %XX, e.g. ? as %3F.',
  });
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalidInput(
      'The database URL has a % that does not begin a code of two hex digits.',
      'A % itself is written as %25.',
    );
  }
}

/** As libpq: cron and systemd set no USER. */
function accountName(): string {
  try {
    return userInfo().username;
  } catch {
    throw invalidInput(
      'The account that runs this has no name to log in with.',
      'Name a user: PGUSER, or user@ in the URL.',
    );
  }
}

/** The certificate is that of the name, not of the address. */
function certificateOf(name: string): { host: string; servername?: string } {
  return isIP(name) ? { host: name } : { host: name, servername: name };
}

/** On this machine, where nobody listens on the way. Of a name only localhost is known. */
function isLocal(host: string): boolean {
  return host === 'localhost' || host === '::1' || (isIPv4(host) && host.startsWith('127.'));
}

function shuffle(servers: Server[]): void {
  for (let i = servers.length - 1; i > 0; i--) {
    const j = Math.floor(Math.random() * (i + 1));
    [servers[i], servers[j]] = [servers[j] as Server, servers[i] as Server];
  }
}
