import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { spawn as spawnOnTerminal } from '@lydell/node-pty';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, Sample } from './measure.ts';
import { WORK } from './server.ts';
import { listStatements } from './statements.ts';

export const TOMO = join(import.meta.dirname, '..', 'bin', 'run.cjs');
const FLOOR = join(import.meta.dirname, 'floor.mjs');
const RUNS = 25;

interface Contender {
  name: string;
  command: string[];
  terminal: boolean;
  /** The contender whose time it is divided by. */
  floor: string;
}

export const ENV = { ...process.env, XDG_CACHE_HOME: join(WORK, 'cache'), LC_ALL: 'C.UTF-8' } as Record<string, string>;

export function hasPsql(): boolean {
  return spawnSync('psql', ['--version']).status === 0;
}

/** Whole processes, from start to end, in turn: the program, psql and a short Node script with the same query. */
export async function benchStartup(copy: Copy, scale: Scale): Promise<void> {
  mkdirSync(WORK, { recursive: true });
  const file = join(WORK, 'page.sql');
  writeFileSync(file, await listStatements(copy.url));
  const node = process.execPath;
  const tomo = [node, TOMO, 'session', 'list', '--limit', '50', '--database', copy.url];
  const contenders: Contender[] = [
    {
      name: 'node script (floor), pipe',
      command: [node, FLOOR, copy.url, file],
      terminal: false,
      floor: 'node script (floor), pipe',
    },
    { name: 'tomo session list, pipe', command: tomo, terminal: false, floor: 'node script (floor), pipe' },
    {
      name: 'tomo session list --json, pipe',
      command: [...tomo, '--json'],
      terminal: false,
      floor: 'node script (floor), pipe',
    },
    {
      name: 'node script (floor), terminal',
      command: [node, FLOOR, copy.url, file],
      terminal: true,
      floor: 'node script (floor), terminal',
    },
    {
      name: 'tomo session list, terminal (table)',
      command: tomo,
      terminal: true,
      floor: 'node script (floor), terminal',
    },
    {
      name: 'tomo --version',
      command: [node, TOMO, '--version'],
      terminal: false,
      floor: 'node script (floor), pipe',
    },
    {
      name: 'completion of a flag',
      command: [node, TOMO, '__complete', '--', 'session', 'list', '--'],
      terminal: false,
      floor: 'node script (floor), pipe',
    },
    { name: 'node -e 0', command: [node, '-e', '0'], terminal: false, floor: 'node script (floor), pipe' },
  ];
  if (hasPsql()) {
    contenders.push({
      name: 'psql, same query, pipe',
      command: ['psql', '-XAtqf', file, copy.url],
      terminal: false,
      floor: 'node script (floor), pipe',
    });
  }
  const times = new Map(contenders.map(({ name }) => [name, [] as number[]]));
  for (let run = -2; run < RUNS; run += 1) {
    for (const contender of contenders) {
      const ms = await runOnce(contender);
      if (run >= 0) times.get(contender.name)?.push(ms);
    }
  }
  const rows = contenders.map(({ name, floor }) => {
    const own = times.get(name) ?? [];
    const others = times.get(floor) ?? [];
    const paired = new Sample(own.map((ms, i) => ms / (others[i] ?? Number.NaN)));
    return [
      name,
      new Sample(own).toString(),
      digits(new Sample(own).median / new Sample(others).median),
      digits(paired.median),
    ];
  });
  printTable(
    `Whole process, ${scale.name}, ${RUNS} runs in turn (ms; target: tomo at most 1.2 times the floor, --version and completion 60 ms)`,
    ['what', 'median (min–max)', 'ratio of medians', 'median of paired ratios'],
    rows,
  );
}

/** Milliseconds that a process takes. Rejects where it fails. */
export function runOnce({
  command: [file = '', ...args],
  terminal,
}: Pick<Contender, 'command' | 'terminal'>): Promise<number> {
  const started = performance.now();
  return new Promise((resolve, reject) => {
    const done = (code: number | null) =>
      code === 0
        ? resolve(performance.now() - started)
        : reject(new Error(`${[file, ...args].join(' ')}: exit code ${code}`));
    if (terminal) {
      const child = spawnOnTerminal(file, args, { cols: 120, rows: 60, env: ENV });
      child.onData(() => {});
      child.onExit(({ exitCode }) => done(exitCode));
    } else {
      const child = spawn(file, args, { env: ENV, stdio: ['ignore', 'pipe', 'ignore'] });
      child.stdout.resume();
      child.on('error', reject).on('close', done);
    }
  });
}
