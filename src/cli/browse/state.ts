import type { Session, SessionSort, StateFilter } from '../../model/session.ts';

/** What the screen of `session browse` shows and waits for. All of it: drawing and loading follow from it. */
export interface BrowseState {
  mode: 'list' | 'search' | 'reason' | 'confirm' | 'help';
  search: string;
  sort: SessionSort;
  state: StateFilter;
  rows: readonly Session[];
  cursor: number;
  marked: ReadonlyMap<string, Session>;
  /** The cursors of the pages up to this one, whose own is the last; undefined: from the start. */
  trail: readonly (string | undefined)[];
  nextCursor: string | null;
  /** Raised with every page that is asked for. */
  request: number;
  /** Where the cursor goes when that page comes. */
  landing: 'keep' | 'first' | 'last';
  busy: boolean;
  detail: boolean;
  reason: string;
  /** Asked for and not done yet. */
  task: { kind: 'revoke'; ids: string[]; reason: string | null } | { kind: 'restore'; revocation: number } | null;
  /** What a revocation here can be undone by. */
  undo: number | null;
  note: { text: string; trouble: boolean } | null;
  quit: boolean;
}

/** A key: its name, or the character. */
export type Key =
  | 'up'
  | 'down'
  | 'pageUp'
  | 'pageDown'
  | 'home'
  | 'enter'
  | 'escape'
  | 'backspace'
  | 'tab'
  | 'interrupt'
  | { text: string };

export type BrowseEvent =
  | { type: 'key'; key: Key }
  | { type: 'tick' }
  | { type: 'loaded'; request: number; rows: readonly Session[]; nextCursor: string | null }
  | { type: 'failed'; request: number; message: string }
  | { type: 'done'; message: string; undo: number | null; trouble: boolean };

const SORTS: SessionSort[] = ['activity', 'idle', 'login'];
const STATES: StateFilter[] = ['active', 'expired', 'revoked', 'all'];

export function startBrowsing({
  search,
  sort,
  state,
  detail,
}: Pick<BrowseState, 'search' | 'sort' | 'state' | 'detail'>): BrowseState {
  return {
    mode: 'list',
    search,
    sort,
    state,
    rows: [],
    cursor: 0,
    marked: new Map(),
    trail: [undefined],
    nextCursor: null,
    request: 1,
    landing: 'first',
    busy: true,
    detail,
    reason: '',
    task: null,
    undo: null,
    note: null,
    quit: false,
  };
}

export function browse(state: BrowseState, event: BrowseEvent): BrowseState {
  switch (event.type) {
    case 'key':
      return press(state, event.key);
    case 'tick':
      return state.busy || state.task ? state : ask(state, { landing: 'keep' });
    case 'loaded':
      return event.request === state.request ? land(state, event) : state;
    case 'failed':
      return event.request === state.request
        ? { ...state, busy: false, note: { text: event.message, trouble: true } }
        : state;
    case 'done':
      return ask(
        {
          ...state,
          task: null,
          undo: event.undo ?? state.undo,
          note: { text: event.message, trouble: event.trouble },
          marked: event.trouble ? state.marked : new Map(),
        },
        { landing: 'keep' },
      );
  }
}

/** The sessions an action is for: the marked ones, else the one under the cursor. */
export function chosen(state: BrowseState): Session[] {
  const current = state.rows[state.cursor];
  return state.marked.size > 0 ? [...state.marked.values()] : current ? [current] : [];
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
      if (key === 'escape') return { ...state, mode: 'list', reason: '' };
      return edit(key, state.reason, (reason) => ({ ...state, reason: reason.slice(0, 500) })) ?? state;
    case 'confirm': {
      const yes = typeof key === 'object' && key.text.toLowerCase() === 'y';
      if (!yes)
        return {
          ...state,
          mode: 'list',
          reason: '',
          note: { text: 'Not confirmed. Nothing was changed.', trouble: false },
        };
      const ids = chosen(state).map(({ id }) => id);
      return { ...state, mode: 'list', reason: '', task: { kind: 'revoke', ids, reason: state.reason.trim() || null } };
    }
    case 'help':
      return { ...state, mode: 'list' };
  }
}

