import {
  type BrowseState,
  current,
  isOvertaken,
  type LoadedPage,
  type Moved,
  type PageStart,
  placeAt,
  placeOf,
} from './state.ts';
import type { Entry, Item } from './view.ts';
import { VIEWS } from './views/index.ts';

/** So many places can be gone back to. */
const DEEPEST = 20;
/** For how many looks a change stays visible. */
const LOOKS = 3;
/** Pages back that are there at once. */
const KEPT = 5;

/** The cursor on a row, the last one at most. */
export function put(state: BrowseState, row: number): BrowseState {
  if (isOvertaken(state)) return state;
  const cursor = Math.max(0, Math.min(row, state.rows.length - 1));
  return { ...state, cursor, here: state.rows[cursor]?.id ?? null };
}

/** Up or down by one; over the edge onto another page. */
export function step(state: BrowseState, by: 1 | -1): BrowseState {
  if (!current(state)) return put(state, state.cursor);
  const next = state.cursor + by;
  return next >= 0 && next < state.rows.length ? put(state, next) : turn(state, by);
}

/** A page forward or back, or the last or first row where there is none. */
export function page(state: BrowseState, direction: 1 | -1): BrowseState {
  if (direction === 1) return state.nextCursor ? turn(state, 1) : put(state, state.rows.length - 1);
  return state.trail.length > 1 ? turn(state, -1) : put(state, 0);
}

export function toStart(state: BrowseState): BrowseState {
  const [first] = state.trail;
  return state.trail.length > 1 && first ? leafTo({ ...state, anchor: null }, [first], 'first') : put(state, 0);
}

function turn(given: BrowseState, direction: 1 | -1): BrowseState {
  const { trail, nextCursor, ahead } = given;
  if (isOvertaken(given)) return given;
  const state = marksTo(given, direction === 1 ? given.rows.length - 1 : 0);
  if (direction === -1) return trail.length > 1 ? leafTo(state, trail.slice(0, -1), 'last') : given;
  if (!nextCursor) return given;
  const left = trail.map((start, i) => (i < trail.length - KEPT ? { ...start, rows: undefined } : start));
  const here = { ...left.at(-1), rows: state.rows } as PageStart;
  const next = { after: nextCursor, before: above(state), ...(ahead?.after === nextCursor && { rows: ahead.rows }) };
  return leafTo(state, [...left.slice(0, -1), here, next], 'first');
}

/** Onto the page that a trail ends with: what is known of it is there at once, and looked at anew. */
function leafTo(state: BrowseState, trail: readonly PageStart[], landing: 'first' | 'last'): BrowseState {
  const rows = trail.at(-1)?.rows;
  if (!rows?.length) return ask({ ...state, trail }, landing);
  // of a page that was left, it is where the one after it begins
  const nextCursor = state.trail[trail.length]?.after ?? state.ahead?.nextCursor ?? null;
  const there = { ...state, trail, rows, nextCursor, ahead: null, moved: new Map<string, Moved>() };
  return ask(begun(there, landing === 'first' ? 0 : rows.length - 1), 'keep');
}

/** On a row of a page that has just come; a range goes on there. */
function begun(state: BrowseState, row: number): BrowseState {
  const there = put(state, row);
  return state.anchor === null ? there : { ...there, anchor: there.here };
}

/** Marks from where a range has begun on this page to a row; nothing without one. */
export function marksTo(state: BrowseState, row: number): BrowseState {
  const found = state.rows.findIndex(({ id }) => id === state.anchor);
  if (found < 0) return state;
  return withMarks(state, state.rows.slice(Math.min(found, row), Math.max(found, row) + 1));
}

export function withMarks(state: BrowseState, items: readonly Item[]): BrowseState {
  return { ...state, marked: new Map([...state.marked, ...items.map((item) => [item.id, item] as const)]) };
}

/** How many rows there are up to the end of this page. */
function above({ trail, rows }: BrowseState): number {
  return (trail.at(-1)?.before ?? 0) + rows.length;
}

export function search(state: BrowseState, text: string): BrowseState {
  return anew({ ...state, search: text });
}

