import type { Ranking, SessionStats } from '../../domain/report/stats.ts';
import { type Bar, barChart, beside } from '../bars.ts';
import { countryName } from '../country.ts';
import { heatMap, lastDayLines } from '../login-chart.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { ellipsis, type Look, paint } from '../style.ts';
import { cut } from '../text-width.ts';
import { exactTime } from '../time.ts';
import { wrapped } from '../wrap.ts';
import { suspicionWords } from './suspicions.ts';

const GAP = 3;
/** More findings than this would push everything else off the screen. */
const FINDINGS = 12;

/** What is odd first, then how many, who, from where, with what, and when. */
export function renderStats(stats: SessionStats, look: Look): string {
  const c = paint(look);
  const columns = look.width >= 132 ? 4 : look.width >= 72 ? 2 : 1;
  const width = Math.floor((look.width - GAP * (columns - 1)) / columns);
  const since = exactTime(stats.completeSince).slice(0, 16);
  const charts = [
    stats.byUser && barChart('Live sessions by user', userBars(stats.byUser), width, look),
    stats.byCountry && barChart('By country', rankingBars(stats.byCountry, countryLabel), width, look),
    stats.byDevice && barChart('By device', rankingBars(stats.byDevice), width, look),
    stats.byMethod && barChart('By login method', rankingBars(stats.byMethod), width, look),
    stats.byAddress && barChart('By address', rankingBars(stats.byAddress), width, look),
    stats.byNetwork && barChart('By network', rankingBars(stats.byNetwork), width, look),
    stats.expiry && barChart('Running out', expiryBars(stats.expiry), width, look),
  ].filter((chart) => Array.isArray(chart));
  return [
    ...suspicious(stats, look),
    c.bold('Sessions'),
    ...totals(stats, look).map((line) => `  ${wrapped(line, look.width - 2, '  ')}`),
    '',
    ...beside(charts, columns, width, GAP),
    '',
    ...limits(stats, look),
    ...(stats.logins
      ? [
          c.bold(wrapped(`Logins per hour since ${since}, on average (${stats.logins.timeZone})`, look.width)),
          ...heatMap(stats.logins, look),
          '',
          c.bold('Logins in the last 24 hours'),
          ...lastDayLines(stats.logins, look),
        ]
      : []),
    ...unknown(stats, look),
  ].join('\n');
}

const FIELDS: Readonly<Record<string, string>> = {
  users: 'whose they are',
  remembered: 'which are remembered',
  ended: 'which have ended and how',
  byCountry: 'countries',
  byDevice: 'devices',
  byMethod: 'login methods',
  byAddress: 'addresses',
  expiry: 'when they run out',
  logins: 'when they began',
  limits: 'limits',
};

/** Once, what this server does not keep; of logins those of sessions that are gone. */
function unknown({ unknownFields, logins }: SessionStats, look: Look): string[] {
  if (!unknownFields) return [];
  const words = unknownFields.flatMap((field) => FIELDS[field] ?? []);
  const gone = logins ? ' Logins are those of sessions that are still there.' : '';
  return ['', paint(look).dim(wrapped(`Not known here: ${words.join(', ')}.${gone}`, look.width))];
}

function suspicious({ suspicious: findings }: SessionStats, look: Look): string[] {
  if (findings.length === 0) return [];
  const c = paint(look);
  const shown = findings.slice(0, FINDINGS);
  const more = findings.length - shown.length;
  return [
    c.bold('Worth a look'),
    ...shown.flatMap((finding) => {
      const { text, command } = suspicionWords(finding);
      const mark = finding.weight === 'bad' ? c.red('!') : c.yellow('-');
      return [`  ${mark} ${wrapped(text, look.width - 4, '    ')}`, `    ${c.cyan(command)}`];
    }),
    ...(more > 0 ? [c.dim(`  ${ellipsis(look)} and ${grouped(more)} more: --json has them all`)] : []),
    '',
  ];
}

function totals({ totals: t, since, completeSince }: SessionStats, look: Look): string[] {
  const c = paint(look);
  const { ended } = t;
  const users = t.users === null ? '' : `, of ${plural(t.users, 'user')}`;
  const remembered = t.remembered === null ? '' : `; ${grouped(t.remembered)} of them remembered`;
  const first = `${c.green(grouped(t.live))} live${users}${remembered}`;
  if (ended === null) return [first];
  const gone = (['logout', 'expired', 'revoked', 'evicted'] as const)
    .filter((reason) => ended[reason] > 0)
    .map((reason) => `${grouped(ended[reason])} ${reason === 'logout' ? 'logged out' : reason}`);
  const incomplete =
    Date.parse(completeSince) > Date.parse(since) + 3_600_000
      ? `; those of before ${day(completeSince)} are deleted`
      : '';
  return [first, `Ended since ${day(since)}: ${gone.join(', ') || 'none'}${incomplete}`];
}

function limits({ limits: found }: SessionStats, look: Look): string[] {
  if (!found || found.users.length === 0) return [];
  const { over, full, near, users } = found;
  const c = paint(look);
  const groups: [number, string][] = [
    [over, 'over'],
    [full, 'at'],
    [near, 'close to'],
  ];
  const counts = groups.flatMap(([n, word]) => (n > 0 ? [`${grouped(n)} ${word}`] : []));
  const names = users.map(
    ({ username, sessions, limit }) => `${cut(printable(username), 30, ellipsis(look))} ${sessions}/${limit}`,
  );
  const more = over + full + near - users.length;
  const text = `${names.join(', ')}${more > 0 ? ` and ${grouped(more)} more` : ''}`;
  return [
    c.bold('Session limits'),
    `  ${plural(over + full + near, 'user')}: ${counts.join(', ')} their limit`,
    `  ${wrapped(text, look.width - 2, '  ')}`,
    '',
  ];
}

function expiryBars(expiry: NonNullable<SessionStats['expiry']>): Bar[] {
  const labels = {
    hour: 'in an hour',
    day: 'in a day',
    week: 'in a week',
    month: 'in a month',
    later: 'later',
    never: 'never',
  };
  const keys = ['hour', 'day', 'week', 'month', 'later', 'never'] as const;
  return keys.filter((key) => expiry[key] > 0).map((key) => ({ label: labels[key], value: expiry[key] }));
}

function userBars(byUser: NonNullable<SessionStats['byUser']>): Bar[] {
  return rankingBars({ ...byUser, top: byUser.top.map(({ username, sessions }) => ({ name: username, sessions })) });
}

function rankingBars({ top, others }: Ranking, label = (name: string) => name): Bar[] {
  const bars = top.map(({ name, sessions }) => ({
    label: name === null ? 'unknown' : printable(label(name)),
    value: sessions,
  }));
  const rest = { label: plural(others.values, 'other'), value: others.sessions, bare: true };
  return others.values > 0 ? [...bars, rest] : bars;
}

function countryLabel(code: string): string {
  const name = countryName(code);
  return name ? `${code} ${name}` : code;
}

function day(at: string): string {
  return exactTime(at).slice(0, 10);
}
