import { describe, expect, it } from 'vitest';
import { renderStats } from '../../src/views/session/stats.ts';
import { textWidth } from '../../src/views/text-width.ts';
import { NOW, someStats } from '../support/stats.ts';

const look = (width: number, unicode = true) => ({ width, unicode, colour: false, now: NOW });
const none = { top: [], others: { values: 0, sessions: 0 } };

describe('session stats for people', () => {
  it.each([
    ['80 columns', look(80)],
    ['140 columns', look(140)],
    ['80 columns of ASCII', look(80, false)],
  ])('in %s', async (name, at) => {
    const text = renderStats(someStats(), at);
    await expect(text).toMatchFileSnapshot(`./stats-${name.replaceAll(' ', '-')}.txt`);
    expect(Math.max(...text.split('\n').map(textWidth))).toBeLessThanOrEqual(at.width);
    if (!at.unicode) expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it.each([40, 60, 100, 200])('fits %i columns', (width) => {
    const lines = renderStats(someStats(), look(width)).split('\n');
    // a command is never cut: it is there to be copied
    expect(lines.filter((line) => textWidth(line) > width && !line.includes(' tomo '))).toEqual([]);
  });

  it('gives colour to whoever can see it, and moves nothing for it', () => {
    const painted = renderStats(someStats(), { ...look(80), colour: true });
    expect(painted).toContain('\u001b[31m!\u001b[39m');
    expect(painted.replaceAll(/\u001b\[\d+m/g, '')).toBe(renderStats(someStats(), look(80)));
  });

  it('says so when nobody is in', () => {
    const stats = someStats();
    const text = renderStats(
      {
        ...stats,
        suspicious: [],
        byUser: none,
        byCountry: none,
        byDevice: none,
        byMethod: none,
        totals: { ...stats.totals, live: 0, users: 0 },
      },
      look(80),
    );
    expect(text).toMatch(/^Sessions\n {2}0 live, of 0 users/);
    expect(text).toMatch(/Live sessions by user +By country\nnone +none\n/);
  });

  it('says from when on the past is known', () => {
    const text = renderStats(someStats({ since: '2026-10-25T18:30:00.000Z' }), look(80));
    expect(text).toMatch(/those of\s+before 2026-11-17 are deleted/);
    expect(text).toContain('Logins per hour since 2026-11-17 18:30, on average (UTC)');
  });
});
