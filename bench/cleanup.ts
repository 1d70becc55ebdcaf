import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/db/port/open.ts';
import { cleanUp } from '../src/domain/cleanup/cleanup.ts';
import { type Copy, type Scale, withCopy } from './data.ts';
import { digits, printTable, Sample } from './measure.ts';
import { type Server, withClient } from './server.ts';
import { LATENCY_HEAD, latencyCells, startTouches } from './touches.ts';

const ACTOR = { osUser: 'bench', host: 'bench' };
const BATCH = 5000;

interface Figures {
  rows: number;
  /** Of the deletion alone. */
  ms: number;
  batches: number[] | null;
  vacuumMs: number;
  latencies: Latencies;
}

/** Of the touches, in ms: before, during the deletion, and during the vacuum. */
interface Latencies {
  quiet: number[];
  deleting: number[];
  rest: number[];
}

/** The same rows deleted on fresh copies in turn: by the cleanup in batches, and by one plain statement. */
export async function benchCleanup(server: Server, scale: Scale): Promise<void> {
  const rounds = scale.ended > 1_000_000 ? 1 : 3;
  const run: Record<'plain' | 'batches' | 'busyPlain' | 'busyBatches', Figures[]> = {
    plain: [],
    batches: [],
    busyPlain: [],
    busyBatches: [],
  };
  for (let round = 0; round < rounds; round += 1) {
    run.plain.push(await withCopy(server, scale, (copy) => measure(copy, byStatement, false)));
    run.batches.push(await withCopy(server, scale, (copy) => measure(copy, byBatches, false)));
    run.busyPlain.push(await withCopy(server, scale, (copy) => measure(copy, byStatement, true)));
    run.busyBatches.push(await withCopy(server, scale, (copy) => measure(copy, byBatches, true)));
  }
  const speed = (all: Figures[]) => new Sample(all.map(({ rows, ms }) => (rows / ms) * 1000));
  const cells = (all: Figures[], floor: Figures[]) => [
    all[0]?.rows.toLocaleString('en') ?? '',
    speed(all).toString(),
    digits(speed(all).median / speed(floor).median),
    all[0]?.batches ? new Sample(all.flatMap(({ batches }) => batches ?? [])).toString() : '',
    new Sample(all.map(({ vacuumMs }) => vacuumMs / 1000)).toString(),
  ];
  printTable(
    `Cleanup against one plain delete, ${scale.name}, each ${rounds === 1 ? 'once' : `${rounds} times in turn`} (target: at least 0.4 of its speed)`,
    ['what', 'rows', 'rows/s', 'ratio', 'one batch (ms)', 'vacuum (s)'],
    [
      ['one delete, nothing else running', ...cells(run.plain, run.plain)],
      ['cleanup in batches, nothing else running', ...cells(run.batches, run.plain)],
      ['one delete, 800 touches/s', ...cells(run.busyPlain, run.busyPlain)],
      ['cleanup in batches, 800 touches/s', ...cells(run.busyBatches, run.busyPlain)],
    ],
  );
  const all = (figures: Figures[], phase: keyof Latencies) =>
    new Sample(figures.flatMap((one) => one.latencies[phase]));
  printTable(
    'Touches meanwhile (800/s offered; target p99 < 20 ms during the cleanup)',
    ['while', ...LATENCY_HEAD],
    [
      ['nothing else', ...latencyCells(all([...run.busyBatches, ...run.busyPlain], 'quiet'))],
      ['cleanup deletes', ...latencyCells(all(run.busyBatches, 'deleting'), 20)],
      ['cleanup vacuums and makes its last pass', ...latencyCells(all(run.busyBatches, 'rest'), 20)],
      ['one plain delete', ...latencyCells(all(run.busyPlain, 'deleting'))],
      ['one plain vacuum', ...latencyCells(all(run.busyPlain, 'rest'))],
    ],
  );
}

type Way = (
  copy: Copy,
  retention: number,
  afterDeletion: () => Promise<void>,
) => Promise<Pick<Figures, 'rows' | 'ms' | 'batches' | 'vacuumMs'>>;

async function measure(copy: Copy, way: Way, busy: boolean): Promise<Figures> {
  // the days are chosen so that several hundred thousand rows go, whatever the age of the data
  const retention = await withClient(copy.url, async (client) => {
    const { rows } = await client.query(`
      select days from generate_series(20, 1, -1) days
       where (select count(*) from tomo.sessions where ended_at < now() - make_interval(days => days)) >= 300000 limit 1`);
    return (rows[0]?.days as number | undefined) ?? 1;
  });
  const latencies: Latencies = { quiet: [], deleting: [], rest: [] };
  if (!busy) return { ...(await way(copy, retention, async () => {})), latencies };
  const touches = await startTouches(copy.url);
  try {
    await sleep(1000);
    await touches.take();
    await sleep(4000);
    latencies.quiet = await touches.take();
    const figures = await way(copy, retention, async () => {
      latencies.deleting = await touches.take();
    });
    latencies.rest = await touches.take();
    return { ...figures, latencies };
  } finally {
    await touches.stop();
  }
}

/** The program's own cleanup, whole; the deletion ends where it says that it vacuums. */
const byBatches: Way = async (copy, retention, afterDeletion) => {
  const db = await openDatabase({ kind: 'postgres', url: copy.url, env: {} });
  try {
    const batches: number[] = [];
    const started = performance.now();
    let last = started;
    let ms = 0;
    let taken: Promise<void> | undefined;
    const report = await cleanUp(db, {
      actor: ACTOR,
      retention,
      batchSize: BATCH,
      maxDuration: null,
      onProgress: (_rows, step) => {
        const now = performance.now();
        if (step === 'clearing away dead sessions' && !taken) batches.push(now - last);
        last = now;
        if (step === 'vacuuming') {
          ms = now - started;
          taken = afterDeletion();
        }
      },
    });
    await taken;
    return { rows: report.sessionsDeleted, ms, batches, vacuumMs: report.duration - ms };
  } finally {
    await db.close();
  }
};

const byStatement: Way = (copy, retention, afterDeletion) =>
  withClient(copy.url, async (client) => {
    const started = performance.now();
    const { rowCount } = await client.query(
      'delete from tomo.sessions where ended_at < now() - make_interval(days => $1)',
      [retention],
    );
    const ms = performance.now() - started;
    await afterDeletion();
    const vacuum = performance.now();
    await client.query('vacuum (analyze) tomo.sessions');
    return { rows: rowCount ?? 0, ms, batches: null, vacuumMs: performance.now() - vacuum };
  });
