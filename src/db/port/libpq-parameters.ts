import { closest, distance } from 'fastest-levenshtein';
import { invalidInput } from '../../model/errors.ts';

/** What tomo does with a parameter of libpq: obeys it, unless it says otherwise. */
interface Parameter {
  /** The environment variable that stands for it. */
  variable?: string;
  /** Its value is one of these, or of this form. */
  values?: readonly string[] | RegExp;
  /** Why not another value that libpq takes, or none at all. */
  because?: string;
  /** No value has an effect, and why that does no harm. */
  ignored?: string;
}

const KERBEROS = 'Tomo does not speak Kerberos: a server that asks for it refuses the log-in.';
const KEEPALIVES = 'Node decides it; an answer that does not come is noticed by the time limits of each query.';
const SERVER_SIDE =
  'Tomo sets the time zone of its transactions, and what it reads and writes does not depend on the rest.';
const LIBRARY = 'It is about the library libpq.';
const OAUTH = 'Tomo does not log in by OAuth.';
const PROXY = 'It is for proxies that hold no password.';
const METHODS = '(password|md5|gss|sspi|scram-sha-256|oauth|none)';
const TLS_VERSIONS = ['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'];
const SECONDS = /^\d{1,9}$/;
const NONE: readonly string[] = [];

/**
 * Every parameter of libpq 18: obeyed, ignored because it does no harm, or refused, but never dropped.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 */
export const PARAMETERS = {
  service: { variable: 'PGSERVICE' },
  host: { variable: 'PGHOST' },
  hostaddr: { variable: 'PGHOSTADDR' },
  port: { variable: 'PGPORT' },
  dbname: { variable: 'PGDATABASE' },
  user: { variable: 'PGUSER' },
  password: { variable: 'PGPASSWORD' },
  passfile: { variable: 'PGPASSFILE' },
  require_auth: {
    variable: 'PGREQUIREAUTH',
    values: new RegExp(`^(${METHODS}(,${METHODS})*|!${METHODS}(,!${METHODS})*)$`),
    because: 'Write password, md5, scram-sha-256 or none, several with commas, or each with a ! before it.',
  },
  channel_binding: { variable: 'PGCHANNELBINDING', values: ['disable', 'prefer', 'require'] },
  connect_timeout: { variable: 'PGCONNECT_TIMEOUT', values: /^-?\d{1,9}$/, because: 'Write seconds; 0 is for ever.' },
  client_encoding: { variable: 'PGCLIENTENCODING', ignored: 'Tomo and the server talk UTF-8.' },
  options: { variable: 'PGOPTIONS' },
  application_name: { variable: 'PGAPPNAME' },
  fallback_application_name: {},
  keepalives: { values: ['0', '1'] },
  keepalives_idle: { values: SECONDS, because: 'Write seconds.' },
  keepalives_interval: { ignored: KEEPALIVES },
  keepalives_count: { ignored: KEEPALIVES },
  tcp_user_timeout: { ignored: KEEPALIVES },
  replication: { values: ['false', 'off', 'no', '0'], because: 'Tomo reads tables, not the log of changes.' },
  gssencmode: { variable: 'PGGSSENCMODE', values: ['disable', 'prefer'], because: KERBEROS },
  sslmode: {
    variable: 'PGSSLMODE',
    // no-verify is one of node-postgres
    values: ['disable', 'require', 'verify-ca', 'verify-full', 'no-verify'],
    because: 'allow and prefer may silently connect without TLS.',
  },
  requiressl: { variable: 'PGREQUIRESSL', values: ['0'], because: 'Write sslmode=require.' },
  sslnegotiation: { variable: 'PGSSLNEGOTIATION', values: ['postgres', 'direct'] },
  sslcompression: { variable: 'PGSSLCOMPRESSION', ignored: 'Nothing compresses TLS any more.' },
  sslcert: { variable: 'PGSSLCERT' },
  sslkey: { variable: 'PGSSLKEY' },
  sslkeylogfile: { values: NONE, because: 'It would write the keys of the connection to a file.' },
  sslpassword: {},
  sslcertmode: {
    variable: 'PGSSLCERTMODE',
    values: ['disable', 'allow'],
    because: 'Whether the server has asked for a certificate cannot be seen.',
  },
  sslrootcert: { variable: 'PGSSLROOTCERT' },
  sslcrl: { variable: 'PGSSLCRL' },
  sslcrldir: { variable: 'PGSSLCRLDIR', values: NONE, because: 'Name one file: sslcrl.' },
  sslsni: { variable: 'PGSSLSNI', values: ['1'], because: 'The name of the host is always sent.' },
  requirepeer: { variable: 'PGREQUIREPEER', values: NONE, because: 'Node cannot see who has opened a socket.' },
  ssl_min_protocol_version: { variable: 'PGSSLMINPROTOCOLVERSION', values: TLS_VERSIONS },
  ssl_max_protocol_version: { variable: 'PGSSLMAXPROTOCOLVERSION', values: TLS_VERSIONS },
  min_protocol_version: { variable: 'PGMINPROTOCOLVERSION', values: ['3.0'], because: 'Tomo speaks version 3.0.' },
  max_protocol_version: { variable: 'PGMAXPROTOCOLVERSION', ignored: 'Tomo speaks version 3.0, the lowest.' },
  krbsrvname: { variable: 'PGKRBSRVNAME', ignored: KERBEROS },
  gsslib: { variable: 'PGGSSLIB', ignored: KERBEROS },
  gssdelegation: { variable: 'PGGSSDELEGATION', ignored: KERBEROS },
  scram_client_key: { values: NONE, because: PROXY },
  scram_server_key: { values: NONE, because: PROXY },
  oauth_issuer: { values: NONE, because: OAUTH },
  oauth_client_id: { values: NONE, because: OAUTH },
  oauth_client_secret: { values: NONE, because: OAUTH },
  oauth_scope: { values: NONE, because: OAUTH },
  target_session_attrs: {
    variable: 'PGTARGETSESSIONATTRS',
    values: ['any', 'read-write', 'read-only', 'primary', 'standby', 'prefer-standby'],
  },
  load_balance_hosts: { variable: 'PGLOADBALANCEHOSTS', values: ['disable', 'random'] },
  uselibpqcompat: { ignored: 'It asks node-postgres for what tomo does anyway.' },
} as const satisfies Record<string, Parameter>;

