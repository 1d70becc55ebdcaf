import type { Draw } from '../../views/browse/screen.ts';
import type { Key } from './keyboard.ts';
import type { Entry, Item, Scope, ViewName } from './view.ts';
import { VIEWS } from './views/index.ts';

/** Where a page begins, how many rows are before it and, of one that was left a short while ago, what was on it. */
export interface PageStart {
  after: string | undefined;
  before: number;
  rows?: readonly Item[] | undefined;
}

/** A change since the look before, and for how many more looks it is shown. */
export interface Moved {
  sign: '+' | '~';
  looks: number;
}

/** One view as it is looked at: what Esc comes back to. */
export interface Place {
  view: ViewName;
  scope: Scope | null;
  search: string;
  /** An order of the database or a column, and whether it is turned around. */
  sort: string;
  reverse: boolean;
  /** The order of the rows that came last: it is gone back to where another one cannot be had. */
  ordered: { sort: string; reverse: boolean };
  filter: string;
  rows: readonly Item[];
  /** Where it stands in the rows, and which one it was put on: keys act on that one or, when it has gone, on none. */
  cursor: number;
  here: string | null;
  marked: ReadonlyMap<string, Item>;
  /** Where a range of marks has begun. */
  anchor: string | null;
  /** The beginnings of the pages up to this one, whose own is the last. */
  trail: readonly PageStart[];
  nextCursor: string | null;
  /** What is on the next page, read ahead: it is there when it is turned to. */
  ahead: (LoadedPage & { after: string }) | null;
  /** How many there are, counted to COUNT_CAP + 1; null: not known. */
  total: number | null;
  /** Where the cursor goes when the page comes that was asked for. */
  landing: 'keep' | 'first' | 'last';
  moved: ReadonlyMap<string, Moved>;
}

/** Something to be done; `text` is what was asked for. */
export interface Task {
  view: ViewName;
  action: string;
  items: readonly Item[];
  text: string;
}

/** What the screen of `session browse` shows and waits for. All of it: drawing and loading follow from it. */
export interface BrowseState extends Place {
  /** To look around and act, or to mark sessions for a command that acts on them. */
  purpose: 'browse' | 'choose';
  mode: 'list' | 'search' | 'command' | 'text' | 'confirm' | 'help';
  /** Views that there are none of, here or for this operator, and why. */
  absent: Readonly<Partial<Record<ViewName, string>>>;
  /** Whether a revocation can be undone. */
  undoes: boolean;
  /** Where somebody came from, the latest last. */
  stack: readonly Place[];
  /** Raised with every page that is asked for. */
  request: number;
  busy: boolean;
  /** Whether details are wanted; `details` are the latest that were read. */
  detail: boolean;
  details: { id: string; draw: Draw } | null;
  /** What is typed behind the colon. */
  command: string;
  /** The action that a question is about. */
  action: string | null;
  /** What the standing question is about, whatever the list does meanwhile, and which of it is shown first. */
  asked: readonly Item[];
  askedFrom: number;
  text: string;
  /** What has to be typed to go on, the name of a context in production; null: y is enough. And what has been. */
  toType: string | null;
  typed: string;
  /** The first line of the help that is shown. */
  helpFrom: number;
  /** Asked for and not done yet. */
  task: Task | null;
  /** Every row that matches here is to be marked. */
  marking: Place | null;
  /** What is to be copied, the latest. */
  copied: { ids: readonly string[] } | null;
  /** What a revocation here can be undone by. */
  undo: number | null;
  /** Whether the mouse is for this, or for selecting text. */
  mouse: boolean;
  /** Why the rows that were asked for are not there; null: they are. */
  failed: string | null;
  /** `passing`: until the next rows are there. */
  note: { text: string; trouble: boolean; passing?: boolean } | null;
  quit: boolean;
  /** What was chosen, when that is what it was for. */
  picked: readonly Item[] | null;
}

export interface LoadedPage {
  rows: readonly Item[];
  nextCursor: string | null;
  /** See Place; missing: it comes behind. */
  total?: number | null;
}

export type BrowseEvent =
  | { type: 'key'; key: Key }
  /** A row of the page was clicked on, or the wheel turned. */
  | { type: 'click'; row: number }
  | { type: 'wheel'; by: 1 | -1 }
  | { type: 'tick' }
  | ({ type: 'loaded'; request: number } & LoadedPage)
  /** `refused`: because of what was searched for, which then selects nothing. */
  | { type: 'failed'; request: number; message: string; refused: boolean }
  /** How many match what is looked at. */
  | { type: 'counted'; request: number; total: number }
  /** The next page has been read. */
  | { type: 'ahead'; request: number; page: LoadedPage & { after: string } }
  | { type: 'details'; id: string; draw: Draw | null }
  /** Every row that matches; null: more than can be marked at once. */
  | { type: 'all'; of: Place; rows: readonly Item[] | null }
  | { type: 'done'; message: string; undo: number | null; trouble: boolean };

/** The order that a view begins with. */
export function usualOf(view: ViewName, filter: string): string {
  const { sorts, usual } = VIEWS[view];
  return usual?.(filter) ?? sorts[0] ?? '';
}

/** A view from its beginning. */
export function placeAt({ view, scope, search = '', filter }: Entry): Place {
  const { filters } = VIEWS[view];
  const chosen = filter ?? filters[0] ?? '';
  const sort = usualOf(view, chosen);
  return {
    view,
    scope,
    search,
    sort,
    reverse: false,
    ordered: { sort, reverse: false },
    filter: chosen,
    rows: [],
    cursor: 0,
    here: null,
    marked: new Map(),
    anchor: null,
    trail: [{ after: undefined, before: 0 }],
    nextCursor: null,
    ahead: null,
    total: null,
    landing: 'first',
    moved: new Map(),
  };
}

/** What of a state is the place where it is. */
export function placeOf(state: Place): Place {
  const { view, scope, search, sort, reverse, ordered, filter, rows, cursor, here, marked, anchor, trail } = state;
  const { nextCursor, ahead, total, landing, moved } = state;
  return {
    ...{ view, scope, search, sort, reverse, ordered, filter, rows, cursor, here, marked, anchor, trail },
    ...{ nextCursor, ahead, total, landing, moved },
  };
}

export function startBrowsing(
  given: Pick<BrowseState, 'purpose' | 'toType' | 'detail'> &
    Partial<Pick<BrowseState, 'view' | 'search' | 'sort' | 'filter' | 'absent' | 'undoes'>>,
): BrowseState {
  return {
    ...placeAt({ view: given.view ?? 'sessions', scope: null }),
    mode: 'list',
    absent: {},
    undoes: true,
    stack: [],
    request: 1,
    busy: true,
    details: null,
    command: '',
    action: null,
    asked: [],
    askedFrom: 0,
    text: '',
    typed: '',
    helpFrom: 0,
    task: null,
    marking: null,
    copied: null,
    undo: null,
    mouse: true,
    failed: null,
    note: null,
    quit: false,
    picked: null,
    ...given,
  };
}

/** The row under the cursor, if it is the one that the cursor was put on and of the rows that were asked for. */
export function current(state: BrowseState): Item | undefined {
  const item = state.rows[state.cursor];
  return item?.id === state.here && !isOvertaken(state) ? item : undefined;
}

/** Whether other rows have been asked for than are shown: a key now may be meant for those. */
export function isOvertaken({ landing }: Place): boolean {
  return landing !== 'keep';
}

/** The marked ones, else the one under the cursor. */
export function chosen(state: BrowseState): Item[] {
  const here = current(state);
  return state.marked.size > 0 ? [...state.marked.values()] : here ? [here] : [];
}
