import { constants, readFileSync } from 'node:fs';
import { type Metric, renderMetrics } from '../../views/metrics.ts';
import { valueFlag } from '../input/flags.ts';
import { checkOutputFile, writeOutputFile } from './output-file.ts';

export const metricsFlag = valueFlag(
  '<file>',
  'Write what came of it into this file for the textfile collector of Prometheus, also when it fails.',
);

/**
 * Runs a job and leaves its outcome in a file: success, when it last ran and last succeeded, how long it took, and what
 * `describe` says. Without a file only runs it. When the job fails its error goes on, whatever happens to the file.
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
    const latest = succeeded ? now : lastSuccess(file, job);
    const common: Metric[] = [
      metric('success', succeeded ? 1 : 0, '1: the last run did all it had to; 0: it failed or left work.'),
      metric('last_run_timestamp_seconds', now, 'When the last run ended.'),
      metric('last_success_timestamp_seconds', latest, 'When a run last succeeded; 0: not known.'),
      metric('duration_seconds', now - started / 1000, 'How long the last run took.'),
    ];
    writeOutputFile(file, renderMetrics([...common, ...metrics]), true, 0o644);
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
function lastSuccess(file: string, job: string): number {
  const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
  try {
    const text = readFileSync(file, { encoding: 'utf8', flag: O_RDONLY | O_NOFOLLOW | O_NONBLOCK });
    const [, value] = new RegExp(`^tomo_${job}_last_success_timestamp_seconds (\\S+)$`, 'm').exec(text) ?? [];
    const seconds = Number(value);
    return Number.isFinite(seconds) ? seconds : 0;
  } catch {
    return 0;
  }
}
