import { expect, it } from 'vitest';
import { read } from '../../src/db/port/database.ts';
import { selectEndedSessions, selectOutcome, selectStaysDead } from '../../src/db/revocation/restore-outcome.ts';
import { aUser } from '../support/builders.ts';
import { CLUSTER } from '../support/cluster.ts';
import { onBothEngines, type TestDatabase } from '../support/database.ts';
import { EVERYTHING } from '../support/extent.ts';
import { Random } from '../support/random.ts';
import { count, pass } from './helpers.ts';
import { type Fate, type Micros, type Timeouts, TruthModel } from './truth-model.ts';

const HOUR = 3_600_000_000;
const micros = (expression: string) => `(extract(epoch from ${expression}) * 1000000)::bigint::float8`;

/** TOMO_TEST_SECONDS: so long, by hand; in the suite so many steps, that timing decides nothing. */
const SECONDS = Number(process.env.TOMO_TEST_SECONDS ?? 0);
const STEPS = { postgres: EVERYTHING ? 400 : 180, embedded: 120 };
const A_WORLD = 60;
/** More than there are. */
const ALL = 100_000;

onBothEngines('who is in, beside a model that keeps every event', (t) => {
  it('is the same for every session after every step', { timeout: SECONDS * 1000 + 120_000 }, async () => {
    const random = new Random(`one truth on ${t.engine}`);
    const steps: string[] = [];
    const kinds = new Set<string>();
    const end = Date.now() + SECONDS * 1000;
    for (let i = 0; i < STEPS[t.engine] || Date.now() < end; ) {
      await t.empty();
      const world = await World.create(t, random, steps);
      for (let last = i + A_WORLD; i < last; i += 1) kinds.add(await world.step());
    }
    // in few steps a rare kind may be missing
    if (EVERYTHING && t.engine === 'postgres') expect([...kinds].sort()).toEqual(Object.keys(KINDS).sort());
  });
});

/** What may happen, and how often. */
const KINDS = {
  login: 8,
  touch: 5,
  logout: 1,
  revokeUser: 1,
  revokeAll: 1,
  revokeChosen: 2,
  restore: 3,
  deactivate: 1,
  setTimeouts: 2,
  pass: 4,
  cleanUp: 2,
};
type Kind = keyof typeof KINDS;

class World {
  readonly #t: TestDatabase;
  readonly #random: Random;
  readonly #model: TruthModel;
  readonly #users: string[];
  readonly #steps: string[];
  #timeouts: Timeouts;
  #retention = 7;

  private constructor(t: TestDatabase, random: Random, users: string[], timeouts: Timeouts, steps: string[]) {
    this.#t = t;
    this.#random = random;
    this.#users = users;
    this.#timeouts = timeouts;
    this.#steps = steps;
    this.#model = new TruthModel(timeouts);
  }

  static async create(t: TestDatabase, random: Random, steps: string[]): Promise<World> {
    const users = [];
    for (const username of ['ann', 'bob', 'eve']) users.push(await aUser(t, { username }));
    const world = new World(t, random, users, { session: 60, remember: 43_200, lifetime: 0 }, steps);
    await t.sql(`update tomo.settings set touch_interval = 0`);
    return world;
  }

  /** Returns what it has done. */
  async step(): Promise<Kind> {
    const kind =
      this.#random.pick((Object.keys(KINDS) as Kind[]).flatMap((k) => Array<Kind>(KINDS[k]).fill(k))) ?? 'pass';
    const work: Record<Kind, () => Promise<void>> = {
      login: () => this.#login(),
      touch: () => this.#touch(),
      logout: () => this.#logout(),
      revokeUser: () => this.#revokeUser(),
      revokeAll: () => this.#revokeAll(),
      revokeChosen: () => this.#revokeChosen(),
      restore: () => this.#restore(),
      deactivate: () => this.#deactivate(),
      setTimeouts: () => this.#setTimeouts(),
      pass: () => this.#pass(),
      cleanUp: () => this.#cleanUp(),
    };
    await work[kind]();
    await this.#compare();
    return kind;
  }

