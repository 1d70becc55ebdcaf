import { beforeEach, expect, it } from 'vitest';
import { aSession, aUser, liveIds } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';
import { shell } from '../support/spawn.ts';

onPostgres('a full disk', (t) => {
  let ann: string;
  const intoFull = (line: string) => shell(`tomo ${line} > /dev/full`, { TOMO_DATABASE_URL: t.url });
  const lost = {
    exitCode: 1,
    stderr: 'Error: Cannot write the result (ENOSPC). What the command has done is done.\n',
  };
  beforeEach(async () => {
    ann = await aUser(t, { username: 'ann' });
  });

  it.each(['', '--json', '--all --output csv', '--all --output ndjson'])(
    'behind stdout fails session list %s, whatever fits into a buffer',
    async (flags) => {
      await t.sql('insert into tomo.sessions (user_id) select $1 from generate_series(1, 3000)', [ann]);
      expect(await intoFull(`session list ${flags}`)).toMatchObject(lost);
    },
  );

  it.each(['--version', '--help', 'help filters', 'session --help', 'session list --help'])(
    'behind stdout fails %s',
    async (line) => {
      expect(await intoFull(line)).toMatchObject(lost);
    },
  );

  it('behind stdout undoes nothing', async () => {
    await aSession(t, ann);
    expect(await intoFull('session revoke --user ann --yes --quiet')).toMatchObject(lost);
    expect(await liveIds(t)).toEqual([]);
  });

  it.each(['2> /dev/full', '2>&1 | true'])('or no reader behind stderr, %s, stops nothing', async (where) => {
    const run = (line: string) => shell(`tomo ${line} ${where}`, { TOMO_DATABASE_URL: t.url });
    const first = await aSession(t, ann);
    await aSession(t, ann);
    expect((await run(`session revoke ${first}`)).exitCode).toBe(0);
    // it warns of what can still be restored before it acts
    expect((await run('session revoke --user ann --compromised --yes')).exitCode).toBe(0);
    expect(await liveIds(t)).toEqual([]);
    expect((await run('session revoke-user nobody')).exitCode).toBe(4);
  });
});

it('is no failure that a reader of help has gone', async () => {
  expect(await shell('tomo --help | head -1')).toMatchObject({ exitCode: 0, stderr: '' });
});
