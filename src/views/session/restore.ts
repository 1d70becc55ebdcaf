import type { RestoreReport } from '../../domain/session-restore.ts';
import { plural } from '../number.ts';

export function renderRestored(report: RestoreReport): string {
  const dead = report.unmarked - report.live;
  const rest = dead > 0 ? ` ${plural(dead, 'other')} had expired meanwhile or ended otherwise.` : '';
  if (report.interrupted)
    return `Restored revocation ${report.revocation}, but interrupted before every session got its mark off: ${plural(report.live, 'session')} so far.`;
  return `Restored revocation ${report.revocation}: ${plural(report.live, 'session')} live again.${rest}`;
}
