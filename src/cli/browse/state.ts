import type { SessionDetails } from '../../domain/session/show.ts';
import { SESSION_STATES, type Session, type SessionSort, type StateFilter } from '../../model/session.ts';
import type { Key } from './keyboard.ts';
import { edit, isText } from './typing.ts';

/** What the screen of `session browse` shows and waits for. All of it: drawing and loading follow from it. */
export interface BrowseState {
  /** To look around and act, or to mark sessions for a command that acts on them. */
  purpose: 'browse' | 'choose';
  mode: 'list' | 'search' | 'reason' | 'confirm' | 'help';
  search: string;
  sort: SessionSort;
  state: StateFilter;
  rows: readonly Session[];
  /** Where it stands in the rows, and which session it was put on: keys act on that one or, when it has gone, on none. */
  cursor: number;
  here: string | null;
  marked: ReadonlyMap<string, Session>;
  /** The cursors of the pages up to this one, whose own is the last; undefined: from the start. */
  trail: readonly (string | undefined)[];
  nextCursor: string | null;
  /** Raised with every page that is asked for. */
  request: number;
  /** Where the cursor goes when that page comes. */
  landing: 'keep' | 'first' | 'last';
  busy: boolean;
  /** Whether details are wanted; `details` are the latest that were read. */
  detail: boolean;
  details: SessionDetails | null;
  /** What the standing question is about, whatever the list does meanwhile, and which of it is shown first. */
  asked: readonly Session[];
  askedFrom: number;
  reason: string;
  /** What has to be typed to go on, the name of a context in production; null: y is enough. And what has been. */
  toType: string | null;
  typed: string;
  /** Asked for and not done yet. */
  task: { kind: 'revoke'; ids: string[]; reason: string | null } | { kind: 'restore'; revocation: number } | null;
  /** What a revocation here can be undone by. */
  undo: number | null;
  note: { text: string; trouble: boolean } | null;
  quit: boolean;
  /** What was chosen, when that is what it was for. */
  picked: Session[] | null;
}

export type BrowseEvent =
  | { type: 'key'; key: Key }
  | { type: 'tick' }
  | { type: 'loaded'; request: number; rows: readonly Session[]; nextCursor: string | null }
  /** `refused`: because of what was searched for, which then selects nothing. */
  | { type: 'failed'; request: number; message: string; refused: boolean }
  | { type: 'details'; id: string; details: SessionDetails | null }
  | { type: 'done'; message: string; undo: number | null; trouble: boolean };

const SORTS: SessionSort[] = ['activity', 'idle', 'login'];
/** Rows that a page key scrolls a question by: no more than are shown on the smallest screen. */
const SCROLL = 4;
const STATES: StateFilter[] = [...SESSION_STATES, 'all'];

export function startBrowsing(
  given: Pick<BrowseState, 'purpose' | 'search' | 'sort' | 'state' | 'toType' | 'detail'>,
): BrowseState {
  return {
    ...given,
    mode: 'list',
    rows: [],
    cursor: 0,
    here: null,
    marked: new Map(),
    trail: [undefined],
    nextCursor: null,
    request: 1,
    landing: 'first',
    busy: true,
    details: null,
    asked: [],
    askedFrom: 0,
    reason: '',
    typed: '',
    task: null,
    undo: null,
    note: null,
    quit: false,
    picked: null,
  };
}

export function browse(state: BrowseState, event: BrowseEvent): BrowseState {
  switch (event.type) {
    case 'key':
      return press(state, event.key);
    case 'tick':
      return state.busy || state.task ? state : ask(state, 'keep');
    case 'loaded':
      return event.request === state.request ? land(state, event) : state;
    case 'failed':
      return event.request === state.request ? fail(state, event) : state;
    case 'details':
      return event.id === current(state)?.id ? { ...state, details: event.details } : state;
    case 'done': {
      const { message: text, undo, trouble } = event;
      const marked = trouble || state.task?.kind !== 'revoke' ? state.marked : new Map();
      return ask({ ...state, task: null, undo: undo ?? state.undo, note: { text, trouble }, marked }, 'keep');
    }
  }
}

/** The session under the cursor, if it is the one that the cursor was put on and of the rows that were asked for. */
export function current(state: BrowseState): Session | undefined {
  const session = state.rows[state.cursor];
  return session?.id === state.here && !isOvertaken(state) ? session : undefined;
}

