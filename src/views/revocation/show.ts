import type { RevocationDetails } from '../../domain/revocation/show.ts';
import { type Revocation, UNDO_PERIOD } from '../../model/revocation.ts';
import { shortIds } from '../columns.ts';
import { renderFacts } from '../facts.ts';
import { renderList } from '../list.ts';
import { named, printable } from '../printable.ts';
import { SESSION_STATE_LIST } from '../session/columns.ts';
import { forecastWords } from '../session/restore.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';
import { COUNTED, endedWords, scopeWords } from './words.ts';

const LABEL_WIDTH = 13;

/** One revocation for people: what it did, whether it can be undone, and what that would bring. */
export function renderRevocation({ revocation, kept, forecast, sessions }: RevocationDetails, look: Look): string {
  const c = paint(look);
  const ids = shortIds(kept.map((session) => session.id));
  const facts: [string, string | null][] = [
    ['Revocation', c.yellow(String(revocation.id))],
    ['When', `${exactTime(revocation.at)} (${relativeTime(revocation.at, look.now)})`],
    ['Who', `${printable(revocation.by)} (database role ${printable(revocation.actor.dbRole ?? 'unknown')})`],
    ['Whose', scopeWords(revocation)],
    ['Reason', revocation.reason ? printable(revocation.reason) : null],
    ['Ended', endedWords(revocation)],
    ['Kept', kept.map((session, i) => `${ids[i]} (${named(session.username)})`).join(', ') || null],
    ['Undo', undo(revocation, look)],
  ];
  const narrow = { ...look, width: look.width - 2 };
  const lines = [renderFacts(facts, LABEL_WIDTH, look)];
  if (forecast)
    lines.push('', c.bold('If it were restored now'), forecastWords(forecast, narrow).replaceAll(/^/gm, '  '));
  if (sessions.length > 0) {
    const isPart = sessions.length < (revocation.sessions ?? COUNTED);
    lines.push('', c.bold(`Sessions it ended${isPart ? `, ${sessions.length} of ${endedWords(revocation)}` : ''}`));
    lines.push(renderList(sessions, SESSION_STATE_LIST, narrow).replaceAll(/^/gm, '  '));
  }
  return lines.join('\n');
}

function undo({ id, state, restorableUntil, restoredAt, restoredBy, username }: Revocation, look: Look): string {
  const when = restoredAt ? ` ${relativeTime(restoredAt, look.now)}, at ${exactTime(restoredAt)}` : '';
  return {
    restorable: `tomo session restore ${id}, until ${restorableUntil ? exactTime(restorableUntil) : 'tomorrow'}`,
    restored: `restored by ${printable(restoredBy ?? 'somebody')}${when}`,
    compromised: 'never: it was made for a compromise (--compromised)',
    'too-old': `no more: a revocation can be restored for ${UNDO_PERIOD}`,
    'for-good': 'never: this server deletes what is revoked',
    'user-inactive': `not while ${printable(username ?? 'its user')} is not active`,
  }[state];
}
