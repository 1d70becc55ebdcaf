import type { IdResult, Preview, RevokeByFilterReport, RevokeByIdReport } from '../../domain/revocation/revoke.ts';
import type { RevokeAllReport, RevokeUserReport } from '../../domain/revocation/revoke-epoch.ts';
import { UNDO_PERIOD } from '../../model/revocation.ts';
import type { ServerFacts } from '../../model/server.ts';
import { type Session, type SessionFilter, stateWords } from '../../model/session.ts';
import { shortIds } from '../columns.ts';
import { renderList } from '../list.ts';
import { grouped, plural } from '../number.ts';
import { named, printable } from '../printable.ts';
import { endedWords } from '../revocation/words.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { relativeTime } from '../time.ts';
import { deviceWords, markCurrent, SESSION_LIST, type SessionColumnName, withRelation } from './columns.ts';
import { filterWords } from './filter-words.ts';

/** One line for each id, and what is left. */
export function renderRevoked(report: RevokeByIdReport, look: Look): { lines: string; summary: string } {
  const { remaining, revoked } = report;
  const labels = shortIds(report.results.map((result) => result.session?.id ?? ''));
  const lines = report.results.map((result, i) => idLine(result, labels[i] ?? '', report, look)).join('\n');
  if (!remaining) return { lines, summary: '' };
  const verb = report.dryRun ? 'Would revoke' : 'Revoked';
  const rest = report.dryRun ? 'would remain' : 'remain';
  const summary = `${verb} ${plural(revoked, 'session')} of ${named(remaining.username)}; ${remaining.sessions} ${remaining.sessions === 1 ? rest.replace('remain', report.dryRun ? 'remain' : 'remains') : rest}.`;
  return { lines, summary };
}

function idLine(
  { id, outcome, session }: IdResult,
  label: string,
  { retention, claimed, dryRun }: RevokeByIdReport,
  look: Look,
): string {
  const c = paint(look);
  const own = session && session.id === look.current ? ', your own session' : '';
  const whose = session ? sessionWords(session) + own : '';
  const short = c.yellow(printable(session ? label : id));
  switch (outcome) {
    case 'revoked':
      return `${short} revoked (${whose})`;
    case 'would-revoke':
      return `${short} would be revoked (${whose})`;
    case 'not-found':
      return `${short} not found${keptWords(retention)}`;
    case 'already-ended': {
      const how = session ? stateWords(session.state) : '';
      const when = session?.endedAt;
      const by = session?.endedBy ? ` by ${printable(session.endedBy)}` : '';
      const barred =
        session && claimed.includes(session.id) ? `; it ${dryRun ? 'could then' : 'can'} no longer be restored` : '';
      return `${short} had already ended: ${how}${by}${when ? ` ${relativeTime(when, look.now)}` : ''}${barred} (${whose})`;
    }
    default:
      return outcome satisfies never;
  }
}

/** How long one that has ended would be found. */
function keptWords(retention: number | null): string {
  if (retention === null) return '';
  return retention === 0
    ? '; sessions that have ended are not kept there'
    : `; ended sessions are kept ${plural(retention, 'day')}`;
}

/** "alice, Firefox on Windows, 203.0.113.7", as far as it can be known there. */
function sessionWords(session: Session): string {
  const { username, ip, unknownFields = [] } = session;
  const known = (field: string, words: string) => (unknownFields.includes(field) ? [] : [words]);
  const parts = [
    ...known('username', username ?? 'nobody'),
    ...known('device', deviceWords(session) ?? 'unknown'),
    ...known('ip', ip ?? 'no address'),
  ];
  return printable(parts.join(', ') || 'of somebody');
}

/** What tells sessions from each other. */
export const WHICH: readonly SessionColumnName[] = ['id', 'user', 'device', 'ip'];
/** In less columns not even that fits beside the rest. */
const NARROW = 80;

/** "12 sessions of 3 users", and the first ones. */
export function renderPreview(preview: Preview, look: Look): string {
  const counted = `${plural(preview.sessions, 'live session')} of ${plural(preview.users, 'user')}`;
  if (preview.sessions === 0) return 'No live sessions match.';
  const more = preview.sessions - preview.first.length;
  return [
    `${counted}:`,
    renderList(
      preview.first,
      markCurrent(preview.first[0]?.relation ? withRelation(SESSION_LIST) : SESSION_LIST, () => look.current),
      look,
      look.width < NARROW ? { names: WHICH, left: [] } : {},
    ),
    ...(more > 0 ? [`${ellipsis(look)} and ${grouped(more)} more`] : []),
    ...preview.kept.map((session) => `Kept: ${shortIds([session.id])[0]} (${sessionWords(session)})`),
  ].join('\n');
}

/** Of sessions that are at hand: the first `rows` of them are shown. `own`: the id of the operator's session. */
export function previewOf(sessions: readonly Session[], rows: number, own: string | undefined): Preview {
  return {
    sessions: sessions.length,
    users: new Set(sessions.map(({ userId }) => userId)).size,
    first: sessions.slice(0, rows),
    includesOwn: sessions.some(({ id }) => id === own),
    kept: [],
  };
}

