import { cpus, totalmem } from 'node:os';
import { parseArgs } from 'node:util';
import { benchCleanup } from './cleanup.ts';
import { benchCommands } from './commands.ts';
import { type Copy, SCALES, type Scale, withCopy } from './data.ts';
import { benchExport } from './export.ts';
import { benchGeo } from './geo.ts';
import { benchLatency } from './latency.ts';
import { benchPages } from './pages.ts';
import { benchRevokeAll } from './revoke-all.ts';
import { type Server, startServer } from './server.ts';
import { benchServerFunctions } from './server-functions.ts';
import { benchStartup } from './startup.ts';
import { benchUncleaned } from './uncleaned.ts';

const USAGE =
  'usage: node bench/run.ts [--scale small|1m|10m] [--only startup,latency,pages,commands,uncleaned,revoke-all,cleanup,functions,export,geo] [--plans]';

const { values } = parseArgs({
  options: {
    scale: { type: 'string', default: '1m' },
    only: { type: 'string' },
    plans: { type: 'boolean', default: false },
  },
});

type Benchmark = (server: Server, scale: Scale) => Promise<void>;

const onCopy =
  (work: (copy: Copy, scale: Scale) => Promise<void>): Benchmark =>
  (server, scale) =>
    withCopy(server, scale, (copy) => work(copy, scale));

const BENCHMARKS: Record<string, Benchmark> = {
  startup: onCopy(benchStartup),
  latency: onCopy(benchLatency),
  pages: onCopy((copy, scale) => benchPages(copy, scale, values.plans)),
  commands: onCopy(benchCommands),
  uncleaned: onCopy(benchUncleaned),
  'revoke-all': onCopy(benchRevokeAll),
  cleanup: benchCleanup,
  functions: onCopy(benchServerFunctions),
  export: onCopy(benchExport),
  geo: benchGeo,
};

const scale = SCALES[values.scale];
const names = values.only?.split(',') ?? Object.keys(BENCHMARKS);
if (!scale || names.some((name) => !BENCHMARKS[name])) {
  console.error(USAGE);
  process.exit(2);
}

const server = await startServer();
try {
  console.log(
    `${new Date().toISOString().slice(0, 10)}, ${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.version}`,
  );
  console.log(server.words);
  console.log(
    `${scale.live.toLocaleString('en')} live and ${scale.ended.toLocaleString('en')} ended sessions, ${scale.users.toLocaleString('en')} users`,
  );
  for (const name of names) await BENCHMARKS[name]?.(server, scale);
} finally {
  await server.stop();
}
