import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor, type Orders } from '../../src/domain/list/cursor.ts';
import { HEX_IDS } from '../../src/domain/list/id-prefix.ts';
import { didYouMean, nearest } from '../../src/domain/text/did-you-mean.ts';
import { shortIds } from '../../src/views/columns.ts';

const { parse: parseIdPrefix } = HEX_IDS('session');
const ID = '3f2a9c41-1111-4111-8111-0123456789ab';

describe('an id that is typed', () => {
  it.each([
    [ID, ID.replaceAll('-', '')],
    ['3F2A', '3f2a'],
    ['3f2a9c41-11', '3f2a9c4111'],
    [' 3f2a ', '3f2a'],
    ['3-f-2-a', '3f2a'],
    [ID.replaceAll('-', '').toUpperCase(), ID.replaceAll('-', '')],
  ])('%s means %s', (text, digits) => {
    expect(parseIdPrefix(text)).toBe(digits);
  });

  it.each(['', '----', 'xyz1', `${ID}0`, '3f2a%', "3f2a' or 1=1", '3f2a\n3f2b', '３f2a'])('"%s" is none', (text) => {
    expect(() => parseIdPrefix(text)).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining(text) }),
    );
  });

  it('needs four digits', () => {
    for (const text of ['3', '3f2', '3-f-2'])
      expect(() => parseIdPrefix(text)).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('too short') }),
      );
  });
});

describe('short ids', () => {
  it('are eight digits where that tells them apart, and as long as it takes where not', () => {
    expect(shortIds([ID, 'aaaaaaaa-0000-4000-8000-000000000000'])).toEqual(['3f2a9c41', 'aaaaaaaa']);
    expect(shortIds([ID, '3f2a9c41-1112-4111-8111-0123456789ab'])).toEqual(['3f2a9c411111', '3f2a9c411112']);
    expect(shortIds([])).toEqual([]);
    expect(shortIds([ID, ID])).toEqual(['3f2a9c41', '3f2a9c41']);
  });

  it('always name one session and are valid prefixes', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(
          fc.constantFrom('0', '1').chain((c) => fc.uuid().map((id) => `abcdef0${c}${id.slice(8)}`)),
          { maxLength: 30 },
        ),
        (ids) => {
          const short = shortIds(ids);
          expect(new Set(short).size).toBe(ids.length);
          for (const [i, digits] of short.entries())
            expect(ids[i]?.replaceAll('-', '').startsWith(parseIdPrefix(digits))).toBe(true);
        },
      ),
    );
  });
});

describe('a cursor', () => {
  const ORDERS = {
    seen: ['s', 'time', 'uuid'],
    most: ['m', 'number', 'name'],
    place: ['p', 'time', 'row'],
  } satisfies Orders<string>;
  const AT = '2026-11-23T12:00:00.123456Z';

  it.each([
    ['seen', [AT, ID]],
    ['seen', ['1969-12-31T23:59:59.999999Z', ID]],
    ['seen', ['-infinity', ID]],
    ['most', ['12', 'Zoë . "x"']],
    ['place', [AT, '(4294967294,12)']],
  ] as [keyof typeof ORDERS, string[]][])('of --sort %s leads back to %j', (sort, keys) => {
    const cursor = encodeCursor(ORDERS, sort, keys);
    expect(cursor).toMatch(/^[\w.-]+$/);
    expect(decodeCursor(ORDERS, sort, cursor)).toEqual(keys);
  });

  it('keeps microseconds of a time in any zone', () => {
    const cursor = encodeCursor(ORDERS, 'seen', ['2026-11-23T13:00:00.654321+01:00', ID]);
    expect(decodeCursor(ORDERS, 'seen', cursor)).toEqual(['2026-11-23T12:00:00.654321Z', ID]);
  });

  it('of another order is refused, naming both', () => {
    expect(() => decodeCursor(ORDERS, 'most', encodeCursor(ORDERS, 'seen', [AT, ID]))).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(/seen.*most/) }),
    );
  });

  it('that is none is refused, whatever it is', () => {
    const good = encodeCursor(ORDERS, 'seen', [AT, ID]);
    const wrong = ['', 'abc', '{}', 's', 's.', `${good}.`, `${good}A`, good.slice(0, -1), `s-.${'-'.repeat(36)}`];
    for (const text of [...wrong, "s-.x' or 1=1", good.slice(1)])
      expect(() => decodeCursor(ORDERS, 'seen', text), text).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(/^after: /) }),
      );
    fc.assert(
      fc.property(fc.string(), fc.constantFrom('seen', 'most', 'place'), (text, sort) => {
        expect(() => decodeCursor(ORDERS, sort, text)).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
      }),
    );
  });
});

describe('did you mean', () => {
  it('offers what is near, nearest first, at most three, whatever the case', () => {
    expect(nearest('alcie', ['bob', 'Alice', 'carol'])).toEqual(['Alice']);
    expect(nearest('ALICE', ['bob', 'malice', 'alice'])).toEqual(['alice', 'malice']);
    expect(nearest('al', ['alice', 'alan', 'albert', 'alma'])).toEqual(['alan', 'albert', 'alice']);
    expect(nearest('xyz', ['alice'])).toEqual([]);
  });

  it('is a sentence or nothing', () => {
    expect(didYouMean('alcie', ['Alice'])).toBe('Did you mean Alice?');
    expect(didYouMean('anna', ['anne', 'anno', 'ann'])).toBe('Did you mean ann, anne or anno?');
    expect(didYouMean('bob', [])).toBeUndefined();
  });
});
