import type { SessionDetails } from '../../domain/session/show.ts';
import type { Session, SessionSort, StateFilter } from '../../model/session.ts';
import { renderList } from '../list.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { cut, textWidth } from '../text-width.ts';
import { SESSION_LIST, SESSION_STATE_LIST } from './columns.ts';
import { bulkQuestion } from './revoke.ts';
import { renderSession } from './show.ts';

/** What there is to draw. */
export interface BrowseScreen {
  mode: 'list' | 'search' | 'reason' | 'confirm' | 'help';
  search: string;
  reason: string;
  sort: SessionSort;
  state: StateFilter;
  rows: readonly Session[];
  cursor: number;
  marked: ReadonlySet<string>;
  page: number;
  more: boolean;
  busy: boolean;
  details: SessionDetails | null;
  chosen: readonly Session[];
  note: { text: string; trouble: boolean } | null;
  height: number;
}

/** A side of details needs so much, and the list the rest. */
const SIDE = 62;
export const SIDE_BY_SIDE = 130;
const LEAST = { width: 40, height: 10 };

const HELP: [string, string][] = [
  ['up down j k', 'move'],
  ['PgUp PgDn g', 'page back, page on, to the start'],
  [
    '/',
    'search: words of user names and devices; user:alice ip:203.0.113.0/24 country:DE method:sso since:2h idle:30m related:3f2a',
  ],
  ['s', 'sort by activity, idle time, login'],
  ['f', 'active, expired, revoked, all'],
  ['Enter', 'details on and off'],
  ['Space, Tab', 'mark'],
  ['x', 'revoke the marked, or the one under the cursor'],
  ['u', 'undo the last revocation made here'],
  ['r', 'look again now'],
  ['Esc', 'clear marks, then the search'],
  ['q, Ctrl-C', 'leave'],
];

/** How many rows a page has on a screen of this size. */
export function pageSize(width: number, height: number, detail: boolean): number {
  const body = height - 5;
  return Math.max(1, detail && width < SIDE_BY_SIDE ? Math.floor(body / 2) : body);
}

/** The screen, line by line, one less than its height: a full last line would scroll it. */
export function renderBrowse(screen: BrowseScreen, look: Look): string[] {
  const { width } = look;
  if (width < LEAST.width || screen.height < LEAST.height)
    return [`This needs a terminal of at least ${LEAST.width} by ${LEAST.height}.`];
  const c = paint(look);
  const body = screen.height - 4;
  const lines = screen.mode === 'help' ? helpLines(width) : bodyLines(screen, look, body);
  const shown = [...lines.slice(0, body), ...Array<string>(Math.max(0, body - lines.length)).fill('')];
  return [
    c.bold(cut(title(screen, look), width, ellipsis(look))),
    cut(searchLine(screen), width, ellipsis(look)),
    ...shown,
    statusLine(screen, look),
  ];
}

function title(screen: BrowseScreen, look: Look): string {
  const marked = screen.marked.size > 0 ? `  ${screen.marked.size} marked` : '';
  const busy = screen.busy ? `  ${ellipsis(look)}` : '';
  return `Sessions: ${screen.state}, by ${screen.sort}, page ${screen.page}${screen.more ? ' and more' : ''}${marked}${busy}`;
}

function searchLine({ mode, search }: BrowseScreen): string {
  return mode === 'search' || search ? `/ ${printable(search)}${mode === 'search' ? '_' : ''}` : '';
}

function bodyLines(screen: BrowseScreen, look: Look, height: number): string[] {
  const plain = { ...look, colour: false };
  const side = screen.details !== null && look.width >= SIDE_BY_SIDE;
  const listWidth = side ? look.width - SIDE - 3 : look.width;
  const view = screen.state === 'active' ? SESSION_LIST : SESSION_STATE_LIST;
  const [heading = '', ...rows] =
    screen.rows.length > 0
      ? renderList(screen.rows, view, { ...plain, width: listWidth - 2 }).split('\n')
      : [screen.busy ? '' : 'Nothing matches.'];
  const list = [paint(look).dim(`  ${heading}`), ...rows.map((row, i) => rowLine(screen, row, i, listWidth, look))];
  if (!screen.details) return list;
  const detail = renderSession(screen.details, { ...plain, width: side ? SIDE : look.width }).split('\n');
  const bar = look.unicode ? '│' : '|';
  if (!side)
    return [
      ...list,
      paint(look).dim((look.unicode ? '─' : '-').repeat(look.width)),
      ...detail.map((line) => cut(line, look.width, ellipsis(look))),
    ];
  return Array.from({ length: height }, (_, i) => {
    const left = list[i] ?? '';
    const plainWidth = i === 0 ? textWidth(`  ${heading}`) : rows[i - 1] === undefined ? 0 : listWidth;
    return `${left}${' '.repeat(Math.max(0, listWidth - plainWidth))} ${paint(look).dim(bar)} ${cut(detail[i] ?? '', SIDE, ellipsis(look))}`;
  });
}

function rowLine(screen: BrowseScreen, row: string, i: number, width: number, look: Look): string {
  const c = paint(look);
  const session = screen.rows[i];
  const isMarked = session !== undefined && screen.marked.has(session.id);
  const here = i === screen.cursor;
  const text = cut(`${here ? '>' : ' '}${isMarked ? '*' : ' '}${row}`, width, ellipsis(look));
  const padded = `${text}${' '.repeat(Math.max(0, width - textWidth(text)))}`;
  if (here) return c.inverse(padded);
  if (isMarked) return c.yellow(padded);
  return session?.state === 'active' ? padded : c.dim(padded);
}

function statusLine(screen: BrowseScreen, look: Look): string {
  const c = paint(look);
  switch (screen.mode) {
    case 'search':
      return c.dim(cut('Type to search   Enter done   Esc clear', look.width, ellipsis(look)));
    case 'reason':
      return cut(`Why? (Enter: no reason, Esc: back) ${printable(screen.reason)}_`, look.width, ellipsis(look));
    case 'confirm':
      return c.bold(cut(`${question(screen, look)} y/N`, look.width, ellipsis(look)));
    case 'help':
      return c.dim('Any key goes back');
    case 'list': {
      if (screen.note)
        return (screen.note.trouble ? c.red : c.green)(cut(printable(screen.note.text), look.width, ellipsis(look)));
      return c.dim(
        cut(
          '/ search  s sort  f state  Space mark  x revoke  u undo  Enter details  ? help  q quit',
          look.width,
          ellipsis(look),
        ),
      );
    }
  }
}

function question({ chosen }: BrowseScreen, look: Look): string {
  const live = chosen.filter(({ state }) => state === 'active');
  const users = new Set(live.map(({ userId }) => userId)).size;
  return bulkQuestion({
    sessions: live.length,
    users,
    first: live.slice(0, 1),
    includesOwn: live.some(({ id }) => id === look.current),
  });
}

function helpLines(width: number): string[] {
  return HELP.map(([keys, what]) => cut(`  ${keys.padEnd(12)}  ${what}`, width));
}

/** What a revocation made here has done. */
export function revokedNote(revoked: number, asked: number, revocation: number | null): string {
  if (revocation === null) return 'Nothing was revoked: it had ended already.';
  const rest = asked > revoked ? ` ${asked - revoked} had ended already.` : '';
  return `Revoked ${plural(revoked, 'session')} (revocation ${revocation}).${rest} u undoes it.`;
}
