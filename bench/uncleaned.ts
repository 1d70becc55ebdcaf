import type { Copy, Scale } from './data.ts';
import { digits, printTable, repeat } from './measure.ts';
import { withClient } from './server.ts';
import { TOMO } from './startup.ts';
import { timeProcess } from './whole-process.ts';

/** What is asked where many are out and no cleanup has run, N being the revocation of everybody. */
const COMMANDS = [
  'status',
  'session list --limit 50',
  'session list --count',
  'session list --state expired --limit 50',
  'session list --state expired --count',
  'session list --state revoked --limit 50',
  'session list --state revoked --count',
  'session list --state ended --sort user --limit 50',
  'session stats',
  'report --output -',
  'user list --sort sessions --limit 50',
  'session cleanup --dry-run',
  'config set retention_sessions 3 --simulate',
  'doctor',
];
const UNDO = ['revocation show N', 'session restore N --dry-run'];

/** Of those who are in without Remember Me, so many run out within the last six days, wherever they lie. */
const RUN_OUT = `
  update tomo.sessions s set created_at = s.created_at - x.by, last_activity_at = s.last_activity_at - x.by
    from (select id, interval '70 minutes' + t.session_timeout * interval '1 minute' + random() * interval '6 days' as by
            from tomo.sessions cross join tomo.settings t
           where ended_at is null and not remember_me order by random() limit $1) x
   where x.id = s.id`;

/** Whole processes where four of ten have run out, and where a revoke-all has ended the others as well. */
export async function benchUncleaned({ url }: Copy, scale: Scale): Promise<void> {
  await withClient(url, async (client) => {
    await client.query('select setseed(0.5)');
    await client.query(RUN_OUT, [Math.round(scale.live * 0.4)]);
    await client.query('vacuum analyze tomo.sessions');
  });
  const time = async (typed: string) => {
    const words = typed.split(' ');
    const sample = await repeat(3, () =>
      timeProcess([process.execPath, TOMO, ...words, '--database', url], { codes: [0, 9] }),
    );
    return digits(sample.median);
  };
  const times = new Map<string, string[]>();
  const all = async (commands: readonly string[], number = '') => {
    for (const typed of commands)
      times.set(typed, [...(times.get(typed) ?? []), await time(typed.replace('N', number))]);
  };
  await all(COMMANDS);
  await timeProcess([process.execPath, TOMO, 'session', 'revoke-all', '--yes', '--database', url], { codes: [0] });
  const number = await withClient(url, async (client) => {
    const { rows } = await client.query('select max(id) as id from tomo.revocations');
    return String(rows[0].id);
  });
  for (const typed of UNDO) times.set(typed, ['']);
  await all([...COMMANDS, ...UNDO], number);
  printTable(
    `What nobody has cleaned up, ${scale.name}, whole process (ms, median of 3)`,
    ['tomo', '40 % have run out', 'and everybody is revoked'],
    [...times].map(([typed, found]) => [typed, ...found]),
  );
}
