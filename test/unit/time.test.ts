import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseDuration, parseMoment } from '../../src/domain/text/time.ts';
import { duration, exactTime, relativeTime } from '../../src/views/time.ts';

const NOW = new Date('2026-11-23T14:30:15.250Z');
const moment = (text: string) => parseMoment(text, '--since', NOW);

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('a duration that is typed', () => {
  it.each([
    ['90s', 90],
    ['30m', 1800],
    ['2h', 7200],
    ['7d', 604_800],
    ['2w', 1_209_600],
    [' 5 M ', 300],
    ['1D', 86_400],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text, '--idle-for')).toBe(seconds);
  });

  it.each(['', '5', 'm', '-5m', '1.5h', '5 minutes', '5mm', '0m', '1h30m', '٣m', '999999999w', '99999999999s'])(
    '"%s" is refused, naming flag and value',
    (text) => {
      expect(() => parseDuration(text, '--idle-for')).toThrow(
        expect.objectContaining({
          code: 'INVALID_INPUT',
          message: expect.stringContaining(`--idle-for: "${text}"`),
          hint: expect.stringContaining('30m'),
        }),
      );
    },
  );
});

describe('a moment that is typed', () => {
  it.each([
    ['now', '2026-11-23T14:30:15.250Z'],
    ['90m', '2026-11-23T13:00:15.250Z'],
    ['7d', '2026-11-16T14:30:15.250Z'],
    ['today', '2026-11-23T00:00:00.000Z'],
    ['Yesterday', '2026-11-22T00:00:00.000Z'],
    ['2026-11-20', '2026-11-20T00:00:00.000Z'],
    ['2024-02-29', '2024-02-29T00:00:00.000Z'],
    ['2026-11-20T10:00', '2026-11-20T10:00:00.000Z'],
    ['2026-11-20 10:00:30', '2026-11-20T10:00:30.000Z'],
    ['2026-11-20T10:00:00.5Z', '2026-11-20T10:00:00.500Z'],
    ['2026-11-20T10:00+02:00', '2026-11-20T08:00:00.000Z'],
    ['2026-11-20T10:00-0530', '2026-11-20T15:30:00.000Z'],
    ['2026-11-20t10:00z', '2026-11-20T10:00:00.000Z'],
    [' 2026-11-20 ', '2026-11-20T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(moment(text)).toBe(expected);
  });

  it.each([
    '',
    'tomorrow',
    '2026-02-30',
    '2026-02-29',
    '2026-13-01',
    '2026-00-10',
    '2026-11-31T10:00',
    '2026-02-30T10:00Z',
    '2026-11-20T25:00',
    '2026-11-20T10:61',
    '20.11.2026',
    '11/20/2026',
    '2026-11-20T10',
    '1764000000',
    '2026-11-20T10:00+99:00',
    '999999999w',
  ])('"%s" is refused, naming flag and value', (text) => {
    expect(() => moment(text)).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`--since: "${text}"`),
        hint: expect.stringContaining('ISO 8601'),
      }),
    );
  });

  it('is local where it names no offset, also on the day the clocks change', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(moment('2026-11-20')).toBe('2026-11-19T23:00:00.000Z');
    expect(moment('2026-07-01T12:00')).toBe('2026-07-01T10:00:00.000Z');
    expect(moment('today')).toBe('2026-11-22T23:00:00.000Z');
    const after = new Date('2026-10-25T22:30:00Z');
    expect(parseMoment('today', '--since', after)).toBe('2026-10-24T22:00:00.000Z');
    expect(parseMoment('yesterday', '--since', new Date('2026-10-26T11:00:00Z'))).toBe('2026-10-24T22:00:00.000Z');
  });
});

describe('a time that is shown', () => {
  it.each([
    [0, 'now'],
    [-0.9, 'now'],
    [0.9, 'now'],
    [-1, '1s ago'],
    [-59.9, '59s ago'],
    [-60, '1m ago'],
    [-3599, '59m ago'],
    [-3600, '1h ago'],
    [-86_399, '23h ago'],
    [-86_400, '1d ago'],
    [-364 * 86_400, '364d ago'],
    [-365 * 86_400, '1y ago'],
    [59, 'in 59s'],
    [57 * 60, 'in 57m'],
    [30 * 86_400, 'in 30d'],
  ])('%d seconds from now reads "%s"', (seconds, text) => {
    expect(relativeTime(new Date(NOW.getTime() + seconds * 1000), NOW)).toBe(text);
    expect(relativeTime(new Date(NOW.getTime() + seconds * 1000).toISOString(), NOW)).toBe(text);
  });

  it('fits a narrow column, however far it is', () => {
    fc.assert(
      fc.property(fc.integer({ min: -3_000_000_000, max: 3_000_000_000 }), (seconds) => {
        expect(relativeTime(new Date(NOW.getTime() + seconds * 1000), NOW)).toMatch(
          /^(now|\d{1,3}[smhdy] ago|in \d{1,3}[smhdy])$/,
        );
      }),
    );
    expect([duration(-5), duration(0), duration(45.9)]).toEqual(['0s', '0s', '45s']);
  });

  it('is exact with the zone of the machine', () => {
    expect(exactTime('2026-11-23T14:03:09.123456+00:00')).toBe('2026-11-23 14:03:09 UTC');
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(exactTime('2026-11-23T14:03:09Z')).toBe('2026-11-23 15:03:09 +01:00');
    vi.stubEnv('TZ', 'America/St_Johns');
    expect(exactTime('2026-11-23T14:03:09Z')).toBe('2026-11-23 10:33:09 -03:30');
  });
});
