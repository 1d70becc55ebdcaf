import { beforeEach, expect, it } from 'vitest';
import { type Database, type Transaction, write } from '../../src/db/database.ts';
import { cleanUp } from '../../src/domain/cleanup.ts';
import { markRevocations } from '../../src/domain/session-marking.ts';
import { revokeEverybody, revokeUsers } from '../../src/domain/session-revoke-epoch.ts';
import { aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { chainProblems, codeFrom, count, fates, NOTE, one } from './helpers.ts';

/** Order of events as the callers saw them: an operation that ended before another began has `end` < `begin`. */
let clock = 0;

interface Login {
  user: string;
  id: string;
  begin: number;
  end: number;
}

interface Revoked {
  /** Null: everybody. */
  user: string | null;
  keep: string[];
  begin: number;
  end: number;
}

/** What a server's login does: the user's row locked first, everything else read in new statements. */
async function login(tx: Transaction, user: string): Promise<string> {
  await tx.query('select from tomo.users where id = $1 for no key update', [user]);
  const [epochs] = await tx.query<{ epoch: string; user_epoch: string }>(
    'select t.epoch, coalesce(c.epoch, 0) as user_epoch from tomo.settings t left join tomo.user_controls c on c.user_id = $1',
    [user],
  );
  const [row] = await tx.query<{ id: string }>(
    `insert into tomo.sessions (user_id, epoch, user_epoch, created_at, last_activity_at) values ($1, $2, $3, clock_timestamp(), clock_timestamp()) returning id`,
    [user, epochs?.epoch, epochs?.user_epoch],
  );
  return row?.id ?? '';
}

/** What a server's request does: accepted only where the session is live still. */
async function touch(db: Database, id: string): Promise<boolean> {
  const rows = await write(db, (tx) =>
    tx.query(
      `update tomo.sessions s set last_activity_at = clock_timestamp()
       from tomo.users u left join tomo.user_controls c on c.user_id = u.id, tomo.settings t
      where s.id = $1 and u.id = s.user_id and tomo.live(s, u, c, t, clock_timestamp()) returning s.id`,
      [id],
    ),
  );
  return rows.length === 1;
}

const pick = <T>(list: readonly T[]): T | undefined => list[Math.floor(Math.random() * list.length)];

onPostgres('logins, requests, revocations and cleanups at once', (t) => {
  beforeEach(() => t.empty());

  it('leave nobody in who should be out, and harm nobody who should be in', async () => {
    const users: { id: string; username: string }[] = [];
    for (const username of ['u0', 'u1', 'u2', 'u3', 'u4', 'u5']) users.push({ id: await aUser(t, { username }), username });
    const logins: Login[] = [];
    const revocations: Revoked[] = [];
    const refusals: string[] = [];
    const end = Date.now() + 5000;
    const until = async (work: (db: Database) => Promise<void>) => {
      const db = await t.connect();
      while (Date.now() < end) await work(db);
    };
    const revoking = async (user: string | null, keep: string[], work: () => Promise<unknown>) => {
      const begin = ++clock;
      try {
        await work();
        revocations.push({ user, keep, begin, end: ++clock });
      } catch (error) {
        // a session to keep may have been revoked by another meanwhile: refused, nothing changed
        refusals.push(String((error as { code?: string }).code));
      }
    };
    const keepOf = (user: string | null) =>
      Math.random() < 0.5
        ? []
        : logins
            .filter((l) => !user || l.user === user)
            .slice(-2)
            .map((l) => l.id);

    await Promise.all([
      ...Array.from({ length: 5 }, () =>
        until(async (db) => {
          const user = pick(users)?.id ?? '';
          const begin = ++clock;
          const id = await write(db, (tx) => login(tx, user));
          logins.push({ user, id, begin, end: ++clock });
        }),
      ),
      ...Array.from({ length: 3 }, () =>
        until(async (db) => {
          const session = pick(logins.slice(-40));
          if (!session || !(await touch(db, session.id))) await new Promise((resolve) => setTimeout(resolve, 1));
        }),
      ),
      until(async (db) => {
        const user = pick(users);
        const keep = keepOf(user?.id ?? null);
        await revoking(user?.id ?? '', keep, () => revokeUsers(db, [user?.username ?? ''], NOTE, { keep, expect: null }));
        await new Promise((resolve) => setTimeout(resolve, 20));
      }),
      until(async (db) => {
        const keep = keepOf(null);
        await revoking(null, keep, () =>
          revokeEverybody(db, NOTE, { keep, expect: null, ...(Math.random() < 0.5 ? { signal: AbortSignal.abort() } : {}) }),
        );
        await new Promise((resolve) => setTimeout(resolve, 150));
      }),
      until(async (db) => {
        await cleanUp(db, { actor: NOTE.actor, retention: null, batchSize: 50, maxDuration: null });
        await new Promise((resolve) => setTimeout(resolve, 50));
      }),
    ]);
    // the server is not asked for more than it has: the world was busy
    expect(logins.length).toBeGreaterThan(100);
    expect(revocations.filter((r) => r.user).length).toBeGreaterThan(10);
    expect(revocations.filter((r) => !r.user).length).toBeGreaterThan(3);
    expect(revocations.some((r) => r.keep.length > 0)).toBe(true);
    expect(new Set(refusals).difference(new Set(['KEEP_NOT_LIVE']))).toEqual(new Set());

    const judge = async () => {
      const found = await fates(t);
      const wrong: string[] = [];
      for (const s of logins) {
        const live = found.get(s.id)?.state === 'active';
        const hits = revocations.filter((r) => (r.user === null || r.user === s.user) && !r.keep.includes(s.id));
        if (live && hits.some((r) => r.begin > s.end)) wrong.push(`${s.id} was in before a revocation began, and lives`);
        if (!live && !hits.some((r) => r.end > s.begin)) wrong.push(`${s.id} was hit by a revocation that had ended before its login, or by none`);
        if (live && found.get(s.id)?.endedAt) wrong.push(`${s.id} lives and has ended`);
      }
      return wrong;
    };
    expect(await judge()).toEqual([]);
    // and neither the rest of the marking nor another cleanup changes who is in
    expect((await markRevocations(t.db, null)).done).toBe(true);
    await cleanUp(t.db, { actor: NOTE.actor, retention: null, batchSize: 50, maxDuration: null });
    expect(await judge()).toEqual([]);
    expect(await count(t, `tomo.sessions where end_reason is distinct from 'revoked' and end_reason is not null`)).toBe(0);
    expect(
      await count(
        t,
        `tomo.sessions s join tomo.revocations r on r.id = s.revocation_id
      where s.id = any(r.kept) or r.user_id <> s.user_id or s.ended_at <> greatest(r.at, s.created_at)`,
      ),
    ).toBe(0);
    expect(await chainProblems(t)).toEqual([]);
  });

  it('do not end a session at its timeout after a request has been accepted', async () => {
    const user = await aUser(t);
    await t.sql('update tomo.settings set session_timeout = 1');
    // many are just about to run out, or have
    await t.sql(
      `insert into tomo.sessions (user_id, created_at, last_activity_at)
      select $1, now() - interval '1 hour', now() - interval '60 s' + make_interval(secs => i * 0.0015) from generate_series(-400, 2000) i`,
      [user],
    );
    const ids = (await t.sql<{ id: string }>('select id from tomo.sessions order by last_activity_at')).map((row) => row.id);
    const accepted = new Set<string>();
    const [t1, t2, t3, cleaner] = await Promise.all([t.connect(), t.connect(), t.connect(), t.connect()]);
    let touching = 3;
    const toucher = async (db: Database, offset: number) => {
      for (let i = offset; i < ids.length; i += 3) if (await touch(db, ids[i] ?? '')) accepted.add(ids[i] ?? '');
      touching -= 1;
    };
    await Promise.all([
      toucher(t1, 0),
      toucher(t2, 1),
      toucher(t3, 2),
      (async () => {
        while (touching > 0) await cleanUp(cleaner, { actor: NOTE.actor, retention: null, batchSize: 20, maxDuration: null });
      })(),
    ]);
    const ended = await t.sql<{ id: string }>('select id from tomo.sessions where ended_at is not null');
    expect(accepted.size).toBeGreaterThan(0);
    expect(ended.length).toBeGreaterThanOrEqual(400);
    expect(ended.filter(({ id }) => accepted.has(id))).toEqual([]);
  });

  it('and deactivations of users with a login in progress leave no such login alive', async () => {
    const user = await aUser(t);
    const other = await t.connect();
    let late: Promise<unknown> | undefined;
    let id = '';
    await write(t.db, async (tx) => {
      id = await login(tx, user);
      late = write(other, (o) => o.query('update tomo.users set is_active = false where id = $1', [user]), { lockTimeout: 10_000 });
    });
    await late;
    await t.sql('update tomo.users set is_active = true');
    expect((await fates(t)).get(id)?.state).toBe('revoked');
  });

  it('let a cleanup and a revocation mark the same rows without claiming one twice', async () => {
    const user = await aUser(t, { username: 'u' });
    await t.sql('insert into tomo.sessions (user_id) select $1 from generate_series(1, 3000)', [user]);
    await write(t.db, (tx) => tx.query('select tomo.revoke_all()'));
    const markers = await Promise.all(Array.from({ length: 4 }, () => t.connect()));
    const marked = await Promise.all(markers.map((db) => markRevocations(db, null)));
    expect(marked.reduce((sum, m) => sum + m.revoked, 0)).toBe(3000);
    expect(await one(t, 'select marked::int from tomo.revocations')).toEqual({ marked: 3000 });
  });

  it('refuse a statement that would wait too long for a lock, and say so', async () => {
    const user = await aUser(t, { username: 'u' });
    const holder = await t.connect();
    await write(t.db, (tx) => tx.query('select tomo.revoke_user($1)', [user]));
    await write(holder, async (tx) => {
      await tx.query('select from tomo.user_controls for update');
      const refused = write(t.db, (o) => o.query('select tomo.revoke_user($1)', [user]), { lockTimeout: 50 });
      await expect(refused).rejects.toMatchObject({ code: 'DATABASE_BUSY', message: expect.stringContaining('nothing was changed') });
      expect(await codeFrom(write(t.db, (o) => o.query('select tomo.revoke_user($1)', [user]), { lockTimeout: 50 }))).toBe('55P03');
    });
  });
});
