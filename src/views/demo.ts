import type { Demo } from '../domain/demo/set-up.ts';
import { shortIds } from './columns.ts';
import { renderList } from './list.ts';
import { noneFound } from './none-found.ts';
import { grouped, plural } from './number.ts';
import { printable } from './printable.ts';
import { SESSION_LIST } from './session/columns.ts';
import { type Look, paint } from './style.ts';
import { relativeTime } from './time.ts';
import { wrapped } from './wrap.ts';

/**
 * What the demo is, who is in, and what to try. `flag` goes behind each command, where it needs one to reach the demo.
 */
export function renderDemo(demo: Demo, look: Look, flag: string): string {
  const c = paint(look);
  const shown = demo.sessions.length;
  const table = shown > 0 ? renderList(demo.sessions, SESSION_LIST, look) : noneFound('live sessions');
  const count = shown > 0 ? `${shown} of ${grouped(demo.live)} shown. ` : '';
  return [
    ...introduction(demo, look).map((line) => wrapped(line, look.width)),
    '',
    table,
    '',
    c.bold(`${count}What to try:`),
    commands(demo, look, flag),
  ].join('\n');
}

/** That the other commands go somewhere else, unless they are told. */
export function elsewhereHint(origin: string): string {
  return `Without --database embedded, commands use the server of ${printable(origin)}.`;
}

function introduction(demo: Demo, look: Look): string[] {
  const world = `${plural(demo.users, 'user')}, ${plural(demo.live, 'live session')}, ${grouped(demo.ended)} ended`;
  const place = `the embedded database in ${printable(demo.location)}`;
  switch (demo.made) {
    case 'new':
      return [`An invented world to try tomo on: ${world}.`, `Nothing in it is real. It is in ${place}.`];
    case 'reset':
      return [`The demo has started over: ${world}.`, `It is in ${place}.`];
    case 'stale':
      return [`Every session of the last demo had expired, so it was made again: ${world}.`, `It is in ${place}.`];
    case null: {
      const made = demo.since ? `made ${relativeTime(demo.since, look.now)}` : 'made earlier';
      return [
        `The demo ${made}, as you left it: ${world}.`,
        `tomo demo --reset starts over. The database is in ${printable(demo.location)}.`,
      ];
    }
  }
}

function commands(demo: Demo, look: Look, flag: string): string {
  const c = paint(look);
  const lines = thingsToTry(demo).map(([command, why]) => [`${command}${flag}`, why] as const);
  const width = Math.max(...lines.map(([command]) => command.length));
  const fits = lines.every(([, why]) => 2 + width + 2 + why.length <= look.width);
  return lines
    .map(([command, why]) =>
      fits
        ? `  ${c.cyan(command)}${' '.repeat(width - command.length + 2)}${c.dim(why)}`
        : `  ${c.dim(`${why}:`)}\n  ${c.cyan(command)}`,
    )
    .join('\n');
}

function thingsToTry(demo: Demo): [command: string, why: string][] {
  const session = demo.suspect ?? demo.sessions[0];
  if (!session) {
    return [
      ['tomo session list --state all', 'those that have ended'],
      ['tomo session cleanup --dry-run', 'what cron would tidy up'],
      ['tomo demo --reset', 'start over'],
    ];
  }
  const [id = session.id] = shortIds([session.id]);
  return [
    ['tomo session list --user admin', 'what one user has open'],
    ...(demo.suspect ? [['tomo session list --country NG', 'alice, who is in Berlin'] satisfies [string, string]] : []),
    [`tomo session show ${id}`, 'what it is, what it did'],
    [`tomo session revoke ${id}`, 'throw it out'],
    ['tomo session revoke-user bob', 'all that bob has open'],
    ['tomo session cleanup --dry-run', 'what cron would tidy up'],
    ['tomo session revoke-all', 'everybody; can be undone'],
  ];
}
