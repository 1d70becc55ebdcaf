import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { EVERYBODY } from '../../src/db/distributed/everybody.ts';
import { distributedFunctions } from '../../src/db/distributed/functions.ts';
import { relationsIn, withObjects, writtenOut } from '../../src/db/distributed/relations.ts';
import { type Database, read, write } from '../../src/db/port/database.ts';
import { openPostgres } from '../../src/db/port/postgres.ts';
import { ownSchema } from '../../src/db/schema/files.ts';
import { dropFunctions } from '../../src/db/schema/functions.ts';
import { aUser } from '../support/builders.ts';
import { asAsked, CLUSTER, createOnCluster, dropOnCluster, nodesOf } from '../support/cluster.ts';
import { onPostgres } from '../support/database.ts';
import { freePort } from '../support/global-setup.ts';
import { PATIENCE } from '../support/patience.ts';
import { tomo as spawned } from '../support/spawn.ts';

/** Runs a command, and what it says as JSON. */
async function ran(url: string, line: string) {
  const said = await spawned(line.split(' '), { env: { TOMO_DATABASE_URL: url } });
  return { ...said, json: () => JSON.parse(said.stdout) as Record<string, unknown> };
}

const relations = relationsIn(ownSchema().functions);

describe('what is asked of a distributed database', () => {
  it('names no relation of ours', () => {
    expect([...relations.keys()]).toEqual(expect.arrayContaining(['liveness', 'verdicts', 'cuts', 'fate', 'lapsed']));
    const calls = new RegExp(`\\b(?:from|join|lateral)\\s+tomo\\.(?:${[...relations.keys()].join('|')})\\(`);
    for (const [name, { parameters }] of relations) {
      if (name === 'fate') continue;
      const values = parameters.map((_, i) => `$${i + 1}`).join(', ');
      expect(writtenOut(`select * from tomo.${name}(${values}) x where true`, relations)).not.toMatch(calls);
    }
  });

  it('keeps the names of columns and the values that are given', () => {
    const text = writtenOut('select h from tomo.holders_of_user(u.id, $2) h order by h', relations);
    expect(text).toMatch(
      /^select h from \(\s*select r\.id .* r\.user_id = u\.id and r\.epoch > \$2\) h\(h\) order by h$/s,
    );
    expect(writtenOut('select d.id from tomo.kept_out() d(id) where true', relations)).toMatch(
      /\) d\(id\) where true$/,
    );
    expect(writtenOut("select 'from tomo.unknown(1)', tomo.runs_out(a, b, 1, 0) from t", relations)).toBe(
      "select 'from tomo.unknown(1)', tomo.runs_out(a, b, 1, 0) from t",
    );
    for (const space of ['', '\n  '])
      expect(
        withObjects(
          `select (select row_to_json(x) from (${space}select a.id as "id", f(a.b, 1) as "b") x)::text as json`,
        ),
      ).toBe(`select json_build_object('id', a.id, 'b', f(a.b, 1))::text as json`);
  });
});

onPostgres('the functions of a distributed database', (t) => {
  it.skipIf(CLUSTER)('come to the same on one server, and name no relation of ours', async () => {
    const script = distributedFunctions(ownSchema().functions);
    expect(script).not.toMatch(new RegExp(`\\btomo\\.(?:${[...relations.keys()].join('|')})\\(`));
    const ann = await aUser(t, { username: 'ann' });
    const opened = `select session_id as id from tomo.open_session($1::uuid, '198.51.100.7', 'curl/8', p_place => '{"country": "DE"}')`;
    const ids: string[] = [];
    for (let i = 0; i < 6; i += 1) ids.push(...(await t.sql<{ id: string }>(opened, [ann])).map(({ id }) => id));
    await t.sql('select tomo.close_session($1::uuid)', [ids[0]]);
    await t.sql(
      `update tomo.sessions set last_activity_at = now() - interval '2 hours', created_at = now() - interval '3 hours' where id = $1::uuid`,
      [ids[1]],
    );
    await t.sql(`select tomo.revoke_sessions(array[$1::uuid])`, [ids[2]]);
    const verdicts =
      'select v.id, v.state, v.ended_at, v.end_reason, v.ended_by, v.final, v.expires_at from tomo.verdicts(now()) v order by v.id';
    const before = await read(t.db, (tx) => tx.query(verdicts));
    await write(t.db, async (tx) => {
      await dropFunctions(tx, ownSchema());
      for (const statement of EVERYBODY) await tx.script(statement);
      await tx.script(`set local check_function_bodies = off;\n${script}`);
    });
    expect(await read(t.db, (tx) => tx.query(writtenOut(verdicts, relations)))).toEqual(before);
    const touch = async (id?: string) =>
      (await t.sql<{ reason: string | null }>('select reason from tomo.touch_session($1::uuid)', [id]))[0]?.reason;
    expect([await touch(ids[0]), await touch(ids[1]), await touch(ids[2]), await touch(ids[3])]).toEqual([
      'logout',
      'expired',
      'revoked',
      null,
    ]);
    const revoked = await t.sql<{ revocation: number; ended: number }>(
      'select revocation::int, ended::int from tomo.revoke_user($1::uuid)',
      [ann],
    );
    expect(revoked).toMatchObject([{ ended: 3 }]);
    expect(await touch(ids[3])).toBe('revoked');
    await t.sql('select tomo.restore($1)', [revoked[0]?.revocation]);
    expect(await touch(ids[3])).toBe(null);
    expect(await t.sql('select ended::int, deleted::int from tomo.clean_sessions(null, null, 100)')).toEqual([
      { ended: 1, deleted: 0 },
    ]);
    expect((await t.sql<{ id: string }>(opened, [ann]))[0]?.id).toMatch(/-/);
    expect(await t.sql('select country from tomo.user_places')).toEqual([{ country: 'DE' }]);
  });
});