function press(state: BrowseState, key: Key): BrowseState {
  if (key === 'interrupt') return { ...state, quit: true };
  switch (state.mode) {
    case 'list':
      return pressInList(state, key);
    case 'search':
      if (key === 'enter') return { ...state, mode: 'list' };
      if (key === 'escape') return search({ ...state, mode: 'list' }, '');
      return edit(key, state.search, (text) => search(state, text)) ?? pressInList(state, key);
    case 'reason':
      if (key === 'enter') return { ...state, mode: 'confirm' };
      if (key === 'escape') return { ...state, mode: 'list', reason: '', asked: [] };
      return (
        edit(key, state.reason, (reason) => ({ ...state, reason: reason.slice(0, 500) })) ?? scroll(state, key) ?? state
      );
    case 'confirm':
      return pressInConfirm(state, key);
    case 'help':
      return { ...state, mode: 'list' };
  }
}

/** Yes is a y or, in production, the name of the context. */
function pressInConfirm(state: BrowseState, key: Key): BrowseState {
  const { asked, reason, toType, typed } = state;
  const turned = scroll(state, key);
  if (turned) return turned;
  if (toType !== null && key !== 'enter' && key !== 'escape')
    return edit(key, typed, (text) => ({ ...state, typed: text.slice(0, 100) })) ?? state;
  const back = { ...state, mode: 'list' as const, reason: '', typed: '', asked: [] };
  const agreed = toType === null ? isText(key) && key.text.toLowerCase() === 'y' : key === 'enter' && typed === toType;
  if (!agreed) return say(back, 'Not confirmed. Nothing was changed.');
  return { ...back, task: { kind: 'revoke', ids: asked.map(({ id }) => id), reason: reason.trim() || null } };
}

function pressInList(state: BrowseState, key: Key): BrowseState {
  switch (key) {
    case 'up':
      return state.cursor > 0 || !current(state)
        ? put(state, current(state) ? state.cursor - 1 : state.cursor)
        : turn(state, -1);
    case 'down':
      return state.cursor < state.rows.length - 1 || !current(state)
        ? put(state, current(state) ? state.cursor + 1 : state.cursor)
        : turn(state, 1);
    case 'pageDown':
      return state.nextCursor ? turn(state, 1) : put(state, state.rows.length - 1);
    case 'pageUp':
      return state.trail.length > 1 ? turn(state, -1) : put(state, 0);
    case 'home':
      return state.trail.length > 1 ? ask({ ...state, trail: [undefined] }, 'first') : put(state, 0);
    case 'enter':
      return state.purpose === 'choose' ? pick(state) : toggleDetail(state);
    case 'escape':
      return state.marked.size > 0
        ? { ...state, marked: new Map(), note: null }
        : state.search
          ? search(state, '')
          : { ...state, note: null };
    case 'tab':
      return mark(state);
    default:
      return isText(key) && state.mode === 'list' ? pressLetter(state, key.text) : state;
  }
}

/** Those that act on sessions or leave the live ones have no place where sessions are chosen for a command. */
const NOT_TO_CHOOSE = new Set(['f', 'x', 'u']);

const LETTERS: Readonly<Record<string, (state: BrowseState) => BrowseState>> = {
  j: (state) => pressInList(state, 'down'),
  k: (state) => pressInList(state, 'up'),
  g: (state) => pressInList(state, 'home'),
  ' ': mark,
  '/': (state) => ({ ...state, mode: 'search', note: null }),
  s: (state) => anew({ ...state, sort: after(SORTS, state.sort) }),
  f: (state) => anew({ ...state, state: after(STATES, state.state), marked: new Map() }),
  d: toggleDetail,
  x: startRevoking,
  u: (state) =>
    state.undo === null
      ? say(state, 'Nothing was revoked here that could be undone.')
      : { ...state, task: { kind: 'restore', revocation: state.undo } },
  r: (state) => ask(state, 'keep'),
  '?': (state) => ({ ...state, mode: 'help' }),
  q: (state) => ({ ...state, quit: true }),
};

function pressLetter(state: BrowseState, letter: string): BrowseState {
  const act = state.purpose === 'choose' && NOT_TO_CHOOSE.has(letter) ? undefined : LETTERS[letter];
  return act ? act(state) : state;
}

