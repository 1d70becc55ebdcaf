import { type AlertPlace, alertFacts } from '../../domain/alert/facts.ts';
import type { Alert } from '../../model/alert.ts';
import { grouped, plural } from '../number.ts';
import { printable } from '../printable.ts';
import { exactTime } from '../time.ts';
import { placeName, shortSession, timeSpan, whatHappened } from './words.ts';

/** The evidence as lines of label and value, printable, for people. */
export function evidenceLines(alert: Alert): [label: string, value: string][] {
  const facts = alertFacts(alert);
  const { from, distanceKm, hours, kmh } = facts;
  const within = hours === null ? '' : ` in ${timeSpan(hours)}`;
  const speed = kmh === null ? '' : ` (${grouped(Math.round(kmh))} km/h)`;
  const lines: [string, string | null][] = [
    ['What', whatHappened(alert)],
    ['When', exactTime(alert.createdAt)],
    ['From', placeLine(facts.place)],
    ['Before that', from ? [placeLine(from), from.at && timeOf(from.at)].filter(Boolean).join(', ') : null],
    ['Distance', distanceKm === null ? null : `${grouped(Math.round(distanceKm))} km${within}${speed}`],
    ['Device', [facts.device, facts.formFactor, facts.screen, facts.timeZone].filter(Boolean).join(', ') || null],
    ['Login method', facts.loginMethod],
    ['Its user says', alert.evidence['disowned'] ? 'that was not me' : null],
    ['Again', alert.repeated > 0 ? `${plural(alert.repeated, 'time')} within the hour${lastSession(alert)}` : null],
  ];
  return lines.flatMap(([label, value]) => (value ? [[label, printable(value)]] : []));
}

function placeLine(place: AlertPlace): string | null {
  const name = placeName(place);
  const details = [place.ip, place.isp].filter(Boolean).join(', ');
  return name && details ? `${name} (${details})` : (name ?? (details || null));
}

function timeOf(at: string): string {
  return Number.isNaN(Date.parse(at)) ? at : exactTime(at);
}

function lastSession({ lastSessionId, sessionId }: Alert): string {
  return lastSessionId && lastSessionId !== sessionId ? `, last in session ${shortSession(lastSessionId)}` : '';
}
