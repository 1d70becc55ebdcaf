import { createPrivateKey } from 'node:crypto';
import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { CERTIFICATE, CERTIFICATE_KEY, CLIENT_CERTIFICATE, CLIENT_KEY } from '../support/certificate.ts';
import { onServer, startServer } from '../support/global-setup.ts';
import { connectFailure } from './helpers.ts';

/** Resolves to this machine, and cannot be told from a name of another one. */
const ELSEWHERE = '127.1';
const HOME = '/nonexistent';

describe('a server with TLS', () => {
  let own: Awaited<ReturnType<typeof startServer>>;
  let files: { ca: string; cert: string; key: string; foreignKey: string; locked: string; passwords: string };
  /** As `login`, "user" or "user:password". */
  const url = (login: string, options: Record<string, string> = {}, host = '127.0.0.1') =>
    `${own.url.replace(/\/\/.*@[^:]*/, `//${login}@${host}`)}/postgres?${new URLSearchParams(options)}`;
  const open = (url: string, env: NodeJS.ProcessEnv = {}) => openPostgres(url, { HOME, ...env });

  beforeAll(async () => {
    const folder = mkdtempSync(join(inject('scratch'), 'certificates-'));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text, { mode: 0o600 });
      return join(folder, name);
    };
    own = await startServer();
    files = {
      ca: file('ca.pem', CERTIFICATE),
      cert: file('client.pem', CLIENT_CERTIFICATE),
      key: file('client.key', CLIENT_KEY),
      locked: file(
        'locked.key',
        createPrivateKey(CLIENT_KEY)
          .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'locked' })
          .toString(),
      ),
      foreignKey: file('foreign.key', CERTIFICATE_KEY),
      passwords: file(
        'passwords',
        `# ours\n*:*:*:nobody:no\n127.0.0.1:${new URL(own.url).port}:postgres:sam:se\\:same\n`,
      ),
    };
    const data = own.folder;
    // the server writes them itself: they have to be its own
    const write = (name: string, text: string) =>
      `copy (select regexp_split_to_table('${text.trim()}', '\n')) to '${join(data, name)}'`;
    const hba = ['hostssl all olga all cert', 'host all sam all scram-sha-256', 'host all postgres all password'];
    await onServer(own.url, [
      write('server.pem', CERTIFICATE),
      write('server.key', CERTIFICATE_KEY),
      write('pg_hba.conf', hba.join('\n')),
      'create role olga login',
      "create role sam login password 'se:same'",
    ]);
    chmodSync(join(data, 'server.key'), 0o600);
    const settings = { ssl_cert_file: 'server.pem', ssl_key_file: 'server.key', ssl_ca_file: 'server.pem', ssl: 'on' };
    await onServer(own.url, [
      ...Object.entries(settings).map(([name, value]) => `alter system set ${name} = '${value}'`),
      'select pg_reload_conf()',
    ]);
  });
  afterAll(() => own.stop());

  const WHO = 'select current_user as name, ssl, client_dn as subject from pg_stat_ssl where pid = pg_backend_pid()';
  const encrypted = async (url: string, env: NodeJS.ProcessEnv = {}) => {
    const db = await open(url, env);
    const [row] = await db.query<{ ssl: boolean }>(WHO);
    await db.close();
    return row?.ssl;
  };

  it('is asked for it unless it is this machine or somebody says otherwise', async () => {
    expect(await encrypted(url('postgres:test', {}, ELSEWHERE))).toBe(true);
    expect(await encrypted(url('postgres:test', { sslmode: 'disable' }, ELSEWHERE))).toBe(false);
    expect(await encrypted(url('postgres:test'))).toBe(false);
    expect(await encrypted(url('postgres:test', { sslmode: 'require' }))).toBe(true);
  });

  it('without it is an error that says how to go on', async () => {
    const plain = inject('server').replace('127.0.0.1', ELSEWHERE);
    expect(await connectFailure(open(`${plain}/postgres`))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/SSL|TLS/),
      hint: expect.stringContaining('sslmode=disable'),
    });
    expect(await encrypted(`${plain}/postgres?sslmode=disable`)).toBe(false);
  });

  it('that it insists on is what the error of a plain connection names', async () => {
    expect((await connectFailure(open(url('olga')))).hint).toContain('sslmode=require');
  });

  it('is spoken at once with sslnegotiation=direct, from PostgreSQL 17 on', async () => {
    const direct = url('postgres:test', { sslnegotiation: 'direct' });
    if (process.env.TOMO_TEST_POSTGRES === '15') expect((await connectFailure(open(direct))).code).toBeDefined();
    else expect(await encrypted(direct)).toBe(true);
  });

  it('shows the certificate of the name, at the address that is named', async () => {
    const at = (host: string) => url('postgres:test', { hostaddr: '127.0.0.1', sslrootcert: files.ca }, host);
    expect(await encrypted(at('localhost'))).toBe(true);
    expect((await connectFailure(open(at('db.example.org')))).message).toMatch(/for another name/);
  });

  it('lets in by SCRAM, bound to the certificate', async () => {
    const bound = { channel_binding: 'require' };
    for (const options of [bound, { channel_binding: 'prefer' }, { channel_binding: 'disable', sslmode: 'require' }])
      expect(await encrypted(url('sam:se%3Asame', { ...options, require_auth: 'scram-sha-256' }))).not.toBe(undefined);
    expect(await encrypted(url('sam:se%3Asame', bound), { PGREQUIREAUTH: '!password,!md5' })).toBe(true);
    expect(await connectFailure(open(url('sam:wrong', bound)))).toMatchObject({
      message: expect.stringMatching(/refused the log-in.*password/),
    });
  });

  it.each([
    ['password', 'postgres:test', { require_auth: 'scram-sha-256' }],
    ['password', 'postgres:test', { require_auth: '!password,!none' }],
    ['certificate', 'postgres:test', { channel_binding: 'require' }],
    ['scram-sha-256', 'sam:se%3Asame', { require_auth: 'md5,none' }],
  ])('is told no password when it asks by %s for that of %s, with %j', async (method, login, options) => {
    expect(await connectFailure(open(url(login, options as Record<string, string>)))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringContaining(method),
      hint: expect.stringContaining('No password was sent'),
    });
  });

  it('gets the password of the file', async () => {
    expect(await encrypted(url('sam', { passfile: files.passwords }))).toBe(false);
    expect(await encrypted(url('sam'), { PGPASSFILE: files.passwords })).toBe(false);
    expect((await connectFailure(open(url('sam')))).hint).toContain('.pgpass');
    chmodSync(files.passwords, 0o644);
    expect((await connectFailure(open(url('sam', { passfile: files.passwords })))).hint).toContain('chmod 600');
  });

  it.each([
    ['the URL', () => ({ sslrootcert: files.ca, sslcert: files.cert, sslkey: files.key }), () => ({})],
    ['the environment', () => ({}), () => ({ PGSSLROOTCERT: files.ca, PGSSLCERT: files.cert, PGSSLKEY: files.key })],
  ])('lets in who shows the certificate that %s names', async (_, options, env) => {
    const db = await open(url('olga', options()), env());
    expect(await db.query(WHO)).toEqual([{ name: 'olga', ssl: true, subject: '/CN=olga' }]);
    await db.close();
  });

  it('refuses who shows no certificate', async () => {
    expect(await connectFailure(open(url('olga', { sslrootcert: files.ca })))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/certificate/),
    });
  });

  it('is not trusted without its own authority', async () => {
    const failure = await connectFailure(
      open(url('olga', { sslmode: 'verify-full', sslcert: files.cert, sslkey: files.key })),
    );
    expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringMatching(/certificate/) });
  });

  it.each<[string, () => Record<string, string>]>([
    ['of another certificate', () => ({ sslkey: files.foreignKey })],
    ['that is none', () => ({ sslkey: files.cert })],
    ['whose password is wrong', () => ({ sslkey: files.locked, sslpassword: 'sesame' })],
    ['whose password is missing', () => ({ sslkey: files.locked })],
  ])('is not asked with a key %s', async (_, wrong) => {
    const options = { sslrootcert: files.ca, sslcert: files.cert, sslkey: files.key, ...wrong() };
    expect(await connectFailure(open(url('olga', options)))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('The files for TLS cannot be used: '),
      hint: expect.stringContaining('sslkey'),
    });
  });

  it('is asked with a key that has a password', async () => {
    const options = { sslrootcert: files.ca, sslcert: files.cert, sslkey: files.locked, sslpassword: 'locked' };
    expect(await encrypted(url('olga', options))).toBe(true);
  });

  it('needs the key of the certificate', async () => {
    const foreign = { sslrootcert: files.ca, sslcert: files.cert };
    expect(await connectFailure(open(url('olga', { ...foreign, sslkey: '/nowhere.key' })))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('/nowhere.key'),
    });
  });
});