onPostgres('the first look at a distributed database', (t) => {
  it.skipIf(!CLUSTER)('prints more rows than are kept for a reader', async () => {
    await t.sql(`insert into tomo.session_activity (session_id, user_id, at, kind)
      select gen_random_uuid(), gen_random_uuid(), now(), 'page' from generate_series(1, 2000)`);
    expect((await ran(t.url, 'activity export')).stdout.trimEnd().split('\n')).toHaveLength(2000);
  });
});

onPostgres('db distribute', (t) => {
  it.skipIf(CLUSTER)('says what is missing where there is no Citus, and does nothing', async () => {
    for (const flags of ['--dry-run', '--yes']) {
      const told = await ran(t.url, `db distribute ${flags}`);
      expect(told).toMatchObject({ exitCode: 7, stdout: '' });
      expect(told.stderr).toMatch(/There is no Citus in this database.*create extension citus/s);
    }
    expect((await ran(t.url, 'db status --json')).json()).toMatchObject({
      state: 'current',
      cluster: null,
    });
  });
});

if (!CLUSTER) process.stderr.write('There is no cluster here (TOMO_TEST_CITUS_URL): commands on one are not tested.\n');

const LOOKS = [
  'session list',
  'session list --state all',
  'session list --state revoked',
  'session list --state expired',
  'session list --state logged-out',
  'session list --count',
  'session list --state ended --count',
  'session list --user user1',
  'session list --ip 198.51.100.0/24',
  'session list --device Firefox',
  'session list --country DE',
  'session list --since 1h --sort login',
  'session list --not-user user1',
  'session list --sort idle --limit 3',
  'user list',
  'user list --sort sessions',
  'user show user1',
  'device list',
  'alert list --state all',
  'activity list',
  'revocation list',
  'audit list',
  'config get session_timeout',
  'config set max_sessions_per_user 1 --simulate',
  'config set session_timeout 30 --simulate',
  'session cleanup --dry-run',
  'session revoke-all --dry-run',
  'session revoke-user user1 --dry-run',
];

