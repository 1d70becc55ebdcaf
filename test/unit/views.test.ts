import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { hasUnicode } from '../../src/cli/base/terminal.ts';
import type { Revocation } from '../../src/model/revocation.ts';
import type { Session } from '../../src/model/session.ts';
import { columnNames } from '../../src/views/columns.ts';
import * as delimited from '../../src/views/delimited.ts';
import { printable, printableText } from '../../src/views/printable.ts';
import { progressBar } from '../../src/views/progress.ts';
import { scopeWords } from '../../src/views/revocation/words.ts';
import { SESSION_COLUMNS } from '../../src/views/session/columns.ts';
import { renderSession } from '../../src/views/session/show.ts';
import { renderTable, type TableColumn } from '../../src/views/table.ts';
import { cut, textWidth } from '../../src/views/text-width.ts';
import { aSessionView } from './session-view.ts';

const COLUMN_NAMES = columnNames(SESSION_COLUMNS);
type Name = (typeof COLUMN_NAMES)[number];
const csvLine = (session: Session, names: Name[]) =>
  delimited.csvLine(
    session,
    names.map((name) => SESSION_COLUMNS[name]),
  );
const tsvLine = (session: Session, names: Name[]) =>
  delimited.tsvLine(
    session,
    names.map((name) => SESSION_COLUMNS[name]),
  );

const look = (width: number) => ({ width, colour: false, unicode: true, now: new Date() });
const NASTY = [
  '\u001b[31m',
  '\u0007',
  '\n',
  '\r',
  '\t',
  '\u009b2J',
  '\u202e',
  '\u2066',
  '\u200b',
  '\u200d',
  '\ud800',
  '\u{e0041}',
  '\u2028',
  '\0',
  '\u061c',
  '日本語',
  '🦊',
  '👩‍👩‍👧',
  'é',
  'é',
  'ｆｕｌｌ',
  '=1+1',
  '"',
  ',',
  "'",
  ' ',
  'plain',
  '\ufeff',
];
const outside = fc.array(fc.constantFrom(...NASTY), { maxLength: 12 }).map((parts) => parts.join(''));