/** Variables of libpq that stand for no parameter. The first two say where the services are. */
export const OTHER_VARIABLES: Readonly<Record<string, Parameter>> = {
  PGSERVICEFILE: {},
  PGSYSCONFDIR: {},
  PGDATESTYLE: { ignored: SERVER_SIDE },
  PGTZ: { ignored: SERVER_SIDE },
  PGGEQO: { ignored: SERVER_SIDE },
  PGLOCALEDIR: { ignored: LIBRARY },
  PGOAUTHDEBUG: { ignored: LIBRARY },
};

export type ParameterName = keyof typeof PARAMETERS;

/** Those that are given, each by the first source that has it. */
export type Parameters = Map<ParameterName, string>;

const NAMES = Object.keys(PARAMETERS) as ParameterName[];

/**
 * Adds what one source says to `given`, where nothing says it yet. `source`: "in the database URL".
 * Throws INVALID_INPUT for a name or value that is not understood.
 */
export function addParameters(given: Parameters, pairs: ReadonlyMap<string, string>, source: string): void {
  for (const [name, value] of pairs) {
    if (!isName(name)) {
      const near = closest(name, NAMES);
      const meant = distance(name, near) <= 1 + name.length / 5;
      // behind a password with an & that is not written as %26 it is a part of it
      const shown = meant || (/^\w+$/.test(name) && !pairs.has('password')) ? `"${name}"` : 'A name';
      const hint = meant
        ? `Did you mean ${near}?`
        : 'The names are those of libpq, and & in a value is written as %26.';
      throw invalidInput(`${shown} ${source} is no parameter of a connection.`, hint);
    }
    checkValue(PARAMETERS[name], value, name, source);
    if (!given.has(name)) given.set(name, value);
  }
}

/** The same for the environment variables, of which only those count that fill a gap. */
export function addVariables(given: Parameters, env: NodeJS.ProcessEnv): void {
  for (const name of NAMES) {
    const parameter: Parameter = PARAMETERS[name];
    const value = parameter.variable === undefined ? undefined : env[parameter.variable];
    if (value === undefined || given.has(name)) continue;
    checkValue(parameter, value, parameter.variable ?? '', 'in the environment');
    given.set(name, value);
  }
}

function isName(name: string): name is ParameterName {
  return Object.hasOwn(PARAMETERS, name);
}

function checkValue({ values, because, ignored }: Parameter, value: string, name: string, source: string): void {
  if (ignored) return;
  if (value === '') {
    throw invalidInput(
      `${name} ${source} is empty.`,
      'Did the command that should have filled it fail? Or leave it out.',
    );
  }
  if (values === undefined || ('test' in values ? values.test(value) : values.includes(value))) return;
  const list = 'test' in values || values.length === 0 ? undefined : `Use ${values.join(', ')}.`;
  // of a parameter that has no value, it may be a secret
  const shown = list === undefined && !('test' in values) ? name : `${name}=${value}`;
  throw invalidInput(`${shown} ${source} is not supported.`, [list, because].filter(Boolean).join(' '));
}
