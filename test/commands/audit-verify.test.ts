import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import AuditVerify from '../../src/commands/audit/verify.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import { type AuditVerdict, verifyAudit } from '../../src/domain/audit/verify.ts';
import { clean, one } from '../db/helpers.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onPostgres, type TestDatabase } from '../support/database.ts';
import { run } from '../support/run.ts';

const verify = (t: TestDatabase, ...argv: string[]) => run(t, AuditVerify, argv);
const verdictOf = async (t: TestDatabase, ...argv: string[]) =>
  (await verify(t, ...argv, '--json')).json<AuditVerdict>();
const write = (t: Pick<TestDatabase, 'sql'>, action: string, detail: object = {}) =>
  t.sql(`select tomo.write_audit('{"osUser": "olga", "host": "box"}', $1, 'because', $2)`, [
    action,
    JSON.stringify(detail),
  ]);
const hashOf = async (t: TestDatabase, row: number) =>
  (await one<{ hash: string }>(t, `select encode(hash, 'hex') as hash from tomo.audit_log where id = $1`, [row])).hash;
/** What an owner of the schema can do: rewrites the hashes from this row on. */
const rechain = (t: TestDatabase, from: number) =>
  t.sql(`do $$ declare r tomo.audit_log; link bytea; begin
    select coalesce((select hash from tomo.audit_log where id = ${from} - 1), '\\x00') into link;
    for r in select * from tomo.audit_log where id >= ${from} order by id loop
      update tomo.audit_log set prev = link, hash = tomo.audit_hash(link, r.id, r.at, r.actor, r.action, r.reason, r.detail) where id = r.id returning hash into link;
    end loop; end $$`);
const setHead = (t: TestDatabase) =>
  t.sql('update tomo.audit_head h set (id, hash) = (select id, hash from tomo.audit_log order by id desc limit 1)');

