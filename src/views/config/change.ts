import { hasNewValue, type SettingChange } from '../../domain/settings/change.ts';
import { type Compared, isShorter, type LimitEffect, type Simulation } from '../../domain/settings/simulate.ts';
import { settingWords } from '../../domain/settings/values.ts';
import { grouped, plural } from '../number.ts';
import { named, printable } from '../printable.ts';
import { renderPreview } from '../session/revoke.ts';
import type { Look } from '../style.ts';

const ORIGIN = {
  default: 'the default',
  database: 'set here',
  environment: 'from the environment',
  user: "the user's own",
};

/** One line for each: "session_timeout: 60 min -> 30 min". `user`: whose own limit it is. */
export function renderChanges(changes: readonly SettingChange[], user: string | null): string {
  if (changes.length === 0) return 'Nothing to change: it is already set like that.';
  const whose = user === null ? '' : ` of ${printable(user)}`;
  return changes
    .map((change) => {
      const { key, from, to, fromOrigin, toOrigin } = change;
      if (hasNewValue(change)) return `${key}${whose}: ${settingWords(key, from)} -> ${settingWords(key, to)}`;
      return `${key}${whose}: ${settingWords(key, to)} as before, now ${ORIGIN[toOrigin]} (it was ${ORIGIN[fromOrigin]})`;
    })
    .join('\n');
}

/** What a change has done at once, and will do at the next logins. */
export function renderEffects(simulation: Simulation): string {
  const { changes, ends, limit } = simulation;
  const be = ends?.sessions === 1 ? 'is' : 'are';
  const who = ends && `${plural(ends.sessions, 'live session')} of ${plural(ends.users, 'user')}`;
  const dead = who && `${who} ${be} over the ${newLimit(changes)} and ${be} dead now, for good.`;
  const gone = deletedWords(simulation);
  return [
    ends?.sessions === 0 ? noneOver(changes) : dead,
    limit && `At the next logins ${limitWords(limit.after, 'will')}.`,
    gone && `The next cleanup deletes ${gone}.`,
  ]
    .filter(Boolean)
    .join('\n');
}

/** What a change would do that is not made. */
export function renderSimulation({ changes, ends, limit, cleanup }: Simulation, look: Look): string {
  const deleted = <T>(compared: Compared<T> | null | undefined, words: (forecast: T) => string) =>
    compared && `The next cleanup would delete ${words(compared.after)} (as set now: ${words(compared.before)}).`;
  return [
    ends &&
      (ends.sessions === 0 ? noneOver(changes) : `Dead at once and for good would be ${renderPreview(ends, look)}`),
    limit && `At the next logins ${limitWords(limit.after, 'would')} (as set now: ${limitNumbers(limit.before)}).`,
    limit && whomWords(limit),
    deleted(cleanup?.sessions, (sessions) => total([sessions, 'ended session'])),
    deleted(cleanup?.activity, ({ rows, weeks }) => total([rows, 'activity row'], [weeks, 'whole week'])),
    deleted(cleanup?.history, (h) => total([h.audit, 'audit row'], [h.revocations, 'revocation'], [h.alerts, 'alert'])),
  ]
    .filter(Boolean)
    .join('\n');
}

function total(...counts: [number, string][]): string {
  return parts(...counts) || 'nothing';
}

function parts(...counts: [number, string][]): string {
  return counts.flatMap(([n, noun]) => (n > 0 ? [plural(n, noun)] : [])).join(', ');
}

/** Asks about what a change takes for good; undefined: nothing. */
export function lossQuestion(simulation: Simulation): { question: string; why: string } | undefined {
  const { ends } = simulation;
  const gone = deletedWords(simulation);
  const live = ends && ends.sessions > 0 ? ends : null;
  if (!live && !gone) return undefined;
  const own = live?.includesOwn ? ', your own among them,' : '';
  const whose = live?.users === 1 && live.first[0] ? named(live.first[0].username) : plural(live?.users ?? 0, 'user');
  const both = (first: string | null, second: string) => [first, second].filter(Boolean).join(' and ');
  const act = both(live && `end ${plural(live.sessions, 'live session')} of ${whose}${own}`, gone && `delete ${gone}`);
  const why = both(live && 'a longer timeout brings nobody back', gone && 'nothing brings back what is deleted');
  return {
    question: `${act.charAt(0).toUpperCase()}${act.slice(1)} for good?`,
    why: `This cannot be undone: ${why}.`,
  };
}

/** What the next cleanup deletes because of a change; empty: nothing. */
function deletedWords({ cleanup }: Simulation): string {
  const more = <T>(compared: Compared<T> | null | undefined, count: (forecast: T) => number) =>
    compared ? count(compared.after) - count(compared.before) : 0;
  const { sessions, activity, history } = cleanup ?? {};
  return parts(
    [more(sessions, (ended) => ended), 'ended session'],
    [more(activity, ({ rows }) => rows), 'activity row'],
    [more(activity, ({ weeks }) => weeks), 'whole week'],
    [more(history, ({ audit }) => audit), 'audit row'],
    [more(history, ({ revocations }) => revocations), 'revocation'],
    [more(history, ({ alerts }) => alerts), 'alert'],
  );
}

function noneOver(changes: readonly SettingChange[]): string {
  return `No live session is over the ${newLimit(changes)}.`;
}

function newLimit(changes: readonly SettingChange[]): string {
  const shorter = changes.filter(isShorter);
  if (shorter.every(({ key }) => key === 'session_max_lifetime')) return 'new lifetime';
  return shorter.length === 1 ? 'new timeout' : 'new timeouts';
}

function limitWords({ action, users, evicted }: LimitEffect, verb: 'will' | 'would'): string {
  if (users === 0) return 'nobody is at the limit';
  if (action === 'deny') return `${plural(users, 'user')} ${verb} be refused`;
  return `${plural(evicted, 'session')} of ${plural(users, 'user')} ${verb} be evicted`;
}

/** "  alice: 3 of 5 sessions", a line each, and how many more there are. */
function whomWords({ after, whom }: NonNullable<Simulation['limit']>): string {
  const more = after.users - whom.length;
  return [
    ...whom.map(({ username, sessions, evicted }) => {
      const what = after.action === 'deny' ? `has ${grouped(sessions)}` : `${grouped(evicted)} of ${grouped(sessions)}`;
      return `  ${named(username)}: ${what}`;
    }),
    ...(more > 0 ? [`  and ${plural(more, 'more user')}`] : []),
  ].join('\n');
}

function limitNumbers({ action, users, evicted }: LimitEffect): string {
  if (users === 0) return 'none';
  return action === 'deny'
    ? `${plural(users, 'user')} refused`
    : `${plural(evicted, 'session')} of ${plural(users, 'user')}`;
}
