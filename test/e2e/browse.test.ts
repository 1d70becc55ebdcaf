import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { proxyTo } from '../support/proxy.ts';
import { TerminalSession, tomo } from '../support/spawn.ts';

onPostgres('session browse', (t) => {
  let env: NodeJS.ProcessEnv;
  let ids: string[];
  beforeEach(async () => {
    env = { TOMO_DATABASE_URL: t.url };
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: 'bob' })];
    ids = [await aSession(t, alice), await aSession(t, alice, { idle: 2 }), await aSession(t, bob, { idle: 3 })];
  });

  const expectGivenBack = ({ output }: TerminalSession) => {
    expect(output).toContain('\u001b[?1049h');
    for (const [on, off] of [
      ['\u001b[?1049h', '\u001b[?1049l'],
      ['\u001b[?25l', '\u001b[?25h'],
      ['\u001b[?7l', '\u001b[?7h'],
      ['\u001b[?2004h', '\u001b[?2004l'],
      ['\u001b[?1000h', '\u001b[?1000l'],
      ['\u001b[?1006h', '\u001b[?1006l'],
    ] as const)
      expect(output.lastIndexOf(off)).toBeGreaterThan(output.lastIndexOf(on));
  };

  it('searches, revokes what is marked after a yes, undoes it, and leaves the screen as it was', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/bob/);
    await screen.type('/alice');
    await screen.waitFor(/\/ alice_/);
    await screen.type('\r');
    await screen.waitFor(/1 of 2 {2}tomo_[^\u001b…]*\u001b[\s\S]*alice[\s\S]*alice[\s\S]*\[6;1H\u001b\[2K\u001b\[7/);
    await screen.type('  x');
    await screen.waitFor(/Why\?/);
    await screen.type('stolen\r');
    await screen.waitFor(/Revoke 2 sessions of alice\? y\/N/);
    expect(await liveIds(t)).toHaveLength(3);
    await screen.type('y');
    await screen.waitFor(/Revoked 2 sessions \(revocation 1\)/);
    expect(await liveIds(t)).toEqual([ids[2]]);
    expect(await t.sql('select reason from tomo.revocations')).toEqual([{ reason: 'stolen' }]);
    await screen.type('u');
    await screen.waitFor(/2 sessions live again/);
    expect(await liveIds(t)).toHaveLength(3);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
    expectGivenBack(screen);
  });

  it.each([
    ['commit', 'after', 'Whether this is in force is not known: no answer came.\nTo find out: tomo revocation list', 2],
    ['revoke_ids', 'before', 'Nothing was changed.', 3],
  ] as const)('says what became of a revocation that is left on a silent line (%s)', async (text, at, words, live) => {
    const proxy = await proxyTo(t);
    const screen = new TerminalSession(['session', 'browse'], { env: { TOMO_DATABASE_URL: proxy.url } });
    await screen.waitFor(/bob/);
    await screen.type('x\r');
    await screen.waitFor(/Revoke 1 session of alice\? y\/N/);
    const silence = () => proxy.silence();
    proxy.when(/revoke_ids/, 'before', () => (text === 'commit' ? proxy.when(/commit\0/, at, silence) : silence()));
    await screen.type('yq');
    expect(await screen.exit()).toBe(130);
    expectGivenBack(screen);
    expect(screen.lines.join('\n')).toContain(`Error: Interrupted. ${words}`);
    expect(await liveIds(t)).toHaveLength(live);
  });

  it('tells a revocation that somebody leaves before its end', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/bob/);
    await screen.type('x\r');
    await screen.waitFor(/Revoke 1 session of alice\? y\/N/);
    const held = 'lock table tomo.revocations in exclusive mode';
    await t.db.transaction({}, async (tx) => {
      await tx.query(held);
      await screen.type('yq');
      await screen.waitFor(/1049l/);
    });
    expect(await screen.exit()).toBe(0);
    expect(screen.output).toMatch(
      /1049lRevoked 1 session \(revocation 1\)\.\r\nUndo within 24 hours: tomo session restore 1/,
    );
    expect(await liveIds(t)).toHaveLength(2);
  });

  it('finds by several words the devices that have all of them', async () => {
    const zed = await aUser(t, { username: 'zed' });
    for (const os of ['Linux', 'macOS']) await aSession(t, zed, { browser: 'Firefox', os, idle: 5 });
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.showing(/zed/);
    await screen.type('/mac fire');
    await screen.showing(/^Sessions {2}1 of 1 .*\n\/ mac fire_.*\n.*\n> [0-9a-f]{8} +zed +Firefox on macOS/);
    await screen.type('\u0015zed fire');
    await screen.showing(/^Sessions {2}1 of 2 .*\n\/ zed fire_/);
    await screen.type('\u0015device:firefox mac');
    await screen.showing(/"mac": part of no user name/);
    await screen.type('\rq');
    expect(await screen.exit()).toBe(0);
  });

  it('shows nobody under a search that fails, finds ids and addresses, and asks about what is marked and hidden', async () => {
    const dash = await aSession(t, await aUser(t, { username: '-dash' }), { ip: '10.1.2.3', idle: 4 });
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/-dash/);
    /** Types, and waits for what is drawn because of it. */
    const then = async (keys: string, drawn: RegExp) => {
      screen.output = '';
      await screen.type(keys);
      await screen.waitFor(drawn);
    };
    await then('/10.1.', /> [0-9a-f]{8} +-dash/);
    // the answer to the last letter, and not one before
    await screen.showing(/^Sessions {2}1 of 1 .*\n\/ 10\.1\._/);
    await then('\r ', /1 marked/);
    // Escape would clear the mark first
    await then(`/${'\u007f'.repeat(5)}user:nosuch`, /\/ user:nosuch_/);
    await screen.waitFor(/There is no user "nosuch"[\s\S]*There is no user "nosuch"/);
    expect(screen.output.slice(screen.output.lastIndexOf('/ user:nosuch_'))).not.toMatch(/alice|bob|dash/);
    await then('\u001b', /alice[\s\S]*bob/);
    await then(`/${ids[2]?.slice(0, 8)}`, /> [0-9a-f]{8} +bob/);
    await then('\rx', /Why\?/);
    await screen.waitFor(/1 live session[\s\S]*in tomo_\w+ at [\s\S]*-dash +\S+ +10\.1\.2\.3/);
    await then('\r', /Revoke 1 session of "-dash"\? y\/N/);
    await then('y', /Revoked 1 session \(revocation 1\)/);
    expect(await liveIds(t)).toEqual([...ids].sort());
    expect(await liveIds(t)).not.toContain(dash);
    // one that ends while the question stands
    await then('\u001b', /alice[\s\S]*bob/);
    await then('  x', /Why\?/);
    await then('\r', /Revoke 2 sessions of alice\?/);
    await t.sql(`update tomo.sessions set ended_at = now(), end_reason = 'logout' where id = $1`, [ids[1]]);
    await then(
      'y',
      new RegExp(`Revoked 1 session \\(revocation 2\\)\\. 1 session had ended already: ${ids[1]?.slice(0, 8)}`),
    );
    expect(await liveIds(t)).toEqual([ids[2]]);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });

  it('is given back as it was when the program is told to stop', async () => {
    const stopped = new TerminalSession(['session', 'browse'], { env });
    await stopped.waitFor(/bob/);
    stopped.signal('SIGTERM');
    expect(await stopped.exit()).toBe(0);
    expectGivenBack(stopped);
  });

  // an executable takes no --import
  it.skipIf(process.env.TOMO_TEST_PROGRAM)(
    'is given back as it was when the program crashes, with the message after it',
    async () => {
      const bug = `data:text/javascript,process.on('SIGUSR2',()=>{throw(Error('bug'))})`;
      const crashed = new TerminalSession(['session', 'browse'], { env: { ...env, NODE_OPTIONS: `--import=${bug}` } });
      await crashed.waitFor(/bob/);
      crashed.signal('SIGUSR2');
      expect(await crashed.exit()).toBe(1);
      expectGivenBack(crashed);
      expect(crashed.output.slice(crashed.output.lastIndexOf('\u001b[?1049l'))).toContain('Error: bug');
    },
  );

  it('acts on nothing where it is too small to see, and at its smallest does everything', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env, columns: 40, rows: 10 });
    await screen.waitFor(/> [0-9a-f]{8}/);
    screen.resize(39, 10);
    await screen.waitFor(/40 by 10 at least/);
    await screen.type('x\ry');
    screen.resize(40, 10);
    await screen.waitFor(/too small[\s\S]*> [0-9a-f]{8}/);
    await screen.type(' x');
    await screen.waitFor(/1 live session[\s\S]*Why\?/);
    await screen.type('\ry');
    await screen.waitFor(/Revoked 1 session \(revocation 1\)/);
    expect(await liveIds(t)).toEqual(ids.slice(1).sort());
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
    expectGivenBack(screen);
    const small = new TerminalSession(['session', 'browse'], { env, columns: 40, rows: 9 });
    expect(await small.exit()).toBe(2);
    expect(small.output).toContain('40 by 10 at least');
    expect(small.output).not.toContain('\u001b[?1049h');
  });

  it('is where session revoke has its sessions from when none are named', async () => {
    const screen = new TerminalSession(['session', 'revoke'], { env });
    await screen.waitFor(/Revoke which\?[\s\S]*bob/);
    await screen.type(' \r');
    await screen.waitFor(/1049l[\s\S]*alice[\s\S]*Revoke 1 session of alice/);
    await screen.type('y\r');
    expect(await screen.exit()).toBe(0);
    expectGivenBack(screen);
    expect(screen.output).toMatch(/ revoked \(alice/);
    expect(await liveIds(t)).toEqual(ids.slice(1).sort());

    const dumb = new TerminalSession(['session', 'revoke'], { env: { ...env, TERM: 'dumb' } });
    expect(await dumb.exit()).toBe(2);
    expect(dumb.output).toMatch(/Which sessions\?[\s\S]*revoke <id>[\s\S]*--user NAME/);
  });

  it('sorts by a column, marks a range and all, copies, follows the mouse, and stops and goes on as a shell wants it', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env, shell: true });
    const names = (lines: string[]) => lines.slice(3, 6).map((line) => / (alice|bob) /.exec(line)?.[1]);
    await screen.showing(/1 of 3/);
    await screen.type('SSS');
    expect(names(await screen.showing(/by user[\s\S]*> \w+/))).toEqual(['alice', 'alice', 'bob']);
    await screen.type('R');
    expect(names(await screen.showing(/by user, turned around[\s\S]*> \w+ +bob/))).toEqual(['bob', 'alice', 'alice']);
    // the last row by a click, the first by the wheel, and what is no button does nothing
    screen.send('\u001b[<0;10;6M\u001b[<0;10;6m');
    await screen.showing(/3 of 3/);
    screen.send('\u001b[<64;10;6M\u001b[<2;5;5M');
    await screen.showing(/1 of 3/);
    await screen.type('vjv');
    await screen.showing(/2 marked/);
    await screen.type('*');
    await screen.showing(/3 marked\./);
    await screen.type('\u001b');
    await screen.showing(/^(?!.*marked)/);
    await screen.type('y');
    await screen.showing(/Copied, where the terminal takes it: [0-9a-f-]{36}/);
    const [, copied = ''] = /\u001b\]52;c;([^\u0007]*)\u0007/.exec(screen.output) ?? [];
    expect(ids).toContain(Buffer.from(copied, 'base64').toString());

    await screen.type('\u001a');
    await screen.waitFor(/1000l[\s\S]*1049l[\s\S]*Stopped/);
    await screen.type('echo $((6*7))\r');
    await screen.waitFor(/\r42/);
    await screen.type('fg\r');
    await screen.waitFor(/\r42[\s\S]*1049h[\s\S]*1000h/);
    await screen.showing(/by user, turned around/);
    await screen.type('q');
    await screen.waitFor(/\r42[\s\S]*1000l[\s\S]*1049l/);
    await screen.type('exit\r');
    expect(await screen.exit()).toBe(0);
  });

  it('goes on when the connection was lost', async () => {
    const screen = new TerminalSession(['session', 'browse'], { env });
    await screen.waitFor(/bob/);
    await t.sql(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'tomo' and pid <> pg_backend_pid() and datname = current_database()`,
    );
    await aSession(t, await aUser(t, { username: 'zoe' }), { idle: 0 });
    await screen.type('r');
    await screen.type('r');
    await screen.waitFor(/zoe/);
    await screen.type('\u0003');
    expect(await screen.exit()).toBe(0);
  });

  it('tells what is wrong before it takes the screen, and needs one', async () => {
    const piped = await tomo(['session', 'browse'], { env });
    expect(piped).toMatchObject({ exitCode: 2, stdout: '' });
    expect(piped.stderr).toContain('tomo session list');
    const screen = new TerminalSession(['session', 'browse', '--search', 'user:nobody'], { env });
    expect(await screen.exit()).toBe(4);
    expect(screen.output).toContain('There is no user "nobody"');
    expect(screen.output).not.toContain('\u001b[?1049h');
  });
});
