import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { slowLineTo } from '../test/support/slow-line.ts';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, Sample } from './measure.ts';
import { WORK, withClient } from './server.ts';
import { hasPsql, runOnce, TOMO } from './startup.ts';
import { listStatements } from './statements.ts';

const PIPELINED = join(import.meta.dirname, 'pipelined.mjs');
/** Milliseconds of a round trip. */
const DELAYS = [0, 20, 100];
const RUNS = 7;
const PSQL = 'psql, one query';

/** What is typed at a line of that URL; `id`: of a live session, another one each time. */
type Contender = [name: string, command: (url: string, id: string) => string[]];

/**
 * Whole processes over a line that takes its time, in turn. The proxy delays what is sent and not the opening of the
 * connection, which on a real line is one round trip more for each of them.
 */
export async function benchLatency(copy: Copy, scale: Scale): Promise<void> {
  const file = join(WORK, 'page.sql');
  writeFileSync(file, await listStatements(copy.url));
  const node = process.execPath;
  const tomo =
    (...words: string[]) =>
    (url: string) => [node, TOMO, ...words, '--database', url];
  const contenders: Contender[] = [
    ['session list', tomo('session', 'list', '--limit', '50')],
    ['status', tomo('status')],
    ['session show', (url, id) => tomo('session', 'show', id)(url)],
    ['session revoke', (url, id) => tomo('session', 'revoke', id)(url)],
    ['session cleanup, nothing to do', tomo('session', 'cleanup')],
    ...(hasPsql() ? [[PSQL, (url) => ['psql', '-XAtqf', file, url]] satisfies Contender] : []),
    ['five such queries at once, closing not awaited', (url) => [node, PIPELINED, url, file]],
  ];
  const ids = await liveIds(copy, DELAYS.length * (RUNS + 1) * contenders.length);
  await runOnce({ command: tomo('session', 'cleanup')(copy.url), terminal: false });
  const medians = new Map(contenders.map(([name]) => [name, [] as number[]]));
  for (const delay of DELAYS) {
    const line = await slowLineTo(copy.url, delay);
    const times = new Map(contenders.map(([name]) => [name, [] as number[]]));
    // the first run warms up
    for (let run = 0; run <= RUNS; run += 1) {
      for (const [name, command] of contenders) {
        const ms = await runOnce({ command: command(line.url, ids.pop() ?? ''), terminal: false });
        if (run > 0) times.get(name)?.push(ms);
      }
    }
    line.close();
    for (const [name, all] of times) medians.get(name)?.push(new Sample(all).median);
  }
  const psql = medians.get(PSQL)?.at(-1) ?? Number.NaN;
  printTable(
    `Whole process on a long line, ${scale.name}, medians of ${RUNS} runs in turn (ms; target: session list before psql at 100 ms)`,
    ['what', ...DELAYS.map((delay) => `${delay} ms`), 'of psql'],
    [...medians].map(([name, all]) => [name, ...all.map(digits), digits((all.at(-1) ?? Number.NaN) / psql)]),
  );
}

function liveIds(copy: Copy, count: number): Promise<string[]> {
  return withClient(copy.url, async (client) => {
    const { rows } = await client.query<{ id: string }>('select id from tomo.live_sessions limit $1', [count]);
    return rows.map(({ id }) => id);
  });
}
