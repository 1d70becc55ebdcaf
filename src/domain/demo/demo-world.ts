import type { DemoLogin, DemoWorld } from '../../db/demo/make.ts';
import { endedSessions, firstLogins, liveSessions } from './logins.ts';
import { makePeople } from './people.ts';
import { pastRevocations, tellStories } from './stories.ts';

const LIVE = 400;
const REMEMBERED = 120;
const ENDED = 2000;
/** Of those that have ended. */
const TIMED_OUT = 700;

/** An invented world: 60 users, 400 live sessions, 2,000 ended ones, things to find. The same for the same `now`. */
export function makeDemoWorld(now: Date): DemoWorld {
  const at = now.getTime();
  const people = makePeople(at);
  const stories = tellStories(people, at);
  const past = pastRevocations(people, at);
  const told = [...stories.usual, ...stories.alerted, ...past.logins];
  const open = told.filter(({ ended }) => !ended);
  const live = liveSessions(people, at, {
    count: LIVE - open.length,
    remembered: REMEMBERED - open.filter(({ rememberMe }) => rememberMe).length,
  });
  const ended = endedSessions(people, at, {
    logout: ENDED - TIMED_OUT - (told.length - open.length),
    timeout: TIMED_OUT,
  });
  const usual = [...past.logins, ...ended, ...live, ...stories.usual];
  return {
    users: people.map(({ user }) => user),
    first: firstLogins(people, at),
    usual: usual.sort(byTime),
    alerted: stories.alerted.sort(byTime),
    revocations: past.revocations,
  };
}

const byTime = (a: DemoLogin, b: DemoLogin) => Date.parse(a.createdAt) - Date.parse(b.createdAt);
