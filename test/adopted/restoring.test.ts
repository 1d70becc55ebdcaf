import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, inject, it } from 'vitest';
import RevocationList from '../../src/commands/revocation/list.ts';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionRestore from '../../src/commands/session/restore.ts';
import SessionRevokeAll from '../../src/commands/session/revoke-all.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import type { RestoreReport } from '../../src/domain/revocation/restore.ts';
import { startBetterAuth } from '../support/adopted/better-auth.ts';
import type { EmptyDatabase } from '../support/adopted/empty-database.ts';
import { GRAFANA } from '../support/adopted/grafana.ts';
import { KRATOS } from '../support/adopted/kratos.ts';
import { operate, standingAt } from '../support/adopted/operate.ts';
import { makeRealTomo, REAL_TOMO_PYTHON } from '../support/adopted/real-tomo.ts';
import { type AdoptedServer, empty, useServer } from '../support/adopted/server.ts';
import { startTables } from '../support/adopted/tables.ts';

const newFile = () => join(mkdtempSync(join(inject('scratch'), 'restoring-')), 'server.db');

/** Servers on which a revocation sets something, and what else may set that. */
const UNDOING: [name: string, start: (database: EmptyDatabase) => Promise<AdoptedServer>, changed: string | null][] = [
  ['Ory Kratos', (database) => startTables(database, KRATOS), null],
  [
    'Grafana',
    (database) => startTables(database, GRAFANA),
    'update user_auth_token set revoked_at = revoked_at - 60 where id = $1',
  ],
  ...(REAL_TOMO_PYTHON
    ? [
        [
          'the real Tomo',
          async () => makeRealTomo(newFile()),
          "update sessions set terminated_by = 'alice' where id = $1",
        ] satisfies (typeof UNDOING)[number],
      ]
    : []),
];

describe.each(UNDOING)('a revocation on %s', (_, start, changed) => {
  const server = useServer(start);
  let env: NodeJS.ProcessEnv;

  beforeEach(async () => {
    await empty(server);
    env = standingAt(server);
  });

  const revokeAll = async (...argv: string[]) => {
    const ran = await operate(server, SessionRevokeAll, ['--yes', '--json', ...argv], { env });
    expect(ran.exitCode, ran.stderr).toBe(0);
    return String(ran.json<{ revocation: number }>().revocation);
  };
  const restore = (...argv: string[]) => operate(server, SessionRestore, argv, { env });

  it('is undone: those are in again who were, but for those whose rows were changed or have run out since', async () => {
    const [alice, bob, late] = [await server.logIn('alice'), await server.logIn('bob'), await server.logIn('carol')];
    const id = await revokeAll();
    expect(await server.accepts(alice)).toBe(false);
    await server.expire(late);
    if (changed) await server.sql(changed, [bob.key]);
    const dry = (await restore(id, '--dry-run', '--json')).json<RestoreReport>();
    const live = changed ? 1 : 2;
    expect(dry).toMatchObject({ restored: true, live, dead: { idle: 1, revoked: 2 - live, deleted: 0 } });
    expect(await server.accepts(alice)).toBe(false);
    const shown = await operate(server, RevocationShow, [id], { env });
    expect(shown.stdout).toContain(`tomo session restore ${id}`);
    expect(shown.stdout).toContain(live === 1 ? '1 session live again' : '2 sessions live again');
    const ran = await restore(id);
    expect(ran.exitCode, ran.stderr).toBe(0);
    const accepted = [await server.accepts(alice), await server.accepts(bob), await server.accepts(late)];
    expect(accepted).toEqual([true, changed === null, false]);
    const again = await restore(id);
    expect(again.exitCode).toBe(6);
    expect(again.stderr).toContain('is already restored');
    const listed = await operate(server, RevocationList, ['--json'], { env });
    expect(listed.json()).toMatchObject({ revocations: [{ id: Number(id), state: 'restored', sessions: 3 }] });
  });

  it('is found by --last, and told how to be undone', async () => {
    const alice = await server.logIn('alice');
    const ran = await operate(server, SessionRevokeUser, [alice.user ?? ''], { env });
    expect(ran.stderr).toMatch(/Undo within 24 hours: tomo session restore \d+\n/);
    const last = await restore('--last', '--yes');
    expect(last.exitCode, last.stderr).toBe(0);
    expect(await server.accepts(alice)).toBe(true);
  });

  it('for a compromise cannot be undone', async () => {
    const alice = await server.logIn('alice');
    const id = await revokeAll('--compromised');
    const ran = await restore(id);
    expect(ran.exitCode).toBe(6);
    expect(ran.stderr).toContain('can never be undone');
    expect(await server.accepts(alice)).toBe(false);
  });
});

describe('a revocation on a server that deletes rows', () => {
  const server = useServer(startBetterAuth);

  it('cannot be undone, in whatever way that is asked for', async () => {
    await server.logIn('alice');
    const env = standingAt(server);
    const made = await operate(server, SessionRevokeAll, ['--yes', '--compromised', '--json'], { env });
    const id = String(made.json<{ revocation: number }>().revocation);
    for (const argv of [[id], ['--last'], [id, '--dry-run']]) {
      const ran = await operate(server, SessionRestore, argv, { env });
      expect(ran.exitCode, ran.stderr).toBe(6);
      expect(ran.stderr).toContain('There is no undo on better-auth: the rows of revoked sessions are deleted.');
    }
  });
});
