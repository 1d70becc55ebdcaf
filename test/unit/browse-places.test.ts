import fc from 'fast-check';
import { expect, it } from 'vitest';
import { bindings } from '../../src/cli/browse/keys.ts';
import { MouseReports } from '../../src/cli/browse/mouse.ts';
import { browse } from '../../src/cli/browse/reduce.ts';
import { type BrowseState, placeAt } from '../../src/cli/browse/state.ts';
import { VIEW_NAMES } from '../../src/cli/browse/view.ts';
import { drawn, fresh, item, loaded, press, ROWS, start } from './browse-world.ts';
import { aSessionView as session } from './session-view.ts';

it('marks a range, over the edge of a page too, and all that match unless they are too many', () => {
  const more = ['d', 'e', 'f'].map((letter) => item({ id: `${letter.repeat(8)}-0000-4000-8000-000000000000` }));
  const first = press(loaded(fresh('browse'), ROWS, 'next'), 'down', 'v', 'down', 'down');
  const second = press(loaded(first, more), 'down', 'v');
  expect([...second.marked.values()]).toEqual([ROWS[1], ROWS[2], more[0], more[1]]);
  expect(press(second, 'x', 'enter').asked).toHaveLength(4);
  expect(press(press(start(), 'v', 'down'), 'escape', 'v').marked.size).toBe(0);

  const asked = press(start(), '*');
  const of = asked.marking as NonNullable<BrowseState['marking']>;
  expect(browse(asked, { type: 'all', of, rows: ROWS }).marked.size).toBe(3);
  expect(browse(asked, { type: 'all', of, rows: null })).toMatchObject({ marked: new Map(), note: { trouble: true } });
  // an answer for another search marks nothing
  expect(browse(press(asked, '/', 'z'), { type: 'all', of, rows: ROWS }).marked.size).toBe(0);
});

it('goes into what is under the cursor and comes back to where it was, marks and all', () => {
  const marked = press(start(), ' ', 'down');
  const inside = press(marked, 'enter');
  expect(inside).toMatchObject({ view: 'activity', scope: { session: ROWS[2]?.id }, rows: [], marked: new Map() });
  expect(press(inside, 'x', 'enter', 'escape')).toMatchObject({ view: 'sessions', cursor: 2, rows: ROWS, stack: [] });
  expect(press(inside, 'escape').marked).toEqual(marked.marked);
  expect(press(start(), ':', 'a', 'l', 'tab', 'enter')).toMatchObject({ view: 'alerts', mode: 'list' });
  expect(press(start(), ':', 'a', 'enter')).toMatchObject({
    view: 'sessions',
    note: { text: expect.stringMatching(/alerts or audit/) },
  });
  expect(press(start(), ':', 'u', 's', ' ', 'j', 'o', 'enter')).toMatchObject({ view: 'users', search: 'jo' });
  expect(press({ ...start(), absent: { devices: 'Not here.' } }, '3')).toMatchObject({
    view: 'sessions',
    note: { text: 'Not here.' },
  });
  expect(drawn(press(start(), '2', '4', '5'), 40, 10)[0]).toMatch(/^\.\.\. > Revocations {2}none/);
});

it('says where it is of how many, and what has come and changed since the look before', () => {
  const page = loaded(press(loaded(fresh('browse'), ROWS, 'next'), 'pageDown', 'pageDown'), ROWS.slice(0, 2), 'more');
  const counted = { ...press(page, 'down'), total: 1001 };
  expect(drawn(counted, 80, 24)[0]).toMatch(/Sessions {2}5 of 1,000\+ /);
  const active = { ...ROWS[1], row: session({ id: ROWS[1]?.id ?? '', lastActivityAt: '2026-12-24T14:00:00Z' }) };
  const new_ = item({ id: 'dddddddd-0000-4000-8000-000000000000' });
  let state = loaded(browse(start(), { type: 'tick' }), [ROWS[0], active, new_] as typeof ROWS);
  expect(
    drawn(state, 80, 24)
      .slice(3, 6)
      .map((line) => line.slice(0, 4)),
  ).toEqual(['> aa', ' ~bb', ' +dd']);
  for (let looks = 0; looks < 3; looks += 1) state = loaded(browse(state, { type: 'tick' }), state.rows);
  expect(drawn(state, 80, 24)[4]).toMatch(/^ {2}bb/);
});