  #say(what: string): void {
    this.#steps.push(what);
  }

  /** The database's clock, after which nothing has happened yet. */
  async #now(): Promise<Micros> {
    const [row] = await this.#t.sql<{ at: number }>(`select ${micros('clock_timestamp()')} as at`);
    return row?.at ?? 0;
  }

  async #login(): Promise<void> {
    const user = this.#random.pick(this.#users) ?? '';
    const limit = this.#random.chance(0.3) ? 2 : 0;
    const remember = this.#random.chance(0.3);
    await this.#t.sql(`update tomo.settings set max_sessions_per_user = $1`, [limit]);
    const [row] = await this.#t
      .sql<{ id: string; at: number; evicted: string[] }>(
        `select session_id as id, ${micros('created_at')} as at, evicted::text[] as evicted
           from tomo.open_session($1, p_remember_me => $2)`,
        [user, remember],
      )
      .catch(() => []);
    if (!row) {
      this.#say('login refused');
      expect(this.#model.inactive.has(user), this.#story()).toBe(true);
      return;
    }
    const { id, at } = row;
    const mine = this.#model.live(at, user).sort((a, b) => a.created - b.created);
    expect(row.evicted.length, this.#story()).toBe(limit === 0 ? 0 : Math.max(0, mine.length + 1 - limit));
    for (const session of mine.slice(0, row.evicted.length)) {
      expect(row.evicted, this.#story()).toContain(session.id);
      session.ended = { at, reason: 'evicted' };
    }
    this.#model.open({ id, user, remember, created: at, active: at, ended: null });
    this.#say(`login ${id.slice(0, 4)} of ${user.slice(0, 4)} limit ${limit} evicts ${row.evicted.length}`);
  }

  #any(): string {
    return this.#random.pick([...this.#model.sessions.keys()]) ?? '00000000-0000-4000-8000-000000000000';
  }

  async #touch(): Promise<void> {
    const id = this.#any();
    const [row] = await this.#t.sql<{ accepted: boolean; reason: string | null; at: number | null }>(
      `select accepted, reason, ${micros('last_activity_at')} as at from tomo.touch_session($1)`,
      [id],
    );
    const session = this.#model.sessions.get(id);
    const now = row?.at ?? 0;
    this.#say(`touch ${id.slice(0, 4)} ${row?.accepted} ${row?.reason}`);
    if (!session) return expect(row?.reason, this.#story()).toBe('unknown');
    if (row?.accepted) {
      expect(this.#model.isLive(id, now), this.#story()).toBe(true);
      session.active = now;
    } else {
      expect(this.#model.isLive(id, await this.#now()), this.#story()).toBe(false);
    }
  }

  async #logout(): Promise<void> {
    const id = this.#any();
    const was = this.#model.isLive(id, await this.#now());
    const [row] = await this.#t.sql<{ closed: boolean }>('select tomo.close_session($1) as closed', [id]);
    expect(row?.closed, this.#story()).toBe(was);
    this.#say(`logout ${id.slice(0, 4)} ${was}`);
    const session = this.#model.sessions.get(id);
    if (!was || !session) return;
    const [end] = await this.#t.sql<{ at: number }>(
      `select ${micros('ended_at')} as at from tomo.sessions where id = $1`,
      [id],
    );
    session.ended = { at: end?.at ?? 0, reason: 'logout' };
  }

  async #record(id: number | null | undefined, hits: string[], compromised: boolean, user?: string): Promise<void> {
    if (!id) return;
    const [row] = await this.#t.sql<{ at: number }>(
      `select ${micros('at')} as at from tomo.revocations where id = $1`,
      [id],
    );
    this.#model.revoke(id, row?.at ?? 0, hits, compromised, user);
  }

  async #keep(user?: string): Promise<string[]> {
    if (this.#random.chance(0.6)) return [];
    const live = this.#model.live(await this.#now(), user).map(({ id }) => id);
    return live.filter(() => this.#random.chance(0.4));
  }

  async #revokeUser(): Promise<void> {
    const user = this.#random.pick(this.#users) ?? '';
    const keep = await this.#keep(user);
    const compromised = this.#random.chance(0.2);
    const hits = [...this.#model.sessions.values()].filter((s) => s.user === user && !keep.includes(s.id));
    const [row] = await this.#t.sql<{ id: number }>(
      'select revocation::int as id from tomo.revoke_user($1, p_keep => $2::uuid[], p_compromised => $3)',
      [user, keep, compromised],
    );
    await this.#record(
      row?.id,
      hits.map(({ id }) => id),
      compromised,
      user,
    );
    this.#say(`revoke user ${user.slice(0, 4)} as ${row?.id} keep ${keep.length} compromised ${compromised}`);
  }

  async #revokeAll(): Promise<void> {
    const keep = await this.#keep();
    const compromised = this.#random.chance(0.2);
    const hits = [...this.#model.sessions.keys()].filter((id) => !keep.includes(id));
    const [row] = await this.#t.sql<{ id: number }>(
      'select revocation::int as id from tomo.revoke_all(p_keep => $1::uuid[], p_compromised => $2)',
      [keep, compromised],
    );
    await this.#record(row?.id, hits, compromised);
    this.#say(`revoke all as ${row?.id} keep ${keep.length} compromised ${compromised}`);
  }

  async #revokeChosen(): Promise<void> {
    const ids = [...this.#model.sessions.keys()].filter(() => this.#random.chance(0.2));
    const compromised = this.#random.chance(0.3);
    const now = await this.#now();
    const hits = ids.filter((id) => {
      const session = this.#model.sessions.get(id);
      const fate = session && this.#model.fate(session, now);
      return fate?.state === 'active' || (compromised && fate?.reason === 'revoked' && !fate.final);
    });
    const [row] = await this.#t.sql<{ id: number | null }>(
      'select tomo.revoke_sessions($1::uuid[], p_compromised => $2)::int as id',
      [ids, compromised],
    );
    expect((row?.id ?? null) !== null, this.#story()).toBe(hits.length > 0);
    await this.#record(row?.id, hits, compromised);
    this.#say(`revoke ${ids.map((id) => id.slice(0, 4))} as ${row?.id} compromised ${compromised}`);
  }

  async #restore(): Promise<void> {
    const revocation = this.#random.pick(this.#model.revocations.slice(-6));
    if (!revocation) return;
    const allowed = this.#model.undoable(revocation, await this.#now());
    const done = await this.#t.sql('select tomo.restore($1)', [revocation.id]).then(
      () => true,
      () => false,
    );
    this.#say(`restore ${revocation.id} ${done}`);
    expect(done, this.#story()).toBe(allowed);
    revocation.restored ||= done;
  }

  async #deactivate(): Promise<void> {
    const user = this.#random.pick(this.#users) ?? '';
    const active = this.#model.inactive.has(user);
    await this.#t.sql('update tomo.users set is_active = $2 where id = $1', [user, active]);
    // no trigger does it there
    if (CLUSTER && !active) await this.#t.sql('select tomo.revoke_user($1)', [user]);
    this.#say(`${active ? 'activate' : 'deactivate'} ${user.slice(0, 4)}`);
    if (active) {
      this.#model.inactive.delete(user);
      return;
    }
    this.#model.inactive.add(user);
    const [row] = await this.#t.sql<{ id: number }>('select max(id)::int as id from tomo.revocations');
    const hits = [...this.#model.sessions.values()].filter((s) => s.user === user).map(({ id }) => id);
    await this.#record(row?.id, hits, false, user);
  }

  async #setTimeouts(): Promise<void> {
    const next: Timeouts = {
      session: this.#random.pick([5, 30, 60, 480]) ?? 60,
      remember: this.#random.pick([60, 43_200, 525_600]) ?? 60,
      lifetime: this.#random.pick([0, 0, 30, 600, 10_000]) ?? 0,
    };
    await this.#t.sql('select tomo.set_settings($1)', [
      { session_timeout: next.session, remember_me_timeout: next.remember, session_max_lifetime: next.lifetime },
    ]);
    const same = JSON.stringify(next) === JSON.stringify(this.#timeouts);
    this.#say(`timeouts ${JSON.stringify(next)}`);
    if (same) return;
    this.#timeouts = next;
    const [row] = await this.#t.sql<{ at: number }>(`select ${micros('max(until)')} as at from tomo.past_timeouts`);
    this.#model.setTimeouts(next, row?.at ?? 0);
  }

  /** Time passes: everything on record moves into the past. */
  async #pass(): Promise<void> {
    const by = Math.round((this.#random.pick([0.05, 0.3, 0.9, 3, 12, 23, 30, 100, 1000]) ?? 1) * HOUR);
    this.#model.shift(by);
    await pass(this.#t, by / HOUR);
    this.#say(`${by / HOUR} h pass`);
  }

  /** Writes what is final and deletes what is past its retention, in batches of a few. */
  async #cleanUp(): Promise<void> {
    const limit = this.#random.pick([1, 3, 1000]);
    const before = await this.#now();
    for (const source of ['old', 'activity', 'login', 'user', 'chosen']) {
      if (this.#random.chance(0.2)) continue;
      for (let from: unknown = null, calls = 0; from !== null || calls === 0; calls += 1) {
        expect(calls, `${source} comes to no end\n${this.#story()}`).toBeLessThan(5000);
        const [row] = await this.#t.sql<{ next: unknown }>('select next from tomo.end_sessions($1, $2, $3, $4)', [
          source,
          from === null ? null : JSON.stringify(from),
          this.#retention,
          limit,
        ]);
        from = row?.next ?? null;
      }
    }
    for (let from: string | null = '-infinity'; from !== null; ) {
      const [row]: { next: string | null }[] = await this.#t.sql(
        'select next::text from tomo.delete_ended($1::timestamptz, $2, $3)',
        [from, this.#retention, limit],
      );
      from = row?.next ?? null;
    }
    await this.#t.sql('select tomo.prune_history(1000)');
    this.#say(`cleanup by ${limit}`);
    // deleted is only what was final and past the retention
    const left = new Set((await this.#t.sql<{ id: string }>('select id from tomo.sessions')).map(({ id }) => id));
    for (const session of [...this.#model.sessions.values()]) {
      if (left.has(session.id)) continue;
      const fate = this.#model.fate(session, await this.#now());
      expect(
        fate.final && (fate.at ?? before) < before - this.#retention * 24 * HOUR + HOUR / 1000,
        this.#story(),
      ).toBe(true);
      this.#model.sessions.delete(session.id);
    }
  }

  /** What is judged of many at once, as of each by itself. */
  async #comparePasses(at: string | undefined): Promise<void> {
    const told = async (from: string) =>
      (
        await this.#t.sql<{ row: unknown }>(
          `select row(id, user_id, created_at, epoch, user_epoch, ended_at, end_reason, ended_by, revocation_id, state, final)::text as row
             from ${from} order by id`,
          [at],
        )
      ).map(({ row }) => row);
    for (const state of [`state <> ''`, `state = 'revoked'`]) {
      const open = `(select * from tomo.verdicts($1::timestamptz) where open and not live and ${state}) v`;
      const passed = `(select * from tomo.lapsed_pass($1::timestamptz, ${state.includes('<>')}) where ${state}) p`;
      expect(await told(passed), this.#story()).toEqual(await told(open));
    }
    await this.#compareUndo();
  }

  /** What an undo would do is said of very many at once, as of each by itself. */
  async #compareUndo(): Promise<void> {
    const standing = await this.#t.sql<{ id: number; scope: 'all' | 'sessions' }>(
      `select id::int, scope from tomo.revocations where scope <> 'user' and restored_at is null order by id desc limit 3`,
    );
    for (const of of standing) {
      await read(this.#t.db, async (tx) => {
        const outcome = await selectOutcome(tx, of, ALL);
        expect(await selectOutcome(tx, of, null), this.#story()).toEqual(outcome);
        expect(await selectStaysDead(tx, of, ALL, null), this.#story()).toEqual(
          await selectStaysDead(tx, of, ALL, ALL),
        );
        const own = Object.values(outcome.verdicts).reduce((sum, n) => sum + n, 0);
        const ended = await selectEndedSessions(tx, of, ALL);
        expect(ended.length, this.#story()).toBe(own);
        expect((await selectEndedSessions(tx, of, 3)).map((one) => one.id)).toEqual(
          ended.slice(0, 3).map((one) => one.id),
        );
      });
    }
  }

  #story(): string {
    return this.#steps.slice(-40).join('\n');
  }

  async #compare(): Promise<void> {
    const [clock] = await this.#t.sql<{ at: string; micros: number }>(
      `select x::text as at, ${micros('x')} as micros from clock_timestamp() x`,
    );
    const now = clock?.micros ?? 0;
    const found = await this.#t.sql<
      Fate & Record<'live' | 'early' | 'open', boolean> & { id: string; held: boolean | null }
    >(
      `select v.id, v.state, v.end_reason as reason, ${micros('v.ended_at')} as at, v.revocation_id::int as revocation, v.final, v.live, v.open,
              v.open and v.epoch >= k.min_epoch and v.created_at > k.lifetime_cut
                and v.last_activity_at > case when v.remember_me then k.remember_cut else k.idle_cut end as early,
              v.expires_at <= $1::timestamptz as held
         from tomo.verdicts($1::timestamptz) v cross join tomo.cuts($1::timestamptz) k`,
      [clock?.at],
    );
    const ids = async (from: string) =>
      [...new Set((await this.#t.sql<{ id: string }>(`select ${from}`, [clock?.at])).map((row) => row.id))].sort();
    const [passed, lapsed] = [
      await ids('p.id from tomo.live_pass($1::timestamptz) p'),
      await ids('l as id from tomo.lapsed($1::timestamptz) l'),
    ];
    expect(found.length, this.#story()).toBe(this.#model.sessions.size);
    // what counts them says the same
    const those = (rows: typeof found) => rows.map((row) => row.id).sort();
    expect(passed, this.#story()).toEqual(those(found.filter(({ live }) => live)));
    expect(lapsed, this.#story()).toEqual(those(found.filter(({ live, open }) => open && !live)));
    // dear on a cluster, where both are one
    if (this.#random.chance(CLUSTER ? 0.02 : 0.2)) await this.#comparePasses(clock?.at);
    for (const { id, live, open: _, early, held, ...fate } of found) {
      const session = this.#model.sessions.get(id);
      if (!session) throw new Error(`${id} is not in the model`);
      const story = `${id}\n${this.#story()}`;
      expect(fate, story).toEqual(this.#model.fate(session, now));
      expect(live, story).toBe(fate.state === 'active');
      // what an index is searched by leaves out nobody who is live, and agrees with the history of timeouts
      if (live) expect(early, story).toBe(true);
      if (fate.reason === 'expired') expect(early || held === false, story).toBe(false);
    }
    // the minimum is what the revocations say
    expect(
      await count(
        this.#t,
        `tomo.settings t where t.min_epoch <> coalesce((select max(epoch) from tomo.revocations
          where scope = 'all' and restored_at is null), 0)`,
      ),
      this.#story(),
    ).toBe(0);
  }
}
