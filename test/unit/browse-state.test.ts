import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { Key } from '../../src/cli/browse/keyboard.ts';
import { browse } from '../../src/cli/browse/reduce.ts';
import { type BrowseEvent, type BrowseState, current } from '../../src/cli/browse/state.ts';
import { VIEW_NAMES } from '../../src/cli/browse/view.ts';
import { pageSize } from '../../src/views/browse/screen.ts';
import { cut } from '../../src/views/text-width.ts';
import { drawn, fresh, item, loaded, NAMED, press, ROWS, start } from './browse-world.ts';

it('revokes nothing without a y, and what is marked with one', () => {
  const asked = press(start(), 'tab', ' ', 'x', 'w', 'h', 'y', 'enter');
  expect(asked.mode).toBe('confirm');
  expect(asked.asked).toEqual([ROWS[0], ROWS[1]]);
  for (const key of ['n', 'enter', 'escape', ' '])
    expect(press(asked, key)).toMatchObject({ mode: 'list', task: null });
  expect(press(asked, 'y').task).toEqual({
    view: 'sessions',
    action: 'revoke',
    items: [ROWS[0], ROWS[1]],
    text: 'why',
  });
});

it('takes letters as text while a search or a reason is typed', () => {
  expect(press(start(), '/', 'q', 'x', 'u')).toMatchObject({ search: 'qxu', quit: false, mode: 'search' });
  expect(press(start(), 'x', 'q', 'y')).toMatchObject({ text: 'qy', quit: false, task: null });
  expect(press(start(), '/', 'a', 'backspace', 'b', 'enter', 'q')).toMatchObject({ search: 'b', quit: true });
  expect(press(start(), '/', 'a', 'x', 'clear', 'b')).toMatchObject({ search: 'b', mode: 'search' });
});

it('keeps the cursor on its session when the list changes under it', () => {
  const below = press(start(), 'down');
  const again = loaded(browse(below, { type: 'tick' }), [
    item({ id: 'dddddddd-0000-4000-8000-000000000000' }),
    ...ROWS,
  ]);
  expect(again.rows[again.cursor]?.id).toBe(ROWS[1]?.id);
});

it('turns pages by their cursors and never holds more than one', () => {
  let state = loaded(fresh('browse'), ROWS, 'next');
  state = press(state, 'pageDown');
  expect(state).toMatchObject({ trail: [{ before: 0 }, { after: 'next', before: 3 }], busy: true });
  // a key before the page has come changes nothing
  expect(press(state, 'pageDown').trail).toEqual(state.trail);
  state = loaded(state, ROWS.slice(0, 1));
  expect(state.rows).toHaveLength(1);
  state = loaded(press(state, 'up'));
  expect(state).toMatchObject({ trail: [{ after: undefined, before: 0 }], cursor: 2 });
});

it('forgets an answer that a later question has overtaken', () => {
  const early = press(start(), '/', 'a');
  const late = press(early, 'b');
  expect(browse(late, { type: 'loaded', request: early.request, rows: [], nextCursor: null })).toBe(late);
});

it('asks about what was chosen, whatever the list does while the question stands', () => {
  const asked = press(start(), 'down', 'x');
  const again = loaded(browse(asked, { type: 'tick' }), ROWS.slice(0, 1));
  expect(press(again, 'enter', 'y').task).toMatchObject({ items: [ROWS[1]] });
});

it('leaves nothing to act on under a search that has failed, and acts on no rows of the one before', () => {
  const typed = press(start(), '/', 'z', 'enter');
  expect(press(typed, 'x')).toMatchObject({ mode: 'list', asked: [] });
  expect(press(typed, ' ').marked.size).toBe(0);
  const failed = browse(typed, { type: 'failed', request: typed.request, message: 'no user "z"', refused: true });
  expect(failed).toMatchObject({ rows: [], note: { text: 'no user "z"', trouble: true } });
  expect(press(failed, 'x')).toMatchObject({ mode: 'list', asked: [] });
});

