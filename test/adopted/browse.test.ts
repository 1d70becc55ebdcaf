import { describe, expect, it } from 'vitest';
import { startBetterAuthOnSqlite } from '../support/adopted/better-auth.ts';
import { newFile } from '../support/adopted/every-server.ts';
import { GRAFANA } from '../support/adopted/grafana.ts';
import { LARAVEL } from '../support/adopted/laravel.ts';
import { standingAt } from '../support/adopted/operate.ts';
import { useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';
import { TerminalSession } from '../support/spawn.ts';

const HOSTILE = '\u001b]0;owned\u0007evil';

describe('session browse', () => {
  const laravel = useServer((database) => startTables(database, LARAVEL));
  const grafana = useServer((database) => startTables(database, GRAFANA));

  it('names the server, searches, revokes what is marked, and offers no undo where there is none', async () => {
    await laravel.logIn('alice', { agent: HOSTILE });
    const bob = await laravel.logIn('bob');
    const screen = new TerminalSession(['session', 'browse'], { env: standingAt(laravel), columns: 120 });
    await screen.waitFor(/1 of 2 {2}Laravel[^\u001b]* in /);
    await screen.waitFor(/bob@example/);
    expect(screen.output).not.toContain('u undo');
    expect(screen.output).not.toContain('\u001b]0;owned');
    await screen.type('/bob\r');
    // the cursor is on the only one that is left
    await screen.waitFor(/> \w+ {2}bob[^\n]*?\[5;1H\u001b\[2K\u001b\[6;1H/);
    await screen.type('x');
    await screen.showing(/1 live session, for good: there is no undo here/);
    await screen.type('\r');
    await screen.waitFor(/Revoke 1 session of bob@example\.org\? y\/N/);
    await screen.type('y');
    await screen.waitFor(/Revoked 1 session/);
    expect(screen.output).not.toContain('u undoes it');
    expect(await laravel.accepts(bob)).toBe(false);
    // what that server has not says so, and what it has is gone into
    await screen.type('3');
    await screen.showing(/devices are about what Laravel .* keeps by itself/);
    await screen.type('\u001b');
    await screen.showing(/> \w+ {2}alice/);
    await screen.type('?');
    await screen.showing(/Enter +details on and off/);
    await screen.type('q');
    await screen.showing(/\? help/);
    await screen.type('2');
    await screen.showing(/Users {2}1 of \d+ [\s\S]*> \S+@example/);
    await screen.type('/alice\r');
    await screen.showing(/> alice@/);
    await screen.type('\r');
    await screen.showing(/Sessions of alice@example.org {2}1 of 1 [\s\S]*> \S+ +alice/);
    await screen.type('6');
    await screen.showing(/Audit {2}1 of \d+ [\s\S]*revoked/);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });

  it('offers it where there is one', async () => {
    await grafana.logIn('alice');
    const screen = new TerminalSession(['session', 'browse'], { env: standingAt(grafana), columns: 120 });
    await screen.waitFor(/u undo/);
    await screen.type('q');
    expect(await screen.exit()).toBe(0);
  });
});

describe('session list --watch', () => {
  const server = useServer(() => startBetterAuthOnSqlite(newFile()));

  it('shows who comes and who goes, in a file that its server writes meanwhile', async () => {
    await server.logIn('alice');
    const argv = ['session', 'list', '--watch', '--interval', '1s'];
    const screen = new TerminalSession(argv, { env: { ...standingAt(server), NO_COLOR: '1' }, columns: 120 });
    await screen.waitFor(/alice/);
    const bob = await server.logIn('bob');
    await screen.waitFor(/\+ \S+ {2}bob/);
    await server.sql('delete from session where id = $1', [bob.key]);
    await screen.waitFor(/- \S+ {2}bob/);
    await server.sql('alter table session rename column "expiresAt" to "until"');
    expect(await screen.exit()).toBe(7);
    expect(screen.output).toContain('no column expiresAt');
  });
});
