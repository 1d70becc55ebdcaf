import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServers } from '../../src/db/port/connection-url.ts';
import { hasSecrets, withoutSecrets } from '../../src/db/port/url-text.ts';

const one = (url: string | undefined, env: NodeJS.ProcessEnv = {}) => parseServers(url, env).servers[0];
const locations = (url: string | undefined, env: NodeJS.ProcessEnv = {}) =>
  parseServers(url, env).servers.map((server) => server.location);
const invalid = expect.objectContaining({ name: 'TomoError', code: 'INVALID_INPUT' });

describe('a connection URL', () => {
  it.each([
    ['postgres://alice:sesame@db.example.org:5433/tomo', 'db.example.org:5433/tomo'],
    ['postgresql://db.example.org/tomo', 'db.example.org:5432/tomo'],
    ['postgres://a%40b:se%2Fsame@h/t', 'h:5432/t'],
    ['postgres://[2001:db8::1]:5433/tomo', '[2001:db8::1]:5433/tomo'],
    ['postgres://h/my%20db', 'h:5432/my db'],
    ['postgres://h', 'h:5432'],
  ])('%s is shown as %s', (url, location) => {
    expect(one(url)).toMatchObject({ location });
  });

  it('gives each host alone to the driver, with what is for all of them', () => {
    const { servers } = parseServers(
      'postgres://alice:se%2Fsame@a:1,b:2,[::1]/tomo?connect_timeout=3&sslmode=disable&options=-c%20geqo=off&keepalives=0',
      {},
    );
    expect(servers.map(({ config: { host, port } }) => [host, port])).toEqual([
      ['a', 1],
      ['b', 2],
      ['::1', 5432],
    ]);
    for (const { config } of servers)
      expect(config).toMatchObject({
        user: 'alice',
        password: 'se/same',
        database: 'tomo',
        connectionTimeoutMillis: 3000,
        ssl: false,
        options: '-c geqo=off',
        keepAlive: false,
      });
    expect(servers.map((s) => s.location)).toEqual(['a:1/tomo', 'b:2/tomo', '[::1]:5432/tomo']);
  });

  it('wins over the environment, which fills what it leaves out', () => {
    const wanted = (url: string, env: NodeJS.ProcessEnv) => parseServers(url, env).wanted;
    expect(wanted('postgres://h/db?target_session_attrs=any', { PGTARGETSESSIONATTRS: 'standby' })).toBe('any');
    expect(wanted('postgres://h/db', { PGTARGETSESSIONATTRS: 'standby' })).toBe('standby');
    expect(one('postgres://h/db?sslmode=disable', { PGSSLMODE: 'require' })?.config.ssl).toBe(false);
    expect(one('postgres:///', { PGHOST: 'elsewhere', PGDATABASE: 'sessions' })?.location).toBe(
      'elsewhere:5432/sessions',
    );
    expect(one('postgres://h/db', { PGPORT: '5433' })?.location).toBe('h:5433/db');
    expect(one('postgres://h:1/db', { PGHOST: '', PGPORT: 'x', PGDATABASE: '' })?.location).toBe('h:1/db');
    expect(one('postgres://h', { PGAPPNAME: 'cron', PGCONNECT_TIMEOUT: '0' })?.config).toMatchObject({
      application_name: 'cron',
      connectionTimeoutMillis: 0,
    });
  });

  it('connects as the account that runs this, to the database of that name, whatever USER says', () => {
    const { username } = userInfo();
    expect(one('postgres://h', { USER: 'somebody' })?.config).toMatchObject({ user: username, database: username });
    expect(one('postgres://olga@h', {})?.config).toMatchObject({
      user: 'olga',
      database: 'olga',
      application_name: 'tomo',
    });
  });

  it('asks an address for the certificate of the name', () => {
    const { config, location } = one('postgres://db.example.org/tomo?hostaddr=192.0.2.7&sslmode=require') ?? {};
    expect(config).toMatchObject({ host: '192.0.2.7', ssl: { host: 'db.example.org', servername: 'db.example.org' } });
    expect(location).toBe('db.example.org:5432/tomo');
  });

  it('tries the hosts in another order with load_balance_hosts=random', () => {
    const hosts = Array.from({ length: 30 }, (_, i) => `h${i}`).join(',');
    const order = locations(`postgres://${hosts}/db?load_balance_hosts=random`);
    expect(order).not.toEqual(locations(`postgres://${hosts}/db`));
    expect(order.toSorted()).toEqual(locations(`postgres://${hosts}/db`).toSorted());
  });

  it.each([
    ['?sslmod=verify-full', '"sslmod" in the database URL', 'Did you mean sslmode?'],
    ['?pgbouncer=true', '"pgbouncer" in the database URL', 'libpq'],
    ['?sslmode=', 'sslmode in the database URL is empty', 'leave it out'],
    ['?sslmode', 'without a value', 'name=value'],
    ['?target_session_attrs=writable', 'target_session_attrs=writable', 'read-write'],
    ['?connect_timeout=soon', 'connect_timeout=soon', 'seconds'],
    ['?require_auth=!md5,password', 'require_auth=!md5,password', 'with a !'],
    ['?channel_binding=require&sslmode=disable', 'need TLS', 'verify-full'],
    ['?sslrootcert=system&sslmode=require', 'would trust everybody', 'verify-full'],
    ['?sslmode=verify-ca', 'certificate of the authority', 'sslrootcert'],
    ['?sslcert=/no/such/file', 'sslcert is given without sslkey', 'proves'],
    ['?hostaddr=db.example.org', '"db.example.org" is not an IP address', 'host'],
    ['?host=a,b&port=1,2,3', '2 hosts', 'one port is for all'],
    ['?user=u&password=sesame&ses=ame', 'A name in the database URL', '%26'],
  ])('%s is refused, with the way out', (query, message, hint) => {
    expect(() => parseServers(`postgres://h/db${query}`, { HOME: '/nonexistent' })).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message),
        hint: expect.stringContaining(hint),
      }),
    );
  });

  it.each([
    '',
    'localhost',
    'host=h password=sesame',
    'mysql://h/db',
    'postgres:/h/db',
    'postgres://u:ses@me@h/db',
    'postgres://u:sesame/@h/db',
    'postgres://u:sesame#@h/db',
    'postgres://u:sesame?@h/db',
    'postgres://u:sesame@h:99999/db',
    'postgres://u:sesame@h:0/db',
    'postgres://u:sesame@h:5x/db',
    'postgres://u:sesame@h/db%zz',
    'postgres://u:sesame@a,b:x/db',
    'postgres://h/db?password=sesame%zz',
    'postgres://h/db?sesame',
    'postgres://u:5?sesame=@h/db',
  ])('%s is refused and no part of a password repeated', (url) => {
    expect(() => parseServers(url, {})).toThrow(invalid);
    try {
      parseServers(url, {});
    } catch (error) {
      const { message, hint, cause } = error as Error & { hint?: string };
      expect(`${message} ${hint}`).not.toMatch(/ses@?me|sesame/);
      expect(String((cause as { input?: string } | undefined)?.input)).not.toMatch(/sesame/);
    }
  });

  it('never shows user or password in a location', () => {
    for (const url of [
      'postgres://alice:sesame@h/db',
      'postgres://alice:sesame@a,b/db?password=sesame',
      'postgres://alice:sesame@/db',
      'postgres://h/db?user=alice&password=sesame',
    ]) {
      expect(locations(url).join(' ')).not.toMatch(/alice|sesame/);
    }
  });
});

