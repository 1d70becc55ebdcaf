import { fork } from 'node:child_process';
import pg from 'pg';
import { digits, type Sample } from './measure.ts';
import { withClient } from './server.ts';

const RATE = 800;
const CONNECTIONS = 4;
const STATEMENT = 'update tomo.sessions set last_activity_at = now() where id = $1';

/** Requests that come in meanwhile: touches of random live sessions, from a process of their own. */
export interface Touches {
  /** The latencies since the last call, in ms from the moment each was due. */
  take(): Promise<number[]>;
  stop(): Promise<void>;
}

export async function startTouches(url: string): Promise<Touches> {
  const child = fork(import.meta.filename, [url]);
  const next = () =>
    new Promise<number[]>((resolve, reject) => {
      child.once('message', (latencies) => resolve(latencies as number[]));
      child.once('exit', (code) => reject(new Error(`the touches ended with exit code ${code}`)));
    });
  await next();
  return {
    take: () => {
      const latencies = next();
      child.send('take');
      return latencies;
    },
    stop: () =>
      new Promise((resolve) => {
        if (child.exitCode !== null) return resolve();
        child.removeAllListeners('exit').once('exit', () => resolve());
        child.send('stop');
      }),
  };
}

export const LATENCY_HEAD = ['touches', 'p50 ms', 'p99 ms', 'max ms'];

export function latencyCells(sample: Sample, p99Target = Number.POSITIVE_INFINITY): string[] {
  const p99 = sample.quantile(0.99);
  return [
    sample.size.toLocaleString('en'),
    digits(sample.median),
    p99 < p99Target ? digits(p99) : `**${digits(p99)}**`,
    digits(sample.max),
  ];
}

/** The child: an open loop, so that a touch that has to wait makes those behind it late, as requests would be. */
async function offer(url: string): Promise<void> {
  const free = Array.from({ length: CONNECTIONS }, () => new pg.Client({ connectionString: url }));
  await Promise.all(free.map((client) => client.connect()));
  const ids = await withClient(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(`
      select id from tomo.sessions tablesample system (10)
       where ended_at is null and epoch >= (select min_epoch from tomo.settings) order by random() limit 50000`);
    return rows.map((row) => row.id);
  });
  if (ids.length === 0) throw new Error('no session to touch');
  const due: number[] = [];
  let latencies: number[] = [];
  const begin = performance.now();
  let offered = 0;
  const work = () => {
    for (;;) {
      const client = free.pop();
      if (!client) return;
      const at = due.shift();
      if (at === undefined) {
        free.push(client);
        return;
      }
      void client
        .query({ name: 'touch', text: STATEMENT, values: [ids[Math.floor(Math.random() * ids.length)]] })
        .then(() => {
          latencies.push(performance.now() - at);
          free.push(client);
          work();
        });
    }
  };
  const timer = setInterval(() => {
    for (const now = performance.now(); begin + (offered * 1000) / RATE <= now; offered += 1)
      due.push(begin + (offered * 1000) / RATE);
    work();
  }, 1);
  process.on('message', (message) => {
    if (message === 'take') {
      process.send?.(latencies);
      latencies = [];
    } else {
      clearInterval(timer);
      process.exit(0);
    }
  });
  process.send?.([]);
}

if (process.send && process.argv[1] === import.meta.filename) await offer(process.argv[2] ?? '');
