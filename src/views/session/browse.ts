import type { RevokeByIdReport } from '../../domain/revocation/revoke.ts';
import type { SessionDetails } from '../../domain/session/show.ts';
import { type Session, type SessionSort, type StateFilter, stateWords } from '../../model/session.ts';
import { shortIds } from '../columns.ts';
import { renderList } from '../list.ts';
import { plural } from '../number.ts';
import { type Place, renderPlace } from '../place.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { cut, fitted, textWidth } from '../text-width.ts';
import { wrapped } from '../wrap.ts';
import { markCurrent, SESSION_LIST, SESSION_STATE_LIST } from './columns.ts';
import { bulkQuestion, previewOf, WHICH } from './revoke.ts';
import { renderSession } from './show.ts';

/** What there is to draw. */
export interface BrowseScreen {
  purpose: 'browse' | 'choose';
  mode: 'list' | 'search' | 'reason' | 'confirm' | 'help';
  search: string;
  reason: string;
  /** See BrowseState. */
  toType: string | null;
  typed: string;
  sort: SessionSort;
  state: StateFilter;
  rows: readonly Session[];
  cursor: number;
  /** The session that keys act on; undefined: none. */
  current: string | undefined;
  marked: ReadonlySet<string>;
  page: number;
  more: boolean;
  busy: boolean;
  details: SessionDetails | null;
  /** What the standing question is about, and which of it is shown first. */
  asked: readonly Session[];
  askedFrom: number;
  /** The database. */
  place: Place;
  /** A revocation there can be undone. */
  undoes: boolean;
  note: { text: string; trouble: boolean } | null;
  height: number;
}

/** A side of details needs so much, and the list the rest. */
const SIDE = 62;
export const SIDE_BY_SIDE = 130;
const LEAST = { width: 40, height: 10 };

/** What comes first is there on the smallest screen, too. */
const HELP: [keys: string, what: string, purpose?: BrowseScreen['purpose']][] = [
  ['/', 'search: words of user names and devices, ids, addresses (10.1.)'],
  ['Space, Tab', 'mark'],
  ['Enter', 'take the marked', 'choose'],
  ['x', 'revoke the marked, or the one under the cursor', 'browse'],
  ['u', 'undo the last revocation made here', 'browse'],
  ['d, Enter', 'details on and off', 'browse'],
  ['d', 'details on and off', 'choose'],
  ['s', 'sort by activity, idle time, login'],
  ['f', 'active, or ended in one way, or all', 'browse'],
  ['up down j k', 'move'],
  ['PgUp PgDn g', 'page back, page on, to the start'],
  ['r', 'look again now'],
  ['Esc', 'clear marks, then the search'],
  ['q, Ctrl-C', 'leave'],
  ['after /', 'user:alice ip:203.0.113.0/24 country:DE method:sso since:2h idle:30m related:3f2a'],
];

const KEYS: Record<BrowseScreen['purpose'], string> = {
  browse: '? help  q quit  / search  Space mark  x revoke  u undo  d details  s sort  f state',
  choose: 'Space mark  Enter take the marked  ? help  q quit  / search  d details  s sort',
};

/** Of the column of keys in the help. */
const KEYS_WIDTH = 16;

/** Lines above and below the list and its details. */
const AROUND = 3;

/** How many rows a page has on a screen of this height. */
export function pageSize(height: number): number {
  return Math.max(1, height - AROUND - 1);
}

/** Whether there is room enough to see what one does. */
export function fits({ width, height }: { width: number; height: number }): boolean {
  return width >= LEAST.width && height >= LEAST.height;
}

export const TOO_SMALL = `Terminal too small: ${LEAST.width} by ${LEAST.height} at least.`;

/** The screen, line by line. */
export function renderBrowse(screen: BrowseScreen, look: Look): string[] {
  if (!fits({ width: look.width, height: screen.height })) return [fitted(TOO_SMALL, look)];
  const body = screen.height - AROUND;
  const lines = bodyLines(screen, look, body);
  const shown = [...lines.slice(0, body), ...Array<string>(Math.max(0, body - lines.length)).fill('')];
  const heading = production(screen, look)(fitted(title(screen, look), look));
  return [heading, fitted(searchLine(screen), look), ...shown, statusLine(screen, look)];
}

/** How the name of the database is drawn. */
function production({ place }: BrowseScreen, look: Look): (text: string) => string {
  const c = paint(look);
  return place.context?.production ? c.bold.red : c.bold;
}

/** The name of the context comes first, where it is seen on a narrow screen, too. */
function title(screen: BrowseScreen, look: Look): string {
  const { context, ...place } = screen.place;
  const named = context ? `${printable(context.name)}: ` : '';
  const marked = screen.marked.size > 0 ? `  ${screen.marked.size} marked` : '';
  const busy = screen.busy ? `  ${ellipsis(look)}` : '';
  const what = screen.purpose === 'choose' ? 'Revoke which?' : 'Sessions:';
  const page = `page ${screen.page}${screen.more ? ' and more' : ''}`;
  return `${named}${what} ${stateWords(screen.state)}, by ${screen.sort}, ${page}${marked}${busy}  ${renderPlace(place, look)}`;
}

function searchLine({ mode, search }: BrowseScreen): string {
  return mode === 'search' || search ? `/ ${printable(search)}${mode === 'search' ? '_' : ''}` : '';
}

function bodyLines(screen: BrowseScreen, look: Look, height: number): string[] {
  switch (screen.mode) {
    case 'help':
      return helpLines(screen, look.width);
    case 'reason':
    case 'confirm':
      return askedLines(screen, look, height);
    default:
      return screen.details ? withDetails(screen, screen.details, look, height) : listLines(screen, look, height);
  }
}

