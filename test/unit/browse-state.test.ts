import { expect, it } from 'vitest';
import { type BrowseState, browse, chosen, type Key, startBrowsing } from '../../src/cli/browse/state.ts';
import { pageSize, renderBrowse } from '../../src/views/session/browse.ts';
import { aSessionView as session } from './session-view.ts';

const ROWS = ['a', 'b', 'c'].map((letter) =>
  session({ id: `${letter.repeat(8)}-0000-4000-8000-000000000000`, username: letter }),
);

function loaded(state: BrowseState, rows = ROWS, nextCursor: string | null = null): BrowseState {
  return browse(state, { type: 'loaded', request: state.request, rows, nextCursor });
}

function press(state: BrowseState, ...keys: (Key | string)[]): BrowseState {
  return keys.reduce<BrowseState>(
    (now, key) => browse(now, { type: 'key', key: NAMED.has(key) ? (key as Key) : { text: key as string } }),
    state,
  );
}
const NAMED = new Set<unknown>([
  'up',
  'down',
  'pageUp',
  'pageDown',
  'home',
  'enter',
  'escape',
  'backspace',
  'tab',
  'interrupt',
]);

const start = () => loaded(startBrowsing({ search: '', sort: 'activity', state: 'active', detail: false }));

it('revokes nothing without a y, and what is marked with one', () => {
  const asked = press(start(), 'tab', ' ', 'x', 'w', 'h', 'y', 'enter');
  expect(asked.mode).toBe('confirm');
  expect(chosen(asked)).toEqual([ROWS[0], ROWS[1]]);
  for (const key of ['n', 'enter', 'escape', ' '])
    expect(press(asked, key)).toMatchObject({ mode: 'list', task: null });
  expect(press(asked, 'y').task).toEqual({ kind: 'revoke', ids: [ROWS[0]?.id, ROWS[1]?.id], reason: 'why' });
});

it('takes letters as text while a search or a reason is typed', () => {
  expect(press(start(), '/', 'q', 'x', 'u')).toMatchObject({ search: 'qxu', quit: false, mode: 'search' });
  expect(press(start(), 'x', 'q', 'y')).toMatchObject({ reason: 'qy', quit: false, task: null });
  expect(press(start(), '/', 'a', 'backspace', 'b', 'enter', 'q')).toMatchObject({ search: 'b', quit: true });
});

it('keeps the cursor on its session when the list changes under it', () => {
  const below = press(start(), 'down');
  const again = loaded(browse(below, { type: 'tick' }), [
    session({ id: 'dddddddd-0000-4000-8000-000000000000' }),
    ...ROWS,
  ]);
  expect(again.rows[again.cursor]?.id).toBe(ROWS[1]?.id);
});

it('turns pages by their cursors and never holds more than one', () => {
  let state = loaded(startBrowsing({ search: '', sort: 'login', state: 'all', detail: false }), ROWS, 'next');
  state = press(state, 'pageDown');
  expect(state).toMatchObject({ trail: [undefined, 'next'], busy: true });
  // a key before the page has come changes nothing
  expect(press(state, 'pageDown').trail).toEqual(state.trail);
  state = loaded(state, ROWS.slice(0, 1));
  expect(state.rows).toHaveLength(1);
  state = loaded(press(state, 'up'));
  expect(state).toMatchObject({ trail: [undefined], cursor: 2 });
});

it('forgets an answer that a later question has overtaken', () => {
  const early = press(start(), '/', 'a');
  const late = press(early, 'b');
  expect(browse(late, { type: 'loaded', request: early.request, rows: [], nextCursor: null })).toBe(late);
});

it.each([
  [80, 24, false],
  [80, 24, true],
  [140, 40, true],
  [40, 10, true],
])('draws within %i by %i', (width, height, detail) => {
  const state = { ...start(), detail };
  const screen = {
    ...state,
    marked: new Set<string>(),
    page: 1,
    more: true,
    chosen: chosen(state),
    height,
    details: detail ? { session: ROWS[0] as (typeof ROWS)[0], alerts: [], activity: [] } : null,
  };
  const lines = renderBrowse(screen, { width, colour: false, unicode: false, now: new Date('2026-01-01') });
  expect(lines).toHaveLength(height - 1);
  for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
  expect(pageSize(width, height, detail)).toBeGreaterThan(0);
});
