import { closeSync, constants, openSync, readFileSync, rmSync, statSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { type Metric, replaceMetrics } from '../../views/metrics.ts';
import { valueFlag } from '../input/flags.ts';
import { checkOutputFile, writeOutputFile } from './output-file.ts';

export const metricsFlag = valueFlag(
  '<file>',
  'Write what came of it into this file for the textfile collector of Prometheus, also when it fails; jobs may share one.',
);

/** Puts metrics into a page, in place of those of the same job and name. */
export function writeMetrics(file: string, isOwn: (name: string) => boolean, metrics: readonly Metric[]): void {
  const unlock = lock(file);
  try {
    writeOutputFile(file, replaceMetrics(read(file), isOwn, metrics), true, 0o644);
  } finally {
    unlock();
  }
}

/**
 * Runs a job and leaves its outcome in a file: success, when it last ran and last succeeded, how long it took,
 * and what `describe` says. Without a file only runs it. When the job fails its error goes on, whatever
 * happens to the file.
 */
export async function withMetrics<T>(
  file: string | undefined,
  job: string,
  clock: () => Date,
  work: () => Promise<T>,
  describe: (result: T) => { succeeded: boolean; metrics: Metric[] },
): Promise<T> {
  if (file === undefined) return work();
  checkOutputFile(file, true);
  const started = clock().getTime();
  const write = (succeeded: boolean, metrics: Metric[]) => {
    const now = clock().getTime() / 1000;
    const metric = (name: string, value: number, help: string) => ({ name: `tomo_${job}_${name}`, help, value });
    const latest = succeeded ? now : lastSuccess(read(file), job);
    const common: Metric[] = [
      metric('success', succeeded ? 1 : 0, '1: the last run did all it had to; 0: it failed or left work.'),
      metric('last_run_timestamp_seconds', now, 'When the last run ended.'),
      metric('last_success_timestamp_seconds', latest, 'When a run last succeeded; 0: not known.'),
      metric('duration_seconds', now - started / 1000, 'How long the last run took.'),
    ];
    writeMetrics(file, (name) => name.startsWith(`tomo_${job}_`), [...common, ...metrics]);
  };
  let result: T;
  try {
    result = await work();
  } catch (error) {
    try {
      write(false, []);
    } catch {
      // why the job has failed matters more
    }
    throw error;
  }
  const { succeeded, metrics } = describe(result);
  write(succeeded, metrics);
  return result;
}

/** A failure must not make the time of the last success unknown: alerts go by its age. */
function lastSuccess(page: string, job: string): number {
  const [, value] = new RegExp(`^tomo_${job}_last_success_timestamp_seconds (\\S+)$`, 'm').exec(page) ?? [];
  const seconds = Number(value);
  return Number.isFinite(seconds) ? seconds : 0;
}

/** What stands in the file; nothing where there is none, or none that can be read. */
function read(file: string): string {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    return readFileSync(file, { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW | O_NONBLOCK });
  } catch {
    return '';
  }
}

/** Milliseconds that another job is waited for, and after which one that holds the page has died. */
const LOCK = { patience: 2000, stale: 10_000 };

/**
 * Keeps two jobs from writing one page at once, where one of them would be lost until its next run. Without a lock
 * where none can be had: the page matters less than the job.
 */
function lock(file: string): () => void {
  const path = join(dirname(file), `.${basename(file)}.lock`);
  const patient = Date.now() + LOCK.patience;
  for (;;) {
    try {
      closeSync(openSync(path, 'wx', 0o600));
      return () => rmSync(path, { force: true });
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) return () => {};
      const made = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now();
      if (Date.now() - made > LOCK.stale) rmSync(path, { force: true });
      else if (Date.now() > patient) return () => {};
      else Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 20);
    }
  }
}
