import type { Key } from './keyboard.ts';
import { copy, mark, markAll, pick, range } from './mark.ts';
import { anew, ask, back, go, page, say, search, step, toStart } from './move.ts';
import { start, undoLast } from './question.ts';
import { type BrowseState, current, usualOf } from './state.ts';
import { isText } from './typing.ts';
import { VIEW_NAMES, type ViewName } from './view.ts';
import { VIEWS } from './views/index.ts';

/** A key of the list: what it does, and what the help and the line at the bottom say of it. */
export interface Binding {
  /** Names of keys, and characters. */
  on: readonly string[];
  /** As the help shows them. */
  keys: string;
  what: string;
  /** In the line at the bottom; missing: only in the help. */
  foot?: string;
  act: (state: BrowseState) => BrowseState;
}

/**
 * Every key that does something here, the most needed first. Whatever is pressed, shown or explained comes from it.
 */
export function bindings(state: BrowseState): Binding[] {
  return state.purpose === 'choose' ? [...CHOOSING, ...looking(state), ...COMMON] : [...browsing(state), ...COMMON];
}

export function pressInList(state: BrowseState, key: Key): BrowseState {
  const name = isText(key) ? key.text : key;
  const found = typeof name === 'string' && bindings(state).find(({ on }) => on.includes(name));
  // what was said of the key before
  return found ? found.act(state.note?.passing ? state : { ...state, note: null }) : state;
}

const HELP: Binding = {
  on: ['?'],
  keys: '?',
  what: 'this help',
  foot: 'help',
  act: (state) => ({ ...state, mode: 'help', helpFrom: 0 }),
};
const QUIT: Binding = {
  on: ['q'],
  keys: 'q, Ctrl-C',
  what: 'leave',
  foot: 'quit',
  act: (state) => ({ ...state, quit: true }),
};
const MARK: Binding = { on: [' ', 'tab'], keys: 'Space, Tab', what: 'mark', foot: 'mark', act: mark };
const DETAILS: Binding = { on: ['d'], keys: 'd', what: 'details on and off', foot: 'details', act: toggleDetail };

const CHOOSING: Binding[] = [
  MARK,
  { on: ['enter'], keys: 'Enter', what: 'take the marked', foot: 'take the marked', act: pick },
  HELP,
  QUIT,
];

/** What is done to the list as a whole. */
function looking({ view }: BrowseState): Binding[] {
  const { searches, sorts, columns } = VIEWS[view];
  return [
    {
      on: ['/'],
      keys: '/',
      what: `search: ${searches}`,
      foot: 'search',
      act: (state) => ({ ...state, mode: 'search', note: null }),
    },
    DETAILS,
    {
      on: ['s'],
      keys: 's',
      what: `sort by ${sorts.join(', ')}`,
      foot: 'sort',
      act: (state) => anew({ ...state, sort: after(sorts, state.sort), reverse: false }),
    },
    {
      on: ['S'],
      keys: 'S',
      what: `sort by the next column${view === 'sessions' ? '; those that have ended' : ''}, where no more than 1,000 match`,
      act: (state) => anew({ ...state, sort: after(columns, state.sort), reverse: false }),
    },
    {
      on: ['R'],
      keys: 'R',
      what: 'turn the order around',
      act: (state) => anew({ ...state, reverse: !state.reverse }),
    },
  ];
}

const COMMON: Binding[] = [
  { on: ['up', 'k'], keys: 'up, k', what: 'move up', act: (state) => step(state, -1) },
  { on: ['down', 'j'], keys: 'down, j', what: 'move down', act: (state) => step(state, 1) },
  { on: ['pageUp'], keys: 'PgUp', what: 'a page back', act: (state) => page(state, -1) },
  { on: ['pageDown'], keys: 'PgDn', what: 'a page on', act: (state) => page(state, 1) },
  { on: ['home', 'g'], keys: 'Home, g', what: 'to the start', act: toStart },
  { on: ['v'], keys: 'v', what: 'begin a range of marks, then end it', act: range },
  { on: ['*'], keys: '*', what: 'mark all that match', act: markAll },
  { on: ['y'], keys: 'y', what: 'copy the id, or those of the marked', act: copy },
  {
    on: ['M'],
    keys: 'M',
    what: 'mouse on and off: the wheel moves, a click selects; off, or with Shift, it selects text',
    act: (state) => say({ ...state, mouse: !state.mouse }, `The mouse is ${state.mouse ? 'off' : 'on'}.`),
  },
  { on: ['r'], keys: 'r', what: 'look again now', act: (state) => ask(state, 'keep') },
  { on: ['escape'], keys: 'Esc', what: 'clear marks, then the search, then back', foot: 'back', act: leaveOff },
];