describe.skipIf(!CLUSTER)('a distributed database', () => {
  const name = `tomo_test_distributed_${process.pid}`;
  let url: string;
  let db: Database;
  const tomo = (line: string) => ran(url, `${line} --json`);
  const sql = <Row>(text: string, values: unknown[] = []) => db.query<Row>(asAsked(text), values);
  const answers = async () => {
    const said: Record<string, unknown> = {};
    for (const look of LOOKS) {
      const { exitCode, json, stderr } = await tomo(look);
      expect({ look, exitCode, stderr: exitCode === 0 ? '' : stderr }).toEqual({ look, exitCode: 0, stderr: '' });
      said[look] = json();
    }
    return said;
  };
  const states = () =>
    sql<{ state: string; n: number }>(
      'select v.state, count(*)::int as n from tomo.verdicts(now()) v group by 1 order by 1',
    );

  beforeAll(async () => {
    url = await createOnCluster(name, { distributed: false });
    db = await openPostgres(url, {});
    await db.query(`insert into tomo.users (username) select 'user' || i from generate_series(1, 20) i`);
    const login = `select (tomo.open_session(u.id, '198.51.100.7', 'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'password', false,
      null, null, null, null, '{"country": "DE", "city": "Berlin", "latitude": 52.5, "longitude": 13.4}')).session_id as id from tomo.users u`;
    await db.query(login);
    const second = await db.query<{ id: string }>(`${login} order by u.username`);
    const ids = second.map(({ id }) => id);
    await db.query('select tomo.close_session($1::uuid)', [ids[0]]);
    await db.query(`select tomo.record_activity($1::uuid, 'page', 'home', '/home', 200)`, [ids[1]]);
    await db.query(
      `update tomo.sessions set created_at = now() - interval '3 hours', last_activity_at = now() - interval '2 hours' where id = any($1::uuid[])`,
      [ids.slice(2, 5)],
    );
    for (const line of [`session revoke ${ids[5]} ${ids[6]} --yes`, 'session revoke-user user7 --yes']) {
      expect(await tomo(line)).toMatchObject({ exitCode: 0 });
    }
  });
  afterAll(async () => {
    await db?.close();
    await dropOnCluster(name);
  });

  it('answers as it did before it was distributed', { timeout: 300_000 }, async () => {
    const before = await answers();
    const planned = await tomo('db distribute --shards 4 --dry-run');
    expect(planned.json()).toMatchObject({
      dryRun: true,
      shards: 4,
      sql: expect.arrayContaining([expect.stringContaining('create_distributed_table')]),
    });
    expect(await tomo('db distribute --shards 4 --yes')).toMatchObject({ exitCode: 0 });
    const after = await answers();
    for (const look of LOOKS) expect(steady(after[look]), look).toEqual(steady(before[look]));
    expect((await tomo('db status')).json()).toMatchObject({
      state: 'current',
      pending: [],
      cluster: {
        shards: 4,
        nodes: expect.arrayContaining([expect.objectContaining({ role: 'worker', answers: true, active: true })]),
      },
    });
    expect(await tomo('db distribute --yes')).toMatchObject({ exitCode: 2 });
  });

  it('lets people in and out through the coordinator and through each worker', async () => {
    const nodes = await db.query<{ at: string }>(
      `select nodename || ':' || nodeport as at from pg_dist_node order by groupid`,
    );
    for (const { at } of nodes) {
      const node = await openPostgres(Object.assign(new URL(url), { host: at }).href, {});
      const [user] = await sql<{ id: string }>(`select id from tomo.users where username = 'user9'`);
      const [opened] = await node.query<{ id: string }>('select session_id as id from tomo.open_session($1::uuid)', [
        user?.id,
      ]);
      const touch = async () =>
        (
          await node.query<{ accepted: boolean; reason: string | null }>(
            'select accepted, reason from tomo.touch_session($1::uuid, true, $2::uuid)',
            [opened?.id, user?.id],
          )
        )[0];
      expect(await touch()).toEqual({ accepted: true, reason: null });
      const heard: string[] = [];
      const listening = await node.listen('tomo_session_ended', {
        notified: (payload) => heard.push(payload),
        lost: () => {},
      });
      expect(await tomo(`session revoke ${opened?.id} --yes`)).toMatchObject({ exitCode: 0 });
      expect(await touch()).toEqual({ accepted: false, reason: 'revoked' });
      await vi.waitUntil(() => heard.some((payload) => payload.includes('revocation')), PATIENCE);
      await listening.close();
      await node.close();
    }
  });

  it('lets a server in with its role alone, with notices and a limit, and an operator with theirs', async () => {
    const roles = ['viewer', 'operator', 'server'] as const;
    const as = (role: string) => Object.assign(new URL(url), { username: `${name}_${role}` }).href;
    for (const role of roles) {
      await db.query(`create role ${name}_${role} login`);
      const { sql: grants } = (await tomo(`db grants --role ${role} --name ${name}_${role}`)).json() as {
        sql: string;
      };
      await db.query(grants);
    }
    expect(await tomo('config set login_notifications true --yes')).toMatchObject({ exitCode: 0 });
    expect(await tomo('config set max_sessions_per_user 2 --yes')).toMatchObject({ exitCode: 0 });
    const [user] = await sql<{ id: string }>(`select id from tomo.users where username = 'user12'`);
    await db.query(
      `update tomo.sessions set created_at = '2020-01-01', last_activity_at = '2020-01-01' where user_id = $1::uuid`,
      [user?.id],
    );
    const server = await openPostgres(as('server'), {});
    const login = (agent: string) =>
      server.query<{ id: string }>(`select session_id as id from tomo.open_session($1::uuid, '198.51.100.9', $2)`, [
        user?.id,
        agent,
      ]);
    const opened: string[] = [];
    for (const agent of ['One/1', 'Two/2', 'Three/3']) opened.push((await login(agent))[0]?.id ?? '');
    const asked = async (by: Database, id = '') =>
      (
        await by.query<{ reason: string | null }>('select reason from tomo.touch_session($1::uuid, true, null)', [id])
      )[0]?.reason;
    const touch = (id?: string) => asked(server, id);
    expect([await touch(opened[0]), await touch(opened[1]), await touch(opened[2])]).toEqual(['evicted', null, null]);
    await server.close();
    const by = (role: string, line: string) => ran(as(role), `${line} --json`);
    expect((await by('viewer', 'alert list --state all --count')).json()).toMatchObject({ count: 3 });
    expect(await by('viewer', 'session list --state all')).toMatchObject({ exitCode: 0 });
    expect(await by('viewer', `session revoke ${opened[1]} --yes`)).toMatchObject({ exitCode: 5 });
    for (const line of [
      `session revoke ${opened[1]} --yes`,
      'session revoke --user user12 --yes',
      'session revoke-all --yes',
    ]) {
      expect((await by('operator', line)).exitCode, line).toBe(0);
      expect(await asked(db, opened[2])).toBe(
        line.startsWith('session revoke --user') || line.includes('all') ? 'revoked' : null,
      );
      expect((await by('operator', 'session restore --last --yes')).exitCode, line).toBe(0);
    }
    for (const key of ['login_notifications', 'max_sessions_per_user']) await tomo(`config reset ${key} --yes`);
    for (const role of roles) await db.query(`drop owned by ${name}_${role}; drop role ${name}_${role}`);
  });

  it('throws everybody out while a server is down, and keeps them out when it is back', {
    timeout: 300_000,
  }, async () => {
    const [worker, other] = await db.query<{ id: number; host: string; port: number }>(
      `select nodeid as id, nodename as host, nodeport as port from pg_dist_node where groupid <> 0 order by groupid`,
    );
    if (!worker || !other) throw new Error('The cluster has no two workers.');
    const at = ({ host, port }: typeof worker) => `${host}:${port}`;
    // one user on each
    const users = await db.query<{ id: string; at: string }>(
      `select distinct on (at) u.id, n.nodename || ':' || n.nodeport as at from tomo.users u
         join pg_dist_placement p on p.shardid = get_shard_id_for_distribution_column('tomo.users', u.id)
         join pg_dist_node n on n.groupid = p.groupid where u.is_active order by at, u.id`,
    );
    const logIn = async (by: Database, where: string) =>
      (
        await by.query<{ id: string }>('select session_id as id from tomo.open_session($1::uuid)', [
          users.find((user) => user.at === where)?.id,
        ])
      )[0]?.id ?? '';
    const touch = async (by: Database, where: string, id: string) =>
      by
        .query<{ reason: string | null }>('select reason from tomo.touch_session($1::uuid, true, $2::uuid)', [
          id,
          users.find((user) => user.at === where)?.id,
        ])
        .then(
          ([row]) => row?.reason,
          () => 'no answer',
        );
    const [here, there] = [await logIn(db, at(other)), await logIn(db, at(worker))];
    const aside = await openPostgres(Object.assign(new URL(url), { host: at(other) }).href, {});
    // nobody is at that address: to the others the server is down, and it does not know that
    const down = await openPostgres(Object.assign(new URL(url), { host: at(worker) }).href, {});
    const away = `127.0.0.1:${await freePort()}`;
    const move = (to: string) =>
      db.query(`select citus_update_node($1, $2, $3::integer)`, [worker.id, ...to.split(':')]);
    await move(away);
    try {
      expect(await tomo('session revoke-all --keep x --yes')).not.toMatchObject({ exitCode: 0 });
      expect(await touch(db, at(other), here)).toBe(null);
      const revoked = await tomo('session revoke-all --yes');
      expect(revoked).toMatchObject({ exitCode: 0, stderr: expect.stringContaining(`${away} does not answer`) });
      expect(revoked.json()).toMatchObject({ revoked: null, silent: [away] });
      expect(await touch(db, at(other), here)).toBe('revoked');
      expect(await touch(aside, at(other), here)).toBe('revoked');
      expect(await touch(db, at(worker), there)).toBe('no answer');
      expect(await touch(down, at(worker), there)).toBe('revoked');
      const later = await logIn(db, at(other));
      expect(await touch(db, at(other), later)).toBe(null);
      expect(await tomo('session restore --last --yes')).toMatchObject({
        exitCode: 7,
        stdout: expect.stringContaining(`does not answer: ${away}`),
      });
    } finally {
      await move(at(worker));
      // until Citus has told every node of it, no table can be made
      const untold = 'select 1 from pg_dist_node where not metadatasynced';
      await vi.waitUntil(async () => (await db.query(untold)).length === 0, { ...PATIENCE, timeout: 90_000 });
    }
    expect(await touch(db, at(worker), there)).toBe('revoked');
    expect(await tomo('session restore --last --yes')).toMatchObject({ exitCode: 0 });
    expect(await touch(db, at(worker), there)).toBe(null);
    expect(await touch(down, at(worker), there)).toBe(null);
    expect((await tomo('revocation list --limit 1')).json()).toMatchObject({
      revocations: [{ scope: 'all', sessions: null, filter: { silent: [away] }, state: 'restored' }],
    });
    for (const one of [aside, down]) await one.close();
  });

  it('revokes a selection and everybody, takes it back, and cleans up', async () => {
    const before = await states();
    for (const line of ['session revoke --user user10 --yes', 'session revoke-all --yes']) {
      expect(await tomo(line), line).toMatchObject({ exitCode: 0 });
      if (line.includes('all')) expect((await tomo('session list --count')).json()).toMatchObject({ count: 0 });
      expect(await tomo('session restore --last --yes'), line).toMatchObject({ exitCode: 0 });
      expect(await states(), line).toEqual(before);
    }
    await db.query(
      `update tomo.sessions set last_activity_at = '2020-01-01', created_at = '2020-01-01' where ended_at is null`,
    );
    expect(await tomo('session cleanup')).toMatchObject({ exitCode: 0 });
    expect((await states()).filter(({ state }) => state === 'active')).toEqual([]);
    expect(
      (await read(db, (tx) => tx.query('select count(*)::int as n from tomo.sessions where ended_at is null')))[0],
    ).toEqual({ n: 0 });
  });
});

