import { beforeEach, expect, it } from 'vitest';
import { countExactly, exportSessions, listSessions } from '../../src/domain/session/list.ts';
import { showSession } from '../../src/domain/session/show.ts';
import { parseDuration, parseMoment } from '../../src/domain/text/time.ts';
import type { SessionFilter } from '../../src/model/session.ts';
import { aSession, aUser } from '../support/builders.ts';
import { onBothEngines, onPostgres, type TestDatabase } from '../support/database.ts';
import { setSettings } from './server-calls.ts';

const list = (t: TestDatabase, filter: SessionFilter) =>
  listSessions(t.db, filter, { sort: 'activity', limit: 50, after: undefined, withTotal: true });

onBothEngines('a selected session', (t) => {
  it('has every field, exact to the microsecond', async () => {
    const user = await aUser(t, { username: 'alice' });
    const id = await aSession(t, user, {
      browser: 'Firefox',
      os: 'Windows',
      ip: '2001:db8::1',
      country: 'DE',
      city: 'Köln',
      method: 'sso',
      remember: true,
    });
    const [device] = await t.sql<{ id: string }>(
      `insert into tomo.devices (user_id, fingerprint, label, screen, time_zone)
       values ($1, sha256('x'), 'laptop', '1920x1080', 'Europe/Berlin') returning id`,
      [user],
    );
    await t.sql(
      `update tomo.sessions set device_id = $1,
         created_at = date_trunc('day', now()) - interval '1 day' + interval '1.000001 s',
         last_activity_at = date_trunc('day', now()) - interval '0.5 s'`,
      [device?.id],
    );
    const { session } = await showSession(t.db, id, 10);
    expect(session).toMatchObject({
      id,
      username: 'alice',
      userId: user,
      state: 'active',
      device: 'Firefox on Windows',
      browser: 'Firefox',
      os: 'Windows',
      formFactor: 'desktop',
      userAgent: 'Mozilla/5.0 (Windows) Firefox/1.0',
      deviceLabel: 'laptop',
      screen: '1920x1080',
      timeZone: 'Europe/Berlin',
      ip: '2001:db8::1',
      loginMethod: 'sso',
      rememberMe: true,
      endedAt: null,
      endReason: null,
      endedBy: null,
      revocationId: null,
      country: 'DE',
      region: null,
      city: 'Köln',
    });
    expect(session.createdAt).toMatch(/T00:00:01\.000001(\+00:00|Z)$/);
    expect(session.lastActivityAt).toMatch(/T23:59:59\.5(00000)?(\+00:00|Z)$/);
    expect(Date.parse(session.expiresAt ?? '') - Date.parse(session.lastActivityAt ?? '')).toBe(43_200 * 60_000);
    const [row] = (await list(t, { state: 'active' })).sessions;
    expect(row).toEqual(session);
    const lines: string[] = [];
    await exportSessions(
      t.db,
      { state: 'active' },
      { sort: 'login', after: undefined },
      (json) => void lines.push(json),
    );
    expect(lines.map((line) => JSON.parse(line))).toEqual([session]);
  });

  it('that has expired does not claim to expire in the future, when a timeout was raised after it', async () => {
    const id = await aSession(t, await aUser(t), { idle: 120 });
    await setSettings(t, { session_timeout: 480 });
    const { session } = await showSession(t.db, id, 0);
    expect(session.state).toBe('expired');
    expect(session.expiresAt === null || Date.parse(session.expiresAt) <= Date.now()).toBe(true);
  });

  it('comes out of an export whole, whatever text it holds', async () => {
    const nasty = 'a"b\\c\\n\t\u0001\u0002\n\r,$1 \u001b[31m 日本語 🦊 \u202e';
    await aSession(t, await aUser(t, { username: `o'brien "x" \\` }), { userAgent: nasty, city: nasty.slice(0, 30) });
    const lines: string[] = [];
    await exportSessions(
      t.db,
      { state: 'active' },
      { sort: 'activity', after: undefined },
      (json) => void lines.push(json),
    );
    expect(lines).toHaveLength(1);
    expect(lines[0]).not.toMatch(/[\n\r]/);
    expect(JSON.parse(lines[0] ?? '')).toEqual((await list(t, { state: 'active' })).sessions[0]);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({ userAgent: nasty, username: `o'brien "x" \\` });
  });

  it('of nobody is listed when a dimension has no match', async () => {
    await aSession(t, await aUser(t, { username: 'alice' }), { browser: 'Firefox', os: 'Windows', country: 'DE' });
    await aUser(t, { username: 'idle' });
    for (const filter of [
      { users: ['idle'] },
      { devices: ['opera'] },
      { countries: ['JP'] },
      { ips: ['192.0.2.0/24'] },
      { methods: ['sso'] },
    ] as Partial<SessionFilter>[]) {
      expect(await list(t, { state: 'all', ...filter })).toMatchObject({ sessions: [], nextCursor: null });
      expect(await countExactly(t.db, { state: 'all', ...filter })).toBe(0);
      await exportSessions(t.db, { state: 'all', ...filter }, { sort: 'idle', after: undefined }, () =>
        expect.unreachable(),
      );
    }
  });

  it('of an unknown user is an error that offers the nearest name', async () => {
    await aUser(t, { username: 'Alice' });
    const wrong = { state: 'active', users: ['alice', 'alcie'] } as const satisfies SessionFilter;
    for (const attempt of [
      list(t, { ...wrong, users: [...wrong.users] }),
      countExactly(t.db, { ...wrong, users: [...wrong.users] }),
    ]) {
      await expect(attempt).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: expect.stringContaining('alcie'),
        hint: 'Did you mean Alice?',
      });
    }
  });

  it('is found by the longest time spans that may be typed, or they are refused as input', async () => {
    const id = await aSession(t, await aUser(t));
    for (const span of ['999999999w', '300000w', '999999999d', '1w']) {
      const listed = async (filter: () => Partial<SessionFilter>) =>
        (await list(t, { state: 'active', ...filter() })).sessions.map((s) => s.id);
      for (const [filter, expected] of [
        [() => ({ since: parseMoment(span, '--since', new Date()) }), [id]],
        [() => ({ idleFor: parseDuration(span, '--idle-for') }), []],
      ] as const) {
        const outcome = await listed(filter).catch((error: { code?: string }) => error.code);
        expect([expected, 'INVALID_INPUT']).toContainEqual(outcome);
      }
    }
  });

  it('comes with its latest activity first, as much as asked for', async () => {
    const user = await aUser(t);
    const id = await aSession(t, user);
    await t.sql(
      `insert into tomo.session_activity (session_id, user_id, at, kind, name, path, status, ip)
      select $1, $2, now() - make_interval(mins => i), 'page', 'p' || i, '/p', 200, '203.0.113.7' from generate_series(1, 5) i`,
      [id, user],
    );
    const { activity } = await showSession(t.db, id.slice(0, 8), 3);
    expect(activity.map((a) => a.name)).toEqual(['p1', 'p2', 'p3']);
    expect(activity[0]).toMatchObject({ kind: 'page', path: '/p', status: 200, ip: '203.0.113.7' });
  });
});

