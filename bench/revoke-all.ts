import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, Sample, time } from './measure.ts';
import { withClient } from './server.ts';
import { ENV, TOMO } from './startup.ts';
import { LATENCY_HEAD, latencyCells, startTouches } from './touches.ts';

const RUNS = 15;

/** Revoke-all, revoke-user of the user with the most sessions, and their undo: whole processes, beside requests. */
export async function benchRevokeAll(copy: Copy, scale: Scale): Promise<void> {
  const run = promisify(execFile);
  const tomo = async (...args: string[]) =>
    JSON.parse((await run(process.execPath, [TOMO, ...args, '--json', '--database', copy.url], { env: ENV })).stdout);
  const user = await withClient(copy.url, busiestUser);
  const touches = await startTouches(copy.url);
  const times = { list: [], all: [], restoreAll: [], user: [], restoreUser: [] } as Record<string, number[]>;
  const timed = async (name: string, ...args: string[]) => {
    let result: { revocation?: number; users?: { revocation: number }[] } = {};
    const ms = await time(async () => {
      result = await tomo('session', ...args);
    });
    times[name]?.push(ms);
    return String(result.revocation ?? result.users?.[0]?.revocation);
  };
  try {
    await sleep(1000);
    await touches.take();
    await sleep(4000);
    const quiet = new Sample(await touches.take());
    for (let i = 0; i < RUNS; i += 1) {
      await timed('list', 'list', '--limit', '50');
      const all = await timed('all', 'revoke-all', '--yes');
      const left = await withClient(copy.url, countLive);
      if (left !== 0) throw new Error(`${left} sessions are still live`);
      await timed('restoreAll', 'restore', all);
      await timed('restoreUser', 'restore', await timed('user', 'revoke-user', user, '--yes'));
    }
    const busy = new Sample(await touches.take());
    const floor = new Sample(times.list ?? []).median;
    const row = (name: string, of: string) => {
      const sample = new Sample(times[of] ?? []);
      return [name, sample.toString(), digits(sample.median / floor)];
    };
    printTable(
      `Prompt to prompt, ${scale.live.toLocaleString('en')} live sessions, ${RUNS} runs in turn (target: 1.5 lists)`,
      ['what', 'ms', 'lists'],
      [
        row('session list --limit 50', 'list'),
        row('session revoke-all', 'all'),
        row('session restore of it', 'restoreAll'),
        row('session revoke-user, the busiest', 'user'),
        row('session restore of it', 'restoreUser'),
      ],
    );
    printTable(
      'Touches meanwhile (800/s offered)',
      ['while', ...LATENCY_HEAD],
      [
        ['nothing else', ...latencyCells(quiet)],
        ['these commands', ...latencyCells(busy, 20)],
      ],
    );
  } finally {
    await touches.stop();
  }
}

type Client = Parameters<Parameters<typeof withClient>[1]>[0];

async function countLive(client: Client): Promise<number> {
  return (await client.query('select count(*)::int as n from tomo.live_sessions')).rows[0].n;
}

async function busiestUser(client: Client): Promise<string> {
  const { rows } = await client.query(
    'select username from tomo.live_sessions s join tomo.users u on u.id = s.user_id group by 1 order by count(*) desc limit 1',
  );
  return rows[0].username;
}
