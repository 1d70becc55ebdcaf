import { COUNT_CAP } from '../../domain/list/page.ts';
import { grouped } from '../number.ts';
import { type Place, renderPlace } from '../place.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { cut, fitted, textWidth } from '../text-width.ts';
import { wrapped } from '../wrap.ts';
import { type HelpLine, helpLines } from './help.ts';
import { rowLines, type Tone } from './rows.ts';

export type { Tone };

/** Text for a width. */
export type Draw = (look: Look) => string;

/** What there is to draw. */
export interface BrowseScreen {
  mode: 'list' | 'search' | 'command' | 'text' | 'confirm' | 'help';
  /** The way here: "Users", "Sessions of alice". */
  crumbs: readonly string[];
  /** What is shown of it, in words: "active, by activity". */
  facets: string;
  search: string;
  command: string;
  /** What goes on like the command. */
  words: readonly string[];
  /** What is asked for, with what has been typed. */
  prompt: string;
  text: string;
  question: string;
  /** See BrowseState. */
  toType: string | null;
  typed: string;
  rows: readonly { id: string; tone: Tone; sign: string }[];
  /** The rows with their heading. */
  table: Draw;
  cursor: number;
  /** The row that keys act on; undefined: none. */
  current: string | undefined;
  marked: ReadonlySet<string>;
  /** Rows before those of this page. */
  before: number;
  /** How many there are, counted to COUNT_CAP + 1; null: not known. */
  total: number | null;
  busy: boolean;
  details: Draw | null;
  /** What the standing question is about: in words how many, the first of them that is shown, and their lines. */
  asked: { words: string; count: number; from: number; table: (from: number, to: number, look: Look) => string } | null;
  /** The database, and as whom; null: not known, or nobody in particular. */
  place: Place;
  who: string | null;
  help: readonly HelpLine[];
  helpFrom: number;
  foot: string;
  /** Why there are no rows. */
  failed: string | null;
  note: { text: string; trouble: boolean } | null;
  height: number;
}

/** A side of details needs so much, and the list the rest. */
const SIDE = 62;
export const SIDE_BY_SIDE = 130;
const LEAST = { width: 40, height: 10 };

/** Lines above and below the list and its details. */
const AROUND = 3;

/** How many rows a page has on a screen of this height. */
export function pageSize(height: number): number {
  return Math.max(1, height - AROUND - 1);
}

/**
 * Which row of the page is where the mouse is (both from 1), if one is. `detail`: details are beside the
 * list, or below it.
 */
export function rowAt(
  { column, line }: { column: number; line: number },
  {
    cursor,
    rows,
    width,
    height,
    detail,
  }: { cursor: number; rows: number; width: number; height: number; detail: boolean },
): number | null {
  const side = width >= SIDE_BY_SIDE;
  if (detail && side && column > width - SIDE - 3) return null;
  const body = height - AROUND;
  const room = detail && !side ? Math.floor(body / 2) : body;
  // two lines above the body, and its heading
  const at = line - 4;
  const row = at + firstShown(cursor, rows, room);
  return at >= 0 && at < room - 1 && row < rows ? row : null;
}

function firstShown(cursor: number, rows: number, room: number): number {
  return Math.max(0, Math.min(cursor - Math.floor(room / 2), rows - room + 1));
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
  const marked = screen.marked.size > 0 ? `  ${grouped(screen.marked.size)} marked` : '';
  const busy = screen.busy ? `  ${ellipsis(look)}` : '';
  const rest = `  ${position(screen)}${marked}${busy}  ${renderPlace(place, look)}${screen.who ? ` as ${printable(screen.who)}` : ''}`;
  return `${named}${way(screen, look, look.width - textWidth(named) - textWidth(rest))}${rest}`;
}

/**
 * "Users > Sessions of alice": of a way that is longer than there is room for the end, and of that the beginning; half
 * of the line is its own.
 */
function way({ crumbs }: BrowseScreen, look: Look, room: number): string {
  const names = crumbs.map(printable);
  const whole = names.join(' > ');
  if (textWidth(whole) <= room) return whole;
  const end = names.length < 2 ? whole : `${ellipsis(look)} > ${names.at(-1)}`;
  return cut(end, Math.max(Math.floor(look.width / 2), room), ellipsis(look));
}

