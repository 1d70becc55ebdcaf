import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import { read } from '../../src/db/port/database.ts';
import { openSqlite } from '../../src/db/port/sqlite.ts';
import {
  fillRealTomo,
  KINDS,
  type KindName,
  makeRealTomo,
  REAL_TOMO_PYTHON,
  type RealTomo,
} from '../support/adopted/real-tomo.ts';

let tomo: RealTomo;
let ids: Record<KindName, string>;

beforeEach(() => {
  tomo = makeRealTomo(join(mkdtempSync(join(inject('scratch'), 'real-tomo-')), 'tomo.db'));
  ids = fillRealTomo(tomo);
});

const kinds = Object.keys(KINDS) as KindName[];

describe.runIf(REAL_TOMO_PYTHON)('the server of the real Tomo', () => {
  it('takes the sessions that are live, and no other', async () => {
    const taken = await Promise.all(kinds.map(async (kind) => [kind, await tomo.accepts({ key: ids[kind] })] as const));
    expect(Object.fromEntries(taken)).toEqual(
      Object.fromEntries(Object.entries(KINDS).map(([kind, { accepted }]) => [kind, accepted])),
    );
    expect(await tomo.accepts({ key: 'sess_0000000000000000' })).toBe(false);
  });

  it('fails on a time without an offset', async () => {
    await tomo.sql("update sessions set expires_at = datetime('now', '+1 day') where id = $1", [ids.live]);
    await expect(tomo.accepts({ key: ids.live })).rejects.toThrow('offset-naive and offset-aware');
  });

  it('knows four words for the state of a session', async () => {
    const other = tomo.sql("update sessions set status = 'revoked' where id = $1", [ids.live]);
    await expect(other).rejects.toThrow('CHECK constraint failed');
  });

  it('lets in who has logged in, until the session ends', async () => {
    const [first, second] = [await tomo.logIn('dora'), await tomo.logIn('dora')];
    expect([await tomo.accepts(first), await tomo.accepts(second)]).toEqual([true, true]);
    await tomo.terminate(first, 'dora');
    await tomo.expire(second);
    expect([await tomo.accepts(first), await tomo.accepts(second)]).toEqual([false, false]);
  });

  it('marks what is idle or has run out when somebody lists', async () => {
    const listed = new Map((await tomo.list()).map((row) => [row.id, row]));
    const of = (kind: KindName) => listed.get(ids[kind]);
    expect(listed.size).toBe(kinds.length);
    expect(of('idleUnmarked')).toMatchObject({ status: 'idle', username: 'bob' });
    expect(of('overdue')).toMatchObject({ status: 'expired', username: 'alice' });
    expect(of('ofDeletedUser')).toMatchObject({ status: 'active', username: null });
  });
});

it('is a database that we read while its server writes', async () => {
  const db = await openSqlite(tomo.file);
  expect(await db.query('pragma journal_mode')).toEqual([{ journal_mode: 'wal' }]);
  expect(await db.query('pragma user_version')).toEqual([{ user_version: 0 }]);
  const live = `select count(*) as n from sessions s join users u on u.id = s.user_id
    where s.status in ('active', 'idle') and julianday(s.expires_at) > julianday('now') and u.is_active = 1`;
  const accepted = Object.values(KINDS).filter((kind) => kind.accepted).length;
  await read(
    db,
    async (tx) => {
      expect(await tx.query(live)).toEqual([{ n: accepted }]);
      await tomo.sql("update sessions set status = 'terminated' where id = $1", [ids.live]);
      expect(await tx.query(live)).toEqual([{ n: accepted }]);
    },
    { anySchema: true },
  );
  expect(await db.query(live)).toEqual([{ n: accepted - 1 }]);
});