onPostgres('audit verify', (t) => {
  /** Seven rows, and another world in between: text that only JSON escapes, numbers, nulls. */
  beforeEach(async () => {
    for (const [action, detail] of [
      ['revoke', { count: 1, filter: { users: ['ä"\\\u001b\u200b'], idleFor: 1.5 } }],
      ['set', { from: { session_timeout: 60 }, to: { session_timeout: 30 } }],
      ['revoke-user', { z: null, a: [1, 'two', { three: 3 }] }],
      ['revoke-all', {}],
      ['restore', { revocation: 4 }],
      ['cleanup', { sessionsDeleted: 12345678901234 }],
      ['set', {}],
    ] as const)
      await write(t, action, detail);
  });

  it('finds nothing wrong with what was written, and prints the digest to keep', async () => {
    const { stdout, stderr, exitCode } = await verify(t);
    expect(exitCode).toBe(0);
    const head = await hashOf(t, 7);
    expect(stdout).toMatch(
      new RegExp(`^Verified\\. Rows 1 to 7 \\(.*\\) are as written and in order\\.\\nHead: row 7, ${head}\\n$`),
    );
    expect(stderr).toContain(`tomo audit verify --head ${head.slice(0, 16)}`);
    expect(await verdictOf(t)).toMatchObject({
      verified: true,
      problem: null,
      rows: 7,
      first: 1,
      last: 7,
      cut: null,
      head: { row: 7, digest: head },
      noted: null,
      interrupted: false,
    });
  });

  it('knows that a log without any row was emptied, since the first is written with the schema', async () => {
    await t.empty();
    expect(await verdictOf(t)).toMatchObject({ verified: false, rows: 0, problem: { kind: 'emptied' } });
    expect(await verify(t)).toMatchObject({ exitCode: 9, stdout: expect.stringContaining('there are no rows') });
  });

  it.each([
    ['what was done', `update tomo.audit_log set action = 'restore' where id = 4`, 4],
    ['the reason', `update tomo.audit_log set reason = null where id = 7`, 7],
    [
      'a count, in the oldest row',
      `update tomo.audit_log set detail = jsonb_set(detail, '{count}', '2') where id = 1`,
      1,
    ],
    ['who it was', `update tomo.audit_log set actor = actor || '{"osUser": "otto"}' where id = 3`, 3],
    ['a time by a microsecond', `update tomo.audit_log set at = at + interval '1 microsecond' where id = 5`, 5],
    ['the hash alone', `update tomo.audit_log set hash = sha256(hash) where id = 2`, 2],
    ['the link alone', `update tomo.audit_log set prev = sha256(prev) where id = 6`, 6],
    ['two rows, of which it names the first', `update tomo.audit_log set reason = 'x' where id in (3, 6)`, 3],
  ])('finds the row in which somebody has altered %s', async (_, statement, row) => {
    await t.sql(statement);
    const verdict = await verdictOf(t);
    expect(verdict).toMatchObject({
      verified: false,
      problem: { kind: 'altered', row },
      rows: row - 1,
      last: row === 1 ? null : row - 1,
    });
    const { stdout, exitCode } = await verify(t);
    expect(exitCode).toBe(9);
    expect(stdout).toContain(`NOT verified: row ${row} was altered.`);
    expect(stdout).not.toContain('Head:');
  });

  it('finds where two rows were swapped', async () => {
    await t.sql(`update tomo.audit_log set id = case id when 3 then -5 else -3 end where id in (3, 5)`);
    await t.sql('update tomo.audit_log set id = -id where id < 0');
    expect((await verdictOf(t)).problem).toMatchObject({ kind: 'altered', row: 3 });
  });

  it.each([
    ['one in the middle', 'id = 4', { from: 4, to: 4, newest: false }, 'row 4 was removed.'],
    ['several', 'id between 3 and 5', { from: 3, to: 5, newest: false }, 'rows 3 to 5 were removed.'],
    ['the oldest', 'id <= 2', { from: 1, to: 2, newest: false }, 'rows 1 to 2 were removed.'],
    ['the newest', 'id >= 6', { from: 6, to: 7, newest: true }, 'rows 6 to 7 were removed at the newest end.'],
    ['all of them', 'true', { from: 1, to: 7, newest: true }, 'rows 1 to 7 were removed at the newest end.'],
  ])('finds which rows were removed: %s', async (_, where, problem, words) => {
    await t.sql(`delete from tomo.audit_log where ${where}`);
    expect((await verdictOf(t)).problem).toEqual({ kind: 'removed', ...problem });
    expect(await verify(t)).toMatchObject({ exitCode: 9, stdout: expect.stringContaining(words) });
  });

  it('finds a truncated log', async () => {
    await t.sql('truncate tomo.audit_log');
    expect((await verdictOf(t)).problem).toEqual({ kind: 'removed', from: 1, to: 7, newest: true });
  });

  it('finds a row that was removed and its place filled by numbering the others anew', async () => {
    await t.sql('delete from tomo.audit_log where id = 4');
    for (const id of [5, 6, 7]) await t.sql('update tomo.audit_log set id = id - 1 where id = $1', [id]);
    await setHead(t);
    expect((await verdictOf(t)).problem).toMatchObject({ kind: 'altered', row: 4 });
  });

  it('finds where a row was rewritten together with its hash', async () => {
    await t.sql(`update tomo.audit_log set reason = 'another' where id = 4`);
    await t.sql(
      'update tomo.audit_log set hash = tomo.audit_hash(prev, id, at, actor, action, reason, detail) where id = 4',
    );
    expect((await verdictOf(t)).problem).toEqual({ kind: 'rewritten', row: 5, before: 4 });
    expect((await verify(t)).stdout.replaceAll('\n', ' ')).toContain(
      'row 5 does not continue row 4. One of them was rewritten together with its hash.',
    );
  });

  it('finds that all rows from one on were written anew, and not the head', async () => {
    await t.sql(`update tomo.audit_log set reason = 'another' where id = 4`);
    await rechain(t, 4);
    expect((await verdictOf(t)).problem).toEqual({ kind: 'head-differs', row: 7 });
  });

  it.each([
    [
      'beyond the head',
      'insert into tomo.audit_log select 8, at, actor, action, reason, detail, hash, sha256(hash) from tomo.audit_log where id = 7',
      'altered',
      8,
    ],
    [
      'beyond the head, with a good hash',
      'insert into tomo.audit_log select 8, at, actor, action, reason, detail, hash, tomo.audit_hash(hash, 8, at, actor, action, reason, detail) from tomo.audit_log where id = 7',
      'inserted',
      8,
    ],
    [
      'before the oldest',
      `insert into tomo.audit_log select 0, at, actor, action, reason, detail, prev, hash from tomo.audit_log where id = 1`,
      'inserted',
      0,
    ],
    [
      'with the head set back',
      `update tomo.audit_head h set (id, hash) = (select id, hash from tomo.audit_log where id = 6)`,
      'inserted',
      7,
    ],
  ])('finds a row that does not belong there: %s', async (_, statement, kind, row) => {
    await t.sql(statement);
    expect((await verdictOf(t)).problem).toMatchObject({ kind, row });
  });

  it.each([
    ['its digest', 'update tomo.audit_head set hash = sha256(hash)', { kind: 'head-differs', row: 7 }],
    ['its number', 'update tomo.audit_head set id = 9', { kind: 'removed', from: 8, to: 9, newest: true }],
    ['all of it', 'delete from tomo.audit_head', { kind: 'head-missing' }],
  ])('finds a head in which somebody has changed %s', async (_, statement, problem) => {
    await t.sql(statement);
    expect((await verdictOf(t)).problem).toEqual(problem);
    expect((await verify(t)).exitCode).toBe(9);
  });

  it('cannot know what a digest kept elsewhere shows: newest rows removed with the head set back, and a chain written anew', async () => {
    const kept = await hashOf(t, 7);
    await write(t, 'cleanup');
    expect(await verdictOf(t, '--head', kept)).toMatchObject({ verified: true, noted: { row: 7, newer: 1 } });
    expect(await verdictOf(t, '--head', kept.slice(0, 16).toUpperCase())).toMatchObject({
      noted: { row: 7, newer: 1 },
    });
    expect((await verify(t, '--head', kept)).stdout).toContain(
      'The digest you kept is that of row 7; 1 row came after it.',
    );

    await t.sql('delete from tomo.audit_log where id >= 6');
    await setHead(t);
    expect((await verify(t)).exitCode).toBe(0);
    const shown = await verify(t, '--head', kept);
    expect(shown.exitCode).toBe(9);
    expect(shown.stdout.replaceAll('\n', ' ')).toContain(
      `no row has the digest ${kept}. The newest rows were removed and the head set back`,
    );

    await t.sql(`update tomo.audit_log set reason = 'another' where id = 2`);
    const fifth = await hashOf(t, 5);
    await rechain(t, 2);
    await setHead(t);
    expect((await verify(t)).exitCode).toBe(0);
    expect(await verdictOf(t, '--head', fifth)).toMatchObject({
      verified: false,
      problem: { kind: 'unknown-digest', digest: fifth },
      rows: 5,
    });
    // what is before the change still is as it was
    expect(await verdictOf(t, '--head', await hashOf(t, 1))).toMatchObject({
      verified: true,
      noted: { row: 1, newer: 4 },
    });
  });

  describe('after cleanup has cut rows 1 to 3', () => {
    let last: string;
    beforeEach(async () => {
      await t.sql(`update tomo.audit_log set at = at - interval '400 days' where id <= 3`);
      await rechain(t, 1);
      await setHead(t);
      last = await hashOf(t, 3);
      await clean(t);
    });

    it('starts there, as a row of the chain says', async () => {
      expect(await verdictOf(t)).toMatchObject({
        verified: true,
        rows: 6,
        first: 4,
        last: 9,
        cut: { row: 3, at: expect.any(String) },
      });
      expect((await verify(t)).stdout).toMatch(/Rows up to 3 were cut off at .*retention\./s);
    });

    it('says of a digest from there that nothing is left to be checked with it', async () => {
      expect((await verdictOf(t, '--head', last)).problem).toEqual({ kind: 'digest-cut', row: 3 });
      expect(await verify(t, '--head', last)).toMatchObject({
        exitCode: 6,
        stdout: expect.stringContaining('cannot be checked'),
      });
      const older = await verify(t, '--head', 'a'.repeat(16));
      expect(older.exitCode).toBe(9);
      expect(older.stdout.replaceAll('\n', ' ')).toContain('one of those up to 3 that are cut off');
    });

    it.each([
      ['with more rows gone', 'delete from tomo.audit_log where id = 4', { kind: 'removed', from: 4, to: 4 }],
      [
        'with the number in its row changed',
        `delete from tomo.audit_log where id <= 5;
         update tomo.audit_log set detail = jsonb_set(detail, '{row}', '5') where action = 'cut'`,
        { kind: 'rewritten', row: 6 },
      ],
      [
        'with the link changed as well',
        `delete from tomo.audit_log where id <= 5;
         update tomo.audit_log c set detail = c.detail || jsonb_build_object('row', 5, 'hash', encode(l.prev, 'hex'))
           from tomo.audit_log l where l.id = 6 and c.action = 'cut'`,
        { kind: 'altered', row: 8 },
      ],
      ['without its row', `delete from tomo.audit_log where action = 'cut'`, { kind: 'removed', from: 1, to: 3 }],
      [
        'with a row that is no cut',
        `update tomo.audit_log set detail = '["boom"]' where action = 'cut'`,
        { kind: 'removed', from: 1, to: 3 },
      ],
    ])('finds it moved: %s', async (_, statements, problem) => {
      await t.db.transaction({}, (tx) => tx.script(statements));
      expect((await verdictOf(t)).problem).toMatchObject(problem);
    });
  });

  it.each([1, 2, 3, 7, 8])('finds the same in batches of %i', async (batchSize) => {
    const steps: number[] = [];
    const check = (digest: string | null = null) =>
      verifyAudit(t.db, { digest, batchSize, onProgress: (rows) => steps.push(rows) });
    expect(await check(await hashOf(t, 3))).toMatchObject({ verified: true, rows: 7, noted: { row: 3, newer: 4 } });
    expect(steps.at(-1)).toBe(7);
    await t.sql(`update tomo.audit_log set reason = 'x' where id = 7`);
    expect((await check()).problem).toMatchObject({ kind: 'altered', row: 7 });
    await t.sql('delete from tomo.audit_log where id in (4, 5)');
    expect(await check()).toMatchObject({
      problem: { kind: 'removed', from: 4, to: 5, newest: false },
      rows: 3,
      first: 1,
      last: 3,
    });
  });

  it('can be interrupted', async () => {
    const stopped = await run(t, AuditVerify, [], { interrupt: (press) => press() });
    expect(stopped).toMatchObject({ exitCode: 130, stdout: expect.stringContaining('Interrupted.') });
  });
});

