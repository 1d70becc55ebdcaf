import { beforeEach, expect, it } from 'vitest';
import AlertList from '../../src/commands/alert/list.ts';
import AlertShow from '../../src/commands/alert/show.ts';
import { anAlert, aSession, aUser, JOURNEY } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

const SESSION = '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6';

interface ListJson {
  alerts: { id: number; kind: string; username: string; evidence: Record<string, unknown> }[];
  nextCursor: string | null;
}

onPostgres('alert list', (t) => {
  let ann: string;
  let bob: string;

  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
    bob = await aUser(t, { username: 'bob' });
  });

  const ids = async (argv: string[]) =>
    (await run(t, AlertList, [...argv, '--json'])).json<ListJson>().alerts.map(({ id }) => id);

  it('tells in one line what, about whom, when, in which session, and whether it was sent', async () => {
    await aSession(t, ann, { id: SESSION });
    await anAlert(t, ann, {
      kind: 'unusual_location',
      session: SESSION,
      evidence: { ...JOURNEY, repeated: 2 },
      age: 5,
    });
    const { stdout, exitCode } = await run(t, AlertList, [], { tty: true, columns: 160 });
    expect(exitCode).toBe(0);
    const [heading, line] = stdout.split('\n');
    expect(heading).toMatch(/^ID +WHEN +KIND +USER +WHAT +SESSION +DELIVERY +REPEATS$/);
    expect(line).toMatch(
      /^1 +5m ago +location +ann +first login from Lagos, NG; 5,196 km from Berlin, DE in 20 min \(15,588 km\/h\) +3f2a9c41 +pending +2$/,
    );
  });

  it('fits a terminal of 80 columns', async () => {
    await anAlert(t, ann, { kind: 'unusual_location', session: SESSION, evidence: JOURNEY });
    const { stdout } = await run(t, AlertList, [], { tty: true, columns: 80 });
    for (const line of stdout.split('\n')) expect(line.length).toBeLessThanOrEqual(80);
    expect(stdout).toMatch(/first login from Lagos, NG/);
    expect(stdout).toMatch(/3f2a9c41/);
  });

  it('gives a pipe exact values between tabs', async () => {
    await anAlert(t, ann, { session: SESSION });
    const { stdout } = await run(t, AlertList, []);
    expect(stdout).toMatch(
      new RegExp(
        `^1\\t20\\S+T\\S+\\tnew_device\\tann\\tFirefox on Windows, never seen before\\t${SESSION}\\tpending\\t0\\n$`,
      ),
    );
  });

  it('lists the open ones, newest first; --state shows the others', async () => {
    const [one, two, three] = [
      await anAlert(t, ann),
      await anAlert(t, bob, { acknowledgedBy: 'olga' }),
      await anAlert(t, bob),
    ];
    expect(await ids([])).toEqual([three, one]);
    expect(await ids(['--state', 'acknowledged'])).toEqual([two]);
    expect(await ids(['--state', 'all'])).toEqual([three, two, one]);
  });

  it('filters by kind, user, time and delivery', async () => {
    const login = await anAlert(t, ann, { kind: 'login', age: 100 });
    const place = await anAlert(t, bob, { kind: 'unusual_location', delivery: 'dead' });
    const device = await anAlert(t, bob, { delivery: 'sent' });
    expect(await ids(['--kind', 'login'])).toEqual([login]);
    expect(await ids(['--kind', 'login', '--kind', 'new_device'])).toEqual([device, login]);
    expect(await ids(['--user', 'BOB'])).toEqual([device, place]);
    expect(await ids(['--user', 'bob', '--user', 'ann', '--since', '1h'])).toEqual([device, place]);
    expect(await ids(['--delivery', 'dead', '--delivery', 'pending'])).toEqual([place, login]);
  });

  it('pages, and every format is complete in its own way', async () => {
    for (let i = 0; i < 5; i += 1) await anAlert(t, ann);
    const page = (await run(t, AlertList, ['--limit', '2', '--json'])).json<ListJson>();
    expect([page.alerts.map(({ id }) => id), page.nextCursor]).toEqual([[5, 4], '4']);
    expect(await ids(['--limit', '2', '--after', '4'])).toEqual([3, 2]);
    const people = await run(t, AlertList, ['--limit', '2'], { tty: true });
    expect(people.stderr).toMatch(/2 of 5 shown\. Next page: tomo alert list --limit 2 --after 4/);
    expect((await run(t, AlertList, ['--output', 'ids'])).stdout).toBe('5\n4\n3\n2\n1\n');
    expect((await run(t, AlertList, ['--count'])).stdout).toBe('5\n');
    expect((await run(t, AlertList, ['--all', '--output', 'ndjson'])).stdout.trimEnd().split('\n')).toHaveLength(5);
    expect((await run(t, AlertList, ['--output', 'csv', '--columns', 'id,user'])).stdout).toBe(
      'id,user\n5,"ann"\n4,"ann"\n3,"ann"\n2,"ann"\n1,"ann"\n',
    );
  });

  it('is exit 0 when there is none, and says so', async () => {
    expect(await run(t, AlertList, [])).toMatchObject({ stdout: '', stderr: 'No open alerts.\n', exitCode: 0 });
    expect((await run(t, AlertList, ['--user', 'ann'])).stderr).toBe('No open alerts match.\n');
  });

  it('knows no such user', async () => {
    expect(await run(t, AlertList, ['--user', 'anne'])).toMatchObject({
      stdout: '',
      exitCode: 4,
      stderr: expect.stringMatching(/no user "anne"[\s\S]*ann/),
    });
  });

  it('lets no text of the evidence act on the terminal or a spreadsheet', async () => {
    await anAlert(t, ann, { evidence: { browser: '=cmd\u001b[2J\u202e', os: 'x\ny' } });
    const table = await run(t, AlertList, [], { tty: true, columns: 160 });
    expect(table.stdout).toContain('=cmd\\u001b[2J\\u202e on x\\u000ay, never seen before');
    expect((await run(t, AlertList, ['--output', 'csv', '--columns', 'what'])).stdout).toMatch(/'=cmd\\u001b/);
  });

  it.each([
    {},
    { to: 'x', from: [1], reasons: {}, distanceKm: 'far', browser: 7, repeated: 'often' },
    { from: { at: 'yesterday' }, place: null },
  ])('shows an alert with the evidence %j', async (evidence) => {
    for (const kind of ['new_device', 'unusual_location', 'login']) await anAlert(t, ann, { kind, evidence });
    const { stdout, exitCode } = await run(t, AlertList, []);
    expect(exitCode).toBe(0);
    expect(stdout).toMatch(/unknown device, never seen before/);
    expect(stdout).toMatch(/login from an unknown place/);
    for (const id of await ids([])) expect((await run(t, AlertShow, [String(id)])).exitCode).toBe(0);
  });
});