describe('the PG* variables', () => {
  it('name host, port and database', () => {
    const server = one(undefined, { PGHOST: 'h', PGPORT: '5433', PGDATABASE: 'tomo', PGPASSWORD: 'sesame' });
    expect(server?.config).toMatchObject({ host: 'h', port: 5433, database: 'tomo', password: 'sesame' });
    expect(server?.location).toBe('h:5433/tomo');
    expect(locations(undefined, { PGDATABASE: 'tomo' })).toEqual(['localhost:5432/tomo']);
    expect(locations(undefined, { PGHOST: '/run/postgresql' })).toEqual(['/run/postgresql']);
    expect(locations(undefined, { PGHOST: '/tmp', PGPORT: '5433' })).toEqual(['/tmp:5433']);
    expect(locations(undefined, { PGHOSTADDR: '192.0.2.7' })).toEqual(['192.0.2.7:5432']);
  });

  it('take several hosts, with one port for all or one for each', () => {
    expect(locations(undefined, { PGHOST: 'a,b', PGPORT: '1,2' })).toEqual(['a:1', 'b:2']);
    expect(locations(undefined, { PGHOST: 'a,b', PGPORT: '5433' })).toEqual(['a:5433', 'b:5433']);
  });

  it('refuse a port that is none', () => {
    for (const PGPORT of ['abc', '0', '65536', '-1'])
      expect(() => parseServers(undefined, { PGHOST: 'h', PGPORT })).toThrow(invalid);
  });
});

