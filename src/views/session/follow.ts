import type { Activity, Session } from '../../model/session.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { cut } from '../text-width.ts';
import { endingWords } from './show.ts';

/** What a session has just done, a line each: "14:03:59  api     200  GET /api/servers  203.0.113.7". */
export function followedLines(activity: readonly Activity[], look: Look): string {
  const c = paint(look);
  return activity
    .map(({ at, kind, status, name, path, ip }) => {
      const what = printable([name, path].filter(Boolean).join(' ')) || '-';
      const head = `${kind.padEnd(6)}  ${String(status ?? '-').padStart(3)}  `;
      const line = `${head}${what}${ip ? `  ${ip}` : ''}`;
      return `${c.dim(secondsOf(at))}  ${cut(line, look.width - 10, ellipsis(look))}`;
    })
    .join('\n');
}

/** Why following is over. */
export function followedEnd(session: Session | null): string {
  return session ? `The session has ended: ${endingWords(session)}.` : 'The session has been deleted.';
}

/** "14:03:59", in the zone of the machine. */
function secondsOf(at: string): string {
  const t = new Date(at);
  return [t.getHours(), t.getMinutes(), t.getSeconds()].map((n) => String(n).padStart(2, '0')).join(':');
}
