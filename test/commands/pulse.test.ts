import { expect, it } from 'vitest';
import { PulseReader } from '../../src/domain/report/pulse.ts';
import { renderPulse } from '../../src/views/session/pulse.ts';
import { anAlert, aSession, aUser } from '../support/builders.ts';
import { onPostgres } from '../support/database.ts';

onPostgres('the live picture', (t) => {
  it('counts logins, ends, revocations and alerts by the minute, and goes on from the look before', async () => {
    const [alice, bob] = [await aUser(t, { username: 'alice' }), await aUser(t, { username: '-\u001b[2Jbob' })];
    await aSession(t, alice, { age: 5, ip: '198.51.100.1' });
    await aSession(t, alice, { age: 5, idle: 3 });
    await aSession(t, bob, { age: 30, ended: 4, reason: 'logout' });
    await aSession(t, bob, { age: 59, ended: 4, reason: 'expired' });
    // of before what is shown
    await aSession(t, bob, { age: 70 });
    await anAlert(t, alice, { age: 2 });
    const reader = new PulseReader();
    const first = await reader.look(t.db);
    const sum = (minutes: number[] | null) => (minutes ?? []).reduce((a, b) => a + b, 0);
    expect(first.logins?.length).toBe(60);
    expect(first.logins?.slice(-7).some((n) => n === 2)).toBe(true);
    expect({
      ...first,
      ...Object.fromEntries(['logins', 'ended', 'revocations', 'alerts'].map((k) => [k, sum(first[k as 'logins'])])),
    }).toMatchObject({
      logins: 4,
      ended: 1,
      revocations: 0,
      alerts: 1,
      live: 3,
      openAlerts: 1,
      cut: false,
      users: [
        { name: '-\u001b[2Jbob', sessions: 2 },
        { name: 'alice', sessions: 2 },
      ],
      addresses: [
        { name: '203.0.113.7', sessions: 3 },
        { name: '198.51.100.1', sessions: 1 },
      ],
    });

    await aSession(t, alice, { age: 0, idle: 0 });
    await t.sql(`select tomo.revoke_user($1::uuid, '{"osUser": "test", "host": "test"}')`, [alice]);
    const second = await reader.look(t.db);
    expect([second.logins, second.ended, second.revocations, second.alerts].map(sum)).toEqual([5, 4, 1, 1]);
    // what was read before and again is counted once
    const third = await reader.look(t.db);
    expect([third.logins, third.ended, third.revocations, third.alerts].map(sum)).toEqual([5, 4, 1, 1]);

    for (const [width, height] of [
      [80, 24],
      [140, 45],
      [40, 10],
    ] as const) {
      const place = { embedded: false, name: 'prod', location: 'db.example.org:5432' };
      const frame = { pulse: third, place, title: 'session stats --watch', interval: 2000, trouble: null, height };
      const lines = renderPulse(frame, { width, colour: false, unicode: true, now: new Date() });
      expect(lines.length).toBeLessThanOrEqual(height);
      for (const line of lines) expect(line.length, line).toBeLessThanOrEqual(width);
      expect(lines.join('\n')).not.toContain('\u001b');
      expect(lines.join('\n')).toMatch(/Logins +\d+ +[\d.]+ +5 .*\nEnded +\d+ +[\d.]+ +4 /);
      if (height > 20) expect(lines.join('\n')).toMatch(/alice +█+[^\n]* 3/);
    }
  });
});
