import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { openDatabase } from '../src/db/port/open.ts';
import { enrichSessions } from '../src/domain/geo/enrich.ts';
import { type GeoFiles, openGeoFiles } from '../src/domain/geo/files.ts';
import { writeMmdb } from '../test/support/mmdb.ts';
import { type Copy, type Scale, withCopy } from './data.ts';
import { digits, printTable, Sample } from './measure.ts';
import { type Server, WORK, withClient } from './server.ts';
import { LATENCY_HEAD, latencyCells, startTouches } from './touches.ts';

const ACTOR = { osUser: 'bench', host: 'bench' };
const SESSIONS = 200_000;
const BATCH = 500;
/** Networks of the database that is made for it, 1.0.0.0/24 to 1.77.255.0/24; a real one has millions. */
const NETWORKS = 20_000;
const ROUNDS = 3;

/** Sessions that the server did not place: of the users as they are, of the last five days. */
const PENDING = `
  insert into tomo.sessions (user_id, device_id, user_agent_id, ip, created_at, last_activity_at)
  select s.user_id, s.device_id, s.user_agent_id, s.ip, s.at, s.at + interval '20 minutes' from (
    select user_id, device_id, user_agent_id, now() - random() * interval '5 days' - interval '1 hour' as at,
           ('1.' || floor(random() * 78) || '.' || floor(random() * 256) || '.' || floor(random() * 256))::inet as ip
      from tomo.sessions order by random() limit ${SESSIONS}) s order by s.at`;
const PLAIN = `
  update tomo.sessions set country = 'DE', region = 'Berlin', city = 'Berlin', isp = 'Example', latitude = 52.52, longitude = 13.405,
    location_check = 'usual' where location_check is null`;

interface Figures {
  rows: number;
  ms: number;
  batches: number[];
  latencies: number[];
}

/** `geo enrich` against one plain update of the same rows, on fresh copies in turn. */
export async function benchGeo(server: Server, scale: Scale): Promise<void> {
  const path = process.env.TOMO_GEO_CITY_DATABASE ?? makeDatabase();
  const geo = await openGeoFiles([{ kind: 'city', path, origin: 'the benchmark' }]);
  const run: Record<'plain' | 'enrich' | 'busy', Figures[]> = { plain: [], enrich: [], busy: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    run.plain.push(await withCopy(server, scale, byStatement));
    run.enrich.push(await withCopy(server, scale, (copy) => byEnrich(copy, geo, false)));
    run.busy.push(await withCopy(server, scale, (copy) => byEnrich(copy, geo, true)));
  }
  const speed = (all: Figures[]) => new Sample(all.map(({ rows, ms }) => (rows / ms) * 1000));
  const cells = (all: Figures[]) => [
    all[0]?.rows.toLocaleString('en') ?? '',
    speed(all).toString(),
    digits(speed(all).median / speed(run.plain).median),
    all.some(({ batches }) => batches.length > 0) ? new Sample(all.flatMap(({ batches }) => batches)).toString() : '',
  ];
  printTable(
    `geo enrich against one plain update of the same columns, ${scale.name}, ${ROUNDS} times in turn; ${geo.files[0]?.type}`,
    ['what', 'sessions', 'per second', 'ratio', `batch of ${BATCH} (ms)`],
    [
      ['one update, with the trigger that notes places', ...cells(run.plain)],
      ['geo enrich', ...cells(run.enrich)],
      ['geo enrich, 800 touches/s', ...cells(run.busy)],
    ],
  );
  printTable(
    'Touches meanwhile (800/s offered)',
    ['while', ...LATENCY_HEAD],
    [['geo enrich', ...latencyCells(new Sample(run.busy.flatMap(({ latencies }) => latencies)), 20)]],
  );
}

async function prepare(copy: Copy): Promise<void> {
  await withClient(copy.url, async (client) => {
    await client.query(PENDING);
    await client.query('vacuum (analyze) tomo.sessions');
    await client.query('checkpoint');
  });
}

async function byStatement(copy: Copy): Promise<Figures> {
  await prepare(copy);
  return withClient(copy.url, async (client) => {
    const started = performance.now();
    const { rowCount } = await client.query(PLAIN);
    return { rows: rowCount ?? 0, ms: performance.now() - started, batches: [], latencies: [] };
  });
}

async function byEnrich(copy: Copy, geo: GeoFiles, busy: boolean): Promise<Figures> {
  await prepare(copy);
  const db = await openDatabase({ kind: 'postgres', url: copy.url, env: {} });
  const touches = busy ? await startTouches(copy.url) : undefined;
  try {
    if (touches) {
      await sleep(2000);
      await touches.take();
    }
    const batches: number[] = [];
    const started = performance.now();
    let last = started;
    const report = await enrichSessions(db, {
      actor: ACTOR,
      geo,
      again: false,
      batchSize: BATCH,
      limit: null,
      maxDuration: null,
      onProgress: () => {
        batches.push(performance.now() - last);
        last = performance.now();
      },
    });
    const ms = performance.now() - started;
    return { rows: report.examined, ms, batches, latencies: (await touches?.take()) ?? [] };
  } finally {
    await touches?.stop();
    await db.close();
  }
}

function makeDatabase(): string {
  const path = join(WORK, 'geo.mmdb');
  const networks = Array.from({ length: NETWORKS }, (_, i) => {
    // most of them in one country, as the logins of one company are
    const country = i % 10 < 8 ? 'DE' : (['FR', 'US', 'NG', 'IN', 'BR'][i % 5] ?? 'PL');
    const record = {
      country: { iso_code: country },
      subdivisions: [{ names: { en: `Region ${i % 300}` } }],
      city: { names: { de: `Stadt ${i % 5000}`, en: `City ${i % 5000}` } },
      location: {
        latitude: country === 'DE' ? 48 + (i % 6) : ((i * 37) % 120) - 60,
        longitude: country === 'DE' ? 7 + (i % 7) : ((i * 91) % 340) - 170,
      },
      traits: { isp: `Provider ${i % 400}` },
    };
    return [`1.${Math.floor(i / 256)}.${i % 256}.0/24`, record] as const;
  });
  writeFileSync(path, writeMmdb({ type: 'Benchmark-City', networks: Object.fromEntries(networks) }));
  return path;
}
