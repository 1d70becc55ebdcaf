import type { SessionDetails } from '../../domain/session/show.ts';
import { argumentWord } from '../../domain/text/shell-word.ts';
import type { Alert } from '../../model/alert.ts';
import type { ServerFacts } from '../../model/server.ts';
import { type Activity, type Session, stateWords } from '../../model/session.ts';
import { whatHappened } from '../alert/words.ts';
import { renderFacts } from '../facts.ts';
import { beginningOf, printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { renderTable } from '../table.ts';
import { exactTime, relativeTime } from '../time.ts';
import { wrapped } from '../wrap.ts';
import { coordinates, placeWords } from './columns.ts';

const LABEL_WIDTH = 15;

/** One session for people, from what it is to what it did. */
export function renderSession({ session, alerts, activity }: SessionDetails, look: Look): string {
  const c = paint(look);
  const hue = {
    active: c.green,
    expired: c.yellow,
    'logged-out': c.yellow,
    evicted: c.yellow,
    revoked: c.red,
    ended: c.red,
  };
  const facts: [string, string | null][] = [
    ['Session', `${c.yellow(printable(session.id))}${session.id === look.current ? ' (current)' : ''}`],
    ['User', isKept(session, 'username') ? c.bold(printable(session.username ?? 'nobody')) : null],
    ['State', hue[session.state](stateWords(session.state))],
    ['Device', text(session.device)],
    ['Known as', text(session.deviceLabel)],
    ['User agent', session.userAgent ? beginningOf(session.userAgent) : null],
    ['Form', text([session.formFactor, session.screen, session.timeZone].filter(Boolean).join(', '))],
    ['IP address', text(session.ip)],
    ['Place', text(placeWords(session, true))],
    ['Coordinates', coordinates(session)],
    ['Provider', text(session.isp)],
    ['Location check', locationWords(session, look)],
    ['Login method', text(session.loginMethod)],
    ['Remember me', session.rememberMe === null ? null : session.rememberMe ? 'yes' : 'no'],
  ];
  const lines = [renderFacts(facts, LABEL_WIDTH, look)];
  lines.push('', c.bold('Timeline'), ...timeline(session).map(([at, what]) => `  ${moment(at, look)}  ${what}`));
  if (alerts.length > 0) lines.push('', c.bold('Alerts'), ...alerts.map((alert) => `  ${alertLine(alert, look)}`));
  if (activity.length > 0) lines.push('', c.bold('Latest activity'), activityTable(activity, look));
  return lines.join('\n');
}

/** What to do next. */
export function sessionHints({ session }: SessionDetails, { isTomo, title }: ServerFacts): string {
  const { id, state, username, unknownFields = [] } = session;
  return [
    ...(isTomo ? [] : [unknownWords(title, unknownFields)]),
    ...(state === 'active' ? [`Throw it out: tomo session revoke ${argumentWord(id)}`] : []),
    ...(state !== 'active' && isTomo ? [`Which rule: tomo session why ${id}`] : []),
    ...(username === null ? [] : [`Everything of the user: tomo user show ${argumentWord(username)}`]),
  ].join('\n');
}

const NOT_KEPT: Readonly<Record<string, string>> = {
  username: 'whose a session is',
  createdAt: 'when it began',
  lastActivityAt: 'when it was last active',
  expiresAt: 'when it runs out',
  ip: 'its address',
  device: 'what it comes from',
  loginMethod: 'how somebody logged in',
  country: 'the place',
};

/** "better-auth does not keep: how somebody logged in, the place." */
function unknownWords(title: string, fields: readonly string[]): string {
  return `${title} does not keep: ${fields.flatMap((field) => NOT_KEPT[field] ?? []).join(', ')}.`;
}

function isKept({ unknownFields }: Session, field: string): boolean {
  return !unknownFields?.includes(field);
}

function locationWords({ locationCheck, country }: Session, look: Look): string | null {
  const c = paint(look);
  if (locationCheck === null) return null;
  return {
    skipped: 'not checked: a private or trusted network',
    unknown: 'cannot be evaluated: nobody knows where the address is',
    first: 'the first known place of this user',
    usual: 'usual',
    'new-country': c.red(`unusual: never seen in ${country ? printable(country) : 'that country'} before`),
    'impossible-travel': c.red('unusual: faster than anybody travels from the place before'),
  }[locationCheck];
}

/** What happened to the session itself, oldest first. */
function timeline(session: Session): [string, string][] {
  const events: [string, string][] = [
    ...at(session.createdAt, session.loginMethod === null ? 'opened' : `opened (${printable(session.loginMethod)})`),
    ...at(session.lastActivityAt, 'last active'),
  ];
  if (session.endedAt) events.push([session.endedAt, endingWords(session)]);
  else if (session.expiresAt)
    events.push([session.expiresAt, session.state === 'active' ? 'expires if nothing happens' : 'expired']);
  return events.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
}

function at(time: string | null, what: string): [string, string][] {
  return time === null ? [] : [[time, what]];
}

/** What ended it, who and with which revocation: "revoked by root@web-1 (revocation 17)". */
export function endingWords({ state, endReason, endedBy, revocationId }: Session): string {
  const words = {
    logout: 'logged out',
    revoked: 'revoked',
    evicted: 'evicted by the session limit',
    expired: 'expired',
  };
  const by = endedBy && endReason !== 'evicted' ? ` by ${printable(endedBy)}` : '';
  const revocation = revocationId === null ? '' : ` (revocation ${revocationId})`;
  // without one its user is inactive
  const how = endReason === null && state === 'ended' ? 'ended' : words[endReason ?? 'revoked'];
  return `${how}${by}${revocation}`;
}

function alertLine(alert: Alert, look: Look): string {
  const seen = alert.acknowledgedAt ? `, acknowledged by ${alert.acknowledgedBy}` : '';
  return wrapped(
    `${alert.id}  ${relativeTime(alert.createdAt, look.now)}  ${printable(whatHappened(alert) + seen)}`,
    look.width - 2,
    '    ',
  );
}

function moment(at: string, look: Look): string {
  return `${exactTime(at)}  ${relativeTime(at, look.now).padStart(8)}`;
}

function activityTable(activity: readonly Activity[], look: Look): string {
  const columns = [
    { title: 'WHEN' },
    { title: 'KIND' },
    { title: 'STATUS' },
    { title: 'WHAT', shrink: 20 },
    { title: 'IP ADDRESS', shrink: 12 },
  ];
  const rows = activity.map((a) => [
    relativeTime(a.at, look.now),
    a.kind,
    a.status === null ? '-' : String(a.status),
    printable([a.name, a.path].filter(Boolean).join(' ')) || '-',
    a.ip ?? '-',
  ]);
  return renderTable(columns, rows, { ...look, width: look.width - 2 }).replaceAll(/^/gm, '  ');
}

function text(value: string | null): string | null {
  return value ? printable(value) : null;
}
