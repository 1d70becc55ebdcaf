import { expect, it } from 'vitest';
import type { Action } from '../../src/cli/browse/view.ts';
import { DEVICES_VIEW } from '../../src/cli/browse/views/devices.ts';
import { USERS_VIEW } from '../../src/cli/browse/views/users.ts';

const look = { width: 80, colour: false, unicode: true, now: new Date(), currentUser: 'a' };
const alice = { id: 'a', userId: 'a', username: 'alice', liveSessions: 2 };
const bob = { id: 'b', userId: 'b', username: 'bob', liveSessions: 1 };

it.each([
  ['users', USERS_VIEW.actions as readonly Action<never>[], 'your own among them'],
  ['devices', DEVICES_VIEW.actions as readonly Action<never>[], 'perhaps your own among them'],
])('a question about all sessions of %s says whether your own is among them', (_, actions, words) => {
  const ask = (rows: object[], who: string | undefined) =>
    actions.find(({ key }) => key === 'x')?.question?.(rows as never[], { ...look, currentUser: who });
  expect(ask([alice, bob], 'a')).toBe(`Revoke 3 sessions of 2 users, ${words}?`);
  expect(ask([bob], 'a')).toBe('Revoke 1 session of bob?');
  expect(ask([alice, bob], undefined)).toBe('Revoke 3 sessions of 2 users?');
});