onPostgres('alert show', (t) => {
  it('shows the evidence and what has become of it', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await anAlert(t, ann, {
      kind: 'unusual_location',
      session: SESSION,
      evidence: {
        ...JOURNEY,
        repeated: 1,
        lastSession: 'abcdef01-5b6c-4d7e-8f90-a1b2c3d4e5f6',
        disowned: '2026-11-23T12:00:00+00:00',
      },
      acknowledgedBy: 'olga@box',
      attempts: 2,
    });
    await t.sql(
      `update tomo.alerts set delivered = jsonb_build_object('mail', now()), last_error = 'webhook: answered 500'`,
    );
    const { stdout, stderr } = await run(t, AlertShow, ['1'], { columns: 120, tty: true });
    for (const fact of [
      /^Alert +1 \(unusual location\)$/m,
      /^User +ann$/m,
      new RegExp(`^Session +${SESSION}$`, 'm'),
      /^From +Lagos, NG \(102\.89\.1\.2\)$/m,
      /^Before that +Berlin, DE \(203\.0\.113\.7\), 2026-11-23 10:00:00 UTC$/m,
      /^Distance +5,196 km in 20 min \(15,588 km\/h\)$/m,
      /^Again +1 time within the hour, last in session abcdef01$/m,
      /^Its user says +that was not me$/m,
      /^Acknowledged +20.* by olga@box$/m,
      /^Delivery +pending after 2 attempts, due 20/m,
      /^mail +delivered 20/m,
      /^Last error +webhook: answered 500$/m,
    ])
      expect(stdout).toMatch(fact);
    expect(stderr).toMatch(new RegExp(`tomo session show ${SESSION}`));
    const { alert } = (await run(t, AlertShow, ['1', '--json'])).json<{ alert: { evidence: object } }>();
    expect(alert).toMatchObject({ id: 1, repeated: 1, evidence: JOURNEY, delivered: { mail: expect.any(String) } });
  });

  it('says when there is none', async () => {
    expect(await run(t, AlertShow, ['17'])).toMatchObject({
      exitCode: 4,
      stderr: expect.stringMatching(/no alert 17/),
    });
  });
});
