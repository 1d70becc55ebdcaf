import { describe, expect, it } from 'vitest';
import { errorWords, usageError } from '../../src/cli/base/error-words.ts';
import { parseMoment } from '../../src/domain/text/time.ts';
import { TomoError } from '../../src/model/errors.ts';

function failureOf(work: () => unknown): TomoError {
  try {
    work();
  } catch (error) {
    if (error instanceof TomoError) return error;
  }
  throw new Error('nothing has failed');
}

describe('errorWords', () => {
  const error = failureOf(() => parseMoment('soon', 'since', new Date()));

  it('names the flag where the library names the input', () => {
    expect(error.message).toBe('since: "soon" is not a time.');
    expect(errorWords(error, ['since', 'until']).message).toBe('--since: "soon" is not a time.');
  });

  it('leaves the name of an input that is not a flag of the command', () => {
    expect(errorWords(error, ['until']).message).toBe('since: "soon" is not a time.');
  });

  it('keeps code and details, and adds to the hint which command helps', () => {
    const details = { days: 7 };
    const missing = new TomoError('NOT_FOUND', 'There is no session 3f2a.', {
      reason: 'no-such-session',
      hint: 'It may be gone.',
      details,
    });
    expect(errorWords(missing, [])).toMatchObject({
      code: 'NOT_FOUND',
      message: 'There is no session 3f2a.',
      hint: 'It may be gone. To look: tomo session list --state all',
      details,
    });
  });

  it('goes by the code where there is no reason', () => {
    expect(errorWords(new TomoError('SCHEMA_OLDER', 'Too old.'), []).hint).toMatch(/tomo db migrate/);
    expect(errorWords(new TomoError('NOT_CONFIRMED', 'Refused.'), []).hint).toBeUndefined();
  });
});

describe('usageError', () => {
  it('finds the words again in what oclif makes of an error of parsing', () => {
    const error = failureOf(() => parseMoment('soon', 'since', new Date()));
    error.message = `Parsing --since \n\t${error.message}\nSee more help with --help`;
    expect(usageError(error, 'session:list', ['since'])).toMatchObject({
      code: 'INVALID_INPUT',
      message: '--since: "soon" is not a time.',
      hint: expect.stringMatching(/^Write an ISO 8601 time/),
    });
  });

  it('never suggests the flag that was refused', () => {
    const refused = (flag: string) => usageError(new Error(`Nonexistent flag: ${flag}`), 'audit:export', ['json']).hint;
    expect(refused('--json')).toBe('See tomo audit export --help');
    expect(refused('--jsn')).toBe('Did you mean --json?\nSee tomo audit export --help');
  });
});
