import type { SessionFilter } from '../../model/session.ts';
import { textOf } from '../printable.ts';
import { shellWord } from '../shell-word.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** A filter as the flags that make it: "--ip 203.0.113.0/24 --idle-for 8h". Times are exact, whatever was typed. */
export function filterWords({ not, ...filter }: SessionFilter): string {
  const turned = Object.entries(flagsOf(not ?? {})).map(([name, values]) => [`not-${name}`, values] as const);
  const flags = [...Object.entries(flagsOf(filter)), ...turned];
  // from the database, where somebody may have changed it
  return flags
    .flatMap(([name, values]) => [values ?? []].flat().map((value) => `--${name} ${shellWord(textOf(value))}`))
    .join(' ');
}

function flagsOf({
  users,
  ips,
  since,
  until,
  liveSince,
  liveUntil,
  idleFor,
  devices,
  countries,
  methods,
  relatedTo,
  relations,
  except,
}: Omit<SessionFilter, 'not' | 'state'>): Record<string, unknown> {
  return {
    user: users,
    ip: ips,
    since: since && shortTime(since),
    until: until && shortTime(until),
    'live-since': liveSince && shortTime(liveSince),
    'live-until': liveUntil && shortTime(liveUntil),
    'idle-for': idleFor && durationWord(idleFor),
    device: devices,
    country: countries,
    method: methods,
    'related-to': relatedTo && textOf(relatedTo).slice(0, 8),
    relation: relations,
    keep: except?.map((id) => String(id).slice(0, 8)),
  };
}

/** "8h", "90m", "45s": exact, as parseDuration reads it. */
function durationWord(seconds: unknown): string {
  const [unit, size] = UNITS.find(([, size]) => Number(textOf(seconds)) % size === 0) ?? ['s', 1];
  return typeof seconds === 'number' ? `${seconds / size}${unit}` : textOf(seconds);
}

function shortTime(time: string): string {
  return textOf(time).replace(/(:00)?\.000Z$/, 'Z');
}
