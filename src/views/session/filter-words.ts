import type { SessionFilter } from '../../domain/types.ts';
import { shellWord } from '../shell-word.ts';

const UNITS = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
] as const;

/** A filter as the flags that make it: "--ip 203.0.113.0/24 --idle-for 8h". Times are exact, whatever was typed. */
export function filterWords({ users, ips, since, until, idleFor, device, countries, methods, relatedTo, relations }: SessionFilter): string {
  const flags: [name: string, values: readonly string[]][] = [
    ['user', users ?? []],
    ['ip', ips ?? []],
    ['since', since ? [shortTime(since)] : []],
    ['until', until ? [shortTime(until)] : []],
    ['idle-for', idleFor === undefined ? [] : [durationWord(idleFor)]],
    ['device', device === undefined ? [] : [device]],
    ['country', countries ?? []],
    ['method', methods ?? []],
    ['related-to', relatedTo === undefined ? [] : [relatedTo.slice(0, 8)]],
    ['relation', relations ?? []],
  ];
  return flags.flatMap(([name, values]) => values.map((value) => `--${name} ${shellWord(value)}`)).join(' ');
}

/** "8h", "90m", "45s": exact, as parseDuration reads it. */
function durationWord(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds % size === 0) ?? ['s', 1];
  return `${seconds / size}${unit}`;
}

function shortTime(time: string): string {
  return time.replace(/(:00)?\.000Z$/, 'Z');
}
