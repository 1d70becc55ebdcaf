import { COUNTED, type GeoFileStatus, type GeoLookup, type GeoStatus } from '../../domain/geo/status.ts';
import { renderFacts } from '../facts.ts';
import { grouped } from '../number.ts';
import { printable } from '../printable.ts';
import { coordinates, placeWords } from '../session/columns.ts';
import { type Look, paint } from '../style.ts';

const LABEL_WIDTH = 15;
/** Days after which a database is too old: addresses move. */
const OLD = 60;

export function renderGeoStatus(status: GeoStatus, look: Look): string {
  const { sessions } = status;
  const unusual = [
    sessions.newCountry > 0 ? `${grouped(sessions.newCountry)} in a country never seen before` : '',
    sessions.impossibleTravel > 0 ? `${grouped(sessions.impossibleTravel)} faster than anybody travels` : '',
  ].filter(Boolean);
  const latest = `${sessions.counted < COUNTED ? '' : 'the latest '}${grouped(sessions.counted)}`;
  const placed = `${grouped(sessions.placed)} of ${latest} placed`;
  const pending = sessions.pending > COUNTED ? `${grouped(COUNTED)}+` : grouped(sessions.pending);
  return renderFacts(
    [
      ...fileFacts(status.databases, look),
      ['Sessions', `${placed}, ${grouped(sessions.unknown)} unknown, ${grouped(sessions.skipped)} skipped`],
      ['Unusual', unusual.join(', ') || 'none'],
      ['Waiting', `${pending} to look up`],
      ['Alerts', `location_alerts is ${status.locationAlerts ? 'on' : 'off: unusual places are only noted'}`],
      ['Trusted', status.trustedNetworks.map(printable).join(', ') || 'no trusted_networks'],
      ['Next', nextStep(status)],
    ],
    LABEL_WIDTH,
    look,
  );
}

/** What is known of one address. */
export function renderLookup(status: GeoStatus, { ip, place, ...facts }: GeoLookup, look: Look): string {
  const kept = facts.private ? 'private: never looked up' : facts.trusted ? 'trusted: never alerted about' : '';
  return renderFacts(
    [
      ['Address', [ip, kept].filter(Boolean).join(', ')],
      ['Place', printable((place && placeWords(place, true)) ?? 'unknown')],
      ['Coordinates', place && coordinates(place)],
      ['Provider', place?.isp ? printable(place.isp) : null],
      ...fileFacts(status.databases, look),
    ],
    LABEL_WIDTH,
    look,
  );
}

function fileFacts(files: readonly GeoFileStatus[], look: Look): [string, string][] {
  const c = paint(look);
  const of = (kind: GeoFileStatus['kind'], none: string): [string, string][] => {
    const facts = files
      .filter((file) => file.kind === kind)
      .flatMap((file) => [words(file, look), c.dim(printable(file.path))]);
    const label = kind === 'city' ? 'City database' : 'ASN database';
    return (facts.length === 0 ? [none] : facts).map((text, i) => [i > 0 ? '' : label, text]);
  };
  return [...of('city', 'none: nothing can be looked up'), ...of('asn', 'none: sessions get no ISP')];
}

function words(file: GeoFileStatus, look: Look): string {
  const c = paint(look);
  if (file.problem !== null) return c.red(printable([file.problem, file.hint].filter(Boolean).join(' ')));
  const days = Math.floor((look.now.getTime() - Date.parse(file.builtAt)) / 86_400_000);
  const versions = [file.ipv4 ? 'IPv4' : '', file.ipv6 ? 'IPv6' : ''].filter(Boolean).join(' and ') || 'no addresses';
  const age = `built ${file.builtAt.slice(0, 10)}`;
  const old = days > OLD ? c.yellow(`, ${grouped(days)} days ago: get a newer one`) : '';
  return `${printable(file.type)}, ${versions}, ${age}${old}`;
}

function nextStep({ databases, sessions, locationAlerts }: GeoStatus): string {
  if (!databases.some(({ kind, problem }) => kind === 'city' && problem === null))
    return 'get a database: docs/geolocation.md';
  if (sessions.pending > 0) return 'tomo geo enrich';
  if (sessions.unknown > 0) return 'after getting a newer database: tomo geo enrich --again';
  return locationAlerts ? 'nothing to do' : 'to hear of unusual places: tomo config set location_alerts on';
}
