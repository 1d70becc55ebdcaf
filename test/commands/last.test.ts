import { expect, it } from 'vitest';
import manifest from '../../oclif.manifest.json' with { type: 'json' };
import AlertAck from '../../src/commands/alert/ack.ts';
import AlertShow from '../../src/commands/alert/show.ts';
import AuditShow from '../../src/commands/audit/show.ts';
import RevocationShow from '../../src/commands/revocation/show.ts';
import SessionRevokeUser from '../../src/commands/session/revoke-user.ts';
import { anAlert, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { run } from '../support/run.ts';

it('--last stands for the number in every command that takes one', () => {
  const numbered = Object.values(manifest.commands).filter(({ args }) =>
    Object.values(args as Record<string, { description?: string }>).some(({ description = '' }) =>
      /^numbers?\b/i.test(description),
    ),
  );
  expect(numbered.length).toBeGreaterThan(4);
  for (const { id, flags } of numbered) expect(Object.keys(flags), id).toContain('last');
});

onPostgres('--last', (t) => {
  const shows = [AuditShow, RevocationShow, AlertShow] as const;

  it('is the latest one', async () => {
    const ann = await aUser(t, { username: 'ann' });
    await aSession(t, ann);
    await run(t, SessionRevokeUser, ['ann', '--reason', 'first']);
    await aSession(t, ann);
    await run(t, SessionRevokeUser, ['ann', '--reason', 'second']);
    await anAlert(t, ann);
    const latest = await anAlert(t, ann);
    for (const show of [AuditShow, RevocationShow]) {
      const { stdout, exitCode } = await run(t, show, ['--last'], { tty: true });
      expect({ second: stdout.includes('second'), exitCode }, show.name).toEqual({ second: true, exitCode: 0 });
    }
    expect((await run(t, AlertShow, ['--last', '--json'])).json()).toMatchObject({ alert: { id: latest } });
    expect((await run(t, AlertAck, ['--last', '--json'])).json()).toMatchObject({ results: [{ id: latest }] });
    expect((await run(t, AlertAck, ['--last', '--json'])).json()).toMatchObject({ results: [{ id: latest - 1 }] });
  });

  it('or the number, and not both', async () => {
    for (const show of shows) {
      for (const argv of [[], ['1', '--last']]) {
        const { stderr, exitCode } = await run(t, show, argv);
        expect({ says: /or --last/.test(stderr), exitCode }, show.name).toEqual({ says: true, exitCode: 2 });
      }
    }
    expect((await run(t, AlertAck, ['1', '--last'])).exitCode).toBe(2);
  });

  it('says that there is none', async () => {
    for (const show of [...shows, AlertAck]) {
      const { stderr, exitCode } = await run(t, show, ['--last']);
      expect(
        { says: /^Error: There is no (alert|revocation|row of the audit) yet\./.test(stderr), exitCode },
        show.name,
      ).toEqual({
        says: true,
        exitCode: 4,
      });
    }
  });
});
