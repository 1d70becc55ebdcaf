import { invalidField } from '../../model/errors.ts';
import type { ServerDescription } from '../../model/server.ts';

/** Options that every server has. */
const COMMON = ['schema', 'table', 'users', 'user-key', 'user-name', 'zone'];

/** What the operator has said of a server, and what goes without saying. Throws INVALID_INPUT. */
export function optionsOf(
  description: ServerDescription,
  given: Readonly<Record<string, string>>,
): Map<string, string> {
  const known = new Set([...COMMON, ...Object.keys(description.options ?? {})]);
  const options = new Map<string, string>();
  for (const [key, { preset }] of Object.entries(description.options ?? {})) {
    if (preset !== undefined) options.set(key, preset);
  }
  for (const [key, value] of Object.entries(given)) {
    if (!known.has(key)) {
      throw invalidField(
        'server',
        `${description.title} has no option "${key}".`,
        `There are: ${[...known].join(', ')}.`,
      );
    }
    if (key === 'zone' && !isZone(value)) {
      throw invalidField(
        'server',
        `"${value}" is not a time zone.`,
        'Write a place of the tz database, as America/New_York, or UTC.',
      );
    }
    options.set(key, value);
  }
  return options;
}

/** A place, or UTC: an offset, and an abbreviation as CET, mean something else to PostgreSQL (POSIX). */
function isZone(zone: string): boolean {
  if (zone !== 'UTC' && !/^[A-Z]\w+\/[\w/+-]+$/.test(zone)) return false;
  try {
    return Boolean(new Intl.DateTimeFormat('en', { timeZone: zone }));
  } catch {
    return false;
  }
}

const UNITS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3600, d: 86_400, w: 604_800 };

/** Seconds: "120m", "1d12h". */
export function durationOf(option: string, options: ReadonlyMap<string, string>, title: string): number {
  const text = options.get(option);
  if (text === undefined) {
    throw invalidField('server', `${title} needs the option ${option}.`, `Give it with the name: ${option}=2h`);
  }
  const parts = [...text.matchAll(/(\d+)([smhdw])/g)];
  if (parts.length === 0 || parts.map(([all]) => all).join('') !== text) {
    throw invalidField('server', `${option}: "${text}" is not a duration.`, 'Write 120m, 2h or 14d.');
  }
  return parts.reduce((sum, [, n, unit]) => sum + Number(n) * (UNITS[unit ?? ''] ?? 0), 0);
}
