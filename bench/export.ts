import { spawn } from 'node:child_process';
import { createReadStream, openSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Copy, Scale } from './data.ts';
import { digits, printTable, Sample, time } from './measure.ts';
import { WORK } from './server.ts';
import { ENV, hasPsql, TOMO } from './startup.ts';
import { exportStatements } from './statements.ts';

const RUNS = 3;
const OUT = join(WORK, 'export.ndjson');
const RSS = join(WORK, 'max-rss');

/** Everything there is as NDJSON: peak memory, and rows per second beside psql's COPY of the same JSON. */
export async function benchExport(copy: Copy, scale: Scale): Promise<void> {
  const contenders: [name: string, command: string[]][] = [
    [
      'tomo session list --all --output ndjson',
      [
        process.execPath,
        '--import',
        pathToFileURL(join(import.meta.dirname, 'max-rss.mjs')).href,
        TOMO,
        'session',
        'list',
        '--all',
        '--output',
        'ndjson',
        '--database',
        copy.url,
      ],
    ],
  ];
  if (hasPsql()) {
    const file = join(WORK, 'copy.sql');
    writeFileSync(file, await exportStatements(copy.url));
    contenders.push(['psql, COPY of the same', ['psql', '-XAtqf', file, copy.url]]);
  }
  const times = contenders.map(() => [] as number[]);
  const memory = contenders.map(() => [] as number[]);
  let size = 0;
  const lines: number[] = [];
  for (let run = 0; run < RUNS; run += 1) {
    for (const [i, [, command]] of contenders.entries()) {
      rmSync(RSS, { force: true });
      times[i]?.push(await time(() => runToFile(command)));
      if (i === 0) memory[i]?.push(Number(readFileSync(RSS, 'utf8')) / 1024);
      if (run === 0) lines[i] = await countLines();
      size = statSync(OUT).size;
    }
  }
  rmSync(OUT);
  if (new Set(lines).size > 1) throw new Error(`they did not write the same: ${lines.join(', ')} lines`);
  const medians = times.map((values) => new Sample(values).median);
  printTable(
    `Export of everything, ${scale.name}: ${lines[0]?.toLocaleString('en')} rows, ${Math.round(size / 2 ** 20)} MiB, ${RUNS} runs in turn (target: under 150 MiB of memory)`,
    ['what', 'seconds', 'rows/s', 'ratio', 'peak memory (MiB)'],
    contenders.map(([name], i) => {
      const seconds = new Sample((times[i] ?? []).map((ms) => ms / 1000));
      const mib = memory[i]?.length ? new Sample(memory[i]).toString() : '';
      return [
        name,
        seconds.toString(),
        Math.round((lines[0] ?? 0) / seconds.median).toLocaleString('en'),
        digits((medians.at(-1) ?? Number.NaN) / (medians[i] ?? Number.NaN)),
        mib,
      ];
    }),
  );
}

function runToFile([file = '', ...args]: string[]): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, {
      env: { ...ENV, MAX_RSS_FILE: RSS },
      stdio: ['ignore', openSync(OUT, 'w'), 'inherit'],
    });
    child
      .on('error', reject)
      .on('close', (code) =>
        code === 0 ? resolve() : reject(new Error(`${file} ${args.join(' ')}: exit code ${code}`)),
      );
  });
}

async function countLines(): Promise<number> {
  let n = 0;
  for await (const chunk of createReadStream(OUT) as AsyncIterable<Buffer>) {
    for (let at = chunk.indexOf(10); at >= 0; at = chunk.indexOf(10, at + 1)) n += 1;
  }
  return n;
}
