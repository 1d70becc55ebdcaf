import type { Key } from './keyboard.ts';
import { say } from './move.ts';
import { type BrowseState, chosen, current, type Task } from './state.ts';
import { edit, isText } from './typing.ts';
import type { Action, Item } from './view.ts';
import { VIEWS } from './views/index.ts';

/** Rows that a page key scrolls a question by: no more than are shown on the smallest screen. */
const SCROLL = 4;

export function actionOf({ view, action }: Pick<BrowseState, 'view' | 'action'>): Action | undefined {
  return VIEWS[view].actions.find(({ name }) => name === action);
}

/** What is done is about the marked ones, else about the one under the cursor. */
export function start(state: BrowseState, action: Action): BrowseState {
  if (state.task) return state;
  const here = current(state);
  const items = action.single ? (here ? [here] : []) : chosen(state);
  const asked = items.filter(({ row }) => action.fits(row));
  const [first] = asked;
  if (!first) return say(state, action.none);
  const begun = { ...state, action: action.name, asked, askedFrom: 0, text: '', note: null };
  if (action.prompt) return { ...begun, mode: 'text', text: action.prompt.from?.(first.row) ?? '' };
  return action.question ? { ...begun, mode: 'confirm' } : agreed(begun, action);
}

/** The latest revocation that was made here. */
export function undoLast(state: BrowseState): BrowseState {
  const { undo } = state;
  if (undo === null) return say(state, 'Nothing was revoked here that could be undone.');
  const item: Item = { id: String(undo), row: { id: undo } };
  return state.task ? state : { ...state, task: { view: 'revocations', action: 'restore', items: [item], text: '' } };
}

export function pressInText(state: BrowseState, key: Key): BrowseState {
  const action = actionOf(state);
  if (key === 'escape' || !action) return left(state);
  if (key === 'enter') return action.question ? { ...state, mode: 'confirm' } : agreed(state, action);
  const most = action.prompt?.most ?? 0;
  return edit(key, state.text, (text) => ({ ...state, text: text.slice(0, most) })) ?? scroll(state, key) ?? state;
}

/** Yes is a y or, in production, the name of the context. */
export function pressInConfirm(state: BrowseState, key: Key): BrowseState {
  const { toType, typed } = state;
  const turned = scroll(state, key);
  if (turned) return turned;
  if (toType !== null && key !== 'enter' && key !== 'escape')
    return edit(key, typed, (text) => ({ ...state, typed: text.slice(0, 100) })) ?? state;
  const yes = toType === null ? isText(key) && key.text.toLowerCase() === 'y' : key === 'enter' && typed === toType;
  const action = actionOf(state);
  return yes && action ? agreed(state, action) : say(left(state), 'Not confirmed. Nothing was changed.');
}

function agreed(state: BrowseState, { name: action }: Action): BrowseState {
  const { view, asked: items, text } = state;
  const task: Task = { view, action, items, text: text.trim() };
  return { ...left(state), task };
}

/** As it was before the question. */
function left(state: BrowseState): BrowseState {
  return { ...state, mode: 'list', text: '', typed: '', asked: [], action: null };
}

/** Through what the question is about. */
function scroll(state: BrowseState, key: Key): BrowseState | undefined {
  const step = { up: -1, down: 1, pageUp: -SCROLL, pageDown: SCROLL, home: -state.asked.length }[key as string];
  if (step === undefined) return undefined;
  return { ...state, askedFrom: Math.max(0, Math.min(state.askedFrom + step, state.asked.length - SCROLL)) };
}
