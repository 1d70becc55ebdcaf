import fc from 'fast-check';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { parseDuration, parseMoment, parsePeriod } from '../../src/domain/text/time.ts';
import { filterWords } from '../../src/views/session/filter-words.ts';
import { clock, duration, exactTime, relativeTime } from '../../src/views/time.ts';

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
    ['1d12h', 129_600],
    ['2h30m', 9000],
    ['1 day 2 hours 3 min 4 seconds', 93_784],
    ['1y', 31_536_000],
  ])('%s is %i seconds', (text, seconds) => {
    expect(parseDuration(text, '--idle-for')).toBe(seconds);
  });

  it.each([
    '',
    '5',
    'm',
    '-5m',
    '1.5h',
    '5 apples',
    '5mm',
    '0m',
    '0h0m',
    '30m2h',
    '1h1h',
    '1h30',
    '٣m',
    '999999999w',
    '99999999999s',
  ])('"%s" is refused, naming flag and value', (text) => {
    expect(() => parseDuration(text, '--idle-for')).toThrow(
      expect.objectContaining({
        code: 'INVALID_INPUT',
        message: expect.stringContaining(`--idle-for: "${text}"`),
        hint: expect.stringContaining('30m'),
      }),
    );
  });
});

describe('a moment that is typed', () => {
  it.each([
    ['now', '2026-11-23T14:30:15.250Z'],
    ['just now', '2026-11-23T14:30:15.250Z'],
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
    ['2026-11-20 10:00:30 UTC', '2026-11-20T10:00:30.000Z'],
    ['2026-11-20 10:00:30 +01:00', '2026-11-20T09:00:30.000Z'],
    ['2026-11-20T10:00:00.123456+00:00', '2026-11-20T10:00:00.123456Z'],
    ['2026-11-20 10:00:30 UTC (3d ago)', '2026-11-20T10:00:30.000Z'],
    ['2026-11-20 10:00:30 +01:00    3d ago', '2026-11-20T09:00:30.000Z'],
    ['1d12h', '2026-11-22T02:30:15.250Z'],
    ['2 hours ago', '2026-11-23T12:30:15.250Z'],
    ['in 57m', '2026-11-23T15:27:15.250Z'],
    // the last one that has been: it is a Monday, half past two
    ['14:30', '2026-11-23T14:30:00.000Z'],
    ['14:31', '2026-11-22T14:31:00.000Z'],
    ['9:30', '2026-11-23T09:30:00.000Z'],
    ['16:00 +02:00', '2026-11-23T14:00:00.000Z'],
    ['01:00+14:00', '2026-11-23T11:00:00.000Z'],
    ['today 9:30', '2026-11-23T09:30:00.000Z'],
    ['yesterday at 22:00', '2026-11-22T22:00:00.000Z'],
    ['Tomorrow 21:03', '2026-11-24T21:03:00.000Z'],
    ['monday', '2026-11-23T00:00:00.000Z'],
    ['mon 15:00', '2026-11-16T15:00:00.000Z'],
    ['Tuesday 08:00', '2026-11-17T08:00:00.000Z'],
    ['Nov 23 14:30:15', '2026-11-23T14:30:15.000Z'],
    ['Nov 28 20:31', '2025-11-28T20:31:00.000Z'],
    ['february 29', '2024-02-29T00:00:00.000Z'],
  ])('%s is %s', (text, expected) => {
    expect(moment(text)).toBe(expected);
  });

  it.each([
    '',
    'tomorow',
    'now 10:00',
    'monday 5',
    'Nov 31',
    'fri 13 10:00',
    '24:00',
    '22:60',
    '22',
    '0026-11-20',
    '2026-11-20T10:00 CET',
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

  it('is an exact one or refused, whatever is typed', () => {
    const part = fc.constantFrom(
      '2026-11-23',
      '22:00',
      'yesterday',
      'mon',
      'feb 29',
      'in',
      'ago',
      '3m',
      '+01:00',
      'UTC',
      'T',
      ' ',
      '9',
    );
    const typed = fc.oneof(
      fc.string(),
      fc.array(part, { maxLength: 5 }).map((parts) => parts.join(' ')),
      fc.array(part).map((parts) => parts.join('')),
    );
    fc.assert(
      fc.property(typed, (text) => {
        try {
          expect(moment(text)).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3,6}Z$/);
        } catch (error) {
          expect(error).toMatchObject({ code: 'INVALID_INPUT' });
        }
      }),
      { numRuns: 1000 },
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
    // skipped in spring: an hour later; twice in autumn: the first
    expect(moment('2026-03-29 02:30')).toBe('2026-03-29T01:30:00.000Z');
    expect(moment('2026-10-25 02:30')).toBe('2026-10-25T00:30:00.000Z');
  });

  it.each(['Europe/Berlin', 'America/St_Johns', 'Australia/Lord_Howe', 'Asia/Beirut'])(
    'of the clock is the last one that has been, in %s',
    (zone) => {
      vi.stubEnv('TZ', zone);
      // the days on which clocks change are among them
      const any = fc.date({ min: new Date('2026-01-01'), max: new Date('2026-12-31'), noInvalidDate: true });
      fc.assert(
        fc.property(any, fc.nat(23), fc.nat(59), (now, hour, minute) => {
          const clock = `${hour}:${String(minute).padStart(2, '0')}`;
          const ago = now.getTime() - Date.parse(parseMoment(clock, 'since', now));
          expect(ago).toBeGreaterThanOrEqual(0);
          expect(ago).toBeLessThan(26 * 3_600_000);
          const night = parsePeriod({ since: '22:00', until: '06:00' }, now);
          const hours = (Date.parse(night.until ?? '') - Date.parse(night.since ?? '')) / 3_600_000;
          expect([7, 7.5, 8, 8.5, 9]).toContain(hours);
        }),
      );
    },
  );

  it.each(['UTC', 'Europe/Berlin', 'America/St_Johns'])('may be any that a view prints, in %s', (zone) => {
    vi.stubEnv('TZ', zone);
    const seconds = fc.oneof(
      fc.integer({ min: -200_000, max: 200_000 }),
      fc.integer({ min: -90_000_000, max: 90_000_000 }),
    );
    fc.assert(
      fc.property(seconds, fc.nat(999_999), (away, micros) => {
        const at = new Date(NOW.getTime() - 250 + away * 1000);
        expect(Date.parse(moment(exactTime(at)))).toBe(at.getTime());
        expect(moment(at.toISOString())).toBe(at.toISOString());
        const exact = at.toISOString().replace('.000Z', `.${String(micros).padStart(6, '0')}`);
        expect(moment(`${exact}+00:00`)).toBe(`${exact}Z`);
        const relative = relativeTime(at, NOW);
        expect(relativeTime(moment(relative), NOW)).toBe(relative);
        expect(Date.parse(moment(filterWords({ state: 'all', since: at.toISOString() }).replace('--since ', '')))).toBe(
          at.getTime(),
        );
        const near = clock(at.toISOString(), NOW);
        // a time of today that is to come is read as the last one that was
        if (away < 0 || !/^\d\d:/.test(near)) expect(moment(near)).toMatch(at.toISOString().slice(0, 16));
      }),
    );
  });
});

describe('a time that is shown', () => {
  it.each([
    [0, 'just now'],
    [-0.9, 'just now'],
    [0.9, 'just now'],
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
          /^(just now|\d{1,3}[smhdy] ago|in \d{1,3}[smhdy])$/,
        );
      }),
    );
    expect([duration(-5), duration(0), duration(45.9)]).toEqual(['0s', '0s', '45s']);
  });

  it('names the day where it is not today', () => {
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(
      ['2026-11-23T20:03Z', '2026-11-23T23:30Z', '2026-11-22T22:59Z', '2026-11-24T23:00Z'].map((at) => clock(at, NOW)),
    ).toEqual(['21:03', 'tomorrow 00:30', 'yesterday 23:59', '2026-11-25 00:00:00 +01:00']);
  });

  it('is exact with the zone of the machine', () => {
    expect(exactTime('2026-11-23T14:03:09.123456+00:00')).toBe('2026-11-23 14:03:09 UTC');
    vi.stubEnv('TZ', 'Europe/Berlin');
    expect(exactTime('2026-11-23T14:03:09Z')).toBe('2026-11-23 15:03:09 +01:00');
    vi.stubEnv('TZ', 'America/St_Johns');
    expect(exactTime('2026-11-23T14:03:09Z')).toBe('2026-11-23 10:33:09 -03:30');
  });
});