it('keeps its rows when only a further look has failed, and not when what was searched for has gone', () => {
  const again = browse(start(), { type: 'tick' });
  const failed = (refused: boolean) =>
    browse(again, { type: 'failed', request: again.request, message: 'lost', refused });
  expect(failed(false).rows).toEqual(ROWS);
  expect(press(failed(true), 'x')).toMatchObject({ rows: [], mode: 'list', asked: [] });
});

it('says why nothing is there while the search is typed', () => {
  const typed = press(start(), '/', 'z');
  const failed = browse(typed, { type: 'failed', request: typed.request, message: 'no user "z"', refused: true });
  expect(drawn(failed, 80, 24).join('\n')).toMatch(/no user "z"[\s\S]*no user "z"$/);
});

it('acts on nobody when the session under the cursor has gone, until it is moved', () => {
  const gone = loaded(browse(press(start(), 'down'), { type: 'tick' }), [ROWS[0], ROWS[2]] as typeof ROWS);
  for (const key of ['x', ' ']) expect(press(gone, key)).toMatchObject({ mode: 'list', marked: new Map() });
  expect(drawn(gone, 80, 24).join('\n')).not.toContain('> ');
  expect(press(gone, 'down', 'x').asked).toEqual([ROWS[2]]);
});

it.each([
  ['has come above what was seen', [1, 2], 'next', [0, 1, 2], '+..'],
  ['has come between', [0, 2], 'next', [0, 1, 2], '.+.'],
  ['stood further down, as where the screen has grown or one above has ended', [0, 1], 'next', [1, 2], '..'],
  ['has come at the end, which was seen', [0, 1], null, [0, 1, 2], '..+'],
  ['is all that there is now', [0], 'next', [1, 2], '++'],
])('marks what is new: it %s', (_, before, nextCursor, after, signs) => {
  const rows = (of: readonly number[]) => of.flatMap((i) => ROWS[i] ?? []);
  const seen = loaded(fresh('browse'), rows(before), nextCursor);
  const again = loaded(browse(seen, { type: 'tick' }), rows(after));
  expect(again.rows.map(({ id }) => again.moved.get(id)?.sign ?? '.').join('')).toBe(signs);
});

it('keeps position and server in the header, however long the name of a user is', () => {
  const name = 'x'.repeat(255);
  const scope = { of: `of ${name}` };
  const title = (width: number) => drawn({ ...start(), stack: [start()], scope }, width, 24)[0];
  expect(title(80)).toMatch(/x{5,}.*1 of 3 .*prod at db/);
  expect(title(100)).toMatch(/x{5,}.*1 of 3 .*prod.*as ops/);
});

it('does not take the rows of the search before for those of this one, by looking again', () => {
  expect(press(start(), '/', 'z', 'enter', 'r', 'x')).toMatchObject({ mode: 'list', asked: [] });
});

