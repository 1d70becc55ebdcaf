import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, inject, it } from 'vitest';
import { type ConnectionNames, isConfigured, passedOver, resolveConnection } from '../../src/cli/connect/connection.ts';
import { parseServerReference } from '../../src/cli/connect/server-reference.ts';

const CONTEXTS = {
  shop: { database: 'postgres://db1/shop', server: 'laravel:lifetime=120m', production: true },
  lab: { database: 'sqlite:/srv/lab.db' },
  here: { database: 'embedded' },
};

/** An environment of somebody with this config file and these services. */
function home(config: object, services = ''): NodeJS.ProcessEnv {
  const HOME = mkdtempSync(join(inject('scratch'), 'home-'));
  const folder = join(HOME, '.config', 'tomo');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'config.json'), JSON.stringify(config), { mode: 0o600 });
  writeFileSync(join(HOME, '.pg_service.conf'), services);
  return { HOME, PGSYSCONFDIR: HOME };
}

/** Which database it is, in a word, and what has named it. */
function chosen(flags: ConnectionNames, env: NodeJS.ProcessEnv): string {
  const { target, origin, context, server } = resolveConnection(flags, env);
  const where =
    target.kind === 'postgres' ? (target.url ?? 'PG*') : target.kind === 'sqlite' ? target.path : 'embedded';
  const short = origin?.endsWith('config.json') ? 'file' : origin;
  return [where, short, context?.name ?? '-', server ? `${server.name} of ${server.origin}` : '-'].join(' | ');
}

const shop = (origin: string) => `postgres://db1/shop | ${origin} | shop | laravel of the context "shop"`;

describe('which database, and which server', () => {
  const A = 'postgres://a/a';
  const B = 'postgres://b/b';
  const contexts = CONTEXTS;
  it.each<[expected: string, flags: ConnectionNames, variables: NodeJS.ProcessEnv, config: object]>([
    ['embedded |  | - | -', {}, {}, {}],
    [`${A} | file | - | -`, {}, {}, { database: A, contexts }],
    [shop('file'), {}, {}, { database: A, contexts, context: 'shop' }],
    ['PG* | PGHOST | - | -', {}, { PGHOST: 'db' }, { database: A, contexts, context: 'shop' }],
    [`${A} | DATABASE_URL | - | -`, {}, { DATABASE_URL: A, PGHOST: 'db' }, { contexts, context: 'shop' }],
    [`${B} | TOMO_DATABASE_URL | - | -`, {}, { TOMO_DATABASE_URL: B, DATABASE_URL: A }, { contexts, context: 'shop' }],
    [shop('TOMO_CONTEXT'), {}, { TOMO_CONTEXT: 'shop', DATABASE_URL: A, PGHOST: 'db' }, { contexts, context: 'lab' }],
    ['/srv/lab.db | --context | lab | -', { context: 'lab' }, { TOMO_DATABASE_URL: B }, { contexts, context: 'shop' }],
    ['/srv/lab.db | --context | lab | -', { context: 'lab' }, { TOMO_CONTEXT: 'shop' }, { contexts }],
    [`${A} | --database | - | -`, { database: A }, { TOMO_CONTEXT: 'shop' }, { contexts }],
    // a flag ends what two variables would leave open
    [`${A} | --database | - | -`, { database: A }, { TOMO_CONTEXT: 'shop', TOMO_DATABASE_URL: B }, { contexts }],
    ['embedded | --context | here | -', { context: 'here' }, {}, { contexts }],
    // the server
    ['embedded |  | - | django of TOMO_SERVER', {}, { TOMO_SERVER: 'django' }, {}],
    [`${A} | --database | - | lucia of --server`, { database: A, server: 'lucia' }, { TOMO_SERVER: 'django' }, {}],
    [
      'postgres://db1/shop | --context | shop | django of TOMO_SERVER',
      { context: 'shop' },
      { TOMO_SERVER: 'django' },
      { contexts },
    ],
    [
      'postgres://db1/shop | file | shop | tomo of --server',
      { server: 'tomo' },
      { TOMO_SERVER: 'django' },
      { contexts, context: 'shop' },
    ],
  ])('%s: %j %j', (expected, flags, variables, config) => {
    expect(chosen(flags, { ...home(config), ...variables })).toBe(expected);
  });

  it.each<[message: RegExp, flags: ConnectionNames, variables: NodeJS.ProcessEnv, config: object]>([
    [/--database and --context do not go together/, { database: A, context: 'shop' }, {}, { contexts }],
    [
      /TOMO_CONTEXT and TOMO_DATABASE_URL are both set/,
      {},
      { TOMO_CONTEXT: 'shop', TOMO_DATABASE_URL: A },
      { contexts },
    ],
    [/^TOMO_CONTEXT is empty/, {}, { TOMO_CONTEXT: '', TOMO_DATABASE_URL: A }, { contexts }],
    [/^TOMO_SERVER is empty/, {}, { TOMO_SERVER: ' ' }, {}],
    [/^--context is empty/, { context: '' }, {}, { contexts }],
    [/^--server is empty/, { server: '' }, {}, {}],
    [/^--context: there is no context "shpo"/, { context: 'shpo' }, {}, { contexts }],
    [/^TOMO_CONTEXT: there is no context "gone"/, {}, { TOMO_CONTEXT: 'gone' }, {}],
    [/^"context" in the config file .*: there is no context "gone"/, {}, {}, { contexts, context: 'gone' }],
    [/"a b" is not a name for a context/, { context: 'a b' }, {}, {}],
    [/"__proto__" is not a name/, { context: '__proto__' }, {}, {}],
    [/there is no context "constructor"/, { context: 'constructor' }, {}, { contexts }],
    [/the config file .* is not a JSON object/, {}, {}, { contexts: [] }],
    [/"shop" of .* has a key "databse"/, {}, {}, { contexts: { shop: { database: A, databse: A } } }],
    [/"shop" of .* has no text "database"/, {}, {}, { contexts: { shop: { server: 'tomo' } } }],
    [/"production" of .* is not true or false/, {}, {}, { contexts: { shop: { database: A, production: 'no' } } }],
    [/"--yes" is not a name/, {}, {}, { contexts: { '--yes': { database: A } } }],
    [/"sqlite:" names no SQLite file/, { database: 'sqlite:' }, {}, {}],
    [/"sqlite:\/\/host\/x" names no/, { database: 'sqlite://host/x' }, {}, {}],
    [/"sqlite::memory:" names no/, { database: 'sqlite::memory:' }, {}, {}],
  ])('%s: %j %j', (message, flags, variables, config) => {
    expect(() => resolveConnection(flags, { ...home(config), ...variables })).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(message) }),
    );
  });

  it('of an unknown context it says what was meant, and which there are', () => {
    const env = home({ contexts }, '[warehouse]\nhost=db3\n');
    expect(() => resolveConnection({ context: 'shpo' }, env)).toThrow(
      expect.objectContaining({
        hint: expect.stringMatching(/Did you mean shop\?\nThere are: shop, lab, here, warehouse\.\n.*context add shpo/),
      }),
    );
  });

  it('a service is a context without being one, and gives way to one of its name', () => {
    const env = home({ contexts, context: 'warehouse' }, '[warehouse]\nhost=db3\n[shop]\nhost=db4\n');
    expect(chosen({}, env)).toBe('postgres:///?service=warehouse | file | warehouse | -');
    expect(chosen({ context: 'shop' }, env)).toBe(shop('--context'));
  });

  it('what the current context is passed over for', () => {
    const env = home({ contexts, context: 'shop' });
    const over = (flags: ConnectionNames, more: NodeJS.ProcessEnv) =>
      passedOver(resolveConnection(flags, { ...env, ...more }), { ...env, ...more });
    for (const more of [{ DATABASE_URL: A }, { TOMO_DATABASE_URL: A }, { PGHOST: 'db' }])
      expect(over({}, more)).toBe('shop');
    for (const more of [{}, { TOMO_CONTEXT: 'lab' }]) expect(over({}, more)).toBeUndefined();
    expect(over({ database: A }, {})).toBeUndefined();
    const broken = { ...env, XDG_CONFIG_HOME: '/dev/null/none', DATABASE_URL: A };
    expect(passedOver(resolveConnection({}, broken), broken)).toBeUndefined();
  });

  it.each([
    ['sqlite:app.db', 'app.db'],
    ['sqlite:/srv/a b.db', '/srv/a b.db'],
    ['sqlite:///srv/app.db', '/srv/app.db'],
    ['sqlite:~/app.db', '/home/me/app.db'],
  ])('%s is the file %s', (database, path) => {
    const env = { HOME: '/home/me' };
    expect(resolveConnection({ database }, env).target).toEqual({ kind: 'sqlite', path });
    expect(isConfigured({ database }, env)).toBe(true);
  });
});

