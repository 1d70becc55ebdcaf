import { describe, expect, it } from 'vitest';
import { type FilterInput, isNarrowed, parseFilter } from '../../src/domain/session/filter.ts';
import { parseSearch } from '../../src/domain/session/search.ts';

const NOW = new Date('2026-11-23T14:30:00Z');
const parse = (input: FilterInput) => parseFilter(input, NOW);
const refused = (flag: string, value: string) =>
  expect.objectContaining({
    code: 'INVALID_INPUT',
    message: expect.stringMatching(new RegExp(`${flag}.*${value.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&')}`)),
  });

describe('a filter that is typed', () => {
  it('selects the live sessions of everybody when nothing is given', () => {
    expect(parse({})).toEqual({ state: 'active' });
  });

  it('takes every flag', () => {
    expect(
      parse({
        user: ['alice', 'bob'],
        ip: ['203.0.113.7', '2001:db8::/32'],
        since: '2h',
        until: '2026-11-23T14:00Z',
        'idle-for': '30m',
        device: [' firefox ', 'form:Mobile'],
        country: ['de', 'FR'],
        method: ['sso'],
        state: 'all',
      }),
    ).toEqual({
      state: 'all',
      users: ['alice', 'bob'],
      ips: ['203.0.113.7', '2001:db8::/32'],
      since: '2026-11-23T12:30:00.000Z',
      until: '2026-11-23T14:00:00.000Z',
      idleFor: 1800,
      devices: ['firefox', 'form:Mobile'],
      countries: ['DE', 'FR'],
      methods: ['sso'],
    });
  });

  it.each(['203.0.113.7', '0.0.0.0/0', '10.0.0.0/8', '10.0.0.1/32', '::1', '::/0', '2001:db8::1/128'])(
    'takes %s as an address or network',
    (ip) => {
      expect(parse({ ip: [ip] }).ips).toEqual([ip]);
    },
  );

  it.each([
    '',
    'localhost',
    '203.0.113',
    '203.0.113.256',
    '203.0.113.7/33',
    '10.0.0.0/-1',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '2001:db8::/129',
    '2001:db8::g',
    'fe80::1%eth0',
    '10.0.0.0/8x',
    '203.0.113.007',
    '1e1.2.3.4',
  ])('refuses --ip "%s" and shows what to write', (ip) => {
    expect(() => parse({ ip: ['10.0.0.1', ip] })).toThrow(refused('ip', ip));
    expect(() => parse({ ip: [ip] })).toThrow(expect.objectContaining({ hint: expect.stringContaining('/24') }));
  });

  it.each(['D', 'DEU', 'Germany', '1D', ''])('refuses --country "%s"', (country) => {
    expect(() => parse({ country: [country] })).toThrow(refused('country', country));
  });

  it.each([
    ['user', { user: [' '] }],
    ['device', { device: [''] }],
    ['device', { device: ['agent: '] }],
    ['method', { method: [''] }],
  ] as [string, FilterInput][])('refuses an empty --%s, which would select everybody', (flag, input) => {
    expect(() => parse(input)).toThrow(refused(flag, 'empty'));
  });

  it('refuses a form that no device has', () => {
    expect(() => parse({ device: ['form:phone'] })).toThrow(refused('device', 'phone'));
  });

  it('refuses a span of time that ends before it begins', () => {
    expect(() => parse({ since: '1h', until: '2h' })).toThrow(refused('since: ', '1h'));
    expect(() => parse({ since: '2026-11-20', until: '2026-11-20' })).toThrow(refused('since: ', '2026-11-20'));
    expect(parse({ since: '2h', until: '1h' })).toMatchObject({
      since: '2026-11-23T12:30:00.000Z',
      until: '2026-11-23T13:30:00.000Z',
    });
  });

  it('asks for sessions in any state when it asks for a time that they were live in', () => {
    expect(parse({ 'live-since': 'yesterday 22:00', 'live-until': '06:00' })).toEqual({
      state: 'all',
      liveSince: '2026-11-22T22:00:00.000Z',
      liveUntil: '2026-11-23T06:00:00.000Z',
    });
    expect(parse({ 'live-until': '1h', state: 'expired' }).state).toBe('expired');
    expect(() => parse({ 'live-since': '1h', 'live-until': '2h' })).toThrow(refused('live-since: ', '1h'));
  });

  it('names the flag of a wrong time or duration', () => {
    expect(() => parse({ since: 'soon' })).toThrow(refused('since: ', 'soon'));
    expect(() => parse({ until: 'late' })).toThrow(refused('until: ', 'late'));
    expect(() => parse({ 'idle-for': 'long' })).toThrow(refused('idle-for', 'long'));
  });

  it('is narrowed by every flag but the state', () => {
    expect([isNarrowed({}), isNarrowed({ state: 'all' }), isNarrowed({ user: undefined })]).toEqual([
      false,
      false,
      false,
    ]);
    for (const input of [
      { user: ['a'] },
      { ip: ['::1'] },
      { since: '1h' },
      { until: '1h' },
      { 'live-since': '1h' },
      { 'live-until': '1h' },
      { 'idle-for': '1h' },
      { device: ['x'] },
      { country: ['DE'] },
      { method: ['sso'] },
    ] as FilterInput[]) {
      expect(isNarrowed(input)).toBe(true);
    }
  });
});

describe('a search that is typed', () => {
  const search = (text: string) => {
    const { filter, words } = parseSearch(text, 'active', NOW);
    return { ...filter, words };
  };

  it.each([
    ['10.1.', '10.1.0.0/16'],
    ['10.', '10.0.0.0/8'],
    ['10.1.2', '10.1.2.0/24'],
    ['10.1.2.3', '10.1.2.3'],
    ['10.1.0.0/16', '10.1.0.0/16'],
    ['ip:10.1.', '10.1.0.0/16'],
    ['2001:db8:', '2001:db8::/32'],
    ['2001:db8::', '2001:db8::'],
    ['2001:db8:1', '2001:db8:1::/48'],
  ])('%s is an address or the beginning of one', (text, ip) =>
    expect(search(text)).toMatchObject({ ips: [ip], words: [] }),
  );

  it.each(['alice', '10', '128.0', '300.1.', '1.2.3.4.5', 'rv:128.0', '3f2a9c41', 'ab:cd'])('%s is a word', (text) =>
    expect(search(text)).toMatchObject({ words: [text] }),
  );

  it('names ids, and refuses a filter that there is not', () => {
    expect(search('id:3F2A-9C user:alice')).toMatchObject({ idPrefix: '3F2A-9C', users: ['alice'] });
    expect(() => search('usr:alice')).toThrow(/no filter usr: here\. Did you mean user\?/);
  });
});
