import { chmodSync, chownSync, mkdtempSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { KNOWN_SERVERS } from '../../src/db/adopted/servers/index.ts';
import { findDescription } from '../../src/domain/adopted/find-description.ts';
import { type ServerDescription, TIME_KINDS } from '../../src/model/server.ts';
import { Random } from '../support/random.ts';

const schema = createRequire(import.meta.url)('@tomo/cli/schemas/server.schema.json') as {
  $defs: { WholeDescription: { properties: object } };
};
const validate = new Ajv2020({ allowUnionTypes: true, strictTypes: false }).compile(schema);

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(inject('scratch'), 'description-'));
  file = join(folder, 'my.json');
});

function read(said: unknown, mode = 0o644): Promise<ServerDescription> {
  writeFileSync(file, typeof said === 'string' ? said : JSON.stringify(said));
  chmodSync(file, mode);
  return findDescription(file);
}

/** What somebody's own server might be. */
const OWN: ServerDescription = {
  name: 'my-shop',
  title: 'The shop',
  engines: ['postgres'],
  table: 'logins',
  key: { column: 'token', secret: true },
  user: {
    places: [{ column: 'customer_id' }],
    table: 'customers',
    key: 'id',
    names: ['mail', { column: 'data', path: ['nick'] }],
  },
  created: { column: 'at', kind: 'timestamptz' },
  active: { column: 'seen', kind: 'epoch-ms', every: 60, unset: '0' },
  expires: { from: 'active', plus: { option: 'lifetime' } },
  live: [{ column: 'state', in: ['open', null] }],
  ended: { when: { column: 'state', in: ['open'], not: true }, how: 'revoked' },
  revoke: { set: { state: { value: 'closed' } }, unset: { state: { value: 'open' } } },
  options: { lifetime: { about: 'How long.', kind: 'duration', preset: '2h' } },
};

describe('a description in a file', () => {
  it('is what it says', async () => {
    expect(await read(OWN)).toEqual(OWN);
    expect(await read({ $schema: 'https://example.org/server.schema.json', ...OWN })).toEqual(OWN);
  });

  it('changes a known one', async () => {
    const changed = await read({
      extends: 'better-auth',
      name: 'shop',
      table: 'auth_sessions',
      user: { table: 'accounts' },
      without: ['ip', 'agent'],
      options: { 'update-age': { about: 'Longer.', kind: 'duration', preset: '7d' } },
    });
    const { ip: _ip, agent: _agent, ...known } = await findDescription('better-auth');
    expect(changed).toEqual({
      ...known,
      name: 'shop',
      table: 'auth_sessions',
      user: { ...known.user, table: 'accounts' },
      options: { 'update-age': { about: 'Longer.', kind: 'duration', preset: '7d' } },
    });
    expect(await findDescription('better-auth')).toHaveProperty('ip');
  });

  it.each<[what: string, said: unknown, message: string | RegExp, hint?: string]>([
    ['no JSON', '{', /is not JSON/],
    ['a list', [], 'it is not an object'],
    ['nothing', {}, 'it lacks the key "engines"'],
    ['a key that is mistyped', { ...OWN, revok: {} }, 'it has no key "revok"', 'Did you mean revoke?'],
    [
      'a key inside that is mistyped',
      { ...OWN, user: { places: [{ colum: 'x' }] } },
      'user.places[0] has no key "colum"',
      'Did you mean column?',
    ],
    [
      'a key far from any',
      { ...OWN, ip: { zzzzzz: 1 } },
      'ip has no key "zzzzzz"',
      'The keys there are: column, path.',
    ],
    ['a number for a name', { ...OWN, table: 7 }, 'table is not a text'],
    ['no name', { ...OWN, table: '' }, 'table is empty'],
    ['a name with a line end', { ...OWN, ip: { column: 'a\nb' } }, 'ip.column has characters that do not belong there'],
    [
      'a name for a column to set',
      { ...OWN, revoke: { set: { '': { value: 1 } } } },
      'revoke.set has a key "" that is empty',
    ],
    [
      'a kind of time that is none',
      { ...OWN, created: { column: 'at', kind: 'date' } },
      /created.kind is not "timestamptz" or/,
    ],
    [
      'a moment that is neither',
      { ...OWN, expires: { from: 'expires', plus: { option: 'x' } } },
      /^expires.from is not "active" or "created"/,
    ],
    ['a moment that is a text', { ...OWN, created: 'at' }, 'created is not an object'],
    ['no engines', { ...OWN, engines: [] }, 'engines is an empty list'],
    [
      'SQL for a value',
      { ...OWN, active: { column: 'a', kind: 'epoch-s', unset: '0) or (1=1' } },
      /active.unset has characters/,
    ],
    ['an hour to look again', { ...OWN, revoke: { set: null, recheck: 3600 } }, 'revoke.recheck is above 60'],
    ['a prototype', '{"__proto__": {"name": "x"}}', 'it has no key "__proto__"'],
    ['itself', { ...OWN, active: { from: 'expires', minus: { option: 'lifetime' } } }, /reckoned from itself/],
    ['what is not there', { ...OWN, active: undefined }, 'expires is reckoned from "active", which is not there'],
    ['an option that it does not have', { ...OWN, options: {} }, /the option "lifetime", which is no duration/],
    [
      'an undoing of something else',
      { ...OWN, revoke: { ...OWN.revoke, unset: { at: { value: 1 } } } },
      /^revoke.unset /,
    ],
    ['setting nothing', { ...OWN, revoke: { set: {} } }, 'revoke.set sets nothing', 'Null: the rows are deleted.'],
    ['a stranger to extend', { extends: 'better-aut' }, /^extends names no known server/, 'Did you mean better-auth?'],
    [
      'what it extends without what it needs',
      { extends: 'laravel', without: ['active'] },
      /expires is reckoned from "active"/,
    ],
  ])('is refused where it is or has %s', async (_, said, message, hint) => {
    const error = await read(said).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: 'INVALID_INPUT', ...(hint ? { hint } : {}) });
    const { message: text } = error as Error;
    if (typeof message === 'string') expect(text).toBe(`The description file ${file}: ${message}.`);
    else expect(text.replace(`The description file ${file}: `, '')).toMatch(message);
  });

  it.each([
    ['that others may change', 0o664, /can be changed by other users.*chmod go-w/s],
    ['that everybody may change', 0o646, /can be changed by other users/],
  ])('is refused from a file %s', async (_, mode, message) => {
    const error = (await read(OWN, mode).catch((thrown: unknown) => thrown)) as { message: string; hint: string };
    expect(`${error.message} ${error.hint}`).toMatch(message);
  });

  it.runIf(process.getuid?.() === 0)('is refused from a file of somebody else', async () => {
    await read(OWN);
    chownSync(file, 65_534, 65_534);
    await expect(findDescription(file)).rejects.toThrow('belongs to another user');
  });

  it('is refused where it is a link, a folder, nothing, or far too long', async () => {
    await read(OWN);
    symlinkSync(file, join(folder, 'link.json'));
    await expect(findDescription(join(folder, 'link.json'))).rejects.toThrow('it is a link');
    await expect(findDescription(`${folder}/`)).rejects.toThrow('not a regular file');
    await expect(findDescription(join(folder, 'none.json'))).rejects.toThrow('ENOENT');
    await expect(read(' '.repeat(1_000_001))).rejects.toThrow('larger than 1 MB');
  });
});