/** The question is about the marked ones, else about the one under the cursor. */
function startRevoking(state: BrowseState): BrowseState {
  if (state.task) return state;
  const here = current(state);
  const chosen = state.marked.size > 0 ? [...state.marked.values()] : here ? [here] : [];
  const asked = chosen.filter((session) => session.state === 'active');
  if (asked.length === 0) return say(state, 'There is nothing live to revoke under the cursor or among the marked.');
  return { ...state, mode: 'reason', asked, askedFrom: 0, note: null };
}

/** Through what the question is about. */
function scroll(state: BrowseState, key: Key): BrowseState | undefined {
  const step = { up: -1, down: 1, pageUp: -SCROLL, pageDown: SCROLL, home: -state.asked.length }[key as string];
  if (step === undefined) return undefined;
  return { ...state, askedFrom: Math.max(0, Math.min(state.askedFrom + step, state.asked.length - SCROLL)) };
}

function pick(state: BrowseState): BrowseState {
  if (state.marked.size === 0) return say(state, 'Nothing is marked yet: Space marks, q leaves.');
  return { ...state, picked: [...state.marked.values()], quit: true };
}

function mark(state: BrowseState): BrowseState {
  const session = current(state);
  if (!session) return state;
  const marked = new Map(state.marked);
  if (!marked.delete(session.id)) marked.set(session.id, session);
  return put({ ...state, marked, note: null }, state.cursor + 1);
}

/** The cursor on a row, the last one at most. */
function put(state: BrowseState, row: number): BrowseState {
  if (isOvertaken(state)) return state;
  const cursor = Math.max(0, Math.min(row, state.rows.length - 1));
  return { ...state, cursor, here: state.rows[cursor]?.id ?? null };
}

/** Whether other rows have been asked for than are shown: a key now may be meant for those. */
function isOvertaken({ landing }: BrowseState): boolean {
  return landing !== 'keep';
}

function toggleDetail(state: BrowseState): BrowseState {
  return { ...state, detail: !state.detail };
}

function say(state: BrowseState, text: string): BrowseState {
  return { ...state, note: { text, trouble: false } };
}

/** A page forward or back, if there is one. */
function turn(state: BrowseState, direction: 1 | -1): BrowseState {
  if (state.busy) return state;
  const { trail, nextCursor } = state;
  if (direction === 1) return nextCursor ? ask({ ...state, trail: [...trail, nextCursor] }, 'first') : state;
  return trail.length > 1 ? ask({ ...state, trail: trail.slice(0, -1) }, 'last') : state;
}

function search(state: BrowseState, text: string): BrowseState {
  return anew({ ...state, search: text });
}

function anew(state: BrowseState): BrowseState {
  return ask({ ...state, trail: [undefined], note: null }, 'first');
}

function ask(state: BrowseState, landing: BrowseState['landing']): BrowseState {
  // a further look before the first answer brings those rows, too
  return { ...state, request: state.request + 1, landing: landing === 'keep' ? state.landing : landing, busy: true };
}

/** Rows do not stay under a search that has failed, nor those that were asked for otherwise. */
function fail(state: BrowseState, { message, refused }: { message: string; refused: boolean }): BrowseState {
  const rest = refused || isOvertaken(state) ? { rows: [], cursor: 0, here: null, nextCursor: null } : {};
  return { ...state, ...rest, busy: false, note: { text: message, trouble: true } };
}

function land(state: BrowseState, { rows, nextCursor }: Pick<BrowseState, 'rows' | 'nextCursor'>): BrowseState {
  // a page that has emptied meanwhile
  if (rows.length === 0 && state.trail.length > 1) return ask({ ...state, trail: state.trail.slice(0, -1) }, 'last');
  const note = state.note?.trouble ? null : state.note;
  const landed = { ...state, rows, nextCursor, landing: 'keep' as const, busy: false, note };
  if (isOvertaken(state)) return put(landed, state.landing === 'first' ? 0 : rows.length - 1);
  const found = rows.findIndex(({ id }) => id === state.here);
  // where it has gone the cursor is on nobody until it is moved
  return found >= 0
    ? put(landed, found)
    : { ...landed, here: null, cursor: Math.min(state.cursor, Math.max(0, rows.length - 1)) };
}

function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}