describe('outside text made printable', () => {
  it('keeps what is only text, in every script', () => {
    for (const text of ['plain', 'Ünïcödé', '日本語', 'עברית', '🦊', "o'brien", '\\u001b', 'é'])
      expect([printable(text), printableText(text)]).toEqual([text, text]);
  });

  it.each([
    ['\u001b[31mred', '\\u001b[31mred'],
    ['a\nb\tc', 'a\\u000ab\\u0009c'],
    ['\u009b2J', '\\u009b2J'],
    ['\u202eevil', '\\u202eevil'],
    ['\u{e0041}', '\\udb40\\udc41'],
    ['a\0b', 'a\\u0000b'],
    ['\ud83d', '\\ud83d'],
  ])('writes out what could act on a terminal: %j', (text, expected) => {
    expect(printable(text)).toBe(expected);
  });

  it('leaves newline and tab in text of several lines, and no carriage return', () => {
    expect(printableText('a\n\tb\r\u001b')).toBe('a\n\tb\\u000d\\u001b');
  });

  it('never lets a control, bidirectional or invisible character through', () => {
    fc.assert(
      fc.property(fc.oneof(outside, fc.string({ unit: 'binary' })), (text) => {
        const shown = printable(text);
        expect(shown).not.toMatch(/[\p{Cc}\p{Cs}\u200b-\u200f\u202a-\u202e\u2066-\u2069\u2028\u2029\ufeff]/u);
        expect(printable(shown)).toBe(shown);
        expect(shown.isWellFormed()).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  it('means the same in JSON', () => {
    fc.assert(
      fc.property(
        outside.filter((text) => text.isWellFormed()),
        (text) => {
          expect(JSON.parse(printableText(JSON.stringify({ text })))).toEqual({ text });
        },
      ),
    );
  });
});

describe('a table', () => {
  const columns: TableColumn[] = [
    { title: 'ID' },
    { title: 'USER', shrink: 5 },
    { title: 'DEVICE', shrink: 10 },
    { title: 'PLACE', shrink: 1 },
  ];
  const minimum = 8 + 5 + 10 + 5 + 3 * 2;

  it('sets columns under their titles with two spaces between, and no space at the end', () => {
    expect(
      renderTable(
        [{ title: 'ID' }, { title: 'USER' }],
        [
          ['1', 'alice'],
          ['22', ''],
        ],
        look(80),
      ),
    ).toBe('ID  USER\n1   alice\n22');
  });

  it('lines up text that is two columns wide', () => {
    const lines = renderTable(
      [{ title: 'A' }, { title: 'B' }],
      [
        ['日本', 'x'],
        ['🦊', 'y'],
        ['abcd', 'z'],
      ],
      look(80),
    ).split('\n');
    for (const line of lines) expect(textWidth(line)).toBe(7);
  });

  it('is never wider than the terminal while its columns may give way, and has one line for each row', () => {
    const cell = outside.map(printable);
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.constant('3f2a9c41'), cell, cell, cell), { maxLength: 6 }),
        fc.integer({ min: minimum, max: 120 }),
        (rows, width) => {
          const lines = renderTable(columns, rows, look(width)).split('\n');
          expect(lines).toHaveLength(rows.length + 1);
          for (const line of lines) {
            expect(textWidth(line)).toBeLessThanOrEqual(width);
            expect(line).toBe(line.trimEnd());
          }
          for (const [i, row] of rows.entries()) expect(lines[i + 1]?.startsWith(row[0])).toBe(true);
        },
      ),
      { numRuns: 300 },
    );
  });

  it('shows every cell whole where there is room', () => {
    const rows = [
      ['1', 'alice', 'Firefox on Windows', 'Köln, DE'],
      ['2', 'b', '日本語 🦊', '-'],
    ];
    const text = renderTable(columns, rows, look(80));
    for (const cell of rows.flat()) expect(text).toContain(cell);
    expect(text).not.toContain('…');
  });

  it('cuts the widest column first', () => {
    const [, line] = renderTable(
      columns,
      [['1', 'alice-in-w', 'a very long name of a device', 'Berlin']],
      look(45),
    ).split('\n');
    expect(line).toMatch(/^1 +alice-in-w +a very long[^…]*… +Berlin$/);
  });

  it('paints whole lines without moving anything', () => {
    const plain = renderTable(columns, [['1', 'alice', 'x', 'y']], look(60));
    const painted = renderTable(
      columns,
      [['1', 'alice', 'x', 'y']],
      { ...look(60), colour: true },
      { colour: (line) => `\u001b[32m${line}\u001b[39m` },
    );
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(plain);
    expect(painted).toContain('\u001b[32m');
  });
});

describe('cutting text', () => {
  it('fits any width, never through a character', () => {
    fc.assert(
      fc.property(
        fc.oneof(outside, fc.string({ unit: 'grapheme' })).map(printable),
        fc.integer({ min: 0, max: 20 }),
        (text, width) => {
          const short = cut(text, width);
          expect(textWidth(short)).toBeLessThanOrEqual(width);
          if (textWidth(text) <= width) expect(short).toBe(text);
          else if (width > 0)
            expect([short.endsWith('…'), text.startsWith(short.slice(0, -1)), short.isWellFormed()]).toEqual([
              true,
              true,
              true,
            ]);
        },
      ),
      { numRuns: 500 },
    );
  });
});

describe('a terminal without Unicode', () => {
  it.each([
    [{}, true],
    [{ LANG: 'de_DE.UTF-8' }, true],
    [{ LANG: 'C.utf8' }, true],
    [{ LANG: 'de_DE.UTF-8', LC_ALL: 'C' }, false],
    [{ LANG: 'C', LC_CTYPE: 'en_US.UTF-8' }, true],
    [{ LANG: 'de_DE.ISO-8859-1' }, false],
    [{ LC_ALL: '', LANG: 'POSIX' }, false],
    [{ LANG: 'de_DE.UTF-8', TERM: 'dumb' }, false],
  ])('is told by the environment: %j', (env, expected) => {
    expect(hasUnicode({ env })).toBe(expected);
  });

  it('gets dots for an ellipsis and ASCII for a bar', () => {
    const table = renderTable([{ title: 'NAME', shrink: 4 }], [['a long name']], { ...look(8), unicode: false });
    expect(table).toBe('NAME\na lon...');
    expect(cut('abcdef', 2, '...')).toBe('..');
    expect(progressBar('Marking', 1, 4, { unicode: false })).toBe('Marking #####............... 25 %  1 of 4');
    expect(progressBar('Marking', 1, 4, { unicode: true })).toContain('━━━━━───');
  });
});

describe('delimited output', () => {
  const parseCsv = (line: string) =>
    [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",\r\n]*))(?=,|$)/g)].map(
      (m) => m[1]?.replaceAll('""', '"') ?? m[2],
    );

  it('has exact values, whole, in the order of the columns', () => {
    const session = aSessionView({ device: 'x'.repeat(300), latitude: -3.7 });
    expect(tsvLine(session, ['id', 'user', 'login', 'device', 'remember', 'ended'])).toBe(
      `${session.id}\talice\t2026-11-23T12:00:00+00:00\t${'x'.repeat(300)}\tfalse\t`,
    );
    expect(delimited.csvHeading(['id', 'user-agent'])).toBe('id,user-agent');
    expect(csvLine(session, ['id', 'ip', 'reason'])).toBe(`${session.id},203.0.113.7,`);
  });

  it('quotes as RFC 4180 says: outside text always, the rest where it must', () => {
    expect(csvLine(aSessionView({ username: 'a"b', city: 'x', country: 'DE' }), ['user', 'place', 'id'])).toBe(
      '"a""b","x, DE",3f2a9c41-1111-4111-8111-0123456789ab',
    );
    expect(csvLine(aSessionView({ username: 'two\nlines' }), ['user'])).toBe('"two\nlines"');
  });

  it.each([
    ['=1+1', "'=1+1"],
    ['+1', "'+1"],
    ['-1', "'-1"],
    ['@sum', "'@sum"],
    [' =1', " '=1"],
    ['\t=1', "\t'=1"],
    ['＝1', "'＝1"],
    ['=HYPERLINK("x")', '\'=HYPERLINK("x")'],
    // where a semicolon or a tab ends a cell, quotes that do not begin it are text
    ['Firefox;=1+1', "Firefox;'=1+1"],
    ['a;"=1";;@b', 'a;"\'=1";;\'@b'],
    ['a\t-1\n+1', "a\t'-1\n'+1"],
  ])('guards %j from being run as a formula', (username, cell) => {
    expect(parseCsv(csvLine(aSessionView({ username }), ['user']))).toEqual([cell]);
  });

  it('guards no text that is none, and no number, id or time', () => {
    expect(csvLine(aSessionView({ username: 'a=b', loginMethod: 'sso-2' }), ['user', 'method', 'id', 'login'])).toBe(
      '"a=b","sso-2",3f2a9c41-1111-4111-8111-0123456789ab,2026-11-23T12:00:00+00:00',
    );
  });

  it('stays one record with as many fields as columns, whatever the text', () => {
    fc.assert(
      fc.property(outside, outside, outside, (username, userAgent, city) => {
        const session = aSessionView({ username, userAgent, city, device: userAgent, isp: city });
        expect(tsvLine(session, COLUMN_NAMES).split('\t')).toHaveLength(COLUMN_NAMES.length);
        expect(tsvLine(session, COLUMN_NAMES)).not.toMatch(/[\n\r\u001b]/);
        const cells = parseCsv(csvLine(session, COLUMN_NAMES));
        expect(cells).toHaveLength(COLUMN_NAMES.length);
        const plain = (text = '') => text.replaceAll("'", '');
        expect(plain(cells[COLUMN_NAMES.indexOf('user')])).toBe(plain(printableText(username)));
      }),
      { numRuns: 300 },
    );
  });
});

it.each([
  [{ ids: 2 }, '2 sessions by id'],
  [{ tokens: 2 }, '2 sessions by token'],
  [{ state: 'active' as const, users: ['bob'] }, '2 sessions: --user bob'],
])('a revocation says what its sessions were chosen by: %j', (filter, words) => {
  expect(scopeWords({ scope: 'sessions', sessions: 2, filter } as Revocation)).toBe(words);
});

it('shows the beginning of what a client calls itself where that is a megabyte', () => {
  const session = aSessionView({ userAgent: `Mozilla ${'\u001b'.repeat(1_000_000)}` });
  const shown = renderSession({ session, alerts: [], activity: [] }, look(80));
  expect(shown.replaceAll(/\s+/g, ' ')).toMatch(/Mozilla .*1,000,008 characters, whole in --json/);
  expect(shown.length).toBeLessThan(8000);
});
