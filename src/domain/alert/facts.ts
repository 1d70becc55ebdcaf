import type { Alert } from '../../model/alert.ts';

export type AlertPlace = Record<'country' | 'region' | 'city' | 'isp' | 'ip', string | null>;

/** What the evidence of an alert says, as far as it says it. All texts are outside text. */
export interface AlertFacts {
  /** "Firefox on Windows". */
  device: string | null;
  formFactor: string | null;
  screen: string | null;
  timeZone: string | null;
  loginMethod: string | null;
  /** Where the login came from. */
  place: AlertPlace;
  /** Where the user was before that. */
  from: (AlertPlace & { at: string | null; sessionId: string | null }) | null;
  newCountry: boolean;
  impossibleTravel: boolean;
  distanceKm: number | null;
  hours: number | null;
  kmh: number | null;
}

/** Reads the evidence. Whoever may call tomo.raise_alert may write anything there, so nothing is taken for granted. */
export function alertFacts({ evidence }: Alert): AlertFacts {
  const to = { ...asObject(evidence['place']), ...asObject(evidence['to']) };
  const from = asObject(evidence['from']);
  const known = Object.keys(from).length > 0;
  const reasons = Array.isArray(evidence['reasons']) ? evidence['reasons'] : [];
  return {
    device: [asText(evidence['browser']), asText(evidence['os'])].filter(Boolean).join(' on ') || null,
    formFactor: asText(evidence['formFactor']),
    screen: asText(evidence['screen']),
    timeZone: asText(evidence['timeZone']),
    loginMethod: asText(evidence['loginMethod']),
    place: { ...placeOf(to), ip: asText(to['ip']) ?? asText(evidence['ip']) },
    from: known ? { ...placeOf(from), at: asText(from['at']), sessionId: asText(from['session']) } : null,
    newCountry: reasons.includes('new-country'),
    impossibleTravel: reasons.includes('impossible-travel'),
    distanceKm: asNumber(evidence['distanceKm']),
    hours: asNumber(evidence['hours']),
    kmh: asNumber(evidence['kmh']),
  };
}

function placeOf(value: Record<string, unknown>): AlertPlace {
  return {
    country: asText(value['country']),
    region: asText(value['region']),
    city: asText(value['city']),
    isp: asText(value['isp']),
    ip: asText(value['ip']),
  };
}

function asObject(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function asText(value: unknown): string | null {
  return typeof value === 'string' && value !== '' ? value : null;
}

function asNumber(value: unknown): number | null {
  return typeof value === 'number' ? value : null;
}
