import { isIP } from 'node:net';
import { describe, expect, it } from 'vitest';
import { makeDemoWorld } from '../../src/domain/demo/demo-world.ts';
import { DEMO_MARK } from '../../src/domain/demo/mark.ts';

const NOW = new Date('2026-11-23T13:00:00Z');
const DAY = 86_400_000;
const world = makeDemoWorld(NOW);
const users = new Map(world.users.map((user) => [user.username, user]));
const logins = [...world.first, ...world.usual, ...world.alerted];

describe('the same world', () => {
  it('is made for the same moment', () => {
    expect(makeDemoWorld(new Date(NOW))).toEqual(world);
  });

  it('has the same users, and as many sessions that end in the same ways, at any moment', () => {
    const later = makeDemoWorld(new Date(NOW.getTime() + 123 * DAY + 7 * 3_600_000 + 1));
    expect(later.users.map(({ id, username }) => [id, username])).toEqual(
      world.users.map(({ id, username }) => [id, username]),
    );
    const ends = ({ first, usual, alerted }: typeof world) =>
      [...first, ...usual, ...alerted].map(({ userId, ended }) => `${userId} ${ended?.by}`).sort();
    expect(ends(later)).toEqual(ends(world));
  });

  it('is known by the id of its admin', () => {
    expect(users.get('admin')?.id).toBe(DEMO_MARK);
  });
});

it('60 users: one admin, some readonly, one inactive from the start and two deactivated since', () => {
  expect(world.users).toHaveLength(60);
  expect(world.users.filter(({ role }) => role === 'admin').map(({ username }) => username)).toEqual(['admin']);
  expect(world.users.filter(({ role }) => role === 'readonly')).toHaveLength(5);
  expect(world.users.filter(({ isActive }) => !isActive).map(({ username }) => username)).toEqual(['intern2025']);
  expect(world.revocations.flatMap(({ reason, username }) => (reason === null ? username : []))).toEqual([
    'zoe',
    'marek',
  ]);
});

it('times are in order, and all of them have been', () => {
  const created = new Map(world.users.map(({ id, createdAt }) => [id, createdAt]));
  for (const { userId, createdAt, lastActivityAt, ended, activity } of logins) {
    const moments = [created.get(userId), createdAt, lastActivityAt, ended?.at ?? lastActivityAt, NOW.toISOString()];
    expect(moments.toSorted()).toEqual(moments);
    for (const { at } of activity) expect(createdAt <= at && at <= lastActivityAt, `${createdAt} ${at}`).toBe(true);
  }
});

it('addresses are private or for documentation, and paths carry no query', () => {
  for (const { ip, activity } of logins) {
    expect(isIP(ip), ip).not.toBe(0);
    expect(ip).toMatch(/^(10\.|203\.0\.113\.|198\.51\.100\.|192\.0\.2\.|2001:db8:)/);
    for (const { path } of activity) expect(path).not.toMatch(/[?#]/);
  }
});
