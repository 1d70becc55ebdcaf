import { setTimeout as sleep } from 'node:timers/promises';
import { type Database, write } from '../src/db/port/database.ts';
import { openDatabase } from '../src/db/port/open.ts';
import { revokeAll } from '../src/db/revocation/revoke.ts';
import { markRevocations } from '../src/domain/revocation/marking.ts';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, repeat, Sample, time } from './measure.ts';
import { LATENCY_HEAD, latencyCells, startTouches } from './touches.ts';

const NEW_LOGINS = 50_000;
const NOTE = { actor: { osUser: 'bench', host: 'bench' }, reason: 'benchmark', compromised: false };

/**
 * Revoke-all: until nobody is accepted, then the marking of the rows. Meanwhile people have logged in again, and their
 * requests come in.
 */
export async function benchRevokeAll(copy: Copy, scale: Scale): Promise<void> {
  const db = await openDatabase({ kind: 'postgres', url: copy.url, env: {} });
  let touches = await startTouches(copy.url);
  try {
    await sleep(1000);
    await touches.take();
    await sleep(4000);
    const quiet = new Sample(await touches.take());

    const before = await countLive(db);
    const force: number[] = [await time(() => write(db, (tx) => revokeAll(tx, NOTE, [], null)))];
    const after = await countLive(db);
    if (after !== 0) throw new Error(`${after} sessions are still live`);
    await touches.stop();
    await db.query(`
      insert into tomo.sessions (user_id, device_id, user_agent_id, ip, epoch)
      select s.user_id, s.device_id, s.user_agent_id, s.ip, t.epoch from (select * from tomo.sessions limit ${NEW_LOGINS}) s, tomo.settings t`);
    touches = await startTouches(copy.url);
    await sleep(1000);
    await touches.take();

    const batches: number[] = [];
    let last = performance.now();
    let rows = 0;
    const ms = await time(() =>
      markRevocations(db, null, {
        onProgress: (done) => {
          batches.push(performance.now() - last);
          last = performance.now();
          rows = done;
        },
      }),
    );
    const marking = new Sample(await touches.take());

    await touches.stop();
    const left = await countUnmarked(db);
    const again = await repeat(15, () => write(db, (tx) => revokeAll(tx, NOTE, [], null)));
    printTable(
      `Revoke-all of ${before.toLocaleString('en')} live sessions, ${scale.name}`,
      ['what', 'target', 'measured'],
      [
        ['until nobody is accepted, first call (ms)', '< 50', digits(force[0] ?? Number.NaN)],
        ['the same, 15 more calls (ms)', '< 50', again.toString()],
        ['rows marked', '', rows.toLocaleString('en')],
        ['rows left unmarked', '0', left.toLocaleString('en')],
        ['marking, rows per second', '', Math.round((rows / ms) * 1000).toLocaleString('en')],
        ['one batch (ms)', '', new Sample(batches).toString()],
      ],
    );
    printTable(
      'Touches meanwhile (800/s offered)',
      ['while', ...LATENCY_HEAD],
      [
        ['nothing else', ...latencyCells(quiet)],
        ['marking, after 50,000 new logins', ...latencyCells(marking, 20)],
      ],
    );
  } finally {
    await touches.stop();
    await db.close();
  }
}

async function countLive(db: Database): Promise<number> {
  const [row] = await db.query<{ n: number }>('select count(*)::int as n from tomo.live_sessions');
  return row?.n ?? 0;
}

async function countUnmarked(db: Database): Promise<number> {
  const [row] = await db.query<{ n: number }>(
    'select count(*)::int as n from tomo.sessions s, tomo.settings t where s.ended_at is null and s.epoch < t.min_epoch',
  );
  return row?.n ?? 0;
}
