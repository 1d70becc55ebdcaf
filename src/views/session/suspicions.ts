import type { Suspicion } from '../../domain/report/suspicions.ts';
import { optionWords } from '../../domain/text/shell-word.ts';
import { placeName, shortSession } from '../alert/words.ts';
import { plural } from '../number.ts';
import { printable } from '../printable.ts';

/** What is odd, in one printable line, and the command that looks closer. */
export function suspicionWords(finding: Suspicion): { text: string; command: string } {
  switch (finding.kind) {
    case 'unusual-login': {
      const from = `${placeName(finding) ?? 'an unknown place'}${finding.ip ? ` (${finding.ip})` : ''}`;
      const text =
        finding.check === 'impossible-travel' ? `impossibly quick journey to ${from}` : `first login from ${from}`;
      return {
        text: printable(`${finding.username}: ${text}`),
        command: `tomo session show ${shortSession(finding.sessionId)}`,
      };
    }
    case 'inactive-user':
      return {
        text: `${printable(finding.username)} is not active and has ${plural(finding.sessions, 'open session')} from after that`,
        command: `tomo session list ${optionWords('user', finding.username)} --state revoked`,
      };
    case 'open-alerts': {
      const { unusual_location: places = 0, new_device: devices = 0 } = finding.kinds;
      const kinds = [places && plural(places, 'unusual location'), devices && plural(devices, 'new device')];
      return {
        text: `${plural(finding.alerts, 'open alert')} about ${plural(finding.users, 'user')}: ${kinds.filter(Boolean).join(', ')}`,
        command: 'tomo alert list',
      };
    }
    case 'many-places':
      return {
        text: `${printable(finding.username)}: ${plural(finding.sessions, 'session')} from ${places(finding)} at once`,
        command: `tomo session list ${optionWords('user', finding.username)}`,
      };
    case 'duplicates': {
      const { username, sessions, device, ip } = finding;
      return {
        text: printable(
          `${username}: ${plural(sessions, 'session')} from one device and address (${[device, ip].filter(Boolean).join(', ') || 'unknown'})`,
        ),
        command: `tomo session list ${optionWords('user', username)}${ip ? ` --ip ${ip}` : ''}`,
      };
    }
    case 'crowded-address':
      return {
        text: `${plural(finding.users, 'user')} with ${plural(finding.sessions, 'session')} from one address (${printable(finding.ip)})`,
        command: `tomo session list ${optionWords('ip', finding.ip)}`,
      };
    case 'program': {
      const { program, formFactor, sessions } = finding;
      const name = program ?? formFactor;
      return {
        text: printable(
          `${name}, a ${formFactor === 'bot' ? 'robot' : 'program'}, not a browser, has ${plural(sessions, 'session')}`,
        ),
        command: `tomo session list ${optionWords('device', program ?? `form:${formFactor}`)}`,
      };
    }
    default:
      return finding satisfies never;
  }
}

function places({ countries, addresses }: { countries: number | null; addresses: number | null }): string {
  const from = (countries ?? 0) > 1 ? `${countries} countries and ` : '';
  return `${from}${addresses === 1 ? '1 address' : `${addresses} addresses`}`;
}
