import type { LoginHours } from '../../domain/report/login-hours.ts';
import { averages, shadeOf, WEEKDAYS } from '../login-chart.ts';
import { type Html, html } from './html.ts';

const WIDTH = 720;

/**
 * A picture with a name and a description for whoever cannot see it; where the page is narrow its letters are larger.
 */
function figure(id: string, height: number, title: string, description: string, drawing: readonly Html[]): Html {
  return html`<div class="chart"><svg viewBox="0 0 ${WIDTH} ${height}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}</title><desc id="${id}-desc">${description}</desc>
${drawing}</svg></div>`;
}

/** A round number that is at least so much, as are its quarters. */
function roundUp(n: number): number {
  const quarter = Math.max(1, n / 4);
  const power = 10 ** Math.floor(Math.log10(quarter));
  const steps = power >= 10 ? [1, 1.5, 2, 2.5, 3, 4, 5, 6, 8] : [1, 2, 3, 4, 5, 6, 8];
  return 4 * (steps.find((step) => step * power >= quarter) ?? 10) * power;
}

/** A column for each day. Pale: not everything of that day is still known, or it is not over yet. */
export function dayChart(days: LoginHours['days'], description: string): Html {
  const [left, top, bottom, height] = [64, 16, 30, 214];
  const most = roundUp(Math.max(0, ...days.map(({ logins }) => logins)));
  const scale = (height - top - bottom) / most;
  const step = (WIDTH - left) / Math.max(1, days.length);
  const wide = Math.min(40, step * 0.72);
  const every = Math.max(1, Math.ceil(days.length / 6));
  const lines = [0, 0.25, 0.5, 0.75, 1].map((share) => {
    const y = round(height - bottom - share * most * scale);
    return html`<line class="grid" x1="${left}" x2="${WIDTH}" y1="${y}" y2="${y}"/><text class="tick" x="${left - 8}" y="${y + 4}" text-anchor="end">${brief(Math.round(share * most))}</text>`;
  });
  const columns = days.map(({ day, logins, complete }, i) => {
    const x = left + i * step + (step - wide) / 2;
    const tall = logins * scale;
    const middle = round(x + wide / 2);
    // in its larger letters the last one would be cut off
    const [at, anchor] = middle > WIDTH - 45 ? [WIDTH, 'end'] : [middle, 'middle'];
    const label =
      i % every === 0
        ? html`<text class="tick" x="${at}" y="${height - 8}" text-anchor="${anchor}">${shortDay(day)}</text>`
        : null;
    return html`<rect class="${complete && i < days.length - 1 ? 'bar' : 'bar pale'}" x="${round(x)}" y="${round(height - bottom - tall)}" width="${round(wide)}" height="${round(tall)}" rx="1.5"/>${label}`;
  });
  return figure('days', height, 'Logins per day', description, [...lines, ...columns]);
}

/** A row for each weekday, a cell for each hour, as dark as there are logins. */
export function weekChart(logins: LoginHours, description: string): Html {
  const [left, top, cell, row] = [64, 26, (WIDTH - 64) / 24, 26];
  const rows = averages(logins);
  const most = Math.max(0, ...rows.flat().map((value) => value ?? 0));
  const hours = Array.from({ length: 12 }, (_, i) => i * 2).map(
    (hour) =>
      html`<text class="tick" x="${round(left + (hour + 0.5) * cell)}" y="17" text-anchor="middle">${String(hour).padStart(2, '0')}</text>`,
  );
  const cells = rows.map((values, day) => {
    const y = top + day * row;
    const name = html`<text class="tick" x="${left - 8}" y="${y + 19}" text-anchor="end">${WEEKDAYS[day]}</text>`;
    const shades = values.map(
      (value, hour) =>
        html`<rect class="shade${value === null ? 0 : shadeOf(value, most)}" x="${round(left + hour * cell + 1)}" y="${y + 1}" width="${round(cell - 2)}" height="${row - 2}" rx="2"/>`,
    );
    return html`${name}${shades}`;
  });
  const legend = [0, 1, 2, 3, 4].map((shade) => {
    const x = left + 1 + (shade === 0 ? 0 : 84 + (shade - 1) * 142);
    const words = shade === 0 ? 'none' : `up to ${rounded((most * shade) / 4)}`;
    return html`<rect class="shade${shade}" x="${x}" y="${top + 7 * row + 10}" width="14" height="14" rx="2"/><text class="tick" x="${x + 20}" y="${top + 7 * row + 23}">${words}</text>`;
  });
  return figure('week', top + 7 * row + 32, 'Logins by weekday and hour', description, [
    ...hours,
    ...cells,
    ...(most > 0 ? legend : []),
  ]);
}

/** The bar of a row in a table: `share` of the longest one. */
export function bar(share: number): Html {
  return html`<svg class="share" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false"><rect class="bar" width="${round(Math.max(share * 100, 0.5))}" height="8" rx="1"/></svg>`;
}

function rounded(n: number): string {
  return n >= 10 ? brief(Math.round(n)) : String(Number(n.toFixed(1)));
}

/** "7.5K" for 7,500: there is no room for more than four characters where letters are large. */
function brief(n: number): string {
  return n < 1000 ? String(n) : BRIEF.format(n);
}

const BRIEF = new Intl.NumberFormat('en', { notation: 'compact', maximumSignificantDigits: 2 });

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];

/** "24 Nov" */
export function shortDay(day: string): string {
  return `${Number(day.slice(8, 10))} ${MONTHS[Number(day.slice(5, 7)) - 1]}`;
}

const round = (n: number) => Number(n.toFixed(1));