/** What a question names. */
type Asked = Pick<Preview, 'sessions' | 'users' | 'kept'> & {
  includesOwn: boolean | 'perhaps';
  first: readonly Pick<Session, 'username'>[];
};

/** Says whose, as far as that fits. */
export function bulkQuestion(preview: Asked, forGood = false): string {
  const [first] = preview.first;
  const own = preview.includesOwn ? `, ${preview.includesOwn === 'perhaps' ? 'perhaps ' : ''}your own among them` : '';
  const whose = preview.users === 1 && first ? named(first.username) : plural(preview.users, 'user');
  return `Revoke ${plural(preview.sessions, 'session')} of ${whose}${own}${preview.kept.length > 0 ? `, but keep ${preview.kept.length}` : ''}${forGood ? ' for good' : ''}?`;
}

/** `shown`: how many there were when it was asked. */
export function renderBulkRevoked({ revocation, revoked }: RevokeByFilterReport, shown: number | null): string {
  if (revocation === null) return 'Nothing to revoke: no live sessions match.';
  const change = shown === null ? 0 : revoked - shown;
  const since =
    change === 0 ? '' : ` That is ${grouped(Math.abs(change))} ${change > 0 ? 'more' : 'fewer'} than were shown.`;
  return `Revoked ${plural(revoked, 'session')} (revocation ${revocation}).${since}`;
}

/** What a revocation by this filter leaves alone although it is for a compromise. */
export function restorableWords(sessions: number, filter: SessionFilter): string {
  const these = `${plural(sessions, 'session')} that ${sessions === 1 ? 'matches is' : 'match are'} out already`;
  const list = `tomo session list ${filterWords(filter)} --state revoked --output ids`;
  return `${these}, by a revocation that can be undone. To bar ${sessions === 1 ? 'it' : 'them'} for good: ${list} | tomo session revoke - --compromised --yes`;
}

/** "Revoked 3 sessions of alice; 0 remain (revocation 17)." */
export function renderUsersRevoked(users: readonly RevokeUserReport[]): string {
  return users.map(userLine).join('\n');
}

function userLine({ username, revoked, remaining, revocation }: RevokeUserReport): string {
  const name = named(username);
  if (revoked === 0 && remaining === 0) return `${name} was not in: no live sessions${numberWords(revocation)}.`;
  return `Revoked ${plural(revoked, 'session')} of ${name}; ${remaining} ${remaining === 1 ? 'remains' : 'remain'}${numberWords(revocation)}.`;
}

/** Where nothing was changed there is none. */
function numberWords(revocation: number | null): string {
  return revocation === null ? '' : ` (revocation ${revocation})`;
}

export function renderAllRevoked({ revocation, revoked, kept, silent }: RevokeAllReport): string {
  const but = kept > 0 ? `, ${plural(kept, 'session')} kept` : '';
  if (revocation === null) return `Nobody was in${but}: no live sessions.`;
  const ended = endedWords({ sessions: revoked, filter: silent ? { silent } : null });
  return `Revoked everybody${but}: ${ended}${numberWords(revocation)}.`;
}

/** What is to be known of servers that do not answer. */
export function silentWords(silent: readonly string[]): string {
  const [who, they] = silent.length === 1 ? ['does', 'it comes'] : ['do', 'they come'];
  return `${printable(silent.join(', '))} ${who} not answer. Whose sessions lie there are out as well, also when ${they} back; until then this cannot be undone.`;
}

export const ROW_BY_ROW = 'It goes row by row, in batches: whoever logs in meanwhile is not hit.';

/** Of a server on which nothing can be taken back. */
export function noUndoWords({ undo, title }: Pick<ServerFacts, 'undo' | 'title'>): string {
  return undo
    ? `There is no undo here: the audit in schema tomo does not keep which sessions of ${title} have ended.`
    : 'There is no undo there: the rows are deleted.';
}

export function cameBackWords(count: number): string {
  return `${grouped(count)} came back with a request in flight, and ${count === 1 ? 'was' : 'were'} revoked again.`;
}

export function stillInWords(count: number): string {
  return `${grouped(count)} came back every time and ${count === 1 ? 'is' : 'are'} in: a request is writing the session again and again. Repeat the command, or stop that client.`;
}

/** What a revocation does not keep anybody from. */
export function comeAgainWords({ isTomo, title }: Pick<ServerFacts, 'isTomo' | 'title'>): string {
  return isTomo
    ? 'They can log in again: password and deactivation are in Tomo itself.'
    : `They can log in again: password and deactivation are not in these tables, but up to the server (${title}).`;
}

/** How to take it back. */
export function undoHint(revocations: readonly number[], compromised: boolean): string {
  if (compromised) return 'For a compromise: it cannot be undone.';
  return `Undo within ${UNDO_PERIOD}: ${revocations.map((id) => `tomo session restore ${id}`).join(' && ')}`;
}