describe('docs/write-a-description.md', () => {
  const page = readFileSync('docs/write-a-description.md', 'utf8');

  it('has examples that are what they should be', async () => {
    const examples = [...page.matchAll(/```json\n(.*?)```/gs)].map(([, json = '']) => json);
    expect(examples).toHaveLength(2);
    for (const example of examples) expect(await read(example)).toMatchObject({ name: 'shop' });
  });

  it('explains every key and every kind of time', () => {
    const { properties } = schema.$defs.WholeDescription;
    for (const word of [...Object.keys(properties), ...TIME_KINDS]) {
      expect(page.includes(`\`${word}\``) || page.includes(`"${word}":`), word).toBe(true);
    }
  });
});

describe('the schema that is published', () => {
  it.each(KNOWN_SERVERS.map((server) => [server.name, server] as const))('has %s', async (_, server) => {
    expect(validate(server), JSON.stringify(validate.errors)).toBe(true);
    expect(await read(server)).toEqual(server);
  });

  it('and the reader agree on what is refused, of whatever is changed in a description', async () => {
    const random = new Random('descriptions');
    const strange = [
      null,
      true,
      7,
      -1,
      '',
      'x',
      '\u0000',
      [],
      {},
      [1],
      { column: 'c' },
      { from: 'active' },
      'timestamptz',
    ];
    let refused = 0;
    for (let i = 0; i < 1500; i += 1) {
      const said = JSON.parse(JSON.stringify(random.pick([...KNOWN_SERVERS, OWN]))) as object;
      if (random.chance(0.3)) Object.assign(said, { extends: 'laravel', without: ['late'] });
      change(said, random, strange);
      const fits = validate(said);
      const error = await read(said).then(
        () => null,
        (thrown: Error) => thrown.message,
      );
      if (!fits) refused += 1;
      if (!fits) expect(error, JSON.stringify(said)).not.toBeNull();
      // what only the reader can know: whether what is named is there
      else if (error !== null)
        expect(error).toMatch(/reckoned|is no duration|has both|"set" names|sets nothing|no known/);
    }
    expect(refused).toBeGreaterThan(300);
  });
});

/** Puts something strange somewhere, takes something away, or adds a key. */
function change(object: object, random: Random, strange: readonly unknown[]): void {
  const holder = object as Record<string, unknown>;
  const key = random.pick(Object.keys(holder)) ?? 'zzz';
  const inner = holder[key];
  if (typeof inner === 'object' && inner !== null && random.chance(0.7)) change(inner, random, strange);
  else if (random.chance(0.5)) holder[key] = random.pick(strange);
  else if (random.chance(0.6)) holder['surplus'] = 1;
  else if (!Array.isArray(object)) delete holder[key];
}
