import { COUNT_CAP } from '../../domain/list/page.ts';
import { PULSE_MINUTES, type Pulse } from '../../domain/report/pulse.ts';
import { barChart, beside, sparkline } from '../bars.ts';
import { grouped, plural } from '../number.ts';
import { type Place, renderPlace } from '../place.ts';
import { printable } from '../printable.ts';
import { type Look, paint } from '../style.ts';
import { fitted } from '../text-width.ts';

/** What a live picture shows now. */
export interface PulseFrame {
  pulse: Pulse;
  place: Place;
  /** Of the command: "session stats --watch". */
  title: string;
  /** Milliseconds. */
  interval: number;
  /** What went wrong at the last look. */
  trouble: string | null;
  height: number;
}

const LABEL = 12;
const FIGURES = 26;
const GAP = 3;

/** What happens minute by minute, and who logs in most from where, as lines that fit the terminal. */
export function renderPulse({ pulse, place, title, interval, trouble, height }: PulseFrame, look: Look): string[] {
  const c = paint(look);
  const time = look.now.toTimeString().slice(0, 8);
  const live = `${counted(pulse.live)} live ${pulse.live === 1 ? 'session' : 'sessions'}`;
  const { openAlerts } = pulse;
  const open = openAlerts === null ? '' : `  ${counted(openAlerts)} open ${openAlerts === 1 ? 'alert' : 'alerts'}`;
  const heading = `${time}  ${live}${open}  ${renderPlace(place, { colour: false })}  tomo ${title}`;
  const rows: [string, number[] | null, (text: string) => string][] = [
    ['Logins', pulse.logins, c.green],
    ['Ended', pulse.ended, c.cyan],
    ['Revocations', pulse.revocations, c.yellow],
    ['Alerts', pulse.alerts, c.red],
  ];
  const columns = look.width >= 72 ? 2 : 1;
  const width = Math.floor((look.width - GAP * (columns - 1)) / columns);
  const lines = [
    trouble
      ? c.red(fitted(printable(trouble), look))
      : (place.context?.production ? c.bold.red : c.bold)(fitted(heading, look)),
    '',
    c.dim(fitted(`${'per minute'.padEnd(LABEL)}${FIGURES_HEADING}  the last ${PULSE_MINUTES} minutes`, look)),
    // what is not kept there has no line
    ...rows.flatMap(([label, minutes, hue], i) =>
      minutes ? [rowLine(label, minutes, hue, i === 0 && pulse.cut ? '+' : '', look)] : [],
    ),
    '',
  ];
  const footer = c.dim(fitted(`every ${Math.round(interval / 100) / 10} s   Ctrl-C ends`, look));
  const room = Math.max(1, Math.floor((height - lines.length - 1) / (columns === 2 ? 1 : 2)) - 3);
  const charts = [
    barChart('Most logins: users', bars(pulse.users, room), width, look),
    barChart('Most logins: addresses', bars(pulse.addresses, room), width, look),
  ];
  return [...lines, ...beside(charts, columns, width, GAP), footer].slice(0, height);
}

const FIGURES_HEADING = ['now', '5 min', 'hour'].map((text) => text.padStart(8)).join('');

/** This minute, the average of the last five whole ones, all of them together, and how it went. */
function rowLine(
  label: string,
  minutes: readonly number[],
  hue: (text: string) => string,
  more: string,
  look: Look,
): string {
  const five = minutes.slice(-6, -1).reduce((sum, n) => sum + n, 0) / 5;
  const figures = [
    grouped(minutes.at(-1) ?? 0),
    five >= 10 ? grouped(Math.round(five)) : String(Number(five.toFixed(1))),
    `${grouped(minutes.reduce((sum, n) => sum + n, 0))}${more}`,
  ].map((text) => text.padStart(8));
  const room = Math.max(1, look.width - LABEL - FIGURES);
  return `${label.padEnd(LABEL)}${figures.join('')}  ${hue(sparkline(minutes.slice(-room), look))}`;
}

function bars(tallies: Pulse['users'], room: number) {
  const top = tallies.slice(0, room);
  const rest = tallies.slice(room).reduce((sum, { sessions }) => sum + sessions, 0);
  const shown = top.map(({ name, sessions }) => ({
    label: name === null ? 'unknown' : printable(name),
    value: sessions,
  }));
  const others = { label: plural(tallies.length - top.length, 'other'), value: rest, bare: true };
  return rest > 0 ? [...shown, others] : shown;
}

function counted(n: number): string {
  return n > COUNT_CAP ? `more than ${grouped(COUNT_CAP)}` : grouped(n);
}
