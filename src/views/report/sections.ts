import type { Report } from '../../domain/report/report.ts';
import type { Ranking } from '../../domain/report/stats.ts';
import { settingWords } from '../../domain/settings/values.ts';
import { SETTING_KEYS, SETTINGS } from '../../model/settings.ts';
import { whatHappened } from '../alert/words.ts';
import { countryName } from '../country.ts';
import { averages, WEEKDAYS } from '../login-chart.ts';
import { grouped, plural } from '../number.ts';
import { endedWords, scopeWords } from '../revocation/words.ts';
import { filterTold } from '../session/filter-words.ts';
import { exactTime, relativeTime } from '../time.ts';
import type { Step } from './advice.ts';
import { requirementsOf } from './asvs.ts';
import { bar, dayChart, shortDay, weekChart } from './charts.ts';
import { type Html, html } from './html.ts';

/** A part of the page with its heading. */
function section(id: string, heading: string, ...content: (Html | null)[]): Html {
  return html`<section aria-labelledby="${id}"><h2 id="${id}">${heading}</h2>${content}</section>\n`;
}

type Cell = string | { value: Html | string; kind?: 'number' | 'time' | 'verdict' };

type Heading = string | [string, 'number'];

/**
 * A table whose rows are named by their first cell; where the page is narrow each row is a block, and each
 * value has its heading.
 */
function table(label: string, headings: readonly Heading[], rows: readonly (readonly Cell[])[]): Html {
  const heads = headings.map((heading) => {
    const [name, kind] = [heading].flat();
    return html`<th scope="col"${kind ? html` class="${kind}"` : null}>${name}</th>`;
  });
  const lines = rows.map((row) => {
    const cells = row.map((cell, i) => {
      const { value, kind = null } = typeof cell === 'object' ? cell : { value: cell };
      const name = kind && html` class="${kind}"`;
      const heading = [headings[i] ?? ''].flat()[0];
      return i === 0
        ? html`<th scope="row"${name}>${value}</th>`
        : html`<td${name} data-heading="${heading}">${value}</td>`;
    });
    return html`<tr>${cells}</tr>\n`;
  });
  return html`<table class="rows" aria-label="${label}"><thead><tr>${heads}</tr></thead><tbody>${lines}</tbody></table>`;
}

const count = (n: number): Cell => ({ value: grouped(n), kind: 'number' });
const moment = (at: string): Cell => ({ value: exactTime(at).slice(0, 16), kind: 'time' });

/** The state of things in four numbers and a few sentences. */
export function summary({ stats, housekeeping: { openAlerts: open } }: Report, steps: readonly Step[]): Html {
  const { totals, logins } = stats;
  const urgent = steps.filter(({ weight }) => weight !== 'later');
  const bad = steps.some(({ weight }) => weight === 'bad');
  const period = `since ${longDay(stats.since)}`;
  const { logout, expired, revoked, evicted } = totals.ended;
  const state = bad
    ? `Somebody should act: ${plural(urgent.length, 'thing')} below ${urgent.length === 1 ? 'needs' : 'need'} a look, the most urgent first.`
    : urgent.length > 0
      ? `Nothing is alarming. ${plural(urgent.length, 'thing')} may have a good reason and should be looked at.`
      : 'Nothing looks suspicious.';
  return section(
    'summary',
    'Summary',
    html`<dl class="figures"><div><dt>live sessions</dt><dd>${grouped(totals.live)}</dd></div><div><dt>users who are in</dt><dd>${grouped(totals.users)}</dd></div>
<div><dt>logins ${period}</dt><dd>${grouped(logins.total)}</dd></div><div${bad ? html` class="bad"` : null}><dt>worth a look</dt><dd>${grouped(urgent.length)}</dd></div></dl>`,
    html`<p class="lead">${state}</p>`,
    html`<p>${plural(totals.users, 'user')} ${totals.users === 1 ? 'is' : 'are'} logged in with ${plural(totals.live, 'session')}, of which ${grouped(totals.remembered)} are remembered on their device for longer. ${busiest(stats.logins)}</p>`,
    html`<p>${capital(period)}, ${plural(logout + expired + revoked + evicted, 'session')} ended: ${grouped(logout)} by logging out, ${grouped(expired)} by inactivity, ${grouped(revoked)} were revoked and ${grouped(evicted)} gave way to a newer login. ${open > 0 ? `${plural(open, 'alert')} ${open === 1 ? 'waits' : 'wait'} for an answer.` : 'No alert waits for an answer.'}</p>`,
    past(stats),
  );
}

