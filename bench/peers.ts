import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ADOPTED } from './adopted-data.ts';
import { adoptedDatabase, onCopy } from './adopted-database.ts';
import { digits, printTable, Sample } from './measure.ts';
import { startServer } from './server.ts';
import { TOMO } from './startup.ts';
import { timeProcess } from './whole-process.ts';

/** A job as people do it without the program, and with it: whole processes, on the same rows. */
interface Job {
  name: string;
  server: keyof typeof ADOPTED;
  /** Changes the rows: each run has a copy of its own. */
  changes: boolean;
  peer: (url: string) => Command;
  tomo: string[];
}

interface Command {
  command: string[];
  env?: Record<string, string>;
}

const ran = ({ command, env = {} }: Command) => timeProcess(command, { env });

const USER = 'user7@example.org';
const PEERS = join(import.meta.dirname, 'peers');
const node = (script: string, ...args: string[]) => ({ command: [process.execPath, join(PEERS, script), ...args] });
const psql = (url: string, statement: string) => ({ command: ['psql', '-Xqc', statement, url] });

const JOBS: Job[] = [
  {
    name: 'psql: the latest 50 live sessions',
    server: 'connect-pg-simple',
    changes: false,
    peer: (url) =>
      psql(url, `select * from session where expire > now() at time zone 'UTC' order by expire desc limit 50`),
    tomo: ['session', 'list', '--limit', '50'],
  },
  {
    name: 'psql: how many are in',
    server: 'connect-pg-simple',
    changes: false,
    peer: (url) => psql(url, `select count(*) from session where expire > now() at time zone 'UTC'`),
    tomo: ['session', 'list', '--count'],
  },
  {
    name: 'psql: the sessions of a user',
    server: 'better-auth',
    changes: false,
    peer: (url) =>
      psql(
        url,
        `select s.* from session s join "user" u on u.id = s."userId"
          where u.email = '${USER}' and s."expiresAt" > now()`,
      ),
    tomo: ['session', 'list', '--user', USER],
  },
  {
    name: 'psql: the sessions of a user are ended',
    server: 'better-auth',
    changes: true,
    peer: (url) => psql(url, `delete from session using "user" u where u.id = "userId" and u.email = '${USER}'`),
    tomo: ['session', 'revoke-user', USER, '--yes'],
  },
  {
    name: 'better-auth: listSessions of a user',
    server: 'better-auth',
    changes: false,
    peer: (url) => node('better-auth.mjs', url, 'list', USER),
    tomo: ['session', 'list', '--user', USER],
  },
  {
    name: 'better-auth: deleteUserSessions',
    server: 'better-auth',
    changes: true,
    peer: (url) => node('better-auth.mjs', url, 'revoke', USER),
    tomo: ['session', 'revoke-user', USER, '--yes'],
  },
  {
    name: 'connect-pg-simple: pruneSessions',
    server: 'connect-pg-simple',
    changes: true,
    peer: (url) => node('connect-pg-simple.mjs', url),
    tomo: ['session', 'cleanup', '--quiet'],
  },
  {
    name: 'Django: clearsessions',
    server: 'django',
    changes: true,
    peer: (url) => ({
      command: ['/usr/bin/python3', '-m', 'django', 'clearsessions'],
      env: { PYTHONPATH: PEERS, DJANGO_SETTINGS_MODULE: 'django_settings', BENCH_DATABASE: django(url) },
    }),
    tomo: ['session', 'cleanup', '--quiet'],
  },
];

const { values } = parseArgs({
  options: { rows: { type: 'string', default: '1000000' }, runs: { type: 'string', default: '7' } },
});
const rows = Number(values.rows);
const server = await startServer();
console.log(`${rows.toLocaleString('en')} sessions a server, a fifth of them expired. ${server.words}.`);
try {
  const table: string[][] = [];
  for (const job of JOBS) {
    const database = await adoptedDatabase(server, job.server, ADOPTED[job.server], rows);
    const tomo = (url: string): Command => ({
      command: [
        ...[process.execPath, TOMO, ...job.tomo],
        ...['--server', ADOPTED[job.server].reference, '--database', url],
      ],
    });
    const times: [number[], number[]] = [[], []];
    // the first turn warms up
    for (let run = -1; run < (job.changes ? 3 : Number(values.runs)); run += 1) {
      for (const [i, of] of [job.peer, tomo].entries()) {
        const ms = job.changes
          ? await onCopy(server, database, (copy) => ran(of(server.url(copy))))
          : await ran(of(server.url(database)));
        if (run >= 0) times[i]?.push(ms);
      }
    }
    const [peer, own] = times.map((ms) => new Sample(ms)) as [Sample, Sample];
    table.push([job.name, String(peer), String(own), digits(own.median / peer.median)]);
  }
  printTable('What people use instead', ['job', 'theirs (ms)', 'tomo (ms)', 'ratio'], table);
} finally {
  await server.stop();
}

/** A database's URL as Django's settings have it. */
function django(url: string): string {
  const { hostname, port, username, password, pathname } = new URL(url);
  return JSON.stringify({
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
    PASSWORD: decodeURIComponent(password),
  });
}
