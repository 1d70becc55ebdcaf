import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { afterAll, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest';
import Doctor from '../../src/commands/doctor.ts';
import ServerCheck from '../../src/commands/server/check.ts';
import SessionCleanup from '../../src/commands/session/cleanup.ts';
import SessionList from '../../src/commands/session/list.ts';
import SessionRevoke from '../../src/commands/session/revoke.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { Session } from '../../src/model/session.ts';
import { type EmptyDatabase, emptyDatabase } from '../support/adopted/empty-database.ts';
import { operate } from '../support/adopted/operate.ts';
import { hashedId } from '../support/adopted/server.ts';

/** Where nothing says where a row lies, it is found by its key. */
const KEYS = ['of ann', 'of ann, too', 'of bob', ...Array.from({ length: 250 }, (_, i) => `dead ${i}`)];

async function administered(server: { url: string; reference: string }, left: () => unknown): Promise<void> {
  const ids = (await operate(server, SessionList, ['--json']))
    .json<{ sessions: Session[] }>()
    .sessions.map(({ id }) => id);
  expect(ids.toSorted()).toEqual(KEYS.slice(0, 3).map(hashedId).toSorted());
  const checked = await operate(server, ServerCheck, []);
  expect([checked.exitCode, checked.stdout]).toEqual([0, expect.stringContaining('no problem')]);
  expect((await operate(server, Doctor, [])).stdout).not.toContain('Cannot tell');
  await operate(server, SessionRevokeUser, ['1']);
  await operate(server, SessionRevoke, [hashedId('of bob').slice(0, 8)]);
  const cleaned = await operate(server, SessionCleanup, ['--batch-size', '100', '--json']);
  expect([cleaned.exitCode, cleaned.stderr]).toEqual([0, expect.anything()]);
  expect(cleaned.json()).toMatchObject({ sessionsDeleted: 250 });
  expect(await left()).toEqual([]);
}

describe('on PostgreSQL', () => {
  let database: EmptyDatabase;
  beforeAll(async () => {
    database = await emptyDatabase();
  });
  afterAll(() => database.drop());
  beforeEach(async () => {
    await database.sql('drop schema public cascade; create schema public');
    await database.sql('create table kept (id text primary key, user_id integer, expires_at timestamptz not null)');
  });

  it('a view is administered as a table', async () => {
    await database.sql('create view user_session as select * from kept');
    for (const [i, key] of KEYS.entries())
      await database.sql(`insert into kept values ($1, $2, now() + $3::text::interval)`, [
        key,
        Math.trunc(i / 2) + 1,
        i < 3 ? '1 hour' : '-1 hour',
      ]);
    await administered({ url: database.url, reference: 'lucia' }, () => database.sql('select from kept'));
  });
});

describe('on SQLite', () => {
  it('a table without row ids is administered as others', async () => {
    const file = join(mkdtempSync(join(inject('scratch'), 'views-')), 'app.db');
    const made = new DatabaseSync(file);
    made.exec('create table user_session (id text primary key, user_id integer, expires_at integer) without rowid');
    const now = Date.now() / 1000;
    for (const [i, key] of KEYS.entries())
      made
        .prepare('insert into user_session values (?, ?, ?)')
        .run(key, Math.trunc(i / 2) + 1, Math.trunc(now) + (i < 3 ? 3600 : -3600));
    await administered({ url: `sqlite:${file}`, reference: 'lucia' }, () =>
      made.prepare('select * from user_session').all(),
    );
    made.close();
  });

  it('a view is listed', async () => {
    const file = join(mkdtempSync(join(inject('scratch'), 'views-')), 'app.db');
    const made = new DatabaseSync(file);
    made.exec(`create table kept (id text primary key, user_id integer, expires_at integer);
      create view user_session as select * from kept; insert into kept values ('k', 1, null)`);
    made.close();
    const server = { url: `sqlite:${file}`, reference: 'lucia' };
    expect((await operate(server, SessionList, [])).stdout).toContain(hashedId('k'));
    const refused = await operate(server, SessionRevokeUser, ['1']);
    expect([refused.exitCode, refused.stderr]).toEqual([7, expect.stringContaining('view')]);
  });
});