function past({ since, completeSince }: Report['stats']): Html | null {
  if (Date.parse(completeSince) <= Date.parse(since) + 3_600_000) return null;
  return html`<p class="note">What ended before ${longDay(completeSince)} has been deleted: of the days until then the numbers hold only what is left on record.</p>`;
}

function busiest(logins: Report['stats']['logins']): string {
  const cells = averages(logins).flatMap((row, day) => row.map((value, hour) => ({ day, hour, value: value ?? 0 })));
  const most = cells.reduce((a, b) => (b.value > a.value ? b : a), { day: 0, hour: 0, value: 0 });
  if (most.value === 0) return '';
  return `Most log in on ${LONG_WEEKDAYS[most.day]} between ${most.hour}:00 and ${(most.hour + 1) % 24}:00 (${logins.timeZone}).`;
}

const LONG_WEEKDAYS = ['Mondays', 'Tuesdays', 'Wednesdays', 'Thursdays', 'Fridays', 'Saturdays', 'Sundays'];

const STEP_WORDS = { bad: 'Act', odd: 'Look', later: 'Improve' };

/** What is found and above this only repeats itself. */
const STEPS = 15;

export function whatToDo(steps: readonly Step[]): Html {
  if (steps.length === 0) return section('steps', 'What to do', html`<p>Nothing.</p>`);
  const shown = shownOf(steps);
  const more = steps.length - shown.length;
  const items = shown.map(
    ({ weight, text }) => html`<li class="${weight}"><strong>${STEP_WORDS[weight]}.</strong> ${text}</li>\n`,
  );
  return section(
    'steps',
    'What to do',
    html`<ol class="steps">${items}</ol>`,
    more > 0 ? html`<p class="note">And ${grouped(more)} more to look at.</p>` : null,
  );
}

/** For whoever runs the server: with which commands, in the same order. The boss need not read it. */
export function commands(steps: readonly Step[]): Html | null {
  if (steps.length === 0) return null;
  const items = shownOf(steps).map(({ command }) => html`<li><code>${command}</code></li>\n`);
  return section(
    'commands',
    'For whoever runs the server',
    html`<p>The command for each thing to do, in the same order.</p><ol class="commands">${items}</ol>`,
    html`<p class="note">All of it: <code>tomo session stats</code></p>`,
  );
}

function shownOf(steps: readonly Step[]): Step[] {
  const found = steps.filter(({ weight }) => weight !== 'later');
  return [...found.slice(0, STEPS), ...steps.filter(({ weight }) => weight === 'later')];
}

export function loginCharts({ stats: { logins, completeSince } }: Report): Html {
  const { days, timeZone, total } = logins;
  const most = days.reduce((a, b) => (b.logins > a.logins ? b : a), { day: '', logins: 0, complete: true });
  const words =
    most.logins > 0
      ? `${plural(total, 'login')} in all; most on ${shortDay(most.day)} with ${grouped(most.logins)}.`
      : 'No logins.';
  const pale = days.slice(0, -1).some(({ complete }) => !complete)
    ? ' Pale: not everything of that day is on record, or it is not over.'
    : ' Pale: the day is not over.';
  return section(
    'logins',
    'Logins',
    html`<h3>Per day</h3>${dayChart(days, words)}<p class="note">${words}${pale}</p>`,
    html`<h3>By weekday and hour</h3>${weekChart(logins, busiest(logins) || 'No logins.')}<p class="note">Average of an hour since ${longDay(completeSince)}, by the clock of ${timeZone}.</p>`,
  );
}

export function whoIsIn({ stats }: Report): Html {
  const { top, others } = stats.byUser;
  if (top.length === 0) return section('users', 'Who is in', html`<p>Nobody.</p>`);
  const rows = top.map((user): Cell[] => [
    user.username,
    count(user.sessions),
    { value: user.limit > 0 ? grouped(user.limit) : 'none', kind: 'number' },
    ...[user.devices, user.addresses, user.countries].map(count),
    { value: relativeTime(user.lastActivityAt, new Date(stats.at)), kind: 'time' },
  ]);
  const numbers = ['Sessions', 'Limit', 'Devices', 'Addresses', 'Countries'].map((name): Heading => [name, 'number']);
  return section(
    'users',
    'Who is in',
    table('Users with the most live sessions', ['User', ...numbers, 'Last active'], rows),
    others.values > 0
      ? html`<p class="note">And ${plural(others.values, 'user')} more with ${plural(others.sessions, 'session')}.</p>`
      : null,
  );
}

