import { chmodSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { CERTIFICATE, CERTIFICATE_KEY, CLIENT_CERTIFICATE, CLIENT_KEY } from '../support/certificate.ts';
import { onServer, startServer } from '../support/global-setup.ts';
import { connectFailure } from './helpers.ts';

describe('a server that knows its clients by certificate', () => {
  let own: Awaited<ReturnType<typeof startServer>>;
  let files: { ca: string; cert: string; key: string; foreignKey: string };
  const url = (options: Record<string, string>) =>
    `${own.url.replace(/\/\/.*@/, '//olga@')}/postgres?${new URLSearchParams({ sslmode: 'verify-full', ...options })}`;

  beforeAll(async () => {
    const folder = mkdtempSync(join(inject('scratch'), 'certificates-'));
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    files = {
      ca: file('ca.pem', CERTIFICATE),
      cert: file('client.pem', CLIENT_CERTIFICATE),
      key: file('client.key', CLIENT_KEY),
      foreignKey: file('foreign.key', CERTIFICATE_KEY),
    };
    own = await startServer();
    const data = own.folder;
    // the server writes them itself: they have to be its own
    const write = (name: string, text: string) =>
      `copy (select regexp_split_to_table('${text.trim()}', '\n')) to '${join(data, name)}'`;
    await onServer(own.url, [
      write('server.pem', CERTIFICATE),
      write('server.key', CERTIFICATE_KEY),
      write('pg_hba.conf', 'hostssl all olga 127.0.0.1/32 cert\nhost all postgres 127.0.0.1/32 password'),
      'create role olga login',
    ]);
    chmodSync(join(data, 'server.key'), 0o600);
    const settings = { ssl_cert_file: 'server.pem', ssl_key_file: 'server.key', ssl_ca_file: 'server.pem', ssl: 'on' };
    await onServer(own.url, [
      ...Object.entries(settings).map(([name, value]) => `alter system set ${name} = '${value}'`),
      'select pg_reload_conf()',
    ]);
  });
  afterAll(() => own.stop());

  const WHO = 'select current_user as name, client_dn as subject from pg_stat_ssl where pid = pg_backend_pid()';
  it.each([
    ['the URL', () => ({ sslrootcert: files.ca, sslcert: files.cert, sslkey: files.key }), () => ({})],
    ['the environment', () => ({}), () => ({ PGSSLROOTCERT: files.ca, PGSSLCERT: files.cert, PGSSLKEY: files.key })],
  ])('lets in who shows the one that %s names', async (_, options, env) => {
    const db = await openPostgres(url(options()), env());
    expect(await db.query(WHO)).toEqual([{ name: 'olga', subject: '/CN=olga' }]);
    await db.close();
  });

  it('refuses who shows none', async () => {
    expect(await connectFailure(openPostgres(url({ sslrootcert: files.ca }), {}))).toMatchObject({
      code: 'DATABASE_UNREACHABLE',
      message: expect.stringMatching(/certificate/),
    });
  });

  it('is not trusted without its own authority', async () => {
    const failure = await connectFailure(openPostgres(url({ sslcert: files.cert, sslkey: files.key }), {}));
    expect(failure).toMatchObject({ code: 'DATABASE_UNREACHABLE', message: expect.stringMatching(/certificate/) });
  });

  it('needs the key of the certificate', async () => {
    const foreign = { sslrootcert: files.ca, sslcert: files.cert, sslkey: files.foreignKey };
    expect((await connectFailure(openPostgres(url(foreign), {}))).message).toMatch(/key values mismatch/);
    expect(await connectFailure(openPostgres(url({ ...foreign, sslkey: '/nowhere.key' }), {}))).toMatchObject({
      code: 'INVALID_INPUT',
      message: expect.stringContaining('/nowhere.key'),
    });
  });
});