/** What stands in a column instead, by its type; null in each. */
const OTHERS: Record<string, string[]> = {
  int8: ['-1', '0', '3', '4', '99', '9007199254740993', '9223372036854775807'],
  timestamptz: ['infinity', '-infinity', '294276-12-31 23:59:59Z', '4713-01-01 BC', '2020-02-02 00:00:00.000001Z'],
  jsonb: [
    ...['null', '5', '[]', '"boom"', '{"row": 4, "hash": {}}', '[[[[[[]]]]]]', '{"z": 1e400}', '{"z": 1e131071}'],
    ...['{"\u200b\u202e": "\ufffd\ud83d\ude00 \\u001b[2J"}', JSON.stringify({ much: 'x'.repeat(400_000) })],
  ],
  text: ['', 'cut', 'x'.repeat(300_000), '\u202e\u001b[2J\u0301'],
  bytea: ['', '\\x00', '\\xff', `\\x${'00'.repeat(32)}`, `\\x${'ab'.repeat(5000)}`],
};

onPostgres('audit verify and an owner who has taken the constraints off', (t) => {
  t.keepsData = true;
  let kept: string;
  const put = () =>
    t.db.transaction({}, (tx) =>
      tx.script(`delete from tomo.audit_log; insert into tomo.audit_log select * from public.log;
        delete from tomo.audit_head; insert into tomo.audit_head select * from public.head`),
    );
  /** Whatever it is, it is a finding, and no error. */
  const isFound = async (act: string) => {
    const { exitCode, stdout, stderr } = await verify(t, '--head', kept);
    expect({ act, exitCode, stderr }).toEqual({ act, exitCode: 9, stderr: '' });
    expect(stdout).toContain('NOT verified');
    expect(stdout).not.toMatch(/[\u001b\u202e]/);
    await put();
  };

  beforeAll(async () => {
    await t.db.transaction({}, (tx) =>
      tx.script(`do $$ declare c record; begin
        for c in select conrelid::regclass as t, conname from pg_constraint
                  where conrelid::regclass::text like 'tomo.audit%' and contype in ('p', 'c') loop
          execute format('alter table %s drop constraint %I', c.t, c.conname);
        end loop;
        for c in select attrelid::regclass as t, attname from pg_attribute
                  where attrelid in ('tomo.audit_log'::regclass, 'tomo.audit_head'::regclass) and attnum > 0 loop
          execute format('alter table %s alter %I drop not null', c.t, c.attname);
        end loop; end $$`),
    );
    for (const action of ['begin', 'set', 'revoke', 'restore', 'set']) await write(t, action, { n: 1.5 });
    await t.sql('create table public.log as select * from tomo.audit_log');
    await t.sql('create table public.head as select * from tomo.audit_head');
    kept = await hashOf(t, 5);
  });

  it('names a finding for whatever stands in whichever column of whichever row', async () => {
    const columns = await t.sql<{ table: string; name: string; type: string }>(`
      select a.attrelid::regclass::text as table, a.attname::text as name, y.typname::text as type
        from pg_attribute a join pg_type y on y.oid = a.atttypid
       where a.attrelid in ('tomo.audit_log'::regclass, 'tomo.audit_head'::regclass) and a.attnum > 0
         and y.typname <> 'bool'`);
    expect(columns.map(({ type }) => OTHERS[type] && type)).not.toContain(undefined);
    for (const { table, name, type } of columns)
      for (const row of table.endsWith('head') ? [5] : [1, 3, 5])
        for (const value of [null, ...(OTHERS[type] ?? [])]) {
          const [changed] = await t.sql(
            `update ${table} set ${name} = $1::${type} where id = $2 and ${name} is distinct from $1::${type} returning 1`,
            [value, row],
          );
          if (changed) await isFound(`${table}.${name} of ${row} = ${value?.slice(0, 30)}`);
        }
  });

  it.each([
    ['a number twice', 'insert into tomo.audit_log select * from tomo.audit_log where id = 3'],
    ['a row of nulls', 'insert into tomo.audit_log (id) values (null)'],
    ['the last two in another order', 'update tomo.audit_log set id = 9 - id where id > 3'],
    ['all emptied', 'truncate tomo.audit_log, tomo.audit_head'],
    [
      'all emptied, with a head as at the beginning',
      `truncate tomo.audit_log, tomo.audit_head; insert into tomo.audit_head default values`,
    ],
    ['a second head', 'insert into tomo.audit_head select * from tomo.audit_head'],
    [
      'a function of that name, and a row that was written anew for it',
      `create function public.sha256(bytea) returns bytea immutable language sql as
         $f$ select coalesce((select hash from public.log where position(convert_to('"revoke"', 'UTF8') in $1) > 0 and id = 3),
             pg_catalog.sha256($1)) $f$;
       update tomo.audit_log set reason = 'another' where id = 3`,
    ],
  ])('finds %s', async (act, statements) => {
    await t.db.transaction({}, (tx) => tx.script(statements));
    await t.sql('set search_path = public, pg_catalog');
    await isFound(act);
    await t.sql('reset search_path');
  });

  it('finds any rows gone, the head and the hashes written anew', async () => {
    for (let gone = 1; gone < 32; gone += 1) {
      const ids = [1, 2, 3, 4, 5].filter((id) => gone & (1 << (id - 1)));
      await t.sql('delete from tomo.audit_log where id = any($1)', [ids]);
      if (ids.length < 5) {
        await rechain(t, 1);
        await setHead(t);
      }
      await isFound(`rows ${ids} gone`);
    }
  });
});

onPostgres('audit verify beside writers', (t) => {
  it('finds an unbroken chain whoever writes meanwhile', async () => {
    await aSession(t, await aUser(t));
    const others = await Promise.all(Array.from({ length: 6 }, () => t.connect()));
    await write(t, 'begin');
    const writing = others.map(async (db) => {
      for (let i = 0; i < 20; i += 1) await db.query(`select tomo.write_audit('{}', 'set', null, '{}')`);
    });
    const verdicts = [];
    for (let i = 0; i < 5; i += 1) verdicts.push(await verdictOf(t));
    await Promise.all(writing);
    await run(t, SessionRevokeAll, ['--yes']);
    verdicts.push(await verdictOf(t));
    expect(verdicts.map(({ verified, problem }) => ({ verified, problem }))).toEqual(
      verdicts.map(() => ({ verified: true, problem: null })),
    );
    expect(verdicts.at(-1)?.rows).toBe(122);
  });
});