function browsing(state: BrowseState): Binding[] {
  const { view } = state;
  const { actions, into: leads, filters } = VIEWS[view];
  const into = leads && state.absent[leads.view] === undefined ? leads.words : null;
  const open = VIEW_NAMES.filter((name) => state.absent[name] === undefined);
  const offered = actions.filter((action) => state.undoes || !action.undoes);
  return [
    HELP,
    QUIT,
    ...(open.length > 1
      ? [
          {
            on: [':'],
            keys: ':',
            what: `another view: ${open.join(', ')}; Tab completes`,
            foot: 'views',
            act: (state: BrowseState): BrowseState => ({ ...state, mode: 'command', command: '', note: null }),
          },
        ]
      : []),
    {
      on: ['enter'],
      keys: 'Enter',
      what: into ? `into ${into}` : 'details on and off',
      foot: into ? 'into' : '',
      act: enter,
    },
    MARK,
    ...offered.map((action) => ({
      on: [action.key],
      keys: action.key,
      what: action.what,
      ...(action.foot ? { foot: action.foot } : {}),
      act: (state: BrowseState) => start(state, action),
    })),
    ...(state.undoes && view !== 'revocations'
      ? [{ on: ['u'], keys: 'u', what: 'undo the last revocation made here', foot: 'undo', act: undoLast }]
      : []),
    ...looking(state),
    ...(filters.length > 1
      ? [
          {
            on: ['f'],
            keys: 'f',
            what: `show ${filters.join(', ').replaceAll('-', ' ')}`,
            foot: 'filter',
            act: refilter,
          },
        ]
      : []),
    ...(view === 'users' || view === 'audit'
      ? []
      : [{ on: ['U'], keys: 'U', what: 'all sessions of its user', act: owner }]),
    // digits of views that there are none of say why
    ...VIEW_NAMES.map((name, i) => digit(state, name, String(i + 1))),
  ];
}

function digit({ absent }: BrowseState, view: ViewName, key: string): Binding {
  return {
    on: [key],
    keys: key,
    what: absent[view] === undefined ? view : `${view}: none here`,
    act: (state) => go(state, { view, scope: null }),
  };
}

function enter(state: BrowseState): BrowseState {
  const item = current(state);
  if (!item) return state;
  const entry = VIEWS[state.view].enter(item.row);
  return entry && state.absent[entry.view] === undefined ? go(state, entry) : toggleDetail(state);
}

function owner(state: BrowseState): BrowseState {
  const item = current(state);
  const scope = item && VIEWS[state.view].owner(item.row);
  return scope ? go(state, { view: 'sessions', scope, filter: 'all' }) : say(state, 'It is not known whose that is.');
}

function leaveOff(state: BrowseState): BrowseState {
  if (state.anchor !== null) return { ...state, anchor: null, note: null };
  if (state.marked.size > 0) return { ...state, marked: new Map(), note: null };
  return state.search ? search(state, '') : back(state);
}

function toggleDetail(state: BrowseState): BrowseState {
  return { ...state, detail: !state.detail };
}

function after<T>(values: readonly T[], value: T): T {
  return values[(values.indexOf(value) + 1) % values.length] as T;
}

/** The next filter; in the order that is usual there, unless another one was chosen. */
function refilter(state: BrowseState): BrowseState {
  const { view, filter, sort } = state;
  const next = after(VIEWS[view].filters, filter);
  const order = sort === usualOf(view, filter) ? usualOf(view, next) : sort;
  return anew({ ...state, filter: next, sort: order, marked: new Map<string, never>() });
}
