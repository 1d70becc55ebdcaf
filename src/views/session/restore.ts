import type { RestoreReport } from '../../domain/session-restore.ts';
import { plural } from '../number.ts';

export function renderRestored(report: RestoreReport): string {
  const live = `${plural(report.live, 'session')} live again`;
  if (report.interrupted) return `Interrupted: ${live} so far of revocation ${report.revocation}. The same command goes on.`;
  const dead = report.unmarked - report.live;
  const newer = report.newer.map((id) => `tomo session restore ${id}`).join(' && ');
  const rest =
    dead <= 0
      ? ''
      : newer
        ? `\n${plural(dead, 'other')} expired meanwhile, or a newer revocation keeps them out: ${newer}`
        : ` ${plural(dead, 'other')} expired meanwhile or ended otherwise.`;
  return `Restored revocation ${report.revocation}: ${live}.${rest}`;
}