describe('the text that names a server', () => {
  it.each<[text: string, name: string, options: Record<string, string>]>([
    ['laravel', 'laravel', {}],
    ['laravel:lifetime=120m,schema=app', 'laravel', { lifetime: '120m', schema: 'app' }],
    [
      ' connect-pg-simple:zone=America/New_York,user=passport.user ',
      'connect-pg-simple',
      { zone: 'America/New_York', user: 'passport.user' },
    ],
    ['x:when=a=b:c', 'x', { when: 'a=b:c' }],
    ['./my.json', './my.json', {}],
    ['my.json:zone=UTC', 'my.json', { zone: 'UTC' }],
    ['/etc/tomo/my:zone=UTC', '/etc/tomo/my', { zone: 'UTC' }],
    ['~/my.json', '/home/me/my.json', {}],
  ])('%s', (text, name, options) => {
    expect(parseServerReference(text, '--server', { HOME: '/home/me' })).toEqual({ name, options });
  });

  it.each([
    ['lara vel', '"lara vel" is not a name'],
    [':zone=UTC', '"" is not a name'],
    ['laravel:', '"" is not option=value'],
    ['laravel:zone', '"zone" is not option=value'],
    ['laravel:zone=', '"zone=" is not option=value'],
    ['laravel:zone=UTC,', '"" is not option=value'],
    ['laravel:zone=UTC,zone=CET', '"zone" stands there twice'],
    ['laravel:__proto__=x', '"__proto__=x" is not option=value'],
    ['\u001b[31m', '"\u001b[31m" is not a name'],
  ])('%j is refused, with what it should look like', (text, why) => {
    expect(() => parseServerReference(text, 'TOMO_SERVER', {})).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: `TOMO_SERVER: "${text}" names no server: ${why}.`,
        hint: expect.stringContaining('laravel:lifetime=120m,schema=app'),
      }),
    );
  });
});
