import { printable } from '../../views/printable.ts';
import { marksTo, put, say, withMarks } from './move.ts';
import { type BrowseState, chosen, current, type Place, placeOf } from './state.ts';
import type { Item } from './view.ts';

/** Marks the row under the cursor, or no longer, and goes on to the next. */
export function mark(state: BrowseState): BrowseState {
  const item = current(state);
  if (!item) return state;
  const marked = new Map(state.marked);
  if (!marked.delete(item.id)) marked.set(item.id, item);
  return put({ ...state, marked, note: null }, state.cursor + 1);
}

/** The first time it begins a range, the second time it marks that. */
export function range(state: BrowseState): BrowseState {
  const item = current(state);
  if (!item) return state;
  if (state.anchor === null)
    return say({ ...state, anchor: item.id }, 'A range begins here: move, then v marks it. Esc leaves it.');
  return { ...marksTo(state, state.cursor), anchor: null, note: null };
}

/** Asks for every row that matches. */
export function markAll(state: BrowseState): BrowseState {
  return state.busy ? state : say({ ...state, marking: placeOf(state) }, 'Marking all that match.');
}

/** What decides which rows match. */
const QUERY = ['view', 'scope', 'search', 'filter'] as const;

/** Whether every row of that is still to be marked. */
export function stillMarks(state: BrowseState, of: Place): boolean {
  return state.marking === of && QUERY.every((key) => of[key] === state[key]);
}

export function markFound(state: BrowseState, items: readonly Item[] | null, most: number): BrowseState {
  const { marking: of } = state;
  if (!of || !stillMarks(state, of)) return { ...state, marking: null };
  if (items === null)
    return say(
      { ...state, marking: null },
      `More than ${most} match, and none of them was marked: narrow the search.`,
      true,
    );
  return say(withMarks({ ...state, marking: null }, items), `${items.length} marked.`);
}

export function copy(state: BrowseState): BrowseState {
  // whatever they are on other servers: one is pasted into a shell
  const ids = chosen(state).map(({ id }) => printable(id));
  if (ids.length === 0) return state;
  const what = ids.length === 1 ? ids[0] : `${ids.length} ids`;
  return say({ ...state, copied: { ids } }, `Copied, where the terminal takes it: ${what}`);
}

/** For the command that they were chosen for. */
export function pick(state: BrowseState): BrowseState {
  if (state.marked.size === 0) return say(state, 'Nothing is marked yet: Space marks, q leaves.');
  return { ...state, picked: [...state.marked.values()], quit: true };
}
