import { COUNT_CAP } from '../domain/list/page.ts';
import type { Overview } from '../domain/report/overview.ts';
import { renderFacts } from './facts.ts';
import { grouped, plural } from './number.ts';
import { renderPlace } from './place.ts';
import { printable } from './printable.ts';
import { type Look, paint } from './style.ts';
import { relativeTime } from './time.ts';

/** Where this is, how things stand, and what to type next. */
export function renderOverview(overview: Overview, look: Look): string {
  const c = paint(look);
  const { lastCleanupAt, cleanupFailed, openAlerts } = overview;
  const facts = [
    c.bold(`${counted(overview.live, 'live session')}${overview.username === null ? '' : ' of yours'}`),
    ...(cleanupFailed.length > 0 ? [c.yellow(`the latest cleanup failed at: ${cleanupFailed.join(', ')}`)] : []),
    lastCleanupAt ? `last cleanup ${relativeTime(lastCleanupAt, look.now)}` : c.yellow('never cleaned up'),
    ...(openAlerts === null ? [] : [openAlerts > 0 ? c.yellow(counted(openAlerts, 'open alert')) : 'no open alerts']),
  ];
  const { server } = overview;
  const sessions = server ? { sessions: { server: { isTomo: false, title: server.title } } } : {};
  const place = renderPlace({ ...overview, ...sessions, name: overview.database }, look);
  return [
    `tomo on ${place}`,
    facts.join(', '),
    ...limitsOf(server, look),
    '',
    renderCommands(nextCommands(overview), look),
  ].join('\n');
}

/** By which name to call the server, and what its tables do not do or show. */
function limitsOf(server: Overview['server'], look: Look): string[] {
  if (!server) return [];
  const facts: [string, string | null][] = [
    ['Server', printable(server.reference)],
    ['Late', server.late && printable(server.late)],
    ['Unseen', server.unseen && printable(server.unseen)],
  ];
  return ['', renderFacts(facts, 8, look)];
}

function nextCommands({ openAlerts, lastCleanupAt, username, server }: Overview): [string, string][] {
  if (username !== null)
    return [
      ['tomo session list --mine', 'where you are in'],
      ['tomo session revoke', 'choose from a list, log out there'],
    ];
  return [
    ['tomo session list', 'who is in'],
    ...(openAlerts ? [['tomo alert list', 'what looks odd'] satisfies [string, string]] : []),
    ...(lastCleanupAt === null ? [['tomo session cleanup', 'tidy up'] satisfies [string, string]] : []),
    ['tomo session revoke', 'choose from a list, throw out'],
    ...(server ? [['tomo doctor', 'whether its tables and your rights fit'] satisfies [string, string]] : []),
    ['tomo --help', 'everything else'],
  ];
}

/** Where no database is set up yet. */
export function renderWelcome(look: Look): string {
  return [
    'tomo administers the login sessions of a Tomo server. No database is configured yet.',
    '',
    renderCommands(
      [
        ['tomo demo', 'try it, on an invented world'],
        ['export TOMO_DATABASE_URL=…', 'or name your server: postgres://user@host/database'],
        ['tomo --help', 'what there is'],
      ],
      look,
    ),
  ].join('\n');
}

function renderCommands(commands: readonly (readonly [string, string])[], look: Look): string {
  const c = paint(look);
  const width = Math.max(...commands.map(([command]) => command.length));
  return commands.map(([command, why]) => `  ${c.cyan(command.padEnd(width))}  ${c.dim(why)}`).join('\n');
}

function counted(n: number, noun: string): string {
  return n > COUNT_CAP ? `more than ${grouped(COUNT_CAP)} ${noun}s` : plural(n, noun);
}
