import { COUNT_CAP } from '../../domain/list/page.ts';
import { pressInCommand } from './command.ts';
import type { Key } from './keyboard.ts';
import { bindings, pressInList } from './keys.ts';
import { markFound } from './mark.ts';
import { ask, fail, land, put, search } from './move.ts';
import { pressInConfirm, pressInText } from './question.ts';
import { type BrowseEvent, type BrowseState, current } from './state.ts';
import { edit, isText } from './typing.ts';

/** The state after something has happened. */
export function browse(state: BrowseState, event: BrowseEvent): BrowseState {
  switch (event.type) {
    case 'key':
      return press(state, event.key);
    case 'click':
      return state.mode === 'list' ? put(state, event.row) : state;
    case 'wheel':
      return turnWheel(state, event.by);
    case 'tick':
      return state.busy || state.task ? state : ask(state, 'keep');
    case 'loaded':
      return event.request === state.request ? land(state, event) : state;
    case 'failed':
      return event.request === state.request ? fail(state, event) : state;
    case 'counted':
      return event.request === state.request ? { ...state, total: event.total } : state;
    case 'ahead':
      return event.request === state.request ? { ...state, ahead: event.page } : state;
    case 'details':
      return event.id === current(state)?.id
        ? { ...state, details: event.draw && { id: event.id, draw: event.draw } }
        : state;
    case 'all':
      return event.of === state.marking ? markFound(state, event.rows, COUNT_CAP) : state;
    case 'done': {
      const { message: text, undo, trouble } = event;
      const same = state.task?.view === state.view;
      const marked = trouble || !same ? state.marked : new Map();
      return ask({ ...state, task: null, undo: undo ?? state.undo, note: { text, trouble }, marked }, 'keep');
    }
  }
}

function press(state: BrowseState, key: Key): BrowseState {
  if (key === 'interrupt') return { ...state, quit: true };
  switch (state.mode) {
    case 'list':
      return pressInList(state, key);
    case 'search':
      if (key === 'enter') return { ...state, mode: 'list' };
      if (key === 'escape') return search({ ...state, mode: 'list' }, '');
      return edit(key, state.search, (text) => search(state, text)) ?? (isText(key) ? state : pressInList(state, key));
    case 'command':
      return pressInCommand(state, key);
    case 'text':
      return pressInText(state, key);
    case 'confirm':
      return pressInConfirm(state, key);
    case 'help':
      return pressInHelp(state, key);
  }
}

/** Rows and lines of one turn of the wheel. */
const WHEEL = 3;

/** As so many presses of an arrow, and over the edge of a page by one turn more. */
function turnWheel(state: BrowseState, by: 1 | -1): BrowseState {
  const last = by === 1 ? state.rows.length - 1 : 0;
  const steps = state.mode === 'list' ? Math.min(WHEEL, Math.abs(last - state.cursor) || 1) : WHEEL;
  let turned = state;
  for (let n = 0; n < steps; n += 1) turned = press(turned, by === 1 ? 'down' : 'up');
  return turned;
}

/** Lines that a page key scrolls the help by. */
const SCROLL = 6;

/** Moves where there is more; any other key goes back. */
function pressInHelp(state: BrowseState, key: Key): BrowseState {
  const steps: Record<string, number> = { up: -1, down: 1, pageUp: -SCROLL, pageDown: SCROLL };
  const by = typeof key === 'string' ? steps[key] : undefined;
  if (by === undefined) return { ...state, mode: 'list' };
  return { ...state, helpFrom: Math.max(0, Math.min(state.helpFrom + by, bindings(state).length)) };
}
