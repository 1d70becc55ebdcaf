import { describe, expect, it } from 'vitest';
import { findTokens, isLikeToken, withoutTokens } from '../../src/domain/text/token-text.ts';

const TOKEN = 'eyJhbGciOiJIUzI1NiJ9.eyJzaWQiOiJ4In0.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2ln';
const OTHER = 'eyJhbGciOiJub25lIn0.eyJhIjoxfQ.';
/** A header that is written with a space: { "alg" */
const SPACED = 'eyAiYWxnIjogIkhTMjU2IiB9.eyAic2lkIjogIngiIH0gIA.c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2ln';

describe('tokens in text', () => {
  it.each([
    [TOKEN, [TOKEN]],
    [`Authorization: Bearer ${TOKEN}`, [TOKEN]],
    [`/login?token=${TOKEN}&next=/`, [TOKEN]],
    [`Bearer%20${TOKEN}%22`, [TOKEN]],
    [`cookie "tomo_session=${TOKEN}; path=/"`, [TOKEN]],
    [`{"a":"${TOKEN}","b":"${OTHER}"}`, [TOKEN, OTHER]],
    [`${TOKEN},${TOKEN}`, [TOKEN, TOKEN]],
    [`log.${TOKEN}.`, [TOKEN]],
    ['eyJhbGciOiJIUzI1NiJ9.eyJ', []],
    ['www.example.org and 1.2.3', []],
    ['', []],
  ])('%j has %j', (line, tokens) => expect(findTokens(line)).toEqual(tokens));

  it.each([TOKEN, OTHER, SPACED, TOKEN.slice(0, 30), `x ${TOKEN}`])('%j is like one and is not repeated', (text) => {
    expect(isLikeToken(text)).toBe(true);
    const clean = withoutTokens(`"${text}" is not a session id.`);
    for (const part of text.split('.').filter((p) => p.length > 3)) expect(clean).not.toContain(part);
    expect(clean).toMatch(/^".*<token>" is not a session id\.$/);
  });

  it.each(['c2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2l', '-2lnbmF0dXJlLXNpZ25hdHVyZS1zaWduYXR1cmUtc2l'])(
    'the signature %j alone is not repeated, and no token to look for in a log',
    (text) => {
      expect(withoutTokens(`Nonexistent flag: ${text}`)).toBe('Nonexistent flag: <token>');
      expect(isLikeToken(text)).toBe(false);
    },
  );

  it.each([
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b',
    '3f2a9c41-5b6c-4d7e-8f90-a1b2c3d4e5f6',
    'alice.smith-of-the-long-name@mail.example-corporation.example.org',
    'db-production-cluster.c9akciq32rgw.eu-central-1.rds.amazonaws.com:5432',
    '/var/lib/eyJ/x',
    'GreyJay',
  ])('%j is none', (text) => {
    expect(isLikeToken(text)).toBe(false);
    expect(withoutTokens(text)).toBe(text);
  });

  it.each(['a', 'eyJ', 'eyJa.', '.', 'aaaaaaaaaaaaaaaa.', '-'])('takes a megabyte of %j in its stride', (unit) => {
    const text = unit.repeat(1_000_000 / unit.length);
    expect(findTokens(text).length).toBeLessThan(100_000);
    expect(withoutTokens(text).length).toBeLessThanOrEqual(text.length);
  });
});
