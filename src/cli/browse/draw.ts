import { stateWords } from '../../model/session.ts';
import type { BrowseScreen } from '../../views/browse/screen.ts';
import { plural } from '../../views/number.ts';
import type { Look } from '../../views/style.ts';
import { commandWords } from './command.ts';
import { type Binding, bindings } from './keys.ts';
import { actionOf } from './question.ts';
import { type BrowseState, current, type Place } from './state.ts';
import type { Item } from './view.ts';
import { VIEWS } from './views/index.ts';

/** What of a state is to be seen. */
export function screenOf(
  state: BrowseState,
  header: Pick<BrowseScreen, 'place' | 'who'>,
  look: Look,
  height: number,
): BrowseScreen {
  const { view, filter, rows, mode, marked, asked } = state;
  const shown = VIEWS[view];
  const action = actionOf(state);
  const here = current(state)?.id;
  const keys = bindings(state);
  return {
    mode,
    crumbs: state.purpose === 'choose' ? ['Revoke which?'] : [...state.stack, state].map(crumb),
    facets: facets(state),
    search: state.search,
    command: state.command,
    words: commandWords(state.command),
    prompt: action?.prompt?.words ?? '',
    text: state.text,
    question: action?.question?.(rowsOf(asked), look) ?? '',
    toType: state.toType,
    typed: state.typed,
    rows: rows.map(({ id, row }) => ({
      id,
      tone: shown.tone(row, look.now),
      sign: state.moved.get(id)?.sign ?? ' ',
    })),
    table: (fitting) => shown.table(rowsOf(rows), filter, fitting),
    cursor: state.cursor,
    current: here,
    marked: new Set(marked.keys()),
    before: state.trail.at(-1)?.before ?? 0,
    total: state.total,
    busy: state.busy,
    details: state.detail && state.details?.id === here ? (state.details?.draw ?? null) : null,
    asked:
      asked.length === 0
        ? null
        : {
            words: `${plural(asked.length, shown.noun)}${action?.ends && !state.undoes ? ', for good: there is no undo here' : ''}`,
            count: asked.length,
            from: state.askedFrom,
            table: (from, to, fitting) => shown.which(rowsOf(asked.slice(from, to)), fitting),
          },
    ...header,
    help: keys.map(({ keys, what }) => ({ keys, what })),
    helpFrom: state.helpFrom,
    foot: keys.flatMap(footOf).join('  '),
    failed: state.failed,
    note: state.note,
    height,
  };
}

function rowsOf(items: readonly Item[]): unknown[] {
  return items.map(({ row }) => row);
}

/** "Users", "Sessions of alice". */
function crumb({ view, scope }: Place): string {
  const name = `${view[0]?.toUpperCase()}${view.slice(1)}`;
  return scope ? `${name} ${scope.of}` : name;
}

/** "active, by activity", where there is more than one of that. */
function facets({ view, filter, sort, reverse }: Place): string {
  const { filters, sorts } = VIEWS[view];
  return [
    ...(filters.length > 1 ? [stateWords(filter as 'all').replaceAll('-', ' ')] : []),
    ...(sorts.length > 1 || sort !== sorts[0] || reverse ? [`by ${sort}${reverse ? ', turned around' : ''}`] : []),
  ].join(', ');
}

function footOf({ keys, foot }: Binding): string[] {
  return foot ? [`${keys.split(',')[0]} ${foot}`] : [];
}
