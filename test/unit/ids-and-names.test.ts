import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeCursor, encodeCursor } from '../../src/domain/list/session-cursor.ts';
import { parseIdPrefix } from '../../src/domain/session/id.ts';
import { didYouMean, nearest } from '../../src/domain/text/did-you-mean.ts';
import type { SessionSort } from '../../src/model/session.ts';
import { shortIds } from '../../src/views/columns.ts';
import { aSessionView } from './session-view.ts';

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
  const session = aSessionView({
    id: ID,
    createdAt: '2026-11-23T12:00:00.123456+00:00',
    lastActivityAt: '2026-11-23T13:00:00.654321+00:00',
  });

  it.each([
    ['activity', session.lastActivityAt],
    ['idle', session.lastActivityAt],
    ['login', session.createdAt],
  ] as [SessionSort, string][])('of --sort %s leads back to the microsecond', (sort, key) => {
    const cursor = encodeCursor(session, sort);
    expect(cursor).toMatch(/^[\w-]+$/);
    const { key: at, id } = decodeCursor(cursor, sort);
    expect([at.replace('Z', '+00:00'), id]).toEqual([key, ID]);
  });

  it('of another order is refused, naming both', () => {
    expect(() => decodeCursor(encodeCursor(session, 'idle'), 'login')).toThrow(
      expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringMatching(/idle.*login/) }),
    );
  });

  it('that is none is refused, whatever it is', () => {
    const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const wrong = [
      '',
      'abc',
      '{}',
      encode(null),
      encode({}),
      encode(['login']),
      encode(['login', 'soon', ID]),
      encode(['login', session.createdAt, "x' or 1=1"]),
      encode(['login', 5, ID]),
      encode(['login', session.createdAt, '-'.repeat(36)]),
    ];
    for (const text of wrong)
      expect(() => decodeCursor(text, 'login'), text).toThrow(
        expect.objectContaining({ code: 'INVALID_INPUT', message: expect.stringContaining('--after') }),
      );
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(() => decodeCursor(text, 'login')).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }));
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
