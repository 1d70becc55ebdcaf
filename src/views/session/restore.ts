import type { RestoreForecast, RestoreReport, StaysDead } from '../../domain/revocation/restore.ts';
import type { Revocation } from '../../model/revocation.ts';
import type { Column, ListView } from '../columns.ts';
import { renderList } from '../list.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { deadWords, endedWords, scopeWords, whyDead } from '../revocation/words.ts';
import { ellipsis, type Look } from '../style.ts';
import { relativeTime } from '../time.ts';
import { wrapped } from '../wrap.ts';

/** Lines for people; the rest is in --json. */
const SHOWN = 10;

const COLUMNS = {
  id: { title: 'ID', value: (s) => s.id },
  user: { title: 'USER', value: (s) => s.username, shrink: 5 },
  device: { title: 'DEVICE', value: (s) => s.device, shrink: 10 },
  ip: { title: 'IP ADDRESS', value: (s) => s.ip, address: true, shrink: 12 },
  why: { title: 'WHY NOT', value: whyDead },
} satisfies Record<string, Column<StaysDead>>;

const STAYS_DEAD: ListView<StaysDead, keyof typeof COLUMNS> = {
  key: 'sessions',
  columns: COLUMNS,
  names: ['id', 'user', 'device', 'ip', 'why'],
  expendable: ['ip', 'device'],
};

/** Which one --last is: "Your last revocation is 17: everybody, 342 sessions, 5m ago, "drill"." */
export function lastWords(revocation: Revocation, look: Look): string {
  const { id, scope, at, reason } = revocation;
  const whose = scope === 'sessions' ? scopeWords(revocation) : `${scopeWords(revocation)}, ${endedWords(revocation)}`;
  const why = reason ? `, "${printable(reason)}"` : '';
  return wrapped(`Your last revocation is ${id}: ${whose}, ${relativeTime(at, look.now)}${why}.`, look.width);
}

/** What has been, or with `dryRun` would be, restored. */
export function renderRestored(report: RestoreReport, look: Look): string {
  const which = `revocation ${report.revocation}`;
  const heading = report.restored
    ? `${report.dryRun ? 'Would restore' : 'Restored'} ${which}:`
    : `${report.dryRun ? 'Would leave' : 'Left'} ${which} as it is, since nobody comes back:`;
  const shown = report.sessions.slice(0, SHOWN);
  const rest = report.sessions.length - shown.length;
  return [
    `${heading} ${forecastWords(report, look)}`,
    ...(shown.length > 0 ? [renderList(shown, STAYS_DEAD, look)] : []),
    ...(rest > 0
      ? [
          `${ellipsis(look)} and ${report.sessionsComplete ? `${grouped(rest)} more; --json has them all` : 'very many more'}`,
        ]
      : []),
  ].join('\n');
}

/** "12 sessions live again.", and how many not, for each reason. */
export function forecastWords(forecast: RestoreForecast, look: Look): string {
  const reasons = deadWords(forecast);
  const { complete } = forecast;
  const live =
    complete || forecast.live > 0
      ? `${complete ? '' : 'at least '}${plural(forecast.live, 'session')} live again.`
      : 'nobody of those looked at is live again; there are more.';
  if (reasons.length === 0) return live;
  const dead = reasons.reduce((sum, [count]) => sum + count, 0);
  const width = Math.max(...reasons.map(([count]) => grouped(count).length));
  const lines = reasons.map(
    ([count, why]) =>
      `  ${grouped(count).padStart(width)}  ${wrapped(why, look.width - width - 4, ' '.repeat(width + 4))}`,
  );
  return [`${live} ${dead === 1 ? '1 stays dead' : `${grouped(dead)} stay dead`}:`, ...lines].join('\n');
}