/** Each session that the question is about: whose, device, address and id. More than there is room for is scrolled. */
function askedLines({ asked, askedFrom, place }: BrowseScreen, look: Look, height: number): string[] {
  const room = height - 3;
  const from = Math.max(0, Math.min(askedFrom, asked.length - room));
  const shown = asked.slice(from, from + room);
  const some = shown.length < asked.length;
  const part = some ? `, ${from + 1} to ${from + shown.length} shown (PgUp, PgDn)` : '';
  const view = markCurrent(SESSION_LIST, () => look.current);
  return [
    fitted(`${plural(asked.length, 'live session')}${part}`, look),
    fitted(`in ${renderPlace(place, { colour: false })}`, look),
    ...renderList(shown, view, look, { names: WHICH }).split('\n'),
  ];
}

/** The heading and as many rows as there is room for, with the cursor among them. */
function listLines(screen: BrowseScreen, look: Look, height: number): string[] {
  const view = markCurrent(screen.state === 'active' ? SESSION_LIST : SESSION_STATE_LIST, () => look.current);
  const [heading = '', ...rows] =
    screen.rows.length > 0
      ? renderList(screen.rows, view, { ...look, colour: false, width: look.width - 2 }).split('\n')
      : wrapped(
          screen.busy ? '' : screen.note?.trouble ? printable(screen.note.text) : 'Nothing matches.',
          look.width - 2,
        ).split('\n');
  const first = Math.max(0, Math.min(screen.cursor - Math.floor(height / 2), rows.length - height + 1));
  const lines = rows.map((row, i) => rowLine(screen, row, i, look)).slice(first, first + height - 1);
  return [paint(look).dim(`  ${heading}`), ...lines];
}

/** Beside the list on a wide terminal, else below it. */
function withDetails(screen: BrowseScreen, details: SessionDetails, look: Look, height: number): string[] {
  const side = look.width >= SIDE_BY_SIDE;
  const c = paint(look);
  const width = side ? SIDE : look.width;
  const narrow = { ...look, colour: false, width };
  const detail = renderSession(details, narrow).split('\n');
  const fitting = detail.map((line) => fitted(line, narrow));
  const rule = c.dim((look.unicode ? '─' : '-').repeat(width));
  if (!side) return [...listLines(screen, look, Math.floor(height / 2)), rule, ...fitting];
  const listWidth = look.width - SIDE - 3;
  const list = listLines(screen, { ...look, width: listWidth }, height);
  return Array.from({ length: height }, (_, i) => {
    const left = list[i] ?? '';
    const gap = ' '.repeat(Math.max(0, listWidth - textWidth(left)));
    return `${left}${gap} ${c.dim(look.unicode ? '│' : '|')} ${fitting[i] ?? ''}`;
  });
}

function rowLine(screen: BrowseScreen, row: string, i: number, look: Look): string {
  const c = paint(look);
  const { width } = look;
  const session = screen.rows[i];
  const isMarked = session !== undefined && screen.marked.has(session.id);
  const here = session !== undefined && session.id === screen.current;
  const text = fitted(`${here ? '>' : ' '}${isMarked ? '*' : ' '}${row}`, look);
  const padded = `${text}${' '.repeat(Math.max(0, width - textWidth(text)))}`;
  if (here) return c.inverse(padded);
  if (isMarked) return c.yellow(padded);
  return session?.state === 'active' ? padded : c.dim(padded);
}

function statusLine(screen: BrowseScreen, look: Look): string {
  const c = paint(look);
  switch (screen.mode) {
    case 'search':
      if (screen.note?.trouble) return c.red(fitted(printable(screen.note.text), look));
      return c.dim(fitted('Type to search   Enter done   Esc clear', look));
    case 'reason':
      return fitted(`Why? (Enter: no reason, Esc: back) ${printable(screen.reason)}_`, look);
    case 'confirm':
      return production(screen, look)(fitted(question(screen, look), look));
    case 'help':
      return c.dim('Any key goes back');
    case 'list': {
      if (screen.note) return (screen.note.trouble ? c.red : c.green)(fitted(printable(screen.note.text), look));
      const keys = KEYS[screen.purpose];
      return c.dim(fitted(screen.undoes ? keys : keys.replace('u undo  ', ''), look));
    }
  }
}

/** What is to be typed stands first, where it is seen on a narrow screen, too. */
function question({ asked, toType, typed }: BrowseScreen, look: Look): string {
  const text = bulkQuestion(previewOf(asked, 1, look.current));
  return toType === null ? `${text} y/N` : `Type "${printable(toType)}", Enter: ${printable(typed)}_  ${text}`;
}

function helpLines({ purpose, undoes }: BrowseScreen, width: number): string[] {
  return HELP.filter(([keys, , only = purpose]) => only === purpose && (undoes || keys !== 'u')).flatMap(
    ([keys, what]) =>
      `  ${keys.padEnd(12)}  ${wrapped(what, width - KEYS_WIDTH, ' '.repeat(KEYS_WIDTH))}`
        .split('\n')
        .map((line) => cut(line, width)),
  );
}

/** What a revocation made here has done. */
export function revokedNote({ results, revoked, revocation }: RevokeByIdReport): string {
  const ended = results.filter(({ outcome }) => outcome !== 'revoked').map(({ id }) => id);
  const named = shortIds(ended).slice(0, 3).join(', ');
  const rest =
    ended.length === 0
      ? ''
      : ` ${plural(ended.length, 'session')} had ended already: ${named}${ended.length > 3 ? ', …' : ''}.`;
  if (revocation === null) return `Nothing was revoked.${rest}`;
  return `Revoked ${plural(revoked, 'session')} (revocation ${revocation}).${rest}`;
}
