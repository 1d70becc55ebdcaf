import { optionWords } from '../../domain/text/shell-word.ts';
import type { SessionFilter } from '../../model/session.ts';
import { textOf } from '../printable.ts';
import { exactTime } from '../time.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** A filter as the flags that make it: "--ip 203.0.113.0/24 --idle-for 8h". Times are exact, whatever was typed. */
export function filterWords(filter: SessionFilter): string {
  return flagWords(filter, shortTime);
}

/** The same for people, whose times have no fractions: --since '2026-11-23 14:03:59 UTC'. */
export function filterSaid(filter: SessionFilter): string {
  return flagWords(filter, saidTime);
}

/** The same for readers who know no flag: "user alice, idle for 8h, not country DE". */
export function filterTold(filter: SessionFilter): string {
  const told = valuesOf(filter, saidTime).map(([name, value]) => `${name.replaceAll('-', ' ')} ${value}`);
  return told.join(', ');
}

function flagWords(filter: SessionFilter, timeOf: (time: string) => string): string {
  return valuesOf(filter, timeOf)
    .map(([name, value]) => optionWords(name, value))
    .join(' ');
}

/** Each value with the name of its flag. */
function valuesOf(
  { not, ...filter }: SessionFilter,
  timeOf: (time: string) => string,
): [name: string, value: string][] {
  const turned = Object.entries(flagsOf(not ?? {}, timeOf)).map(([name, values]) => [`not-${name}`, values] as const);
  const flags = [...Object.entries(flagsOf(filter, timeOf)), ...turned];
  // from the database, where somebody may have changed it
  return flags.flatMap(([name, values]) =>
    [values ?? []].flat().map((value): [string, string] => [name, textOf(value)]),
  );
}

function flagsOf(
  {
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
  }: Omit<SessionFilter, 'not' | 'state'>,
  timeOf: (time: string) => string,
): Record<string, unknown> {
  return {
    user: users,
    ip: ips,
    since: since && timeOf(since),
    until: until && timeOf(until),
    'live-since': liveSince && timeOf(liveSince),
    'live-until': liveUntil && timeOf(liveUntil),
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

function saidTime(time: string): string {
  return Number.isNaN(Date.parse(textOf(time))) ? textOf(time) : exactTime(time);
}