function pressInList(state: BrowseState, key: Key): BrowseState {
  switch (key) {
    case 'up':
      return state.cursor > 0 ? { ...state, cursor: state.cursor - 1 } : turn(state, -1);
    case 'down':
      return state.cursor < state.rows.length - 1 ? { ...state, cursor: state.cursor + 1 } : turn(state, 1);
    case 'pageDown':
      return state.nextCursor ? turn(state, 1) : { ...state, cursor: Math.max(0, state.rows.length - 1) };
    case 'pageUp':
      return state.trail.length > 1 ? turn(state, -1) : { ...state, cursor: 0 };
    case 'home':
      return state.trail.length > 1
        ? ask({ ...state, trail: [undefined] }, { landing: 'first' })
        : { ...state, cursor: 0 };
    case 'enter':
      return { ...state, detail: !state.detail };
    case 'escape':
      return state.marked.size > 0
        ? { ...state, marked: new Map(), note: null }
        : state.search
          ? search(state, '')
          : { ...state, note: null };
    case 'tab':
      return mark(state);
    default:
      return typeof key === 'object' && state.mode === 'list' ? pressLetter(state, key.text) : state;
  }
}

function pressLetter(state: BrowseState, letter: string): BrowseState {
  switch (letter) {
    case 'j':
      return pressInList(state, 'down');
    case 'k':
      return pressInList(state, 'up');
    case 'g':
      return pressInList(state, 'home');
    case ' ':
      return mark(state);
    case '/':
      return { ...state, mode: 'search', note: null };
    case 's':
      return anew({ ...state, sort: after(SORTS, state.sort) });
    case 'f':
      return anew({ ...state, state: after(STATES, state.state), marked: new Map() });
    case 'x':
      return startRevoking(state);
    case 'u':
      if (state.undo === null)
        return { ...state, note: { text: 'Nothing was revoked here that could be undone.', trouble: false } };
      return { ...state, task: { kind: 'restore', revocation: state.undo } };
    case 'r':
      return ask(state, { landing: 'keep' });
    case '?':
      return { ...state, mode: 'help' };
    case 'q':
      return { ...state, quit: true };
    default:
      return state;
  }
}

function startRevoking(state: BrowseState): BrowseState {
  if (state.task) return state;
  const live = chosen(state).filter((session) => session.state === 'active');
  if (live.length === 0)
    return {
      ...state,
      note: { text: 'There is nothing live to revoke under the cursor or among the marked.', trouble: false },
    };
  return { ...state, mode: 'reason', note: null };
}

function mark(state: BrowseState): BrowseState {
  const session = state.rows[state.cursor];
  if (!session) return state;
  const marked = new Map(state.marked);
  if (!marked.delete(session.id)) marked.set(session.id, session);
  return { ...state, marked, cursor: Math.min(state.cursor + 1, state.rows.length - 1) };
}

/** A page forward or back, if there is one. */
function turn(state: BrowseState, direction: 1 | -1): BrowseState {
  if (state.busy) return state;
  if (direction === 1)
    return state.nextCursor
      ? ask({ ...state, trail: [...state.trail, state.nextCursor] }, { landing: 'first' })
      : state;
  return state.trail.length > 1 ? ask({ ...state, trail: state.trail.slice(0, -1) }, { landing: 'last' }) : state;
}

function search(state: BrowseState, text: string): BrowseState {
  return anew({ ...state, search: text });
}

function anew(state: BrowseState): BrowseState {
  return ask({ ...state, trail: [undefined], note: null }, { landing: 'first' });
}

function ask(state: BrowseState, { landing }: Pick<BrowseState, 'landing'>): BrowseState {
  return { ...state, request: state.request + 1, landing, busy: true };
}

function land(
  state: BrowseState,
  { rows, nextCursor }: { rows: readonly Session[]; nextCursor: string | null },
): BrowseState {
  const current = state.rows[state.cursor]?.id;
  const found = rows.findIndex(({ id }) => id === current);
  const last = Math.max(0, rows.length - 1);
  const kept = found >= 0 ? found : Math.min(state.cursor, last);
  const cursor = state.landing === 'first' ? 0 : state.landing === 'last' ? last : kept;
  // a page that has emptied meanwhile
  if (rows.length === 0 && state.trail.length > 1)
    return ask({ ...state, trail: state.trail.slice(0, -1) }, { landing: 'last' });
  return { ...state, rows, nextCursor, cursor, busy: false, note: state.note?.trouble ? null : state.note };
}

function edit(key: Key, text: string, change: (text: string) => BrowseState): BrowseState | undefined {
  if (key === 'backspace') return change([...text].slice(0, -1).join(''));
  return typeof key === 'object' ? change(text + key.text) : undefined;
}

function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}