describe.skipIf(!CLUSTER)('a cluster that grows', () => {
  const name = `tomo_test_growing_${process.pid}`;
  afterAll(() => dropOnCluster(name));

  it('takes one more server, and its share of the users', { timeout: 300_000 }, async () => {
    const url = await createOnCluster(name, { workers: 1 });
    const db = await openPostgres(url, {});
    await db.query(`insert into tomo.users (username) select 'user' || i from generate_series(1, 40) i`);
    const users = await db.query<{ id: string }>('select id from tomo.users');
    const sessions: { user: string; session: string }[] = [];
    const logIn = async () => {
      for (const { id } of users) {
        const [row] = await db.query<{ id: string }>(
          `select session_id as id from tomo.open_session($1::uuid, '198.51.100.7', 'curl/8')`,
          [id],
        );
        sessions.push({ user: id, session: row?.id ?? '' });
      }
    };
    const reasons = async () => {
      const found = new Set<string | null | undefined>();
      for (const { user, session } of sessions) {
        const [row] = await db.query<{ reason: string | null }>(
          'select reason from tomo.touch_session($1::uuid, true, $2::uuid)',
          [session, user],
        );
        found.add(row?.reason);
      }
      return [...found];
    };
    await logIn();
    const [, , added] = await nodesOf();
    if (!added) throw new Error('The cluster has no two workers.');
    await db.query(`select citus_add_node($1, $2::integer)`, [added.host, added.port]);
    await db.query(`select rebalance_table_shards(shard_transfer_mode => 'block_writes')`);
    const { cluster } = (await ran(url, 'db status --json')).json() as { cluster: { nodes: { shards: number }[] } };
    expect(cluster.nodes.map(({ shards }) => shards)).toEqual([0, 2, 2]);
    await logIn();
    expect(await reasons()).toEqual([null]);
    expect((await ran(url, 'session list --count --json')).json()).toMatchObject({ count: 80 });
    expect(await ran(url, 'session revoke-all --yes')).toMatchObject({ exitCode: 0 });
    expect(await reasons()).toEqual(['revoked']);
    expect(await ran(url, 'session restore --last --yes')).toMatchObject({ exitCode: 0 });
    expect(await ran(url, 'session cleanup')).toMatchObject({ exitCode: 0 });
    expect(await reasons()).toEqual([null]);
    expect(await ran(url, 'db migrate')).toMatchObject({ exitCode: 0 });
    await db.close();
  });
});

/** Without what passes by itself: how long ago something was. */
function steady(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, item) => (/^(?:at|took|now|forecastAt|until)$/.test(key) ? undefined : item)),
  );
}
