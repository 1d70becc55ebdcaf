import { argumentWord, optionWords } from '../../domain/text/shell-word.ts';
import type { UserDetails } from '../../domain/user/show.ts';
import type { User, UserPlace } from '../../model/user.ts';
import { ALERT_LIST } from '../alert/columns.ts';
import type { ListView } from '../columns.ts';
import { DEVICE_LIST } from '../device/columns.ts';
import { renderFacts } from '../facts.ts';
import { renderList } from '../list.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { REVOCATION_LIST } from '../revocation/columns.ts';
import { SESSION_LIST, SESSION_STATE_LIST } from '../session/columns.ts';
import { type Look, paint } from '../style.ts';
import { exactTime, relativeTime } from '../time.ts';

const LABEL_WIDTH = 12;

/** How many rows of each list there is room for. */
export const SHOWN = 5;

/** One user for people: who that is, then what there is of them, the first of each. */
export function renderUser(details: UserDetails, look: Look): string {
  const { user, places } = details;
  const c = paint(look);
  const section = <T, N extends string>(
    title: string,
    rows: readonly T[],
    count: number,
    view: ListView<T, N>,
    without: string,
  ) => {
    if (rows.length === 0) return [];
    const narrow = { ...look, width: look.width - 2 };
    const names = view.names.filter((name) => name !== without);
    const shown = rows.slice(0, SHOWN);
    const some = shown.length < count ? `, the first ${shown.length} of ${grouped(count)}` : '';
    return ['', c.bold(`${title}${some}`), renderList(shown, { ...view, names }, narrow).replaceAll(/^/gm, '  ')];
  };
  return [
    renderFacts(facts(user, look), LABEL_WIDTH, look),
    ...section('Live sessions', details.sessions, user.liveSessions, SESSION_LIST, 'user'),
    ...section('Devices', details.devices, details.deviceCount, DEVICE_LIST, 'user'),
    ...(places.length > 0
      ? ['', c.bold('Places'), ...places.slice(0, SHOWN).map((place) => `  ${placeLine(place, look)}`)]
      : []),
    ...(places.length > SHOWN ? [`  and ${places.length - SHOWN} more`] : []),
    ...section('Latest logins', details.logins, 0, SESSION_STATE_LIST, 'user'),
    ...section('Open alerts', details.alerts, details.openAlerts, ALERT_LIST, 'user'),
    ...section('Latest revocations', details.revocations, 0, REVOCATION_LIST, ''),
  ].join('\n');
}

/** What is not known is left out. */
function facts(user: User, look: Look): [string, string | null][] {
  const c = paint(look);
  const at = (time: string | null) => (time ? `${exactTime(time)} (${relativeTime(time, look.now)})` : 'never');
  const known = (field: keyof User, time: string | null) => (user.unknownFields?.includes(field) ? null : at(time));
  const from = user.limitOrigin === 'own' ? 'own limit' : 'setting max_sessions_per_user';
  const over = user.overLimit ? c.yellow(', more than allowed: the next login trims') : '';
  return [
    ['User', c.bold(printable(user.username))],
    ['Id', user.unknownFields && user.id !== user.username ? printable(user.id) : null],
    ['Role', user.role],
    ['E-mail', user.unknownFields?.includes('email') ? null : printable(user.email ?? '-')],
    ['Status', statusWords(user.active, look)],
    ['Sessions', `${plural(user.liveSessions, 'live session')}${over}`],
    ['Limit', user.limitOrigin && `${user.sessionLimit ?? 'unlimited'} (${from})`],
    ['Last seen', known('lastSeenAt', user.lastSeenAt)],
    ['Last login', known('lastLoginAt', user.lastLoginAt)],
    ['Created', user.createdAt && at(user.createdAt)],
  ];
}

function statusWords(active: boolean | null, look: Look): string | null {
  const c = paint(look);
  if (active === null) return null;
  return active ? c.green('active') : c.red('inactive: may not log in');
}

function placeLine({ country, firstSeenAt, lastSeenAt }: UserPlace, look: Look): string {
  return `${printable(country)}  last seen ${relativeTime(lastSeenAt, look.now)}, first ${relativeTime(firstSeenAt, look.now)}`;
}

/**
 * What to do next. `named`: what the user was found by, which on some servers tells them from others of their name.
 */
export function userHints({ user, deviceCount, openAlerts, logins }: UserDetails, named: string): string {
  const name = user.unknownFields ? named : user.username;
  const ofUser = optionWords('user', name);
  return [
    ...(user.liveSessions > 0 ? [`Out everywhere: tomo session revoke-user ${argumentWord(name)}`] : []),
    ...(user.liveSessions > SHOWN ? [`Every live session: tomo session list ${ofUser}`] : []),
    ...(deviceCount > 0 ? [`Devices: tomo device list ${ofUser}`] : []),
    ...(openAlerts > 0 ? [`Alerts: tomo alert list ${ofUser}`] : []),
    ...(logins.length > 0 && !user.unknownFields ? [`What they did: tomo activity list ${ofUser}`] : []),
  ].join('\n');
}