export function anew(state: BrowseState): BrowseState {
  const first: PageStart = { after: undefined, before: 0 };
  return ask({ ...state, trail: [first], anchor: null, ahead: null, total: null, failed: null, note: null }, 'first');
}

export function ask(state: BrowseState, landing: BrowseState['landing']): BrowseState {
  // a further look before the first answer brings those rows, too
  return { ...state, request: state.request + 1, landing: landing === 'keep' ? state.landing : landing, busy: true };
}

/** Into another view; what was here is come back to. */
export function go(state: BrowseState, entry: Entry): BrowseState {
  const why = state.absent[entry.view];
  if (why !== undefined) return say(state, why, true);
  // the same again is no way that is gone back
  const again = entry.view === state.view && entry.scope === null && state.scope === null;
  const stack = again ? state.stack : [...state.stack, placeOf(state)].slice(-DEEPEST);
  return anew({ ...state, ...placeAt(entry), stack, mode: 'list', details: null });
}

/** Back to where one came from, as it was. */
export function back(state: BrowseState): BrowseState {
  const below = state.stack.at(-1);
  if (!below) return { ...state, note: null };
  return ask({ ...state, ...below, stack: state.stack.slice(0, -1), details: null, failed: null, note: null }, 'keep');
}

/** Rows do not stay under a search that has failed, nor those that were asked for otherwise. */
export function fail(state: BrowseState, { message, refused }: { message: string; refused: boolean }): BrowseState {
  const { ordered, sort, reverse } = state;
  if (refused && (ordered.sort !== sort || ordered.reverse !== reverse))
    return say(ask({ ...state, ...ordered }, 'first'), message, true);
  const none = { rows: [], cursor: 0, here: null, nextCursor: null, total: null };
  const rest = refused || isOvertaken(state) ? none : {};
  return { ...state, ...rest, busy: false, failed: message, note: { text: message, trouble: true, passing: true } };
}

export function land(state: BrowseState, { rows, nextCursor, total }: LoadedPage): BrowseState {
  // a page that has emptied meanwhile
  if (rows.length === 0 && state.trail.length > 1) return ask({ ...state, trail: state.trail.slice(0, -1) }, 'last');
  const note = state.note?.passing ? null : state.note;
  const before = state.trail.at(-1)?.before ?? 0;
  const landed = {
    ...state,
    rows,
    ordered: { sort: state.sort, reverse: state.reverse },
    nextCursor,
    total: nextCursor === null ? before + rows.length : (total ?? state.total),
    landing: 'keep' as const,
    moved: isOvertaken(state) ? new Map<string, Moved>() : movedIn(state, rows),
    busy: false,
    failed: null,
    note,
  };
  if (isOvertaken(state)) return begun(landed, state.landing === 'first' ? 0 : rows.length - 1);
  const found = rows.findIndex(({ id }) => id === state.here);
  // where it has gone the cursor is on nobody until it is moved
  return found >= 0
    ? put(landed, found)
    : { ...landed, here: null, cursor: Math.min(state.cursor, Math.max(0, rows.length - 1)) };
}

/**
 * What has come or changed since the look before, and what had a look or two ago. What now stands behind all that was
 * seen then may have been there, further down.
 */
function movedIn(state: BrowseState, rows: readonly Item[]): ReadonlyMap<string, Moved> {
  const { stamp } = VIEWS[state.view];
  const known = new Map(state.rows.map(({ id, row }) => [id, stamp(row)]));
  const moved = new Map<string, Moved>();
  const seenTo = state.nextCursor === null ? rows.length : rows.findLastIndex(({ id }) => known.has(id));
  for (const [i, { id, row }] of rows.entries()) {
    const before = known.get(id);
    const earlier = state.moved.get(id);
    if (before === undefined) {
      if (i < seenTo || seenTo < 0) moved.set(id, { sign: '+', looks: LOOKS });
    } else if (before !== stamp(row)) moved.set(id, { sign: '~', looks: LOOKS });
    else if (earlier && earlier.looks > 1) moved.set(id, { ...earlier, looks: earlier.looks - 1 });
  }
  return moved;
}

export function say(state: BrowseState, text: string, trouble = false): BrowseState {
  return { ...state, note: { text, trouble } };
}