describe('a service', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-service-'));
    writeFileSync(
      join(folder, '.pg_service.conf'),
      '# ours\n[prod]\n  host=db.example.org  \n\ndbname=tomo\nuser=olga\nuser=ann\npassword=ses=ame\n[broken]\nsslmod=require\n[nested]\nservice=prod\n[text]\nses ame\n',
    );
    writeFileSync(
      join(folder, 'pg_service.conf'),
      '[prod]\nhost=shared\n[lab]\nhost=lab.example.org\nsslmode=disable\n',
    );
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it.each([
    ['PGSERVICE', undefined, { PGSERVICE: 'prod' }],
    ['service= in the URL', 'postgres://?service=prod', {}],
    ['PGSERVICEFILE', 'postgres:///?service=prod', { HOME: '/nonexistent', PGSERVICEFILE: '.pg_service.conf' }],
  ])('named by %s says what is left out', (_, url, env: NodeJS.ProcessEnv) => {
    const file = env.PGSERVICEFILE && { PGSERVICEFILE: join(folder, env.PGSERVICEFILE) };
    const server = one(url, { HOME: folder, PGUSER: 'pat', PGPORT: '5433', ...env, ...file });
    expect(server?.location).toBe('db.example.org:5433/tomo');
    expect(server?.config).toMatchObject({ user: 'olga', password: 'ses=ame', ssl: { rejectUnauthorized: false } });
  });

  it('of all users stands in the folder that PGSYSCONFDIR names, behind the own file', () => {
    const env = { HOME: folder, PGSYSCONFDIR: folder };
    expect(locations('postgres://?service=lab', env)).toEqual(['lab.example.org:5432']);
    expect(locations('postgres://?service=prod', env)).toEqual(['db.example.org:5432/tomo']);
    expect(one('postgres://h/other?service=lab', env)).toMatchObject({
      location: 'h:5432/other',
      config: { ssl: false },
    });
  });

  it.each([
    ['nowhere', 'There is no service "nowhere" in FOLDER/.pg_service.conf.'],
    ['broken', '"sslmod" of the service "broken" in FOLDER/.pg_service.conf is no parameter'],
    ['nested', 'Line 12 of the service file FOLDER/.pg_service.conf names a service itself.'],
    ['text', 'Line 14 of the service file FOLDER/.pg_service.conf is not of the form name=value.'],
  ])('%s is refused, and its file named', (PGSERVICE, message) => {
    const env = { HOME: folder, PGSYSCONFDIR: '/nonexistent', PGSERVICE };
    expect(() => parseServers(undefined, env)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(message.replace('FOLDER', folder)),
      }),
    );
  });

  it('needs its file', () => {
    const env = { PGSERVICE: 'prod', PGSERVICEFILE: '/no/such/file' };
    expect(() => parseServers(undefined, env)).toThrow(/Cannot read the service file \/no\/such\/file/);
  });
});

