import { screenOf } from '../../src/cli/browse/draw.ts';
import type { Key } from '../../src/cli/browse/keyboard.ts';
import { browse } from '../../src/cli/browse/reduce.ts';
import { type BrowseState, startBrowsing } from '../../src/cli/browse/state.ts';
import { renderBrowse } from '../../src/views/browse/screen.ts';
import { aSessionView as session } from './session-view.ts';

export const item = (values: Parameters<typeof session>[0]) => {
  const row = session(values);
  return { id: row.id, row };
};
export const ROWS = ['a', 'b', 'c'].map((letter) =>
  item({ id: `${letter.repeat(8)}-0000-4000-8000-000000000000`, username: letter }),
);

export function loaded(
  state: BrowseState,
  rows: BrowseState['rows'] = ROWS,
  nextCursor: string | null = null,
): BrowseState {
  return browse(state, { type: 'loaded', request: state.request, rows, nextCursor });
}

export function press(state: BrowseState, ...keys: (Key | string)[]): BrowseState {
  return keys.reduce<BrowseState>(
    (now, key) => browse(now, { type: 'key', key: NAMED.has(key) ? (key as Key) : { text: key as string } }),
    state,
  );
}
export const NAMED = new Set<unknown>([
  'up',
  'down',
  'pageUp',
  'pageDown',
  'home',
  'enter',
  'escape',
  'backspace',
  'clear',
  'tab',
  'interrupt',
]);

export const fresh = (purpose: BrowseState['purpose']) => startBrowsing({ purpose, toType: null, detail: false });
export const start = () => loaded(fresh('browse'));

export const PLACE = { embedded: false, name: 'prod', location: 'db.example.org:5432' };

export function drawn(state: BrowseState, width: number, height: number): string[] {
  const look = { width, colour: false, unicode: false, now: new Date('2026-01-01') };
  const details = state.detail
    ? { id: state.here ?? '', draw: () => Array(60).fill('x'.repeat(300)).join('\n') }
    : null;
  return renderBrowse(screenOf({ ...state, details }, { place: PLACE, who: 'ops' }, look, height), look);
}