onPostgres('an export', (t) => {
  beforeEach(async () => {
    await t.sql('insert into tomo.sessions (user_id) select $1 from generate_series(1, 30000)', [await aUser(t)]);
  });

  it('that is given up in the middle ends at once, and its connection with it', async () => {
    const db = await t.connect();
    const pid = async () => (await db.query<{ pid: number }>('select pg_backend_pid() as pid'))[0]?.pid;
    const before = await pid();
    let seen = 0;
    const stopped = exportSessions(db, { state: 'active' }, { sort: 'activity', after: undefined }, () => {
      seen += 1;
      if (seen === 10) throw new Error('the reader has gone');
    });
    await expect(stopped).rejects.toThrow('the reader has gone');
    expect(await pid()).not.toBe(before);
    expect(await countExactly(t.db, { state: 'active' })).toBe(30_000);
  }, 20_000);

  it('waits for a slow reader and loses nothing', async () => {
    const ids = new Set<string>();
    await exportSessions(t.db, { state: 'active' }, { sort: 'login', after: undefined }, async (json) => {
      if (ids.size % 5000 === 0) await new Promise((resolve) => setImmediate(resolve));
      ids.add((JSON.parse(json) as { id: string }).id);
    });
    expect(ids.size).toBe(30_000);
  });
});
