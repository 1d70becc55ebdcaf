import type { Pace } from '../../domain/batch/budget.ts';
import type { JobName } from '../../domain/cleanup/schedule.ts';
import type { Metric } from '../../views/metrics.ts';
import { durationFlag } from '../input/flags.ts';
import { withHealthcheck } from '../output/healthcheck.ts';
import { withMetrics } from '../output/metrics-file.ts';
import type { Progress } from '../output/progress.ts';
import { BaseCommand } from './base-command.ts';

export const maxDurationFlag = durationFlag({
  description: 'Begin nothing new after this long, e.g. 10m; exit 8 when work remains.',
});

interface PaceFlags {
  quiet?: boolean;
  /** Seconds. */
  'max-duration'?: number | undefined;
}

/** A command that takes its time: it shows how far it is, and work in batches can be stopped between two of them. */
export abstract class LongCommand extends BaseCommand {
  // for the manifest, oclif looks for what is inherited no further up than to a class that has nothing static
  static override baseFlags = BaseCommand.baseFlags;

  /** Work in batches, with its progress: Ctrl-C and `--max-duration` let it begin no further one. See `exitAfter`. */
  protected inBatches<T>(
    title: string,
    flags: PaceFlags,
    work: (pace: Pace) => Promise<T>,
    total: number | null = null,
  ): Promise<T> {
    const seconds = flags['max-duration'];
    const watched = (progress: Progress) =>
      this.guard.interruptible((signal) =>
        work({
          signal,
          maxDuration: seconds === undefined ? null : seconds * 1000,
          onTotal: (rows) => progress.expect(rows),
          onProgress: (done, step) => progress.update(done, step),
        }),
      );
    return this.withProgress(title, flags, watched, total);
  }

  /** A job of cron: whoever watches over it is told that it begins and how it ends, and its metrics are written. */
  protected asJob<T>(
    job: { name: JobName; metrics: string; file: string | undefined },
    work: () => Promise<T>,
    describe: (result: T) => { succeeded: boolean; metrics: Metric[] },
  ): Promise<T> {
    const measured = () => withMetrics(job.file, job.metrics, this.terminal.now, work, describe);
    return withHealthcheck(this.terminal.env, job.name, measured, (message) => this.caution(message));
  }

  /** The exit code of work in batches that was stopped, or that leaves something for the next time. */
  protected exitAfter({ interrupted, workRemains = false }: { interrupted: boolean; workRemains?: boolean }): void {
    if (interrupted) this.exitWith(130);
    else if (workRemains) this.exitWith(8);
  }
}
