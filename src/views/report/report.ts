import type { Report } from '../../domain/report/report.ts';
import { standbyWords } from '../standby.ts';
import { exactTime } from '../time.ts';
import { stepsOf } from './advice.ts';
import { Html, html } from './html.ts';
import {
  alertTable,
  cleanup,
  commands,
  loginCharts,
  revocationTable,
  settings,
  summary,
  whatToDo,
  whereAndHow,
  whoIsIn,
} from './sections.ts';
import { STYLE } from './style.ts';

/** The whole page, which needs nothing but itself: no script, no request, no link. */
export function renderReport(report: Report): string {
  const { stats, database, location, standby } = report;
  const source = `Database at ${location}`;
  const steps = stepsOf(report);
  const title = `Sessions of ${database}`;
  const period = `${exactTime(stats.since).slice(0, 16)} to ${exactTime(stats.at).slice(0, 16)} (${stats.logins.timeZone})`;
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="robots" content="noindex">
<title>${title}</title>
<style>${new Html(STYLE)}</style>
</head>
<body>
<header><h1>${title}</h1><p>${period}</p><p>${standby ? standbyWords(source, standby) : source}</p></header>
<main>
${summary(report, steps)}${whatToDo(steps)}${loginCharts(report)}${whoIsIn(report)}${whereAndHow(report)}${alertTable(report)}${revocationTable(report)}${cleanup(report)}${settings(report)}${commands(steps)}</main>
<footer><p>Written by tomo report on ${exactTime(stats.at)}. It names users and addresses: keep it among those whom it concerns.</p></footer>
</body>
</html>
`.text;
}
