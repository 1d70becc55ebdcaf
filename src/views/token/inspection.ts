import type { TokenInspection } from '../../domain/token/inspection.ts';
import { stateWords } from '../../model/session.ts';
import { shortIds } from '../columns.ts';
import { renderFacts } from '../facts.ts';
import { printable, textOf } from '../printable.ts';
import { death, hintWords } from '../session/why.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';
import { wrapped } from '../wrap.ts';

const LABEL_WIDTH = 12;

/** One token for people: one plain sentence, then what it consists of. Nothing of its signature. */
export function renderInspection(token: TokenInspection, look: Look): string {
  const c = paint(look);
  const sentence = wrapped(inspectionVerdict(token, look), look.width);
  const { header, claims, otherClaims, why } = token;
  const signature = {
    current: 'by the current key',
    previous: 'by a previous key',
    invalid: 'by none of our keys, or altered',
    unchecked: 'not checked',
  }[token.signature];
  const facts: [string, string | null][] = [
    ['Signature', signature],
    ['Algorithm', header && said(header.alg)],
    ['Key id', header && said(header.kid)],
    ['Issuer', claims && said(claims.iss)],
    ['User', claims && [said(claims.sub), why && `(${printable(why.session.username)})`].filter(Boolean).join(' ')],
    ['Session', claims && [said(claims.sid), why && `(${stateWords(why.state)})`].filter(Boolean).join(' ')],
    ['Issued', moment(token.issuedAt, look)],
    ['Not before', moment(token.notBefore, look)],
    ['Expires', moment(token.expiresAt, look)],
    ['Also claims', otherClaims.length > 0 ? otherClaims.map((name) => printable(name.slice(0, 40))).join(', ') : null],
    ...token.hints.flatMap((hint): [string, string][] =>
      hint.kind === 'clocks-differ' ? [['Clocks', hintWords(hint, look)]] : [],
    ),
    ['', token.byDatabaseClock && clockWords(token.byDatabaseClock.refusal)],
  ];
  const painted = token.accepted ? c.green(sentence) : token.accepted === null ? c.yellow(sentence) : c.red(sentence);
  return `${painted}\n\n${renderFacts(facts, LABEL_WIDTH, look)}`;
}

/** Would the server accept it now, and if not why. */
export function inspectionVerdict(token: TokenInspection, look: Look): string {
  const { accepted, why } = token;
  const [id] = shortIds(why ? [why.session.id] : []);
  const whose = why ? `as ${printable(why.session.username)} (session ${id})` : '';
  if (accepted) return `Accepted: the server would take it now, ${whose}.`;
  if (accepted === null)
    return `Unknown: without the signing key nobody can say whether it is genuine. If it is, the server would take it now, ${whose}.`;
  return `Not accepted: ${refusal(token, look)}`;
}

function refusal({ refusal, detail, signature, why }: TokenInspection, look: Look): string {
  const [id] = shortIds(why ? [why.session.id] : []);
  const name = why ? printable(why.session.username) : '';
  const also = !why
    ? ''
    : why.live
      ? ' Its session is live: a newer token of it may be in use.'
      : ` Its session is dead, too: ${death(why, look)}`;
  switch (refusal) {
    case 'no-session':
      return 'there is no session that it names (any more).';
    case 'other-user':
      return `it was issued to another user: session ${id} is ${name}'s.`;
    case 'session-dead':
      return why ? death(why, look) : 'its session is dead.';
    case 'expired':
    case 'not-yet-valid':
      return `${lower(detail)}${signature === 'unchecked' ? '' : also}`;
    default:
      return `${lower(detail)}${why ? ` It names session ${id} of ${name}, which anybody can write.` : ''}`;
  }
}

/** A sentence that goes on behind a colon. */
function lower(sentence: string | null): string {
  return printable(`${sentence?.charAt(0).toLowerCase() ?? ''}${sentence?.slice(1) ?? ''}`);
}

function clockWords(refusal: string | null): string {
  return refusal === null
    ? "By the database's clock it would be accepted."
    : `By the database's clock it is not accepted: ${refusal}.`;
}

function said(value: unknown): string | null {
  return value === undefined ? null : printable(textOf(value));
}

function moment(at: string | null, look: Look): string | null {
  return at && `${exactTime(at)} (${relativeTime(at, look.now)})`;
}
