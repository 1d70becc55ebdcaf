import { describe, expect, it } from 'vitest';
import { loginHours } from '../../src/domain/report/login-hours.ts';

const seconds = (text: string) => Date.parse(text) / 1000;
const frame = (since: string, at: string, completeSince = since) => ({ since, at, completeSince });
const sum = (rows: number[][]) => rows.flat().reduce((a, b) => a + b, 0);

describe('logins by hour', () => {
  it('counts by the clock of the time zone, also where it is half an hour off', () => {
    // a Tuesday
    const login = [{ at: seconds('2026-11-24T20:15:00Z'), logins: 3 }];
    const around = frame('2026-11-24T00:00:00Z', '2026-11-25T00:00:00Z');
    expect(loginHours(login, around, 'UTC').week.logins[1]?.[20]).toBe(3);
    expect(loginHours(login, around, 'Asia/Kolkata').week.logins[2]?.[1]).toBe(3);
    expect(loginHours(login, around, 'America/New_York').week.logins[1]?.[15]).toBe(3);
  });

  it('knows that an hour is missing in spring and comes twice in autumn', () => {
    const spring = loginHours([], frame('2026-03-22T23:00:00Z', '2026-03-29T22:00:00Z'), 'Europe/Berlin');
    expect([sum(spring.week.hours), spring.week.hours[6]?.[2], spring.week.hours[6]?.[3]]).toEqual([167, 0, 1]);
    const autumn = loginHours(
      [
        { at: seconds('2026-10-25T00:30:00Z'), logins: 1 },
        { at: seconds('2026-10-25T01:30:00Z'), logins: 4 },
      ],
      frame('2026-10-18T22:00:00Z', '2026-10-25T23:00:00Z'),
      'Europe/Berlin',
    );
    expect([sum(autumn.week.hours), autumn.week.hours[6]?.[2], autumn.week.logins[6]?.[2]]).toEqual([169, 2, 5]);
    expect(autumn.days.map(({ day }) => day)).toHaveLength(8);
  });

  it('lists the last 24 hours across the change, the running one last', () => {
    const { lastDay } = loginHours(
      [{ at: seconds('2026-10-25T00:30:00Z'), logins: 2 }],
      frame('2026-10-25T00:00:00Z', '2026-10-25T09:20:00Z'),
      'Europe/Berlin',
    );
    expect(lastDay).toHaveLength(24);
    expect(lastDay.map(({ hour }) => hour).filter((hour) => hour === 2)).toHaveLength(2);
    expect(lastDay.at(-1)).toEqual({ hour: 10, logins: 0 });
    expect(lastDay.filter(({ logins }) => logins > 0)).toEqual([{ hour: 2, logins: 2 }]);
  });

  it('leaves out of the averages what is no longer on record, and counts it in the total', () => {
    const hours = loginHours(
      [
        { at: seconds('2026-11-02T10:00:00Z'), logins: 5 },
        { at: seconds('2026-11-23T10:00:00Z'), logins: 7 },
      ],
      frame('2026-11-01T00:00:00Z', '2026-11-24T12:00:00Z', '2026-11-17T12:00:00Z'),
      'UTC',
    );
    expect([hours.total, sum(hours.week.logins), Math.round(sum(hours.week.hours))]).toEqual([12, 7, 168]);
    expect(hours.days.filter(({ complete }) => complete).map(({ day }) => day)[0]).toBe('2026-11-18');
  });
});
