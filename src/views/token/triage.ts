import type { Triage } from '../../domain/token/triage.ts';
import { grouped, plural } from '../number.ts';

const WORDS: Record<keyof Triage['verdicts'], string> = {
  accepted: 'accepted',
  expired: 'expired',
  signature: 'not signed by our keys',
  algorithm: 'of another algorithm',
  malformed: 'malformed',
  claims: 'with wrong claims',
  'not-yet-valid': 'not valid yet',
  'no-key': 'not checked',
  'no-session': 'without a session',
  'other-user': "of another user's session",
  'session-dead': 'of a dead session',
};

interface Lines {
  lines: number;
  without: number;
}

/** For programs: how many there are of what. */
export interface TriageSummary {
  /** Different ones, and how often they were there in all. */
  tokens: number;
  occurrences: number;
  /** Lines read, and those without a token. */
  lines: number;
  linesWithout: number;
  verdicts: Triage['verdicts'];
  /** Live sessions that genuine tokens are of, and their users. */
  revocable: number;
  users: number;
  /** Live sessions that tokens name without proving to be of them. */
  unproven: number;
}

export function triageSummary(
  { tokens, occurrences, verdicts, revocable, users, unproven }: Triage,
  { lines, without }: Lines,
): TriageSummary {
  return {
    tokens,
    occurrences,
    lines,
    linesWithout: without,
    verdicts,
    revocable: revocable.size,
    users: users.size,
    unproven: unproven.size,
  };
}

/** "12 tokens in 3,000 lines: 4 accepted, 8 expired. …" */
export function renderTriage(
  { tokens, occurrences, verdicts, revocable, users, unproven }: Triage,
  { lines, without }: Lines,
): string {
  const where =
    lines > 0 ? ` in ${plural(lines, 'line')}${without > 0 ? ` (${grouped(without)} without a token)` : ''}` : '';
  const counts = Object.entries(WORDS).flatMap(([verdict, words]) => {
    const n = verdicts[verdict as keyof Triage['verdicts']];
    return n ? [`${grouped(n)} ${words}`] : [];
  });
  if (tokens === 0) return `No token${where}.`;
  const live =
    revocable.size > 0
      ? `Genuine ones are of ${plural(revocable.size, 'live session')} of ${plural(users.size, 'user')}.`
      : 'None of the genuine ones belongs to a live session.';
  const often = occurrences > tokens ? `, ${grouped(occurrences)} times` : '';
  return [`${plural(tokens, 'token')}${often}${where}: ${counts.join(', ')}.`, live, unprovenWords(unproven.size)]
    .filter(Boolean)
    .join('\n');
}

export function wouldRevoke({ revocable }: Triage): string {
  return `Would revoke ${plural(revocable.size, 'session')}.`;
}

function unprovenWords(n: number): string {
  if (n === 0) return '';
  return `${plural(n, 'live session')} ${n === 1 ? 'is' : 'are'} named only by tokens that prove nothing; ${n === 1 ? 'it is' : 'they are'} left alone.`;
}
