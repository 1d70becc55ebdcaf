import { type AlertFacts, type AlertPlace, alertFacts } from '../../domain/alert/facts.ts';
import type { Alert } from '../../model/alert.ts';
import { grouped, plural } from '../number.ts';

/** In one line what happened. Holds outside text as it is: a view makes it printable. */
export function whatHappened(alert: Alert): string {
  const facts = alertFacts(alert);
  const device = facts.device ?? facts.formFactor ?? 'unknown device';
  return {
    new_device: `${device}, never seen before`,
    unusual_location: unusualLocation(facts),
    login: `login with ${device} from ${placeOrAddress(facts.place)}`,
  }[alert.kind];
}

function unusualLocation({ place, from, newCountry, distanceKm, hours, kmh, impossibleTravel }: AlertFacts): string {
  const login = `${newCountry ? 'first login' : 'login'} from ${placeOrAddress(place)}`;
  if (!from) return login;
  const before = placeOrAddress(from);
  if (distanceKm === null || hours === null) return `${login}; before that ${before}`;
  const speed = impossibleTravel && kmh !== null ? ` (${grouped(Math.round(kmh))} km/h)` : '';
  return `${login}; ${grouped(Math.round(distanceKm))} km from ${before} in ${timeSpan(hours)}${speed}`;
}

/** "Berlin, DE", or the address where no place is known. */
export function placeOrAddress(place: AlertPlace): string {
  return placeName(place) ?? place.ip ?? 'an unknown place';
}

export function placeName({ city, country }: Pick<AlertPlace, 'city' | 'country'>): string | null {
  return [city, country].filter(Boolean).join(', ') || null;
}

/** "20 min", "5 h", "3 days". */
export function timeSpan(hours: number): string {
  const minutes = Math.round(hours * 60);
  if (minutes < 1) return 'under a minute';
  if (minutes < 120) return `${minutes} min`;
  if (hours < 48) return `${Math.round(hours)} h`;
  return plural(Math.round(hours / 24), 'day');
}

/** The first digits of a session's id, which are enough for every command. */
export function shortSession(id: string): string {
  return id.replaceAll('-', '').slice(0, 8);
}