describe('TLS', () => {
  let folder: string;
  let ca: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-tls-'));
    ca = join(folder, 'ca.pem');
    writeFileSync(ca, 'CA', { mode: 0o600 });
    mkdirSync(join(folder, '.postgresql'));
    for (const name of ['root.crt', 'root.crl', 'postgresql.crt', 'postgresql.key'])
      writeFileSync(join(folder, '.postgresql', name), name, { mode: 0o600 });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const HOME = '/nonexistent';
  const ssl = (query: string, env: NodeJS.ProcessEnv = {}) =>
    one(`postgres://h/db${query}`, { HOME, ...env })?.config.ssl;
  const UNCHECKED = { rejectUnauthorized: false, checkServerIdentity: expect.any(Function) };

  it.each([
    'db.example.org',
    '192.0.2.7',
    '[2001:db8::1]',
    'localhost.example.org',
    '127.0.0.1.example.org',
    'localhost,db.example.org',
  ])('is required of %s unless somebody says otherwise', (host) => {
    const last = (query: string) => parseServers(`postgres://${host}/db${query}`, { HOME }).servers.at(-1)?.config.ssl;
    expect(last('')).toEqual(UNCHECKED);
    expect(last('?sslmode=disable')).toBe(false);
  });

  it.each(['localhost', '127.0.0.1', '127.8.9.1', '[::1]', '%2Frun%2Fpostgresql', ''])(
    'is not needed on this machine: %s',
    (host) => {
      expect(one(`postgres://${host}/db`, { HOME })?.config).toMatchObject({ ssl: false, enableChannelBinding: false });
    },
  );

  it('is not for sockets', () => {
    expect(one('postgres://%2Frun%2Fpostgresql/db?sslmode=verify-full', { HOME })?.config.ssl).toBe(false);
  });

  it.each(['sslcert', 'ssl_min_protocol_version', 'sslnegotiation', 'channel_binding'])(
    'is wanted by who names %s, on this machine too',
    (name) => {
      const value = {
        sslcert: ca,
        ssl_min_protocol_version: 'TLSv1.3',
        sslnegotiation: 'direct',
        channel_binding: 'require',
      };
      const options = new URLSearchParams({ [name]: value[name as keyof typeof value] });
      if (name === 'sslcert') options.set('sslkey', ca);
      expect(one(`postgres://localhost/db?${options}`, { HOME })?.config.ssl).toMatchObject(UNCHECKED);
    },
  );

  it('require encrypts, and checks the certificate only against a given authority, as libpq', () => {
    expect(ssl('?sslmode=require')).toEqual(UNCHECKED);
    expect(ssl('?ssl=true')).toEqual(UNCHECKED);
    const withCa = ssl(`?sslmode=require&sslrootcert=${encodeURIComponent(ca)}`);
    expect(withCa).toEqual({ ca: 'CA', checkServerIdentity: expect.any(Function) });
  });

  it('verify-ca checks the certificate and not the name, verify-full both', () => {
    const anyName = ssl('?sslmode=verify-ca', { PGSSLROOTCERT: ca });
    expect(anyName).toEqual({ ca: 'CA', checkServerIdentity: expect.any(Function) });
    expect(ssl('?sslmode=verify-full', { PGSSLROOTCERT: ca })).toEqual({ ca: 'CA' });
    expect(ssl('?sslmode=verify-full&sslrootcert=system')).toEqual({});
  });

  it('checks everything when only an authority is named', () => {
    expect(ssl('', { PGSSLROOTCERT: ca })).toEqual({ ca: 'CA' });
  });

  it('takes a client certificate and key, versions and revocations', () => {
    const env = { PGSSLCERT: ca, PGSSLKEY: ca, PGSSLCRL: ca, PGSSLMINPROTOCOLVERSION: 'TLSv1.3' };
    const given = { cert: 'CA', key: 'CA', crl: 'CA', minVersion: 'TLSv1.3' };
    expect(ssl('?sslmode=verify-full', env)).toEqual(given);
    expect(ssl('?sslmode=verify-full&sslpassword=sesame', env)).toEqual({ ...given, passphrase: 'sesame' });
    expect(ssl('?sslmode=verify-full&sslcertmode=disable', env)).toEqual({ crl: 'CA', minVersion: 'TLSv1.3' });
  });

  it('takes the files in ~/.postgresql', () => {
    expect(ssl('?sslmode=require', { HOME: folder })).toEqual({
      ca: 'root.crt',
      crl: 'root.crl',
      cert: 'postgresql.crt',
      key: 'postgresql.key',
      checkServerIdentity: expect.any(Function),
    });
  });

  it('refuses a key that others can read', () => {
    const key = join(folder, 'open.key');
    writeFileSync(key, 'KEY', { mode: 0o644 });
    expect(() => ssl('', { PGSSLCERT: ca, PGSSLKEY: key })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', hint: expect.stringContaining(`chmod 600 ${key}`) }),
    );
  });

  it.each(['allow', 'prefer', 'sometimes'])('%s is refused, and the ones that work are named', (mode) => {
    expect(() => ssl(`?sslmode=${mode}`)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(mode),
        hint: expect.stringContaining('verify-full'),
      }),
    );
  });

  it('names a certificate file that cannot be read', () => {
    expect(() => ssl('?sslmode=verify-ca&sslrootcert=/no/such/ca.pem')).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('/no/such/ca.pem') }),
    );
  });
});

it.each([
  ['postgres://op@db1:5433,db2/app?sslmode=require', 'postgres://op@db1:5433,db2/app?sslmode=require', false],
  ['postgresql:///?service=shop', 'postgres:///?service=shop', false],
  ['postgres://db', 'postgres://db', false],
  ['postgres://op:hunter2@db/app', 'postgres://op@db/app', true],
  ['postgres://op:@db/app', 'postgres://op@db/app', false],
  ['postgres://:hunter2@db/app', 'postgres://db/app', true],
  ['postgres://db/app?password=hunter2&user=op', 'postgres://db/app?user=op', true],
  ['postgres://db/app?p%61ssword=hunter2', 'postgres://db/app', true],
  ['postgres://db/app?sslpassword=hunter2', 'postgres://db/app', true],
  ['postgres://op:hunter2/x@db/app', null, false],
  ['hunter2', null, false],
])('%s is shown as %s', (url, shown, secret) => {
  expect(withoutSecrets(url)).toBe(shown);
  expect(hasSecrets(url)).toBe(secret);
});