it('shows the next page and those left a short while ago at once, and looks at them anew', () => {
  const [a, b, c] = ROWS;
  const first = browse(loaded(fresh('browse'), [a, b] as typeof ROWS, 'next'), {
    type: 'ahead',
    request: 1,
    page: { rows: [c] as typeof ROWS, nextCursor: 'more', after: 'next' },
  });
  const second = press(first, 'pageDown');
  expect(second).toMatchObject({ rows: [c], here: c?.id, nextCursor: 'more', busy: true, landing: 'keep' });
  expect(drawn(second, 80, 24)[0]).toMatch(/Sessions {2}3 /);
  expect(press(second, 'x').asked).toEqual([c]);
  const back = press(loaded(second, [c] as typeof ROWS, 'more'), 'up');
  expect(back).toMatchObject({ rows: [a, b], here: b?.id, nextCursor: 'next', busy: true, landing: 'keep' });
  expect(press(second, 'g')).toMatchObject({ rows: [a, b], here: a?.id, trail: [{ after: undefined }] });
  // what was not read ahead is waited for
  expect(press(press(second, 'pageDown'), 'x')).toMatchObject({ landing: 'first', asked: [] });
});

it('says that nobody knows, not that there is nothing, whatever key is pressed, until an answer is there', () => {
  const asked = press(start(), '2');
  const failed = browse(asked, { type: 'failed', request: asked.request, message: 'Cannot reach it.', refused: false });
  for (const state of [failed, press(failed, 'x'), press(failed, '*'), press(failed, 'd', 'y')]) {
    expect(drawn(state, 80, 24)[3]).toBe('');
    expect(drawn(state, 80, 24)[2]).toContain('Cannot reach it.');
  }
  expect(drawn(loaded(press(failed, 'x'), []), 80, 24)[2]).toContain('There are none.');
  // the same view again is no way back
  expect(press(failed, '2', '2').stack).toHaveLength(1);
});

it('keeps the rows where an order cannot be had, and says why', () => {
  const asked = press(start(), 'S');
  const refused = browse(asked, { type: 'failed', request: asked.request, message: 'Too many.', refused: true });
  expect(refused).toMatchObject({ sort: start().sort, note: { text: 'Too many.', trouble: true } });
  const again = loaded(refused);
  expect(drawn(again, 80, 24).join('\n')).toMatch(/> aaaaaaaa[\s\S]*Too many\./);
});

it('has a key in the help for everything that it answers to, in every view', () => {
  for (const view of VIEW_NAMES) {
    const state = { ...start(), ...placeAt({ view, scope: null }), landing: 'keep' as const };
    const keys = bindings(state).flatMap(({ on }) => on);
    expect(new Set(keys).size, view).toBe(keys.length);
    for (const code of Array.from({ length: 95 }, (_, i) => String.fromCharCode(32 + i)))
      if (!keys.includes(code)) expect(press(state, code), `${view} ${code}`).toEqual(state);
  }
});

it('takes reports of the mouse for no keys, in whatever pieces they come', () => {
  const sent = 'a\u001b[<0;10;5Mb\u001b[<65;10;5M\u001b[A\u001b[<0;10;5m1';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 60, maxLength: 60 }), (sizes) => {
      const reports = new MouseReports();
      const found = { keys: '', mouse: [] as string[] };
      let rest = sent;
      for (const size of sizes) {
        const { keys, reports: read } = reports.read(rest.slice(0, size));
        found.keys += keys;
        found.mouse.push(...read.map(({ mouse, line }) => `${mouse} ${line}`));
        rest = rest.slice(size);
      }
      expect(found).toEqual({ keys: 'ab\u001b[A1', mouse: ['click 5', 'wheelDown 5'] });
    }),
  );
  const alone = new MouseReports();
  expect(alone.read('\u001b').keys + alone.rest()).toBe('\u001b');
});