/** "12 of 406", "12 of 1,000+". */
function position({ rows, cursor, before, total }: BrowseScreen): string {
  if (rows.length === 0) return 'none';
  const at = grouped(before + cursor + 1);
  if (total === null) return at;
  // one that is beyond what was counted
  const most = Math.max(total, before + rows.length);
  return `${at} of ${total > COUNT_CAP ? `${grouped(COUNT_CAP)}+` : grouped(most)}`;
}

function searchLine({ mode, search, facets }: BrowseScreen): string {
  const searching = mode === 'search';
  return [...(search || searching ? [`/ ${printable(search)}${searching ? '_' : ''}`] : []), facets].join('  ');
}

function bodyLines(screen: BrowseScreen, look: Look, height: number): string[] {
  if (screen.mode === 'help') return helpLines(screen.help, screen.helpFrom, look, height);
  if (screen.asked) return askedLines(screen, screen.asked, look, height);
  return screen.details ? withDetails(screen, screen.details, look, height) : listLines(screen, look, height);
}

/** Each row that the question is about. More than there is room for is scrolled. */
function askedLines(
  { place }: BrowseScreen,
  { words, count, from: first, table }: NonNullable<BrowseScreen['asked']>,
  look: Look,
  height: number,
): string[] {
  const room = height - 3;
  const from = Math.max(0, Math.min(first, count - room));
  const shown = Math.min(room, count - from);
  const part = shown < count ? `, ${from + 1} to ${from + shown} shown (PgUp, PgDn)` : '';
  return [
    fitted(`${words}${part}`, look),
    fitted(`in ${renderPlace(place, { colour: false })}`, look),
    ...table(from, from + shown, look).split('\n'),
  ];
}

/** The heading and as many rows as there is room for, with the cursor among them. */
function listLines(screen: BrowseScreen, look: Look, height: number): string[] {
  const [heading = '', ...rows] =
    screen.rows.length > 0
      ? screen.table({ ...look, colour: false, width: look.width - 2 }).split('\n')
      : wrapped(whyNone(screen), look.width - 2).split('\n');
  const first = firstShown(screen.cursor, rows.length, height);
  const lines = rowLines(rows, screen, look).slice(first, first + height - 1);
  return [paint(look).dim(`  ${heading}`), ...lines];
}

function whyNone({ busy, failed, search }: BrowseScreen): string {
  if (failed !== null) return printable(failed);
  return busy ? '' : search ? 'Nothing matches.' : 'There are none.';
}

/** Beside the list on a wide terminal, else below it. */
function withDetails(screen: BrowseScreen, details: Draw, look: Look, height: number): string[] {
  const side = look.width >= SIDE_BY_SIDE;
  const c = paint(look);
  const width = side ? SIDE : look.width;
  const narrow = { ...look, colour: false, width };
  const fitting = details(narrow)
    .split('\n')
    .map((line) => fitted(line, narrow));
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

function statusLine(screen: BrowseScreen, look: Look): string {
  const c = paint(look);
  switch (screen.mode) {
    case 'search':
      if (screen.note?.trouble) return c.red(fitted(printable(screen.note.text), look));
      return c.dim(fitted('Type to search   Enter done   Esc clear', look));
    case 'command':
      return fitted(`:${printable(screen.command)}_   ${screen.words.join(' ')}`, look);
    case 'text':
      return fitted(`${screen.prompt} ${printable(screen.text)}_`, look);
    case 'confirm':
      return production(screen, look)(fitted(question(screen), look));
    case 'help':
      return c.dim(fitted('PgUp and PgDn scroll, any other key goes back', look));
    case 'list':
      if (screen.note) return (screen.note.trouble ? c.red : c.green)(fitted(printable(screen.note.text), look));
      return c.dim(fitted(screen.foot, look));
  }
}

/** What is to be typed stands first, where it is seen on a narrow screen, too. */
function question({ question: text, toType, typed }: BrowseScreen): string {
  return toType === null ? `${text} y/N` : `Type "${printable(toType)}", Enter: ${printable(typed)}_  ${text}`;
}
