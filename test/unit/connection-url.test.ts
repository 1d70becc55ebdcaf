import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseServers } from '../../src/db/port/connection-url.ts';

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

  it('keeps what pg needs, and gives it each host alone', () => {
    const { servers } = parseServers(
      'postgres://alice:sesame@a:1,b:2,[::1]/tomo?connect_timeout=3&target_session_attrs=read-write&sslmode=disable',
      {},
    );
    expect(servers.map((s) => s.connectionString)).toEqual(
      ['a:1', 'b:2', '[::1]'].map((host) => `postgres://alice:sesame@${host}/tomo?connect_timeout=3`),
    );
    expect(servers.map((s) => s.location)).toEqual(['a:1/tomo', 'b:2/tomo', '[::1]:5432/tomo']);
  });

  it.each([
    ['read-write', true],
    ['primary', true],
    ['any', false],
    ['read-only', false],
  ])('with target_session_attrs=%s: a writable server is needed: %s', (attrs, readWrite) => {
    expect(parseServers(`postgres://h/db?target_session_attrs=${attrs}`, {}).readWrite).toBe(readWrite);
    expect(parseServers('postgres://h/db', { PGTARGETSESSIONATTRS: attrs }).readWrite).toBe(readWrite);
  });

  it('wins over the environment, which fills what it leaves out', () => {
    expect(
      parseServers('postgres://h/db?target_session_attrs=any', { PGTARGETSESSIONATTRS: 'read-write' }).readWrite,
    ).toBe(false);
    expect(one('postgres://h/db?sslmode=disable', { PGSSLMODE: 'require' })).toMatchObject({ ssl: false });
    expect(one('postgres:///', { PGHOST: 'elsewhere', PGDATABASE: 'sessions' })?.location).toBe(
      'elsewhere:5432/sessions',
    );
  });

  it.each([
    '',
    'localhost',
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
    expect(one(undefined, { PGHOST: 'h', PGPORT: '5433', PGDATABASE: 'tomo', PGPASSWORD: 'sesame' })).toEqual({
      host: 'h',
      port: 5433,
      location: 'h:5433/tomo',
    });
    expect(one(undefined, { PGDATABASE: 'tomo' })).toEqual({
      host: 'localhost',
      port: 5432,
      location: 'localhost:5432/tomo',
    });
    expect(one(undefined, { PGHOST: '/run/postgresql' })).toMatchObject({
      host: '/run/postgresql',
      location: '/run/postgresql',
    });
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

describe('sslmode', () => {
  let folder: string;
  let ca: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'tomo-tls-'));
    ca = join(folder, 'ca.pem');
    writeFileSync(ca, 'CA');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  const ssl = (query: string, env: NodeJS.ProcessEnv = {}) => one(`postgres://h/db${query}`, env)?.ssl;

  it('is left to the driver when nothing is said', () => {
    expect(ssl('')).toBeUndefined();
  });

  it('disable switches TLS off', () => {
    expect(ssl('?sslmode=disable')).toBe(false);
  });

  it('require encrypts, and checks the certificate only against a given authority, as libpq', () => {
    expect(ssl('?sslmode=require')).toEqual({ rejectUnauthorized: false });
    const withCa = ssl(`?sslmode=require&sslrootcert=${encodeURIComponent(ca)}`);
    expect(withCa).toMatchObject({ ca: 'CA', rejectUnauthorized: true });
  });

  it('verify-ca checks the certificate and not the name, verify-full both', () => {
    const anyName = ssl('?sslmode=verify-ca', { PGSSLROOTCERT: ca });
    expect(anyName).toMatchObject({ ca: 'CA', checkServerIdentity: expect.any(Function) });
    expect(anyName).not.toMatchObject({ rejectUnauthorized: false });
    expect(ssl('?sslmode=verify-full', { PGSSLROOTCERT: ca })).toEqual({ ca: 'CA' });
    expect(ssl('?sslmode=verify-full&sslrootcert=system')).toEqual({});
  });

  it('checks everything when only an authority is named', () => {
    expect(ssl('', { PGSSLROOTCERT: ca })).toEqual({ ca: 'CA' });
  });

  it('takes a client certificate and key', () => {
    expect(ssl('?sslmode=verify-full', { PGSSLCERT: ca, PGSSLKEY: ca })).toEqual({ cert: 'CA', key: 'CA' });
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