it('whatever happens revokes what a question has listed, and lists what was seen or marked', () => {
  const row = fc.constantFrom(...ROWS);
  const rows = fc.uniqueArray(row, { selector: ({ id }) => id });
  const key = fc.constantFrom<Key>(...([...NAMED] as Key[]), ...[...'xyYn /safruv*12U:'].map((text) => ({ text })));
  const step = fc.oneof(
    { weight: 5, arbitrary: key.map((key) => ({ type: 'key' as const, key })) },
    fc.record({ type: fc.constant('tick' as const) }),
    fc.record({
      type: fc.constant('loaded' as const),
      late: fc.boolean(),
      rows,
      nextCursor: fc.constantFrom(null, 'next'),
    }),
    fc.record({
      type: fc.constant('ahead' as const),
      late: fc.boolean(),
      page: fc.record({ rows, nextCursor: fc.constantFrom(null, 'next'), after: fc.constantFrom('next', 'other') }),
    }),
    fc.record({ type: fc.constant('counted' as const), late: fc.boolean(), total: fc.nat(1001) }),
    fc.record({
      type: fc.constant('failed' as const),
      late: fc.boolean(),
      message: fc.constant('no'),
      refused: fc.boolean(),
    }),
    fc.record({ type: fc.constant('all' as const), rows: fc.option(rows) }),
    fc.constant({ type: 'done' as const, message: 'done', undo: 7, trouble: false }),
  );
  const query = ({ view, scope, search, sort, filter, trail }: BrowseState, ...more: unknown[]) =>
    JSON.stringify([view, scope, search, sort, filter, [...trail.map(({ after }) => after ?? ''), ...more]]);
  // the users are of another view, where the rows of this test would be none
  const confined = { ...start(), absent: Object.fromEntries(VIEW_NAMES.slice(1).map((name) => [name, 'not here'])) };
  fc.assert(
    fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
      let state: BrowseState = confined;
      const loadedFor = new Map([[state.rows, query(state)]]);
      for (const step of steps) {
        const before = state;
        const request = before.request - ('late' in step && step.late ? 1 : 0);
        const event = step.type === 'all' ? { ...step, of: before.marking } : { ...step, request };
        state = browse(before, event as BrowseEvent);
        if (step.type === 'loaded' && !step.late) loadedFor.set(state.rows, query(state));
        if (step.type === 'ahead' && !step.late) loadedFor.set(step.page.rows, query(state, step.page.after));
        const here = current(state);
        // what a key acts on is of the rows that were asked for, and no answer changes it to another
        if (here) expect(query(state)).toBe(loadedFor.get(state.rows));
        if (step.type !== 'key' && before.landing === 'keep' && here) expect(here).toEqual(current(before));
        if (before.mode === 'list' && state.mode === 'text') {
          const chosen = before.marked.size > 0 ? [...before.marked.values()] : [current(before)];
          expect(state.asked).toEqual(chosen);
        }
        if (state.task !== before.task && state.task?.action === 'revoke') {
          expect(before.mode).toBe('confirm');
          expect(state.task.items).toEqual(before.asked);
        }
        if (before.mode === 'text' && state.mode === 'confirm') expect(state.asked).toBe(before.asked);
      }
    }),
    { numRuns: 2000 },
  );
});

it('in production revokes with the name of the context typed, and with no y', () => {
  const asked = { ...press(start(), ' ', 'x', 'enter'), toType: 'shop' };
  expect(press(asked, 'y', 'enter')).toMatchObject({ mode: 'list', task: null, typed: '' });
  expect(press(asked, 's', 'h', 'o', 'p', 'escape')).toMatchObject({ mode: 'list', task: null, typed: '' });
  const typed = press(asked, 's', 'h', 'o', 'q', 'backspace', 'p');
  expect(typed).toMatchObject({ mode: 'confirm', task: null, typed: 'shop' });
  expect(press(typed, 'enter')).toMatchObject({ mode: 'list', task: { action: 'revoke', items: [ROWS[0]] } });
  for (const width of [40, 120]) {
    expect(drawn(press(asked, 's', 'h'), width, 24).at(-1)).toMatch(/^Type "shop", Enter: sh_/);
  }
});

it('takes what is pasted as text where text is typed, and as no keys elsewhere', () => {
  const paste = (state: BrowseState) => browse(state, { type: 'key', key: { pasted: 'x\r y' } });
  expect(paste(start())).toMatchObject({ mode: 'list', search: '' });
  expect(paste(press(start(), '/'))).toMatchObject({ mode: 'search', search: 'x y' });
  expect(paste(press(start(), 'x', 'enter'))).toMatchObject({ mode: 'list', task: null });
});

it('hands over the marked and nothing else when it is there to choose', () => {
  const choosing = loaded(fresh('choose'));
  expect(press(choosing, 'enter')).toMatchObject({ quit: false, note: { text: expect.stringContaining('Space') } });
  expect(press(choosing, 'x', 'u', 'f')).toEqual(choosing);
  const marked = press(choosing, ' ', '/', 'c');
  expect(press(loaded(marked, []), 'enter', 'enter')).toMatchObject({ quit: true, picked: [ROWS[0]] });
  expect(press(marked, 'interrupt')).toMatchObject({ quit: true, picked: null });
});