export function whereAndHow({ stats }: Report): Html {
  return section(
    'places',
    'From where and with what',
    html`<div class="shares">${shares('Countries', stats.byCountry, (code) => countryName(code) ?? code)}${shares('Devices', stats.byDevice)}${shares('Login methods', stats.byMethod)}</div>`,
  );
}

function shares(caption: string, { top, others }: Ranking, words = (name: string) => name): Html {
  const most = Math.max(1, ...top.map(({ sessions }) => sessions));
  const rows = top.map(
    ({ name, sessions }) =>
      html`<tr><th scope="row">${name === null ? 'unknown' : words(name)}</th><td>${bar(sessions / most)}</td><td class="number">${grouped(sessions)}</td></tr>\n`,
  );
  const rest =
    others.values > 0
      ? html`<tr><th scope="row">${plural(others.values, 'other')}</th><td></td><td class="number">${grouped(others.sessions)}</td></tr>`
      : null;
  return html`<table><caption>${caption}</caption><tbody>${rows.length > 0 ? rows : html`<tr><th scope="row">none</th></tr>`}${rest}</tbody></table>`;
}

export function alertTable({ alerts }: Report): Html {
  if (alerts.length === 0) return section('alerts', 'Open alerts', html`<p>None.</p>`);
  const rows = alerts.map((alert) => [alert.username, moment(alert.createdAt), whatHappened(alert)]);
  return section('alerts', 'Open alerts', table('Open alerts', ['User', 'When', 'What'], rows));
}

export function revocationTable({ revocations }: Report): Html {
  if (revocations.length === 0) return section('revocations', 'Revocations', html`<p>None in this time.</p>`);
  const rows = revocations.map((revocation) => [
    moment(revocation.at),
    scopeWords(revocation, filterTold),
    revocation.sessions === null ? endedWords(revocation) : count(revocation.sessions),
    revocation.by,
    `${revocation.reason ?? 'not given'}${revocation.compromised ? ' (compromised)' : ''}${revocation.restoredAt ? ' (restored since)' : ''}`,
  ]);
  const headings: Heading[] = ['When', 'Whose sessions', ['Ended', 'number'], 'By', 'Reason'];
  return section('revocations', 'Revocations', table('Revocations', headings, rows));
}

export function cleanup({ stats, housekeeping, settings }: Report): Html {
  const { lastCleanupAt } = housekeeping;
  const last = lastCleanupAt
    ? `The last cleanup was ${relativeTime(lastCleanupAt, new Date(stats.at))}.`
    : 'No cleanup has run yet.';
  return section(
    'cleanup',
    'Cleanup',
    html`<p>${last} Ended sessions are kept for ${settingWords('retention_sessions', settings.retention_sessions)}, activity for ${settingWords('retention_activity_logs', settings.retention_activity_logs)}, the audit for ${settingWords('retention_audit_logs', settings.retention_audit_logs)}.</p>`,
  );
}

const VERDICTS = { met: 'met', unmet: 'not met', decide: 'decide' };

export function settings(report: Report): Html {
  const rows = requirementsOf(report).map(([number, asks, here, verdict]): Cell[] => [
    { value: number, kind: 'time' },
    asks,
    here,
    { value: html`<span class="${verdict}">${VERDICTS[verdict]}</span>`, kind: 'verdict' },
  ]);
  const all = SETTING_KEYS.map((key) => [key, settingWords(key, report.settings[key]), SETTINGS[key].meaning]);
  return section(
    'settings',
    'Settings',
    html`<h3>What OWASP ASVS 5.0 asks of sessions (chapter V7)</h3>`,
    table('Requirements of OWASP ASVS 5.0', ['V7', 'Asks that', 'Here', 'Verdict'], rows),
    html`<p class="note">What settings and data can show; the rest of the chapter is about the application.</p>`,
    html`<h3>All settings</h3>`,
    table('All settings', ['Setting', 'Value', 'Meaning'], all),
  );
}

function longDay(at: string): string {
  const day = exactTime(at).slice(0, 10);
  const weekday = WEEKDAYS[(new Date(at).getDay() + 6) % 7];
  return `${weekday} ${shortDay(day)} ${day.slice(0, 4)}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