it('lists what it asks about, also what the search hides', () => {
  const hidden = loaded(press(start(), ' ', ' ', '/', 'c', 'enter'), ROWS.slice(2));
  const lines = drawn(press(hidden, 'x', 'enter'), 80, 24).join('\n');
  expect(lines).toMatch(/aaaaaaaa +a +Firefox on Windows +203\.0\.113\.7/);
  expect(lines).toMatch(/bbbbbbbb +b +Firefox on Windows +203\.0\.113\.7/);
  expect(lines).toContain('Revoke 2 sessions of a? y/N');
  expect(lines).not.toContain('cccccccc');
});

it('names device, address and short id of what it asks about on the smallest screen, too', () => {
  const lines = drawn(press(start(), 'x', 'enter'), 40, 10);
  expect(lines.join('\n')).toMatch(/aaaaaaaa +a +Firefox[^\n]* 203\.0\.113\.7/);
});

it('lists every one that it asks about, page by page where they are more than fit, and names the database', () => {
  const many = Array.from({ length: 30 }, (_, i) =>
    item({ id: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000`, username: '-dash' }),
  );
  let state = press(loaded(fresh('browse'), many), ...Array<string>(30).fill(' '), 'x', 'enter');
  const seen = new Set<string>();
  for (let n = 0; n < 10; n += 1) {
    const lines = drawn(state, 80, 10).join('\n');
    expect(lines).toMatch(/^30 live sessions, \d+ to \d+ shown.*\nin prod at db\.example\.org:5432$/m);
    expect(lines).toContain('Revoke 30 sessions of "-dash"? y/N');
    for (const [id] of lines.matchAll(/^\d{8}/gm)) seen.add(id);
    state = press(state, 'pageDown');
  }
  expect(seen.size).toBe(30);
  expect(press(state, 'y').task).toMatchObject({ items: many });
});

it('keeps the cursor in sight when the details take half of the screen', () => {
  const rows = Array.from({ length: pageSize(24) }, (_, i) =>
    item({ id: `${String(i).padStart(8, '0')}-0000-4000-8000-000000000000` }),
  );
  for (const keys of [0, 9, rows.length - 1]) {
    const state = press({ ...loaded(fresh('browse'), rows), detail: true }, ...Array<Key>(keys).fill('down'));
    expect(drawn(state, 80, 24).join('\n')).toContain(`> ${String(keys).padStart(8, '0')}`);
  }
});

it.each([
  [80, 24, false],
  [80, 24, true],
  [140, 45, true],
  [40, 10, false],
  [40, 10, true],
])('draws within %i by %i, details: %s', (width, height, detail) => {
  const state = { ...start(), detail };
  for (const screen of [state, press(state, 'x'), press(state, 'x', 'enter'), press(state, '?')]) {
    const lines = drawn(screen, width, height);
    expect(lines).toHaveLength(height);
    for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
  }
  expect(drawn(state, width, height).join('\n')).toContain('> aaaaaaaa');
});

it.each([
  [39, 24],
  [80, 9],
  [1, 1],
])('shows nothing to act on within %i by %i', (width, height) => {
  expect(drawn(press(start(), 'x'), width, height)).toEqual([
    cut('Terminal too small: 40 by 10 at least.', width, '...'),
  ]);
});

it('says in full why a search fails, and explains every filter, on 80 columns', () => {
  const why =
    'Neither "10.0.0.2" nor "ali" is part of a user name, and one word at least has to be; the others may be of the device.';
  const searching = press(start(), '/', 'x');
  const failed = browse(searching, { type: 'failed', request: searching.request, message: why, refused: true });
  const text = (lines: string[]) => lines.slice(2, -1).join(' ').replaceAll(/\s+/g, ' ').trim();
  expect(text(drawn(failed, 80, 24))).toBe(why);
  const help = press(start(), '?');
  const pages = [help, press(help, 'pageDown', 'pageDown', 'pageDown', 'pageDown', 'pageDown', 'pageDown', 'pageDown')];
  expect(pages.map((page) => text(drawn(page, 80, 24))).join(' ')).toMatch(
    /words of user names .* user:alice .* related:3f2a .* clear marks, then the search, then back/,
  );
});
